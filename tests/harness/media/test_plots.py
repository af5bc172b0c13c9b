"""Figures say what they are given: names, units, n, baselines, replan points; for short runs and long."""

import numpy as np
import pytest
from run_samples import prediction, records

from harness.core.robot import JOINT_NAMES
from harness.media import curve_plots, error_plots, figure_style
from harness.media.overlay import overlay
from harness.metrics.action_error import hold_prediction
from harness.metrics.episode_scores import episode_fields
from harness.metrics.openloop_summary import summarize_openloop
from harness.runs.summaries.openloop import ThresholdCurve, WithinCurve


def texts(figure):
    return " | ".join(text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")))


def test_an_overlay_has_a_panel_a_joint_with_its_name_unit_and_error():
    p = prediction()
    figure = overlay(p.pred, p.gt, p.replan, title="episode 3", hold=hold_prediction(p.state, p.replan))
    assert len(figure.axes) == 14
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert sorted(title.split(" (")[0] for title in titles) == sorted(
        n.replace("_", " ") for n in JOINT_NAMES
    )
    assert sum("(rad)" in title for title in titles) == 12 and sum("(0..1)" in title for title in titles) == 2
    left_j1 = next(axes for axes in figure.axes if axes.get_title(loc="left").startswith("left j1"))
    assert f"{np.abs(p.pred[:, 0] - p.gt[:, 0]).mean():.3f}" in left_j1.get_title(loc="left")
    lines = {line.get_label(): line.get_ydata() for line in left_j1.lines}
    np.testing.assert_array_equal(lines["recorded"], p.gt[:, 0])
    np.testing.assert_array_equal(lines["predicted"], p.pred[:, 0])
    assert "hold" in lines and "episode 3" in texts(figure)


def test_an_overlay_marks_every_replan_point():
    p = prediction(frames=40, horizon=10)
    (lines,) = (c for c in overlay(p.pred, p.gt, p.replan, title="").axes[0].collections)
    assert [segment[0][0] for segment in lines.get_segments()] == [0, 10, 20, 30]


def test_an_overlay_shades_and_names_the_window_with_the_error():
    p = prediction(frames=50, horizon=10, error=0.005)
    pred = p.pred.copy()
    pred[20:30] += 1
    said = texts(overlay(pred, p.gt, p.replan, title="spoiled"))
    assert "frames 20-29 have" in said and "another plan: no shift" in said
    moved = p.gt.copy()
    moved[20:30] = p.gt[23:33]
    said = texts(overlay(moved, p.gt, p.replan, title="early"))
    assert "frames 20-29 have 100 % of the error; contact predicted 3 frames early" in said
    assert "own" not in texts(overlay(p.gt, p.gt, p.replan, title="perfect"))


def test_a_motionless_joint_is_not_blown_up():
    gt = np.zeros((20, 14))
    gt += 1e-3 * np.random.default_rng(0).normal(size=gt.shape)
    low, high = overlay(gt, gt, np.arange(20) == 0, title="").axes[0].get_ylim()
    assert high - low > 0.1


def test_task_strings_are_never_read_as_formulas(tmp_path):
    p = prediction()
    figure = overlay(p.pred, p.gt, p.replan, title=r"$\frac{1}{ & ^^ $ <b>" + "x" * 500)
    assert figure_style.save(figure, tmp_path / "a.png").stat().st_size > 1_000
    bars = error_plots.open_vs_closed(
        ["$x^$"], mae=[0.1], hold=[None], successes=[0], n=[0], intervals=[None], title="$$"
    )
    figure_style.save(bars, tmp_path / "b.png")


def test_episode_bars_are_sorted_and_carry_the_mean_and_n():
    figure = error_plots.episode_bars([10, 11, 12], [0.1, 0.3, 0.2], hold=[0.2, None, 0.1])
    (axes,) = figure.axes
    assert [bar.get_height() for bar in axes.patches[:3]] == [0.3, 0.2, 0.1]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["11", "12", "10"]
    assert "mean 0.2000 (n = 3)" in texts(figure) and "hold" in texts(figure)


@pytest.mark.parametrize("n", [1, 2, 300])
def test_episode_bars_fit_any_number_of_episodes(tmp_path, n):
    figure = error_plots.episode_bars(list(range(n)), list(np.random.default_rng(0).random(n)))
    assert figure.get_size_inches()[0] <= 16
    figure_style.save(figure, tmp_path / "bars.png")


def test_joint_bars_stand_beside_their_baselines():
    figure = error_plots.joint_bars([0.1] * 14, hold=[0.2] * 14, mean=[0.3] * 14, n="4 episodes", name="demo")
    assert len(figure.axes[0].patches) == 42
    said = texts(figure)
    assert all(
        word in said
        for word in ("demo", "hold", "mean", "4 episodes", "left j1\n(rad)", "right gripper\n(0..1)")
    )
    assert len(error_plots.joint_bars([0.1] * 14).axes[0].patches) == 14


def test_the_chunk_curve_says_how_many_chunks_stand_behind_it():
    figure = curve_plots.chunk_index_curve([0.1, 0.2, 0.3], [9, 9, 4], hold=[0.05, 0.2, 0.4], horizon=2)
    assert "9 chunks at index 0, 4 at 2" in texts(figure) and "horizon 2" in texts(figure)


def run_summary(episodes=3):
    predictions = {e: prediction(e) for e in range(episodes)}
    rows = [{"episode": e, "task": "t", **episode_fields(p, np.zeros(14))} for e, p in predictions.items()]
    return summarize_openloop(records(*rows), predictions)


def test_the_chunk_curve_gives_arms_and_grippers_apart_with_baselines_and_a_band():
    curve = run_summary(30).chunk_index
    figure = curve_plots.chunk_index_curve(
        curve.mae,
        curve.n,
        hold=curve.hold_mae,
        mean=curve.mean_mae,
        ci=curve.mae_ci,
        parts={"arms": curve.arms, "grippers": curve.grippers},
    )
    assert [axes.get_ylabel() for axes in figure.axes] == [
        "MAE, all joints",
        "MAE, arms (rad)",
        "MAE, grippers (0..1)",
    ]
    for axes, curves in zip(figure.axes, (curve, curve.arms, curve.grippers), strict=True):
        lines = {line.get_label(): line.get_ydata() for line in axes.lines}
        for label, key in (("policy", "mae"), ("hold", "hold_mae"), ("mean", "mean_mae")):
            np.testing.assert_array_equal(lines[label], getattr(curves, key))
        assert len(axes.collections) == 1, "the interval is a band"


@pytest.mark.parametrize(
    ("ci", "bands"), [([[0.05, 0.2]] * 2, 1), ([[0.05, 0.2], None], 0), ([None] * 2, 0), (None, 0)]
)
def test_the_legend_names_a_band_only_where_one_is_drawn(ci, bands):
    within = WithinCurve(sr=[0.1, 0.2], sr_ci=ci)
    for figure in (
        curve_plots.chunk_index_curve([0.1, 0.2], [9, 9], ci=ci),
        curve_plots.threshold_curves(
            ThresholdCurve(tau=[0.01, 0.1], n=9, all=within, arms=within, grippers=within)
        ),
    ):
        axes = figure.axes[0]
        assert len([band for band in axes.collections if band.get_label().startswith("95 %")]) == bands
        assert ("95 %, by episode" in texts(figure)) == bool(bands)


def test_threshold_curves_carry_n_baselines_and_the_four_thresholds():
    curve = run_summary().threshold_curve
    figure = curve_plots.threshold_curves(curve)
    assert "n = 120 steps" in texts(figure)
    for axes, part in zip(figure.axes, ("all", "arms", "grippers"), strict=True):
        lines = {line.get_label(): line.get_ydata() for line in axes.lines}
        np.testing.assert_array_equal(lines["policy"], getattr(curve, part).sr)
        np.testing.assert_array_equal(lines["mean"], getattr(curve, part).mean_sr)


def test_curves_of_one_episode_have_no_band(tmp_path):
    summary = run_summary(1)
    for figure in (
        curve_plots.threshold_curves(summary.threshold_curve),
        curve_plots.chunk_index_curve([0.1, 0.2], [1, 1], ci=[None, None]),
    ):
        figure_style.save(figure, tmp_path / "a.png")


def test_joint_bars_carry_their_intervals():
    bare = error_plots.joint_bars([0.1] * 14)
    figure = error_plots.joint_bars([0.1] * 14, ci=[[0.05, 0.2]] * 13 + [None])
    assert len(figure.axes[0].lines) == len(bare.axes[0].lines) + 13


def test_open_against_closed_shows_counts_and_what_was_not_run():
    figure = error_plots.open_vs_closed(
        ["a", "b"],
        mae=[0.1, None],
        hold=[0.2, None],
        successes=[0, 7],
        n=[0, 10],
        intervals=[None, (0.4, 0.89)],
        title="demo",
    )
    said = texts(figure)
    assert said.count("not run") == 2 and "7/10" in said and "Wilson" in said


def test_the_same_arrays_give_the_same_file(tmp_path):
    for suffix in ("png", "svg"):
        first, second = (
            figure_style.save(curve_plots.chunk_index_curve([0.1, 0.2], [2, 1]), tmp_path / f"{i}.{suffix}")
            for i in "ab"
        )
        assert first.read_bytes() == second.read_bytes()
