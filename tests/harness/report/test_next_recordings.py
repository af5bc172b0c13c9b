"""What to collect next follows from the rows, and the command that is printed is one `record` understands."""

import shlex

import pytest
from report_samples import HOSTILE
from run_samples import TASKS, closed_row, open_row, prediction, records

from harness.core import cli
from harness.metrics.closedloop_summary import summarize_closedloop
from harness.metrics.openloop_summary import summarize_openloop
from harness.record.config import Config
from harness.report.next_recordings import EPISODES_TO_RECORD, FIRST_SEED, advise
from harness.runs.description import RunConfig
from harness.scenes.protocol import evaluation_seed
from harness.scenes.task_selection import chosen_tasks

STACK, HAND = TASKS


def closed(*rows, **config):
    rows = records(*rows)
    return advise(rows, summarize_closedloop(rows), RunConfig.of({"policy": "demo"} | config), TASKS)


def failed(task, n=5):
    return [closed_row(100_000 + i, False, task) for i in range(n)]


def opened(*rows, known=TASKS, **config):
    rows = records(*rows)
    return advise(rows, summarize_openloop(rows), RunConfig.of({"policy": "demo"} | config), known)


def test_closed_loop_names_the_task_with_fewest_successes_first_and_its_failures():
    rows = [closed_row(100_000 + i, i > 0, STACK) for i in range(5)]
    rows += [closed_row(100_000 + i, i > 2, HAND) for i in range(5)]
    rows += [closed_row(100_009, None, HAND, status="error", error="x")]
    advice = closed(*rows)
    assert [task.name for task in advice.tasks] == [HAND, STACK]
    assert advice.tasks[0].why == "2 of n = 5 succeeded"
    assert [(e.task, e.name) for e in advice.episodes] == [
        *((HAND, f"scene seed {100_000 + i}") for i in range(3)),
        (STACK, "scene seed 100000"),
    ]


def test_scenes_of_a_list_that_lie_where_we_record_are_passed_over():
    rows = [closed_row(seed, False, STACK) for seed in (3, 4, FIRST_SEED + 7, 100_002, 100_003)]
    advice = closed(*rows, scenes="mine.json", instruction_split="unseen")
    assert (
        f"--seed {FIRST_SEED + 8} " in advice.command
        and f"from scene seed {FIRST_SEED + 8} on" in advice.note
    )
    assert "--instruction-split unseen" in advice.command
    assert f"--seed {FIRST_SEED} " in closed(*failed(STACK)).command


def test_a_task_without_a_failure_is_not_advised_and_a_run_without_one_advises_nothing():
    rows = [closed_row(100_000, True, STACK), closed_row(100_000, False, HAND)]
    assert [task.name for task in closed(*rows).tasks] == [HAND]
    assert closed(rows[0]) is None


def test_data_are_asked_for_only_of_tasks_that_were_tried_often_enough():
    advice = closed(*failed(STACK), closed_row(100_000, False, HAND))
    assert f"--task {STACK} " in advice.command and f"under 5 rollouts: {HAND}." in advice.note
    few = closed(*failed(STACK, 4))
    assert few.command is None and "Too little is known" in few.note and few.tasks[0].name == STACK


def test_open_loop_names_the_tasks_above_the_mean_and_the_episodes_with_the_largest_error():
    rows = [
        open_row(i, prediction(i, error=0.2 if i % 2 else 0.02), task_name=list(TASKS)[i % 2])
        for i in range(8)
    ]
    advice = opened(*rows)
    assert [task.name for task in advice.tasks] == [HAND]
    assert {e.task for e in advice.episodes} == {HAND} and f"--task {HAND} " in advice.command
    worst = max(rows, key=lambda row: row["mae"])
    assert advice.episodes[0].name == f"episode {worst['episode']}" and len(advice.episodes) == 4
    assert advice.episodes[0].why == f"MAE {worst['mae']:.4f}, hold {worst['hold_mae']:.4f}"


def test_the_task_of_a_bad_episode_is_recorded_though_the_task_as_a_whole_is_good():
    rows = [open_row(i, prediction(i), task_name=list(TASKS)[i % 2]) for i in range(6)]
    rows[1]["mae"], rows[3]["mae"], rows[5]["mae"] = 0.3, 0.0, 0.0
    for i in (0, 2, 4):
        rows[i]["mae"] = 0.2
    advice = opened(*rows)
    assert [task.name for task in advice.tasks] == [STACK]
    assert (advice.episodes[0].name, advice.episodes[0].task) == ("episode 1", HAND)
    assert f"--task {STACK},{HAND} " in advice.command


@pytest.mark.parametrize("policy", ["hold", "mean", "expert"])
def test_what_is_not_trained_gets_no_advice(policy):
    assert closed(closed_row(100_000, False), policy=policy) is None


def test_record_understands_the_command_and_its_scenes_are_none_of_the_evaluation():
    rows = [row for task in TASKS for row in failed(task)]
    advice = closed(*rows, config="demo_randomized", assets="/data/my robotwin")
    words = shlex.split(advice.command)
    assert words[:3] == ["python", "-m", "harness.record"]
    config = cli.parse(Config, words[3:])
    assert sorted(chosen_tasks(config.task)) == sorted(TASKS)
    assert (config.config, config.assets) == ("demo_randomized", "/data/my robotwin")
    assert (config.episodes, config.seed) == (EPISODES_TO_RECORD, FIRST_SEED)
    assert config.seed + 1000 * config.episodes < evaluation_seed(0, 0)


def test_tasks_the_recorder_does_not_have_are_named_without_a_command():
    rows = [open_row(0, prediction(), task_name=None, task="Fold the shirt")]
    advice = opened(*rows)
    assert advice.command is None and advice.tasks[0].name == "Fold the shirt"


def test_nothing_a_stranger_wrote_is_run_by_pasting_the_command():
    advice = closed(*failed(STACK), config=HOSTILE, assets="$(touch x); `y`\n", instructions="-x")
    assert "touch" not in advice.command and "--instructions" not in advice.command
    advice = closed(*failed(STACK), assets="$(touch x); `y` 'z")
    assert "$(touch x); `y` 'z" in shlex.split(advice.command)
    config = cli.parse(Config, shlex.split(advice.command)[3:])
    assert config.config == "demo_clean" and config.assets == "$(touch x); `y` 'z"
