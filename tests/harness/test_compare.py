"""Two runs side by side: the numbers, what is tested, what is refused, and what a reader is warned of."""

import json

import numpy as np
import pytest
from report_samples import HOSTILE, Page
from run_samples import closed_row, open_row, prediction
from scipy import stats as scipy_stats

from harness.compare import Config, build_page, main
from harness.comparison import compare_closedloop, compare_openloop
from harness.comparison_page import html, markdown
from harness.comparison_sides import read_side
from harness.errors import UserError
from harness.predictions import Prediction
from harness.provenance import provenance
from harness.results import RunDir

SETTINGS = {"policy": "demo", "horizon": 10, "batch_size": 1, "seed": 0, "config": "demo_clean"}


def write_run(path, mode, rows, policy="demo", predictions=(), config=None, **facts):
    facts = {"git_commit": "c" * 40, "git_dirty": False, "dataset_hash": "d" * 64} | facts
    settings = SETTINGS | {"policy": policy} | (config or {})
    with RunDir.create(mode, policy, config=settings, provenance=provenance(**facts), out=path) as run:
        for row, p in zip(rows, predictions, strict=False):
            run.save_prediction(row["episode"], p)
        for row in rows:
            run.add(row)
    return path


def episodes(scale=1.0, indices=range(8)):
    """Rows and predictions of a policy whose every error is `scale` times that of the sample."""
    found = []
    for i in indices:
        p = prediction(i, frames=20 + 5 * i)
        pred = (p.gt + scale * (p.pred - p.gt)).astype(np.float32)
        chunks = p.chunks
        scaled = Prediction(pred, p.gt, p.replan, chunks, p.state)
        found.append((open_row(i, scaled, ["stack_blocks_two", "handover_block"][i % 2]), scaled))
    return [row for row, _ in found], [p for _, p in found]


def open_run(path, scale=1.0, indices=range(8), **others):
    rows, predictions = episodes(scale, indices)
    return write_run(path, "openloop", rows, predictions=predictions, **others)


def scenes(outcomes, task="stack_blocks_two", first=100_000, **extra):
    return [closed_row(first + i, ok, task, **extra) for i, ok in enumerate(outcomes)]


def closed_run(path, outcomes=(True, False, True), **others):
    facts = {"assets_kind": "real"} | others
    return write_run(path, "closedloop", scenes(outcomes), **facts)


def compared(a, b):
    return build_page(read_side(str(a)), read_side(str(b)))


def test_differences_are_those_of_the_predictions(tmp_path):
    a, b = open_run(tmp_path / "a"), open_run(tmp_path / "b", 0.7, config={"policy": "tuned"})
    c = compared(a, b).data["openloop"]
    sides = []
    for path in (a, b):
        stored = [np.load(path / "predictions" / f"episode_{i:06d}.npz") for i in range(8)]
        sides.append([np.abs(x["pred"].astype(float) - x["gt"]) for x in stored])
    error_a, error_b = (np.concatenate(errors) for errors in sides)
    metrics = {d.name: d for d in c.metrics}
    assert metrics["MAE"].a == pytest.approx(error_a.mean()) and metrics["MAE"].n == 8
    assert metrics["MAE"].percent == pytest.approx(-30, abs=0.01)
    assert metrics["MSE"].percent == pytest.approx(-51, abs=0.01)
    assert metrics["MAE"].ci.high < 0
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
    rows, _ = episodes()
    better = json.loads(json.dumps(rows))
    for row in better:
        row["per_joint"][8] -= 0.2
        row["per_joint"][9] -= 0.1
        row["per_joint"][2] += 0.05
        row["mae"] -= 0.25 / 14
    a, b = (write_run(tmp_path / name, "openloop", r) for name, r in (("a", rows), ("b", better)))
    page = compared(a, b)
    said = " ".join(page.findings)
    assert "B repeats the recorded actions more closely" in said and "in 8 and A in 0 of n = 8" in said
    assert said.index("right_j2 -0.2000 rad") < said.index("right_j3 -0.1000 rad")
    assert "Largest losses by joint: left_j3 +0.0500 rad" in said
    assert "not a higher task success" in said


def test_equal_runs_show_no_difference(tmp_path):
    page = compared(open_run(tmp_path / "a"), open_run(tmp_path / "b"))
    assert page.data["openloop"].paired.p == 1.0
    assert page.findings[0].startswith("No difference is shown") and page.cautions == []


