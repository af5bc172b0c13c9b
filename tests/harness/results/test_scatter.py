"""Which runs become a point, what the page and the tables say about the scatter, and what does not compare."""

import csv
import io
import re

import pytest
from report_samples import HOSTILE, Page
from run_samples import TASKS, closed_row, closed_run, open_row, open_run, prediction

from harness.report.charts import relation_charts
from harness.report.media_links import Media
from harness.report.page import build_report
from harness.report.write import write_report, write_tables
from harness.results.scatter import MAE, RELATIVE, scatter_of
from harness.results.views import read_runs
from harness.runs.directory import RunDir
from harness.runs.provenance import provenance

pytestmark = pytest.mark.usefixtures("figures_only_on_request")


def open_of(path, policy, error, *, horizon=10, tasks=tuple(TASKS), **fields):
    facts = provenance(checkpoint_hash=f"hash of {policy}", dataset_hash="d" * 64, **fields)
    config = {"policy": policy, "horizon": horizon, "seed": 0}
    with RunDir.create("openloop", policy, config=config, provenance=facts, out=path) as run:
        for episode in range(2 * len(tasks)):
            run.add(
                open_row(episode, prediction(episode, error=error), task_name=tasks[episode % len(tasks)])
            )
    return run.path


def closed_of(path, policy, won, *, of=10, horizon=10, tasks=tuple(TASKS), **fields):
    facts = provenance(checkpoint_hash=f"hash of {policy}", assets_kind="stand-in", **fields)
    config = {"policy": policy, "horizon": horizon, "seed": 0, "config": "demo_clean"}
    with RunDir.create("closedloop", policy, config=config, provenance=facts, out=path) as run:
        for task in tasks:
            for i in range(of):
                instruction = {"instruction": TASKS.get(task, "Do it")}
                run.add(closed_row(100_000 + i, i < won) | {"task": task} | instruction)
    return run.path


def three_policies(folder):
    found = []
    for name, error, won in (("early", 0.2, 1), ("late", 0.02, 9), ("middle", 0.06, 5)):
        found.append(open_of(folder / f"{name}-open", name, error))
        found.append(closed_of(folder / f"{name}-closed", name, won))
    return found


def four_policies(folder):
    worst = open_of(folder / "worst-open", "worst", 0.4), closed_of(folder / "worst-closed", "worst", 0)
    return [*three_policies(folder), *worst]


def test_policies_are_paired_with_themselves_on_every_task(tmp_path):
    found = scatter_of(read_runs(three_policies(tmp_path)))
    assert {(p.name, p.task) for p in found.points} == {
        (name, task) for name in ("early", "late", "middle") for task in TASKS
    }
    late = next(p for p in found.points if p.name == "late")
    assert (late.successes, late.n, late.episodes) == (9, 10, 2)
    assert late.relative_ci is None and not found.notes
    about = [(r.about, r.over, r.score, r.agreement.n) for r in found.readings]
    assert about == [
        ("handover_block", "policies", MAE, 3),
        ("stack_blocks_two", "policies", MAE, 3),
        ("mean over 2 tasks", "policies", RELATIVE, 3),
    ]
    assert all(r.agreement.spearman.value is None for r in found.readings), "three points say nothing"


def test_four_policies_have_a_correlation(tmp_path):
    found = scatter_of(read_runs(four_policies(tmp_path)))
    assert [r.agreement.n for r in found.readings] == [4, 4, 4]
    assert all(r.agreement.spearman.value == pytest.approx(1) for r in found.readings)
    assert all(r.agreement.mmrv.rollouts_ci.high > 0 for r in found.readings)
    assert (
        found.readings[0].sentences[0].startswith("Too few points to conclude: n = 4 policies; with endless")
    )


def test_relative_error_is_the_mae_over_holds_on_the_same_frames(tmp_path):
    runs = [*three_policies(tmp_path), closed_of(tmp_path / "hold", "hold", 0)]
    found = scatter_of(read_runs(runs))
    for point in found.points:
        block = point.open_run.summary.tasks[point.task]
        expected = 1.0 if point.policy == "hold" else block.mae / block.hold_mae
        assert point.relative == pytest.approx(expected)
    about = [r.about for r in found.readings]
    assert "stack_blocks_two, without baselines" in about
    assert [p.baseline for p in found.points if p.policy == "hold"] == [True, True]


def test_many_tasks_of_one_policy_are_read_by_relative_error(tmp_path):
    tasks = ("stack_blocks_two", "handover_block", "third", "fourth")
    runs = [
        open_of(tmp_path / "a", "demo", 0.05, tasks=tasks),
        closed_of(tmp_path / "b", "demo", 4, tasks=tasks),
    ]
    (reading,) = scatter_of(read_runs(runs)).readings
    assert (reading.about, reading.over, reading.score, reading.agreement.n) == ("demo", "tasks", RELATIVE, 4)
    assert reading.sentences[0].startswith("Not defined: success is the same (40 %) for all 4 tasks")


def test_checkpoints_are_points_by_the_ends_of_their_paths(tmp_path):
    runs = []
    for step, error, won in (("001500", 0.1, 2), ("006000", 0.03, 7)):
        name = f"/data/run/checkpoints/{step}"
        runs.append(open_of(tmp_path / f"o{step}", name, error))
        runs.append(closed_of(tmp_path / f"c{step}", name, won))
    names = {"checkpoints/001500", "checkpoints/006000"}
    assert {p.name for p in scatter_of(read_runs(runs)).points} == names
    text = write_tables(runs, tmp_path, "md").read_text()
    assert "/work" not in text and all(f"## {name}, open loop".replace("_", "\\_") in text for name in names)


