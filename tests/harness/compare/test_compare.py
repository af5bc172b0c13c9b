"""Two runs side by side: the numbers, and what is tested."""

from __future__ import annotations

import json

import numpy as np
import pytest
from compare_samples import closed_run, compared, episodes, open_run, scenes, write_run
from run_samples import records
from scipy import stats as scipy_stats

from harness.compare.closedloop import SceneChange, compare_closedloop
from harness.compare.openloop import compare_openloop
from harness.compare.shown import comparison_figures
from harness.rendering.document import markdown
from harness.stats.intervals import WHY_NONE


def test_differences_are_those_of_the_predictions(tmp_path):
    a, b = open_run(tmp_path / "a"), open_run(tmp_path / "b", 0.7, config={"policy": "tuned"})
    c = compared(a, b).data.openloop
    sides = []
    for path in (a, b):
        stored = [np.load(path / "predictions" / f"episode_{i:06d}.npz") for i in range(8)]
        sides.append([np.abs(x["pred"].astype(float) - x["gt"]) for x in stored])
    error_a, error_b = (np.concatenate(errors) for errors in sides)
    metrics = {d.name: d for d in c.metrics}
    assert metrics["MAE"].a == pytest.approx(error_a.mean()) and metrics["MAE"].n == 8
    assert metrics["MAE"].percent == pytest.approx(-30, abs=0.01)
    assert metrics["MSE"].percent == pytest.approx(-51, abs=0.01)
    assert metrics["MAE"].ci is None, "eight episodes are too few for an interval of a mean"
    assert metrics["MAE"].p == pytest.approx(2 / 2**8) and metrics["MAE of hold"].p is None
    assert metrics["MAE"].p_holm == pytest.approx(4 * 2 / 2**8), "four metrics are tested"
    assert metrics["MAE by episode"].p_holm == metrics["MAE by episode"].p, "the verdict's test is alone"
    np.testing.assert_allclose([d.b for d in c.joints], error_b.mean(axis=0))
    np.testing.assert_allclose([d.difference for d in c.joints], (error_b - error_a).mean(axis=0))
    for rate, tau in zip(c.rates, (0.05, 0.10, 0.20, 0.50), strict=True):
        share = [(error.mean(axis=1) <= tau).mean() for error in (error_a, error_b)]
        assert rate.difference == pytest.approx(share[1] - share[0]) and rate.percent is None
    means = [np.mean([e.mean() for e in errors]) for errors in sides]
    assert c.paired.difference == pytest.approx(means[1] - means[0])
    assert c.paired.b_lower == 8 and c.paired.exact and c.paired.p == pytest.approx(2 / 2**8)
    assert [(d.name, d.n) for d in c.tasks] == [("handover_block", 4), ("stack_blocks_two", 4)]


def test_the_page_names_the_joints_that_gain_most_and_the_verdict(tmp_path):
    rows, _ = episodes(indices=range(12))
    better = json.loads(json.dumps(rows))
    for row in better:
        row["per_joint"][8] -= 0.2
        row["per_joint"][9] -= 0.1
        row["per_joint"][2] += 0.05
        row["mae"] -= 0.25 / 14
    a, b = (write_run(tmp_path / name, "openloop", r) for name, r in (("a", rows), ("b", better)))
    page = compared(a, b)
    said = " ".join(page.findings)
    assert "B repeats the recorded actions more closely" in said and "in 12 and A in 0 of n = 12" in said
    assert said.index("right_j2 -0.2000 rad") < said.index("right_j3 -0.1000 rad")
    assert "Largest losses by joint: left_j3 +0.0500 rad" in said
    assert "not a higher task success" in said
    joints = next(table for table in page.tables if table.title.startswith("Error by joint"))
    assert [row[0] for row in joints.rows if row[-2].endswith("*")] == ["left_j3", "right_j2", "right_j3"]


def test_no_mark_stands_that_the_exact_test_cannot_reach(tmp_path):
    """Four episodes, each better by about as much: an interval would exclude 0, and p cannot fall below 1/8."""
    page = compared(open_run(tmp_path / "a", indices=range(4)), open_run(tmp_path / "b", 0.5, range(4)))
    assert not [cell for table in page.tables for row in table.rows for cell in row if "*" in cell]
    notes = {table.title: table.note for table in page.tables}
    assert (
        "which 4 pairs and 5 tests cannot reach; a mean has an interval from 30 episodes on" in notes["Error"]
    )
    assert "with 4 pairs and 14 tests none can reach p < 0.05" in page.findings[1]


