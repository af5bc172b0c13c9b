"""What is answered first is answered only as far as the tests carry, and what is not upstream's is named."""

from __future__ import annotations

import numpy as np
import pytest
from run_samples import closed_row, open_run

from harness.results.official import badge_line, departures
from harness.results.paired_runs import pair_all
from harness.results.verdicts import verdicts
from harness.results.views import read_runs
from harness.runs.description import Provenance, RunConfig
from harness.runs.directory import RunDir
from harness.runs.provenance import provenance
from harness.stats.planning import pairs_to_decide
from harness.stats.significance import mcnemar

OFFICIAL = {
    "assets_kind": "real",
    "scenes": "official",
    "instructions": "/upstream at 4c6e2c",
    "instruction_split": "seen",
    "shadows": "full",
}


def run_of(path, policy, outcomes, task="stack_blocks_two", **config):
    settings = {"policy": policy, "config": "demo_clean", "horizon": 4} | config
    with RunDir.create("closedloop", policy, config=settings, provenance=provenance(), out=path) as run:
        for i, success in enumerate(outcomes):
            run.add(closed_row(100_000 + i, success, task) | ({"status": "error"} if success is None else {}))
    return path


def asked(paths, question):
    return next(v for v in verdicts(read_runs(paths), None) if v.question.startswith(question))


def test_a_difference_that_shows_is_said_and_one_that_does_not_says_what_would_decide(tmp_path):
    good, bad = (
        run_of(tmp_path / "a", "good", [True] * 20),
        run_of(tmp_path / "b", "bad", [False] * 9 + [True] * 11),
    )
    found = asked([bad, good], "Does good succeed more often than bad?")
    assert (found.kind, found.mark) == ("yes", "shown")
    assert (
        "good alone solved 9 scenes and bad alone 0, of n = 20" in found.answer
        and "p = 0.004" in found.answer
    )
    near = run_of(tmp_path / "c", "near", [False] * 3 + [True] * 17)
    found = asked([near, good], "Does good succeed more often than near?")
    assert (found.kind, found.mark) == ("open", "not shown") and "p = 0.25" in found.answer
    needed = pairs_to_decide(20, 3, 0) - 20
    assert f"about {needed} more scenes would decide" in found.answer
    same = asked([good, run_of(tmp_path / "d", "same", [True] * 20)], "Does")
    assert same.kind == "open" and "equally many" in same.answer and same.link is None


def test_several_duels_are_adjusted_and_errors_are_left_out(tmp_path):
    paths = [
        run_of(tmp_path / "a", "a", [True] * 8),
        run_of(tmp_path / "b", "b", [False] * 7 + [True]),
        run_of(tmp_path / "c", "c", [None, *[True] * 7]),
        run_of(tmp_path / "h", "hold", [False] * 8),
        run_of(tmp_path / "x", "a", [False] * 8, ablate="images"),
    ]
    found = {(d.a.policy, d.b.policy): d for d in pair_all(read_runs(paths))}
    assert set(found) == {("a", "b"), ("a", "c"), ("b", "c")}, "neither baselines nor controls"
    assert found["a", "b"].p == 2 / 128 and found["a", "b"].p_holm == pytest.approx(3 * 2 / 128)
    assert found["a", "c"].n == 7 and found["a", "b"].discordant[0] == ("stack_blocks_two", 100_000)


def test_as_many_scenes_as_are_promised_show_the_difference_four_times_in_five():
    rng = np.random.default_rng(0)
    for only_a, only_b in ((12, 4), (30, 20)):
        needed = pairs_to_decide(100, only_a, only_b)
        draws = rng.multinomial(needed, [only_a / 100, only_b / 100, 1 - (only_a + only_b) / 100], size=400)
        shown = [mcnemar([True] * a + [False] * b, [False] * a + [True] * b).p < 0.05 for a, b, _ in draws]
        assert 0.7 < np.mean(shown) < 0.87
    assert pairs_to_decide(100, 5, 5) is None and pairs_to_decide(100, 10, 5) < pairs_to_decide(
        100, 10, 5, tests=3
    )
    with pytest.raises(ValueError, match="need n"):
        pairs_to_decide(3, 2, 2)