def test_horizons_are_paired_with_their_own_and_stand_as_points_of_their_own(tmp_path):
    runs = []
    for horizon, won in ((5, 8), (10, 4)):
        runs.append(open_of(tmp_path / f"o{horizon}", "demo", horizon / 100, horizon=horizon))
        runs.append(closed_of(tmp_path / f"c{horizon}", "demo", won, horizon=horizon))
    found = scatter_of(read_runs(runs))
    assert {(p.name, p.successes, p.open_run.folder) for p in found.points} == {
        ("demo, horizon 5", 8, "o5"),
        ("demo, horizon 10", 4, "o10"),
    }
    assert any(note.startswith("other horizon in open loop") for note in found.notes)


def test_a_run_given_twice_is_one_point_and_what_differs_is_said(tmp_path):
    runs = three_policies(tmp_path)
    runs.append(closed_of(tmp_path / "again", "late", 2))
    runs.append(open_of(tmp_path / "odd-open", "odd", 0.1, dataset_sampling="per_action"))
    runs.append(closed_of(tmp_path / "odd-closed", "odd", 2, horizon=25, controller="another"))
    found = scatter_of(read_runs(runs))
    assert sorted(p.name for p in found.points if p.task == "handover_block") == [
        "early",
        "late",
        "middle",
        "odd",
    ]
    assert "late on handover_block: again has the settings of late-closed and is left out." in found.notes
    said = "\n".join(found.notes)
    assert (
        "odd: horizon and strategy are 10 plain in open loop (odd-open) and 25 plain in closed loop" in said
    )
    assert (
        "other sampling of the recorded actions, so MAE does not compare: not recorded in early-open" in said
    )
    assert "other controller: not recorded in" in said and "another in odd-closed" in said


def test_one_policy_on_two_tasks_and_policies_without_a_counterpart_are_no_scatter(tmp_path):
    alone = [open_run(tmp_path / "a").path, closed_run(tmp_path / "b").path]
    assert scatter_of(read_runs(alone)) is None
    assert scatter_of(read_runs(alone[:1])) is None and scatter_of([]) is None
    assert 'id="open-against-closed"' not in write_report(alone, tmp_path / "out").read_text()


@pytest.mark.usefixtures("figures")
def test_the_page_shows_points_statistics_and_the_warning(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.report.page.replay_charts", lambda *_: [])
    runs = [*three_policies(tmp_path), closed_of(tmp_path / "hold", "hold", 0)]
    page = Page(write_report(runs, tmp_path / "out"))
    assert "over policies within a task" in page.text and "MAE does not compare between tasks" in page.text
    assert "Too few points to conclude: n = 4 policies" in page.text
    assert "Policies within a task: error against success" in page.text
    assert "All tasks: error relative to hold against success" in page.text
    assert "MMRV" in page.text and "which runs belong together (n = 8)" in page.text
    assert any(re.search(r"late [\d.]+, 90 %", said) for said in page.values("svg", "aria-label"))


def test_names_from_a_stranger_are_shown_as_text(tmp_path):
    name = HOSTILE.replace("/", "|")
    runs = [*three_policies(tmp_path)]
    runs += [open_of(tmp_path / "x", name, 0.1, tasks=(HOSTILE, *TASKS))]
    runs += [closed_of(tmp_path / "y", name, 2, tasks=(HOSTILE, *TASKS))]
    page = Page(write_report(runs, tmp_path / "out"))
    assert page.source.count("<script>") == 1 and "<img src=x" not in page.source


def test_the_tables_hold_every_statistic_with_its_interval_and_n(tmp_path):
    runs = four_policies(tmp_path)
    text = write_tables(runs, tmp_path, "csv").read_text()
    lines = {(r["task"], r["metric"]): r for r in csv.DictReader(io.StringIO(text)) if r["mode"] == "both"}
    assert len(lines) == 9
    line = lines["stack_blocks_two", "spearman[mae]"]
    assert (float(line["value"]), line["n"], line["n_of"]) == (pytest.approx(1), "4", "policies")
    assert lines["mean over 2 tasks", "mmrv[mae/hold]"]["unit"] == "fraction"
    said = write_tables(runs, tmp_path, "md").read_text()
    assert "## Open against closed loop" in said and "Too few points to conclude: n = 4 policies" in said


def test_settings_of_a_policy_are_told_apart_and_not_called_policies(tmp_path):
    runs = []
    for horizon, won in ((12, 2), (4, 8), (8, 5)):
        for policy, error in (("demo", horizon / 100), ("hold", 0.1)):
            runs.append(open_of(tmp_path / f"{policy}-o{horizon}", policy, error, horizon=horizon))
            runs.append(closed_of(tmp_path / f"{policy}-c{horizon}", policy, won, horizon=horizon))
    report = build_report(runs, Media(tmp_path))
    assert {r.over for r in report.scatter.readings} == {"settings"}
    assert any("n = 6 settings" in line for r in report.scatter.readings for line in r.sentences)
    assert sum(note.startswith("other horizon in open loop") for note in report.scatter.notes) == 1
    (drawn,) = relation_charts(report.scatter.points, report.colours)[:1]
    assert {words for _, words in drawn.legend} == {p.name for p in report.scatter.points}
    shapes = re.findall(r'class="spot[^"]*" d="([^"]+)"', str(drawn.panels[0].svg))
    assert len(shapes) == 6 and len(set(shapes)) == 5, (
        "settings are told apart by shape, as far as there are any"
    )
    demo = report.totals[0]
    assert [[c.run.config.horizon for c in cells] for cells in (demo.open, demo.closed)] == [[4, 8, 12]] * 2
    assert list(report.headings.values())[:2] == [
        "demo, horizon 12, open loop",
        "demo, horizon 12, closed loop",
    ]