def test_a_single_episode_has_no_interval(tmp_path):
    page = compared(open_run(tmp_path / "a", indices=[4]), open_run(tmp_path / "b", 0.5, [4]))
    assert page.data["openloop"].paired.ci is None and "With 1 pair " in page.findings[0]
    assert "No joint's difference" in page.findings[1] and "n = 1 episode both" in page.tables[1].note


def test_too_few_pairs_are_called_too_few(tmp_path):
    page = compared(open_run(tmp_path / "a", indices=[1, 2]), open_run(tmp_path / "b", 0.5, [1, 2]))
    assert "With 2 pairs this test cannot reach p < 0.05" in page.findings[0]


def test_episodes_of_one_run_only_are_left_out_and_said(tmp_path):
    page = compared(open_run(tmp_path / "a", indices=range(5)), open_run(tmp_path / "b", 0.9, range(2, 8)))
    c = page.data["openloop"]
    assert (c.episodes, c.only_a, c.only_b) == ([2, 3, 4], [0, 1], [5, 6, 7])
    assert "A: 2 of 5 episodes have no counterpart and are left out" in page.cautions
    assert page.data["whole"]["b"]["episodes"] == 6
    assert any("each on its own episodes" in table.title for table in page.tables)


def test_the_blogs_own_table():
    page = compared("published:blog/phase-b", "published:blog/phase-b2")
    error, rates = page.tables[1:3]
    assert [row[-1] for row in error.rows] == ["-29.9 %", "-34.5 %"]
    assert [row[-1] for row in rates.rows] == ["+0.9 pp", "+6.0 pp", "+15.8 pp", "+17.9 pp"]
    assert page.data["openloop"] is None and page.findings == []
    assert any("j8, j9 and j12" in note for note in page.notes)


def test_published_figures_stand_beside_a_run_and_are_not_tested(tmp_path):
    page = compared("published:blog", open_run(tmp_path / "b"))
    assert page.tables[1].columns[1:3] == ("A: Phase B2, 30k, published (n = 25)", "B: demo (n = 8)")
    assert "published" in page.cautions[0] and "not evidence" in page.cautions[0]
    assert "p =" not in markdown(page)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("published:blok", "did you mean blog"),
        ("published:blog/phase-c", "did you mean phase-b"),
        ("published:../../demo/config", "unknown published figures"),
        ("nowhere", "not a run directory"),
    ],
)
def test_a_side_that_is_none_is_refused(name, said):
    with pytest.raises(UserError, match=said):
        read_side(name)


@pytest.mark.parametrize("only_a", range(9))
def test_42_against_32_of_50_is_tested_on_the_scenes_that_differ(only_a):
    both, neither = 32 - only_a, 8 - only_a
    a = scenes([True] * (both + only_a) + [False] * (only_a + 10 + neither))
    b = scenes([True] * both + [False] * only_a + [True] * (only_a + 10) + [False] * neither)
    rate = compare_closedloop(a, b).overall
    assert (rate.a, rate.b, rate.n, rate.only_a, rate.only_b) == (32, 42, 50, only_a, only_a + 10)
    assert rate.p == pytest.approx(scipy_stats.binomtest(only_a, 2 * only_a + 10).pvalue)
    assert rate.difference == pytest.approx(0.2) and rate.ci.low < 0.2 < rate.ci.high
    wilson = scipy_stats.binomtest(42, 50).proportion_ci(method="wilson")
    assert rate.b_ci == pytest.approx((wilson.low, wilson.high))


def test_scenes_are_paired_by_task_and_seed_whatever_their_order():
    a = scenes([True, False, False]) + scenes([True], "handover_block")
    b = list(reversed(scenes([True, True, True]) + scenes([False, True], "handover_block")))
    c = compare_closedloop(a, b)
    assert (c.overall.n, c.overall.only_a, c.overall.only_b) == (4, 1, 2)
    assert (c.only_a, c.only_b) == (0, 1)
    assert c.changes[0] == {"task": "handover_block", "seed": 100_000, "solved_by": "a"}
    assert c.macro.a == pytest.approx((1 + 1 / 3) / 2) and c.macro.b == pytest.approx(0.5)
    assert [task.p_holm for task in c.tasks] == [1.0, 1.0]
    assert c.steps.n == 1 and c.steps.difference == 0


