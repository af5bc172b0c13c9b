"""What a reader of the page is warned of: stand-in assets, skipped scenes, errors, an unfinished run."""

from __future__ import annotations

import pytest
from report_samples import Page
from run_samples import closed_row, closed_run, open_row, open_run, prediction

from harness.report.media_links import Media
from harness.report.page import build_report
from harness.report.write import write_report
from harness.results.cautions import warnings
from harness.results.views import read_runs
from harness.runs.directory import RunDir
from harness.runs.provenance import provenance

pytestmark = pytest.mark.usefixtures("figures_only_on_request")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("stand-in", "stand-in assets"),
        ("mixed", "mixed: part stand-in assets"),
        ("real", "real assets"),
        (None, "assets not recorded"),
        ("official", "assets not recorded"),
    ],
)
def test_what_the_scene_was_made_of_is_said_at_the_top(tmp_path, kind, said):
    run = closed_run(tmp_path / "b", assets_kind=kind)
    page = Page(write_report([run.path], tmp_path / "out"))
    assert page.text.count(said) >= 1 and "own expert's scenes" in page.text
    assert ("must not be quoted" in page.text) == (kind in ("stand-in", "mixed"))
    assert ("treat its results as unofficial" in page.text) == (kind in (None, "official"))
    badges = [tag["class"] for name, tag in page.tags if name == "span" and "badge" in tag.get("class", "")]
    assert ("badge real" in badges) == (kind == "real")


def test_a_mixed_run_beside_a_real_one_is_still_announced(tmp_path):
    runs = [closed_run(tmp_path / kind, assets_kind=kind).path for kind in ("real", "mixed", "stand-in")]
    text = Page(write_report(runs, tmp_path / "out")).text
    assert "Mixed assets:" in text and "Stand-in assets:" in text


def test_recordings_made_with_stand_ins_are_marked_too(tmp_path):
    mixed, silent = open_run(tmp_path / "m", assets_kind="mixed"), open_run(tmp_path / "s")
    assert "mixed: part stand-in assets" in Page(write_report([mixed.path], tmp_path / "out")).text
    assert "assets not recorded" not in Page(write_report([silent.path], tmp_path / "out")).text


def test_skipped_scenes_are_counted_by_cause(tmp_path):
    with RunDir.create("closedloop", "demo", config={}, provenance={}, out=tmp_path / "a") as run:
        run.add(closed_row(3, True, skipped={"unstable": 2, "solved": 1, "expert": 0}))
        run.add(closed_row(9, False, skipped={"unstable": 0, "solved": 0, "expert": 5}))
        run.add(closed_row(1, True, "handover_block", skipped={"unstable": 0, "solved": 0, "expert": 0}))
    text = Page(write_report([run.path], tmp_path / "out")).text
    assert (
        "2 did not come to rest, 1 were solved before anything was done, 5 the expert did not solve" in text
    )
    old = closed_run(tmp_path / "old")
    assert "skipped scenes – not recorded" in Page(write_report([old.path], tmp_path / "out")).text


def test_an_unfinished_run_and_errors_are_announced(tmp_path):
    with (
        pytest.raises(RuntimeError),
        RunDir.create(
            "closedloop", "demo", config={}, provenance=provenance(assets_kind="real"), out=tmp_path / "b"
        ) as run,
    ):
        run.add(closed_row(1, True))
        run.add(closed_row(2, None, status="error", error="renderer died", steps=None))
        raise RuntimeError("disk on fire")
    text = Page(write_report([run.path], tmp_path / "out")).text
    assert "did not finish (failed: disk on fire)" in text and "renderer died" in text
    assert "1 of n = 1 rollouts" in text and "in an error: 1" in text


def test_open_loop_errors_of_different_paces_are_announced(tmp_path):
    runs = [open_run(tmp_path / kind, dataset_sampling=kind).path for kind in ("dense", "per_action")]
    said = "sampled differently do not compare: dense in dense; per_action in per_action."
    assert said in Page(write_report(runs, tmp_path / "out")).text
    assert "paces" not in Page(write_report(runs[:1], tmp_path / "one")).text


def test_rates_of_different_scenes_stand_side_by_side_with_a_warning(tmp_path):
    official = closed_run(tmp_path / "a", scenes="official", scenes_hash="e" * 64)
    protocol, old = closed_run(tmp_path / "b", scenes="protocol"), closed_run(tmp_path / "c")
    said = warnings(read_runs([official.path, protocol.path, old.path]))
    (line,) = [line for line in said if "sets of scenes" in line]
    assert "official in a; protocol in b, c" in line
    assert not any("sets of scenes" in line for line in warnings(read_runs([protocol.path, old.path])))