def test_fifty_episodes_have_intervals(tmp_path):
    page = compared(open_run(tmp_path / "a", indices=range(50)), open_run(tmp_path / "b", 0.7, range(50)))
    first = page.data.openloop.metrics[0]
    assert first.ci.low <= first.difference <= first.ci.high < 0
    assert WHY_NONE not in page.tables[1].note and "*" in page.tables[1].rows[0][-2]


def test_what_decides_a_rollout_stands_in_the_first_table(tmp_path):
    config = {"policy": "demo", "max_actions": 60, "strategy": "plain", "seed": 7, "ablate": "none"}
    a = write_run(tmp_path / "a", "closedloop", scenes([True, False]), config=config, instructions="own")
    facts = {row[0]: row[1:] for row in compared(a, closed_run(tmp_path / "b")).tables[0].rows}
    assert facts["limit of actions"] == ("60, not RoboTwin's", "RoboTwin's own")
    assert facts["seed"][0] == "7" and facts["strategy"][0] == "plain" and "own" in facts["instructions"][0]
    assert facts["kind"] == ("finished run", "finished run")


def test_equal_runs_show_no_difference(tmp_path):
    page = compared(open_run(tmp_path / "a"), open_run(tmp_path / "b"))
    assert page.data.openloop.paired.p == 1.0
    assert page.findings[0].startswith("No difference is shown") and page.cautions == []


def test_a_single_episode_has_no_interval(tmp_path):
    page = compared(open_run(tmp_path / "a", indices=[4]), open_run(tmp_path / "b", 0.5, [4]))
    assert page.data.openloop.paired.ci is None and "With 1 pair " in page.findings[0]
    assert "No joint's difference" in page.findings[1] and "n = 1 episode both" in page.tables[1].note


def test_too_few_pairs_are_called_too_few(tmp_path):
    page = compared(open_run(tmp_path / "a", indices=[1, 2]), open_run(tmp_path / "b", 0.5, [1, 2]))
    assert "With 2 pairs this test cannot reach p < 0.05" in page.findings[0]


def test_episodes_of_one_run_only_are_left_out_and_said(tmp_path):
    page = compared(open_run(tmp_path / "a", indices=range(5)), open_run(tmp_path / "b", 0.9, range(2, 8)))
    c = page.data.openloop
    assert (c.episodes, c.only_a, c.only_b) == ([2, 3, 4], [0, 1], [5, 6, 7])
    assert "A: 2 of 5 episodes have no counterpart and are left out" in page.cautions
    assert page.data.whole["b"].episodes == 6
    assert any("each on its own episodes" in table.title for table in page.tables)


@pytest.mark.parametrize("only_a", range(9))
def test_42_against_32_of_50_is_tested_on_the_scenes_that_differ(only_a):
    both, neither = 32 - only_a, 8 - only_a
    a = scenes([True] * (both + only_a) + [False] * (only_a + 10 + neither))
    b = scenes([True] * both + [False] * only_a + [True] * (only_a + 10) + [False] * neither)
    rate = compare_closedloop(records(*a), records(*b)).overall
    assert (rate.a, rate.b, rate.n, rate.only_a, rate.only_b) == (32, 42, 50, only_a, only_a + 10)
    assert rate.p == pytest.approx(scipy_stats.binomtest(only_a, 2 * only_a + 10).pvalue)
    assert rate.difference == pytest.approx(0.2) and rate.ci.low < 0.2 < rate.ci.high
    wilson = scipy_stats.binomtest(42, 50).proportion_ci(method="wilson")
    assert rate.b_ci == pytest.approx((wilson.low, wilson.high))


def test_scenes_are_paired_by_task_and_seed_whatever_their_order():
    a = scenes([True, False, False]) + scenes([True], "handover_block")
    b = list(reversed(scenes([True, True, True]) + scenes([False, True], "handover_block")))
    c = compare_closedloop(records(*a), records(*b))
    assert (c.overall.n, c.overall.only_a, c.overall.only_b) == (4, 1, 2)
    assert (c.only_a, c.only_b) == (0, 1)
    assert c.changes[0] == SceneChange("handover_block", 100_000, "a")
    assert c.macro.a == pytest.approx((1 + 1 / 3) / 2) and c.macro.b == pytest.approx(0.5)
    assert [task.p_holm for task in c.tasks] == [1.0, 1.0]
    assert c.steps.n == 1 and c.steps.difference == 0