def test_errors_count_neither_way(tmp_path):
    rows = scenes([True, False, True])
    rows[1] |= {"status": "error", "success": None, "error": "lost contact"}
    a = write_run(tmp_path / "a", "closedloop", rows)
    page = compared(a, closed_run(tmp_path / "b"))
    assert page.data["closedloop"].overall.n == 2
    assert "A: 1 of 3 episodes ended in an error and are left out" in page.cautions


def test_few_scenes_that_differ_are_no_evidence(tmp_path):
    page = compared(closed_run(tmp_path / "a", [False] * 5), closed_run(tmp_path / "b", [True] * 5))
    assert page.findings[0].startswith("No difference is shown") and "5 scenes only" in page.findings[0]
    page = compared(closed_run(tmp_path / "c", [False] * 6), closed_run(tmp_path / "d", [True] * 6))
    assert page.findings[0].startswith("B succeeds more often: 0/6 (A), 6/6 (B)")


def test_runs_of_two_modes_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"open loop .* closed loop"):
        compared(open_run(tmp_path / "a"), closed_run(tmp_path / "b"))
    with pytest.raises(UserError, match="one mode"):
        compared("published:blog", tmp_path / "b")


def test_runs_on_other_data_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"other datasets .* dddddddd.* eeeeeeee"):
        compared(open_run(tmp_path / "a"), open_run(tmp_path / "b", dataset_hash="e" * 64))


def test_runs_without_a_shared_episode_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"no episode: A has 2 episodes \(0 to 1\)"):
        compared(open_run(tmp_path / "a", indices=[0, 1]), open_run(tmp_path / "b", indices=[4]))
    other = write_run(tmp_path / "d", "closedloop", scenes([True], first=200_000))
    with pytest.raises(UserError, match=r"no scene: .* --seed"):
        compared(closed_run(tmp_path / "c"), other)


def test_a_run_in_which_nothing_counts_is_refused(tmp_path):
    with pytest.raises(UserError, match="no finished episode"):
        read_side(str(write_run(tmp_path / "a", "openloop", [])))


def test_without_a_hash_the_recorded_actions_tell_datasets_apart(tmp_path):
    a, same = (open_run(tmp_path / name, dataset_hash=None) for name in "ab")
    assert any("paired by their number" in line for line in compared(a, same).cautions)
    rows, predictions = episodes()
    p = predictions[3]
    predictions[3] = Prediction(p.pred, p.gt + np.float32(0.01), p.replan, p.chunks, p.state)
    other = write_run(tmp_path / "c", "openloop", rows, predictions=predictions, dataset_hash=None)
    with pytest.raises(UserError, match="episode 3 is not the same recording"):
        compared(a, other)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"config": {"horizon": 25}}, "other horizon: 10 (A), 25 (B)"),
        ({"config": {"config": "demo_randomized"}}, "other setting of the scenes"),
        ({"config": {"batch_size": 4}}, "other batch shape"),
        ({"config": {"chunks": "ensemble"}}, "other chunks: not recorded (A), ensemble (B)"),
        (
            {"assets_kind": "stand-in"},
            "other kind of assets, so other scenes: real (A), stand-in (B)",
        ),
        (
            {"assets_kind": "mixed"},
            "other kind of assets, so other scenes: real (A), mixed (B)",
        ),
        ({"instructions": "own"}, "other instructions: not recorded (A), own (B)"),
        ({"instruction_split": "unseen"}, "other instruction split"),
        ({"git_commit": "b" * 40}, "other version of this code: cccccccc (A), bbbbbbbb (B)"),
        ({"packages": {"torch": "1.0"}}, "other torch"),
    ],
)
def test_what_else_differs_is_a_warning(tmp_path, change, said):
    page = compared(closed_run(tmp_path / "a"), closed_run(tmp_path / "b", **change))
    assert any(line.startswith(said) for line in page.cautions), page.cautions
    assert page.data["closedloop"].overall.n == 3
    assert page.title == "demo (a) against demo (b)"


def test_settings_that_do_not_matter_are_no_warning(tmp_path):
    config = {"out": "x", "policy": "other", "videos": 3, "episodes": 99, "workers": 2}
    assert compared(closed_run(tmp_path / "a"), closed_run(tmp_path / "b", config=config)).cautions == []


