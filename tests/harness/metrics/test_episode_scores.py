"""Every open-loop metric, computed again from the npz files by a few lines of numpy that share nothing with it."""

import numpy as np
import pytest
from run_samples import records

from harness.metrics.openloop_summary import summarize_openloop
from harness.runs.predictions import Prediction
from harness.runs.rows import OpenLoopRow
from harness.stats.intervals import mean_interval
from harness.stats.significance import sign_flip

HORIZON, CHUNK = 10, 16


ARMS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12]


GRIPPERS = [6, 13]


PARTS = {"": list(range(14)), "_arms": ARMS, "_grippers": GRIPPERS}


MEAN = np.linspace(-0.3, 0.3, 14)


def outputs(a):
    """What the policy, hold and mean said (T, 14), by the prefix of their fields."""
    frames = np.arange(len(a["gt"]))
    return {
        "": a["pred"],
        "hold_": a["state"][frames - frames % HORIZON],
        "mean_": np.tile(MEAN, (len(frames), 1)),
    }


def near_contact(gt):
    """Frames within 8 of one where a gripper command moved by more than 0.02."""
    moves = [t for t in range(1, len(gt)) if np.abs(gt[t, GRIPPERS] - gt[t - 1, GRIPPERS]).max() > 0.02]
    return np.array([any(abs(t - m) <= 8 for m in moves) for t in range(len(gt))], dtype=bool)


def jumps(pred, gt, dims):
    at = range(HORIZON, len(gt), HORIZON)
    return [np.mean(np.abs(pred[t] - pred[t - 1])[dims] - np.abs(gt[t] - gt[t - 1])[dims]) for t in at]


def check_block(block, members):
    assert (block.episodes, block.frames) == (len(members), sum(len(a["gt"]) for a in members))
    for prefix in ("", "hold_", "mean_"):
        errors = [np.abs(outputs(a)[prefix] - a["gt"]) for a in members]
        all_steps = np.concatenate(errors)
        assert block.value(f"{prefix}mae") == pytest.approx(all_steps.mean(), rel=1e-9)
        assert block.value(f"{prefix}macro_mae") == pytest.approx(
            np.mean([e.mean() for e in errors]), rel=1e-9
        )
        assert block.value(f"{prefix}mse") == pytest.approx(np.mean(all_steps**2), rel=1e-9)
        assert block.value(f"{prefix}mae_arms") == pytest.approx(all_steps[:, ARMS].mean(), rel=1e-9)
        assert block.value(f"{prefix}mae_grippers") == pytest.approx(all_steps[:, GRIPPERS].mean(), rel=1e-9)
        assert block.value(f"{prefix}per_joint") == pytest.approx(all_steps.mean(0).tolist(), rel=1e-9)
        for tau in (0.05, 0.1, 0.2, 0.5):
            rate = np.mean(all_steps.mean(1) <= tau)
            assert block.value(f"{prefix}sr")[f"{tau:.2f}"] == pytest.approx(rate)
        near = [near_contact(a["gt"]) for a in members]
        moves = [outputs(a)[prefix] for a in members]
        for suffix, dims in PARTS.items():
            around = np.concatenate([e[mask][:, dims] for e, mask in zip(errors, near, strict=True)])
            assert block.critical.value(f"{prefix}mae{suffix}") == pytest.approx(around.mean(), rel=1e-9)
            excess = [x for a, pred in zip(members, moves, strict=True) for x in jumps(pred, a["gt"], dims)]
            assert block.boundary.value(f"{prefix}jump{suffix}") == pytest.approx(np.mean(excess), abs=1e-12)
            assert (block.critical.frames, block.boundary.n) == (len(around), len(excess))
    assert block.minus_hold == pytest.approx(block.mae - block.hold_mae, abs=1e-12)
    assert block.minus_mean == pytest.approx(block.mae - block.mean_mae, abs=1e-12)


def test_blocks_over_all_episodes_and_by_task(case):
    _, summary, _, arrays = case
    check_block(summary.overall, arrays)
    check_block(summary.tasks["stack_blocks_two"], arrays[::2])
    check_block(summary.tasks["handover_block"], arrays[1::2])
    assert summary.critical == summary.overall.critical
    by_task = [np.mean([np.abs(a["pred"] - a["gt"]).mean() for a in arrays[i::2]]) for i in (0, 1)]
    assert summary.task_macro.mae == pytest.approx(np.mean(by_task))


def test_rows_by_episode(case):
    _, _, rows, arrays = case
    for e, a in enumerate(arrays):
        assert isinstance(rows[e], OpenLoopRow)
        error = np.abs(a["pred"] - a["gt"])
        assert rows[e].mae == pytest.approx(error.mean(), rel=1e-9)
        assert rows[e].hold_mse == pytest.approx(np.mean((outputs(a)["hold_"] - a["gt"]) ** 2), rel=1e-9)
        assert rows[e].critical.frames == near_contact(a["gt"]).sum()
        starts = list(range(0, len(error), HORIZON))
        assert rows[e].replans == len(starts) and rows[e].windows["start"] == starts
        whole = error.sum() or 1
        for r, s in enumerate(starts):
            assert rows[e].windows["share"][r] == pytest.approx(
                error[s : s + HORIZON].sum() / whole, abs=1e-6
            )
        found = rows[e].windows["jump"][1:]
        assert found == pytest.approx(jumps(a["pred"], a["gt"], PARTS[""]), abs=1e-6)