def test_the_weakest_task_and_hold_are_named(tmp_path):
    path = run_of(tmp_path / "a", "demo", [True] * 5 + [False])
    about = {"config": {"policy": "demo"}, "provenance": provenance()}
    with RunDir.create("closedloop", "demo", **about, out=tmp_path / "b") as run:
        for i in range(4):
            run.add(closed_row(i, False, "handover_block"))
            run.add(closed_row(i, i > 0))
    said = asked([tmp_path / "b"], "Where does demo fail?")
    assert said.mark == "handover_block" and said.answer.startswith(
        "4 of its 5 failures are in handover_block"
    )
    assert not [v for v in verdicts(read_runs([path]), None) if v.question.startswith("Where")], (
        "one task only"
    )
    replay = open_run(tmp_path / "c")
    few = asked([replay.path], "Is demo closer")
    assert few.kind == "open" and "which so few cannot bring under 0.05" in few.answer


def test_several_policies_against_hold_are_adjusted_for_their_number(tmp_path):
    paths = [open_run(tmp_path / x, x, 8, checkpoint_hash=x * 20).path for x in ("one", "two")]
    alone, beside = (asked(found, "Is one closer") for found in (paths[:1], paths))
    assert "p = 0.008 over 8 episodes" in alone.answer
    assert "p = 0.016 (Holm) over 8 episodes" in beside.answer and beside.mark == alone.mark == "shown"


def test_nothing_differs_from_upstream_where_nothing_does():
    assert departures("closedloop", RunConfig(config="demo_clean"), Provenance.of(OFFICIAL)) == []
    assert (
        departures("openloop", RunConfig(), Provenance()) == [] and badge_line([]) == "RoboTwin's throughout"
    )


@pytest.mark.parametrize(
    ("config", "facts", "badge"),
    [
        ({"max_actions": 60}, {}, "at most 60 actions"),
        ({}, {"scenes": "protocol"}, "own expert's scenes"),
        ({}, {"scenes": None}, "own expert's scenes"),
        ({}, {"scenes": "lists/mine.json"}, "scenes of mine.json"),
        ({}, {"instructions": "own"}, "own wording"),
        ({}, {"instructions": "task-name"}, "told the task's name"),
        ({}, {"instruction_split": "unseen"}, "unseen sentences"),
        ({"config": "demo_randomized"}, {}, "seen sentences"),
        ({}, {"shadows": "off"}, "no shadows"),
        ({}, {"shadows": "sun"}, "shadows: sun"),
        ({}, {"assets_kind": "stand-in"}, "stand-in assets"),
        ({}, {"instructions": None, "shadows": None}, "not recorded: wording, shadows"),
    ],
)
def test_every_departure_from_upstream_has_a_badge_and_a_sentence(config, facts, badge):
    (found,) = departures(
        "closedloop", RunConfig.of({"config": "demo_clean"} | config), Provenance.of(OFFICIAL | facts)
    )
    assert found.badge == badge and len(found.explanation) > 20
    assert badge_line([found]) == badge


def test_the_same_predictions_do_not_differ(tmp_path):
    paths = [open_run(tmp_path / x, x, checkpoint_hash=x * 20).path for x in ("one", "two")]
    found = asked(paths, "Does one repeat the demonstrations more closely than two?")
    assert found.kind == "open"


@pytest.mark.parametrize(
    ("failures", "answer"),
    [
        ({"handover_block": 1, "stack_blocks_two": 0}, "Its only failure is in handover_block"),
        ({"handover_block": 3, "stack_blocks_two": 0}, "All its 3 failures are in handover_block"),
        ({"handover_block": 3, "stack_blocks_two": 1}, "3 of its 4 failures are in handover_block"),
        ({"handover_block": 2, "stack_blocks_two": 2}, None),
        ({"handover_block": 0, "stack_blocks_two": 0}, None),
    ],
)
def test_a_weakest_task_is_named_only_where_there_is_one(tmp_path, failures, answer):
    about = {"config": {"policy": "demo"}, "provenance": provenance()}
    with RunDir.create("closedloop", "demo", **about, out=tmp_path / "r") as run:
        for task, failed in failures.items():
            for i in range(4):
                run.add(closed_row(i, i >= failed, task))
    said = [v.answer for v in verdicts(read_runs([run.path]), None) if v.question.startswith("Where")]
    assert len(said) == (answer is not None) and all(words.startswith(answer) for words in said)