def test_instructions_and_pace_that_differ_are_a_warning(tmp_path):
    spoken = scenes([True, True, False])
    spoken[1]["instruction"] = "Do it"
    b = write_run(tmp_path / "b", "closedloop", spoken, assets_kind="real")
    assert compared(closed_run(tmp_path / "a"), b).cautions == [
        "another instruction in 1 of 3 shared episodes"
    ]
    c, d = open_run(tmp_path / "c", dataset_pace="dense"), open_run(tmp_path / "d", dataset_pace="sparse")
    assert compared(c, d).cautions == ["other pace of the dataset: dense (A), sparse (B)"]


def test_a_run_that_did_not_finish_is_a_warning(tmp_path):
    b = closed_run(tmp_path / "b")
    run = json.loads((b / "run.json").read_text())
    (b / "run.json").write_text(json.dumps(run | {"status": "interrupted"}))
    assert "B did not finish (interrupted)" in compared(closed_run(tmp_path / "a"), b).cautions[0]


def test_missing_fields_are_dashes_not_failures(tmp_path):
    rows, _ = episodes(indices=range(3))
    bare = [{k: v for k, v in row.items() if not k.startswith(("hold", "mean"))} for row in rows]
    c = compare_openloop(rows, bare)
    hold = next(d for d in c.metrics if d.name == "MAE of hold")
    assert hold.a is not None and (hold.b, hold.difference, hold.ci) == (None, None, None)
    a, b = (write_run(tmp_path / name, "openloop", r) for name, r in (("a", rows), ("b", bare)))
    assert "| MAE of hold | raw |" in markdown(compared(a, b))


def test_what_is_written(tmp_path, capsys):
    out = tmp_path / "out"
    a, b = open_run(tmp_path / "a"), open_run(tmp_path / "b", 0.7)
    assert main(Config(str(a), str(b), out)) is None
    data = json.loads((out / "compare.json").read_text())
    assert (data["schema"], data["mode"], data["a"]["episodes"]) == (1, "openloop", 8)
    assert data["openloop"]["metrics"][0]["name"] == "MAE" and len(data["openloop"]["joints"]) == 14
    assert len(data["openloop"]["paired"]["ci"]) == 2 and len(data["openloop"]["changes"]) == 8
    text = (out / "compare.md").read_text()
    assert "n = 8 episodes both runs have, 300 steps" in text and "\\[-0." in text
    page = Page(out / "compare.html")
    assert "right_gripper" in page.text and not [tag for tag, _ in page.tags if tag in ("script", "img")]
    assert str(out / "compare.html") in capsys.readouterr().out


def test_checkpoints_are_called_by_the_ends_of_their_paths(tmp_path):
    names = [f"/data/run/checkpoints/{step}" for step in ("001500", "006000")]
    page = compared(
        *(closed_run(tmp_path / letter, policy=name) for letter, name in zip("ab", names, strict=True))
    )
    assert page.title == "checkpoints/001500 against checkpoints/006000"
    rows = {row[0]: row[1:] for row in page.tables[0].rows}
    assert rows["policy"] == ("checkpoints/001500", "checkpoints/006000")
    assert rows["policy given as"] == tuple(names) and page.data["b"]["policy"] == names[1]
    same = compared(tmp_path / "a", closed_run(tmp_path / "again", policy=names[0]))
    assert same.title == "checkpoints/001500 (a) against checkpoints/001500 (again)"


def test_what_a_stranger_wrote_is_text(tmp_path):
    rows = scenes([True, False])
    for row in rows:
        row |= {"task": HOSTILE, "instruction": HOSTILE}
    config = {"policy": HOSTILE, "horizon": HOSTILE, HOSTILE: HOSTILE}
    a = write_run(tmp_path / "a", "closedloop", rows, config=config, assets_kind=HOSTILE)
    page = compared(a, write_run(tmp_path / "b", "closedloop", rows))
    parsed = Page(html(page))
    assert not [tag for tag, _ in parsed.tags if tag in ("script", "img")]
    assert "<script>" in parsed.text and "\\<script\\>" in markdown(page)


def test_the_command_refuses_in_one_line(tmp_path, run_command):
    a, b = open_run(tmp_path / "a"), closed_run(tmp_path / "b")
    done = run_command("harness.compare", str(a), str(b))
    assert done.returncode == 2 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = run_command("harness.compare", str(a), str(a), "--out", str(blocked))
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "--out" in done.stderr