def test_what_the_contract_says_of_a_run_is_repeated(tmp_path):
    run = closed_run(tmp_path / "a", contract_cautions=["3 of 9 instructions are cut"])
    assert "a: 3 of 9 instructions are cut." in warnings(read_runs([run.path]))


@pytest.mark.parametrize(
    ("remarks", "said"), [(["the right arm first"], 1), (None, 0), ("text", 0), ([7, {}, None], 0)]
)
def test_what_was_remarked_of_data_and_policy_is_repeated(tmp_path, remarks, said):
    run = closed_run(tmp_path / "a", remarks=remarks)
    found = [line for line in warnings(read_runs([run.path])) if "right arm first" in line or "text" in line]
    assert found == ["a: the right arm first."][:said]


def test_listed_scenes_that_would_not_count_are_announced_and_the_set_is_named(tmp_path):
    settings = {"scenes": "lists/mine.json", "horizon": 5}
    with RunDir.create("closedloop", "demo", config=settings, provenance={}, out=tmp_path / "a") as run:
        run.add(closed_row(3, True, layout_reason="unstable: cup"))
        run.add(closed_row(4, True, facts={"cup touched": False}))
    (view,) = read_runs([run.path])
    assert any("a: 1 of 2 listed scenes do not come to rest here" in line for line in warnings([view]))
    assert view.settings == "horizon 5 · mine.json scenes"


def test_numbers_of_other_horizons_and_other_episodes_are_not_said_to_compare(tmp_path):
    runs = [open_run(tmp_path / "a").path]
    with RunDir.create(
        "openloop", "hold", config={"horizon": 50}, provenance=provenance(), out=tmp_path / "b"
    ) as run:
        run.add(open_row(0, prediction()))
    text = Page(write_report([*runs, run.path], tmp_path / "out")).text
    assert "Open loop, other horizon: 10 in a; 50 in b." in text
    assert (
        "Open loop, not the same episodes: 4 episodes of 160 steps in a; 1 episode of 40 steps in b." in text
    )
    assert "not the same episodes" not in Page(write_report(runs, tmp_path / "one")).text


def test_the_expert_predicts_no_chunks_so_its_horizon_is_no_difference(tmp_path):
    runs = [closed_run(tmp_path / "a").path]
    runs.append(closed_run(tmp_path / "b", "expert", config={"horizon": 50}, checkpoint_hash=None).path)
    report = build_report(runs, Media(tmp_path))
    assert report.common["closedloop"] == ["horizon 10", "demo_clean", "seed 0"]
    assert not any("horizon" in line for line in report.warnings)
    assert list(report.apart.values()) == ["", ""]
    other = closed_run(tmp_path / "c", "mine", config={"horizon": 5}, checkpoint_hash="c" * 64).path
    assert any(
        "other horizon: 10 in a; 5 in c" in line
        for line in build_report([*runs, other], Media(tmp_path)).warnings
    )


def test_a_page_over_all_tasks_counts_only_those_that_both_modes_have(tmp_path):
    replay = open_run(tmp_path / "a")
    with RunDir.create(
        "closedloop",
        "demo",
        config={"policy": "demo"},
        provenance=provenance(checkpoint_hash="a" * 64),
        out=tmp_path / "b",
    ) as run:
        for seed in range(4):
            run.add(closed_row(seed, seed < 3, "handover_block"))
    report = build_report([replay.path, run.path], Media(tmp_path))
    total = next(line for line in report.totals if line.policy == "demo")
    assert total.open[0].note == "the 1 task of 2 that both modes have"
    assert total.open[0].block.episodes == 2 and total.closed[0].block.n == 4
    assert total.open[0].block.mae == report.runs[0].summary.tasks["handover_block"].mae


def test_pooled_scenes_and_the_mean_over_tasks_are_told_apart(tmp_path):
    with RunDir.create("closedloop", "demo", config={}, provenance=provenance(), out=tmp_path / "a") as run:
        for seed in range(8):
            run.add(closed_row(seed, True))
        run.add(closed_row(1, False, "handover_block"))
    text = Page(write_report([run.path], tmp_path / "out")).text
    assert "8 of n = 9 rollouts, pooled mean over 2 tasks 50.0\u202f%" in text