def test_the_best_shift_of_every_window(case):
    _, _, rows, arrays = case
    for e, a in enumerate(arrays):
        last = len(a["gt"]) - 1
        for r, s in enumerate(range(0, last + 1, HORIZON)):
            t = np.arange(s, min(s + HORIZON, last + 1))
            by_shift = {
                k: np.abs(a["pred"][t] - a["gt"][np.clip(t + k, 0, last)]).mean() for k in range(-10, 11)
            }
            shift, removed = (rows[e].windows[name][r] for name in ("shift", "removed"))
            assert by_shift[shift] == pytest.approx(min(by_shift.values()), abs=1e-9)
            gain = 1 - min(by_shift.values()) / by_shift[0] if by_shift[0] else 0
            assert removed == pytest.approx(gain, abs=1e-6)


def test_the_curve_by_chunk_index(case):
    _, summary, _, arrays = case
    curve = summary.chunk_index
    for j in range(CHUNK):
        for part, dims in (("all", range(14)), ("arms", ARMS), ("grippers", GRIPPERS)):
            errors = {"": [], "hold_": [], "mean_": []}
            for a in arrays:
                for r, s in enumerate(range(0, len(a["gt"]), HORIZON)):
                    if s + j < len(a["gt"]):
                        said = {"": a["chunks"][r, j], "hold_": a["state"][s], "mean_": MEAN}
                        for prefix, action in said.items():
                            errors[prefix].append(np.mean([abs(action[d] - a["gt"][s + j, d]) for d in dims]))
            of_part = curve if part == "all" else getattr(curve, part)
            for prefix, values in errors.items():
                assert getattr(of_part, f"{prefix}mae")[j] == pytest.approx(
                    np.mean(values), rel=1e-9, abs=1e-12
                )
            assert curve.n[j] == len(errors[""])


def test_the_whole_threshold_curve(case):
    _, summary, _, arrays = case
    curve = summary.threshold_curve
    assert curve.n == sum(len(a["gt"]) for a in arrays)
    for part, dims in (("all", range(14)), ("arms", ARMS), ("grippers", GRIPPERS)):
        for prefix in ("", "hold_", "mean_"):
            steps = np.concatenate(
                [np.abs(outputs(a)[prefix] - a["gt"])[:, list(dims)].mean(1) for a in arrays]
            )
            for tau, rate in list(zip(curve.tau, getattr(getattr(curve, part), f"{prefix}sr"), strict=True))[
                ::9
            ]:
                assert rate == pytest.approx(np.mean(steps <= tau), abs=1e-12)


def test_four_episodes_have_no_intervals_and_many_have_those_of_whole_episodes(case):
    _, summary, rows, arrays = case
    few = summary.overall
    assert few.mae_ci is few.macro_mae_ci is few.minus_hold_ci is None
    assert set(few.per_joint_ci) == {None} and set(few.sr_ci.values()) == {None}
    assert set(summary.chunk_index.mae_ci) == {None}
    names = ("pred", "gt", "replan", "chunks", "state")
    episodes = list(range(120))
    many = records(*({**rows[e % 4].plain(), "episode": e} for e in episodes))
    predictions = {e: Prediction(*(arrays[e % 4][name] for name in names)) for e in episodes}
    found = summarize_openloop(many, predictions)
    overall = found.overall
    errors = [np.abs(a["pred"] - a["gt"]) for a in arrays] * 30
    frames = [len(e) for e in errors]
    for joint, ci in enumerate(overall.per_joint_ci):
        assert ci == optional(mean_interval([e.mean(0)[joint] for e in errors], frames))
    assert overall.mae_ci == optional(mean_interval([e.mean() for e in errors], frames))
    assert overall.macro_mae_ci == optional(mean_interval([e.mean() for e in errors]))
    gaps = np.array([row.mae - row.hold_mae for row in many])
    assert overall.minus_hold_ci == optional(mean_interval(gaps, frames))
    assert overall.minus_hold_p == sign_flip((gaps * frames)[:, None])[0]
    within = [(e.mean(1) <= 0.05).mean() for e in errors]
    assert overall.sr_ci["0.05"]
    assert overall.sr_ci["0.05"] == optional(mean_interval(within, frames, share=True))
    for ci, mae in zip(found.chunk_index.mae_ci, found.chunk_index.mae, strict=True):
        assert ci is None or ci[0] - 1e-12 <= mae <= ci[1] + 1e-12


def optional(interval):
    return None if interval is None else pytest.approx(list(interval), rel=1e-6, abs=1e-9)


def test_tests_against_a_baseline_are_adjusted_for_the_number_of_tasks(case):
    _, _, rows, _ = case
    many = records(*({**rows[e % 4].plain(), "episode": e, "task_name": "ab"[e % 2]} for e in range(24)))
    found = summarize_openloop(many)
    raw, holm = ([block.value(f"minus_hold_{p}") for block in found.tasks.values()] for p in ("p", "p_holm"))
    assert sorted(holm) == pytest.approx([2 * min(raw), max(2 * min(raw), *raw)])
    assert found.overall.minus_hold_p_holm == found.overall.minus_hold_p
