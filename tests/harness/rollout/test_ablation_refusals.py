"""Controls that cannot be, and what is said of those that are."""

from __future__ import annotations

import json

import pytest
from run_samples import closed_run, open_run

from harness.closedloop import config
from harness.closedloop.command import main
from harness.core import cli
from harness.core.errors import UserError
from harness.metrics.closedloop_summary import summarize_closedloop
from harness.rollout.ablation import (
    make_ablated_adapter,
)
from harness.rollout.adapter import ObservationAdapter
from harness.runs.directory import RunDir
from harness.scenes.training_overlap import off_task_caution
from policies.provenance.training_record import intended_tasks

# --- what is refused, before anything is written


class Blind:
    """A policy that looks at nothing."""

    name, images, path = "blind", (), None

    def describe(self):
        return {"path": self.path}


def command(tmp_path, *argv):
    """Exit code of `harness.closedloop`, and whether it left a folder."""
    with pytest.raises(SystemExit) as stop:
        cli.run(main, config.Config, [*argv, "--out", str(tmp_path / "run")])
    return stop.value.code, (tmp_path / "run").exists()


def test_a_control_that_would_change_nothing_is_refused(tmp_path, capsys):
    for policy, ablate, said in (
        ("hold", "images", "looks at no pictures"),
        ("hold", "instruction", "has learnt from no input"),
        ("expert", "images", "reads nothing"),
    ):
        argv = ("--task", "click_bell", "--policy", policy, "--ablate", ablate, "--no-videos")
        assert command(tmp_path, *argv) == (2, False)
        line = capsys.readouterr().err.strip()
        assert said in line and "leave it out" in line and "\n" not in line


def test_no_episode_to_show_or_to_play_is_said_in_one_line(recorded, tmp_path, capsys):
    argv = ("--task", "click_bell", "--policy", "random_replay", "--dataset", str(recorded))
    assert command(tmp_path, *argv) == (2, False)
    assert "has no episode of click_bell; name one that has with --dataset" in capsys.readouterr().err


def test_the_tasks_a_policy_is_meant_for_come_first(tmp_path):
    (tmp_path / "tasks.json").write_text(json.dumps({"tasks": ["lift_pot", "click_bell"]}))
    policy = Blind()
    assert intended_tasks(policy) == [] and off_task_caution(policy, ["click_bell"]) is None
    policy.path = str(tmp_path)
    assert off_task_caution(policy, ["click_bell", "lift_pot"]) is None
    assert "is meant for lift_pot, click_bell (its tasks.json), not for open_laptop" in str(
        off_task_caution(policy, ["click_bell", "open_laptop"])
    )
    plain = ObservationAdapter(())
    adapter, about = make_ablated_adapter(
        plain, "instruction", policy, ["click_bell", "grab_roller"], None, 0, by_scene=True
    )
    assert about["tasks"][0] == ["lift_pot", "click_bell"] and about["shown"] == "wrong instruction"
    assert adapter.note("click_bell", 100_000)["prompt_task"] == "lift_pot"
    assert make_ablated_adapter(plain, "none", policy, ["click_bell"], None, 0, by_scene=True) == (
        plain,
        None,
    )


# --- what is said of such a run


def test_a_control_is_not_resumed_as_an_ordinary_run(tmp_path):
    arguments = {"provenance": {}, "out": tmp_path / "run"}
    with RunDir.create(
        "closedloop", "demo", config={"policy": "demo", "ablate": "images"}, **arguments
    ) as run:
        run.save_summary(summarize_closedloop([]))
    assert run.summary().ablate == "images"
    with pytest.raises(UserError, match="ablate: 'images' -> 'none'"):
        RunDir.create(
            "closedloop", "demo", config={"policy": "demo", "ablate": "none"}, resume=True, **arguments
        )


def test_reports_and_comparisons_name_a_control_and_do_not_pool_it(tmp_path):
    from harness.compare.command import build_page
    from harness.compare.sides import read_side
    from harness.publish.redaction import is_trained
    from harness.report.page import section
    from harness.results.cautions import warnings
    from harness.results.lines import policy_lines
    from harness.results.points import pair
    from harness.results.views import read_runs

    closed_run(tmp_path / "plain", config={"ablate": "none"})
    closed_run(tmp_path / "earlier")
    for mode, make in (("closed", closed_run), ("open", open_run)):
        make(tmp_path / mode, config={"ablate": "images"})
    runs = read_runs([tmp_path / name for name in ("plain", "earlier", "closed", "open")])
    assert [run.policy for run in runs] == ["demo", "demo", *["demo, images shuffled"] * 2]
    assert [is_trained(run) for run in runs] == [True, True, False, False]
    sections = [section(run, {"stack_blocks_two"}, "policy-0") for run in runs]
    assert [run.advice is None for run in sections] == [False, False, True, True]
    assert {line.policy for line in policy_lines(runs)} == {"demo", "demo, images shuffled"}
    assert any("closed is a control, not a result" in line for line in warnings(runs))
    points, _ = pair([line for line in policy_lines(runs) if line.task != "all tasks"])
    assert {point.policy for point in points} == {"demo, images shuffled"}
    assert all(point.baseline for point in points)
    page = build_page(read_side(str(tmp_path / "plain")), read_side(str(tmp_path / "closed")))
    assert page.title == "demo against demo, images shuffled"
    assert "B is a control, not a result: demo, images shuffled (--ablate images)" in page.cautions
    ordinary = build_page(read_side(str(tmp_path / "plain")), read_side(str(tmp_path / "earlier")))
    assert not any("control" in line for line in ordinary.cautions)
