"""A card says success first, with the command that measures it again; entries of a benchmark for real scores only."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

import pytest
import yaml
from report_samples import HOSTILE, hostile_runs
from run_samples import TASKS, closed_run, open_run

from harness.core import cli
from harness.core.errors import UserError
from harness.publish.command import main
from harness.publish.config import Config, check
from harness.publish.eval_entries import eval_yaml
from harness.publish.headline import command, headline
from harness.publish.redaction import facts, public
from harness.results.views import read_runs


@pytest.fixture(scope="module")
def text(runs, tmp_path_factory):
    out = tmp_path_factory.mktemp("card") / "card"
    main(Config(runs, "me/my-pi0", out=out))
    return (out / "README.md").read_text()


def test_success_stands_before_everything_else(text):
    body = text.partition("## Evaluation")[2]
    success, error = body.index("| task success |"), body.index("Open loop, which is not task success")
    assert success < error < body.index("```bash") < body.index("<video") < body.index("<details>")
    assert "**mean over 2 tasks**" in body and "all rollouts pooled" in body
    assert body.index("not a RoboTwin score") < error
    assert f"over 4 recorded episodes of {len(TASKS)} tasks" in body
    assert body.count("<details>") == body.count("</details>") == 2
    assert body.index("closed loop</summary>") < body.index("open loop</summary>")


def test_the_command_is_one_that_can_be_given(text):
    (block,) = re.findall(r"```bash\n(.*?)```", text, flags=re.DOTALL)
    lines = block.strip().splitlines()
    assert len(lines) == 2 and all("--policy me/my-pi0" in line for line in lines)
    for line in lines:
        module, *argv = shlex.split(line)[2:]
        config = __import__(f"{module}.config", fromlist=["Config"]).Config
        assert cli.parse(config, argv).policy == "me/my-pi0"


def test_nothing_of_a_stranger_is_in_the_commands(tmp_path):
    runs = [public(run) for run in read_runs(hostile_runs(tmp_path))]
    for run in runs:
        line = command(
            replace(
                run, config=run.config.model_copy(update={"task": "```\n<!--", "scenes": "/home/me/x.json"})
            ),
            "o/m",
        )
        assert "`" not in line and "<" not in line and "/home" not in line and HOSTILE[:20] not in line
    assert headline([], "o/m") == ""


def test_benchmark_entries_are_plain_and_of_real_scores(tmp_path):
    (run,) = read_runs([closed_run(tmp_path / "a", assets_kind="real").path])
    (other,) = read_runs([open_run(tmp_path / "b").path])
    entries = yaml.safe_load(eval_yaml([other, run], "owner/bench", "http://x"))
    assert [entry["dataset"]["task_id"] for entry in entries][-1] == "all"
    for entry in entries:
        assert entry["dataset"]["id"] == "owner/bench" and 0 <= entry["value"] <= 100
        assert isinstance(entry["value"], float) and isinstance(entry["date"], str)
        assert entry["source"]["url"] == "http://x" and "percent" in entry["notes"]
    task = entries[0]["dataset"]["task_id"]
    assert entries[0]["value"] == pytest.approx(100 * run.summary.tasks[task].rate, abs=1e-3)
    for config, assets in (({"max_actions": 60}, "real"), ({}, "stand-in")):
        (no_score,) = read_runs([closed_run(tmp_path / assets / str(len(config)), assets_kind=assets).path])
        with pytest.raises(UserError, match="not a RoboTwin score"):
            eval_yaml(
                [replace(no_score, config=no_score.config.model_copy(update=config))],
                "owner/bench",
                "http://x",
            )
    with pytest.raises(UserError, match="no finished closed-loop run"):
        eval_yaml([other], "owner/bench", "http://x")


def test_the_entries_are_written_where_they_are_asked_for(runs, tmp_path):
    real = closed_run(tmp_path / "a", assets_kind="real").path
    main(Config((real,), "me/my-pi0", out=tmp_path / "with", benchmark_id="owner/bench"))
    assert [path.name for path in (tmp_path / "with" / ".eval_results").iterdir()] == [
        "robotwin-evaluation.yaml"
    ]
    with pytest.raises(UserError, match="not a RoboTwin score"):
        main(Config(runs, "me/my-pi0", out=tmp_path / "without", benchmark_id="owner/bench"))
    assert not list((tmp_path / "without").iterdir())
    with pytest.raises(UserError, match="owner/name"):
        check(Config((real,), "me/my-pi0", benchmark_id="robotwin"))


@pytest.mark.parametrize(
    ("instructions", "said"),
    [
        ("own", "own"),
        ("task-name", "task-name"),
        ("/home/me/RoboTwin at cf47ab56", "RoboTwin's at cf47ab56"),
        ("/home/me/RoboTwin at cf47ab56 with changes", "RoboTwin's at cf47ab56 with changes"),
        ("/home/me/RoboTwin", "a RoboTwin checkout's"),
        (None, None),
    ],
)
def test_whose_sentences_the_policy_got_is_published_without_their_folder(tmp_path, instructions, said):
    (run,) = map(public, read_runs([closed_run(tmp_path / "a", instructions=instructions).path]))
    assert facts(run).get("instructions") == said
    text = headline([run], "o/m")
    assert f"instructions: {said or 'not recorded'}" in text.replace("\\", "") and "/home" not in text