def test_errors_count_neither_way(tmp_path):
    rows = scenes([True, False, True])
    rows[1] |= {"status": "error", "success": None, "error": "lost contact"}
    a = write_run(tmp_path / "a", "closedloop", rows)
    page = compared(a, closed_run(tmp_path / "b"))
    assert page.data.closedloop.overall.n == 2
    assert "A: 1 of 3 episodes ended in an error and are left out" in page.cautions


def test_the_test_of_all_scenes_is_a_question_of_its_own_and_that_is_said(tmp_path):
    def both(won, name):
        return write_run(
            tmp_path / name, "closedloop", [*scenes(won), *scenes(won, "handover_block")]
        )  # 3 scenes of each task differ, 6 in all

    page = compared(both([False] * 3, "a"), both([True] * 3, "b"))
    table = next(table for table in page.tables if table.title == "Success")
    assert "Two questions" in table.note and page.data.closedloop.overall.p_holm is None
    assert page.findings[0].startswith("B succeeds more often") and "No single task" in page.findings[1]
    one = compared(closed_run(tmp_path / "c", [False] * 6), closed_run(tmp_path / "d", [True] * 6))
    assert "Two questions" not in next(table for table in one.tables if table.title == "Success").note


def test_few_scenes_that_differ_are_no_evidence(tmp_path):
    page = compared(closed_run(tmp_path / "a", [False] * 5), closed_run(tmp_path / "b", [True] * 5))
    assert page.findings[0].startswith("No difference is shown") and "5 scenes only" in page.findings[0]
    page = compared(closed_run(tmp_path / "c", [False] * 6), closed_run(tmp_path / "d", [True] * 6))
    assert page.findings[0].startswith("B succeeds more often: 0/6 (A), 6/6 (B)")


@pytest.mark.parametrize("n", [5, 6])
def test_a_difference_of_few_scenes_has_no_interval_and_the_page_says_why(tmp_path, n):
    few = n < 6
    runs = [closed_run(tmp_path / name, [i < k for i in range(n)]) for name, k in (("a", 2), ("b", 4))]
    page = compared(*runs)
    table = next(table for table in page.tables if table.title == "Success")
    assert ("Δ 95 %" not in table.columns) == few and ("from 6 scenes on" in table.note) == few
    assert ("pp; only A" in page.findings[0]) == few and "  " not in page.findings[0]
    json.dumps(page.data.closedloop.overall.ci)
    by_task = [
        scenes(won, task)
        for won in ([True] * n, [False] * n)
        for task in ("stack_blocks_two", "handover_block")
    ]
    found = compare_closedloop(records(*by_task[0], *by_task[1]), records(*by_task[2], *by_task[3]))
    (figure,) = comparison_figures(found)
    assert ("Newcombe" in figure.caption) != few and ("whisker" in str(figure.panels[0].body)) != few


def test_missing_fields_are_dashes_not_failures(tmp_path):
    rows, _ = episodes(indices=range(3))
    bare = [{k: v for k, v in row.items() if not k.startswith(("hold", "mean"))} for row in rows]
    c = compare_openloop(records(*rows), records(*bare))
    hold = next(d for d in c.metrics if d.name == "MAE of hold")
    assert hold.a is not None and (hold.b, hold.difference, hold.ci) == (None, None, None)
    a, b = (write_run(tmp_path / name, "openloop", r) for name, r in (("a", rows), ("b", bare)))
    assert "| MAE of hold | rad and 0..1 |" in markdown(compared(a, b))


def test_steps_to_success_are_tested_and_have_no_interval(tmp_path):
    a, b = (
        write_run(
            tmp_path / name,
            "closedloop",
            [row | {"steps": 60 + k * i % 9} for i, row in enumerate(scenes([True] * 40))],
        )
        for name, k in (("a", 2), ("b", 3))
    )
    page = compared(a, b)
    assert page.data.closedloop.steps.n == 40 and page.data.closedloop.steps.ci is None
    table = next(table for table in page.tables if table.title == "Steps to success")
    assert len(table.columns) == len(table.rows[0]) == 5 and "no interval" in table.note
