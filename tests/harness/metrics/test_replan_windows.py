"""Why there is a spike: planted early contacts and wrong plans are told apart; silence where nothing is known."""

import numpy as np
import pytest

from harness.metrics import replan_windows
from harness.metrics.action_error import hold_prediction

FRAMES, HORIZON = 120, 20


REPLAN = np.arange(FRAMES) % HORIZON == 0


def demonstration(seed=0, frames=FRAMES):
    """Both arms swing; the left gripper closes over 13 frames in the fourth window, and opens again later."""
    rng = np.random.default_rng(seed)
    t = np.arange(frames)[:, None] / frames
    gt = np.sin(2 * np.pi * (t * rng.uniform(0.5, 1.5, 14) + rng.random(14))) * rng.uniform(0.2, 0.8, 14)
    gt[:, 6] = np.interp(np.arange(frames), [64, 77, 100, 113], [1, 0, 0, 1])
    gt[:, 13] = 1
    return gt


def planted(gt, start, stop, instead, noise=0.001, seed=0):
    """A prediction that follows `gt` (T, 14) but for frames start .. stop-1."""
    pred = gt.copy()
    pred[start:stop] = instead[start:stop]
    return pred + np.random.default_rng(seed).normal(0, noise, gt.shape)


def moved(gt, frames):
    """What a policy predicts that is `frames` early."""
    return gt[np.clip(np.arange(len(gt)) + frames, 0, len(gt) - 1)]


def largest(pred, gt, replan=REPLAN):
    return replan_windows.spikes(replan_windows.analyse(pred, gt, replan))[0]


# --- shares and shifts, with known answers


def test_one_wrong_window_has_the_whole_error():
    steps = np.zeros(12)
    steps[4:8] = 0.3
    assert replan_windows.window_shares(steps, np.arange(12) % 4 == 0).tolist() == pytest.approx([0, 1, 0])


def test_shares_add_up_and_survive_a_perfect_episode():
    steps = np.random.default_rng(0).random(23)
    replan = np.arange(23) % 5 == 0
    shares = replan_windows.window_shares(steps, replan)
    assert shares.sum() == pytest.approx(1)
    assert shares[1] == pytest.approx(steps[5:10].sum() / steps.sum())
    assert not replan_windows.window_shares(np.zeros(23), replan).any()
    gt = demonstration()
    assert replan_windows.spikes(replan_windows.analyse(gt, gt, REPLAN)) == []
    assert all(
        w.shifts["all"].frames == 0 and not w.shifts["all"].clear
        for w in replan_windows.analyse(gt, gt, REPLAN)
    )


def test_spikes_are_large_shares_of_episodes_with_enough_windows():
    gt = np.zeros((16, 14))
    pred = gt + 0.1
    pred[8:12] += 0.2
    (spike,) = replan_windows.spikes(replan_windows.analyse(pred, gt, np.arange(16) % 4 == 0))
    assert (spike.index, spike.start, spike.stop, spike.share) == (2, 8, 12, pytest.approx(0.5))
    assert spike.mae == pytest.approx(0.3) and spike.jump == pytest.approx(0.2)
    even = replan_windows.analyse(gt + 0.1, gt, np.arange(16) % 4 == 0)
    assert replan_windows.spikes(even) == [], "a quarter each is nobody's spike"
    assert even[0].jump is None
    few = replan_windows.analyse(pred, gt, np.arange(16) % 6 == 0)
    assert replan_windows.spikes(few) == [], "of three windows one is always large"


def test_shift_errors_are_those_of_a_plain_loop():
    rng = np.random.default_rng(1)
    pred, gt, replan = rng.normal(size=(33, 14)), rng.normal(size=(33, 14)), np.arange(33) % 8 == 0
    found = replan_windows.shift_errors(pred, gt, replan)
    assert found.shape == (21, 5, 14)
    for k in (-10, -3, 0, 7, 10):
        for r, start in enumerate(range(0, 33, 8)):
            frames = range(start, min(start + 8, 33))
            error = np.mean([np.abs(pred[t] - gt[min(max(t + k, 0), 32)]) for t in frames], axis=0)
            np.testing.assert_allclose(found[k + 10, r], error)


@pytest.mark.parametrize("frames", [-9, -3, -1, 1, 3, 9])
def test_a_shifted_copy_is_found_exactly(frames):
    gt = demonstration()
    spike = largest(planted(gt, 60, 80, moved(gt, frames), noise=0), gt)
    assert (spike.start, spike.share) == (60, pytest.approx(1))
    shift = spike.shifts["all"]
    assert shift.frames == frames and shift.removed == pytest.approx(1)
    assert shift.clear == (abs(frames) < 9), (
        "at the limit the next shift, which nobody tried, may fit as well"
    )


def test_of_equal_shifts_the_smallest_is_taken():
    assert replan_windows.best_shift(np.full(21, 0.2)) == replan_windows.Shift(0, 0.0, False)
    errors = np.ones(21)
    errors[[2, 12]] = 0.1
    assert replan_windows.best_shift(errors).frames == 2
    assert not replan_windows.best_shift(errors).clear, "two moments of the demonstration fit"
    errors = np.ones(21)
    errors[:7] = 0
    found = replan_windows.best_shift(errors)
    assert (found.frames, found.removed, found.clear) == (-4, 1, False), "so does every later one"


# --- what is said


@pytest.mark.parametrize(("frames", "kind"), [(3, "early"), (-3, "late"), (1, "early")])
@pytest.mark.parametrize("seed", range(4))
def test_a_contact_predicted_early_or_late_is_called_so(frames, kind, seed):
    gt = demonstration(seed)
    found = replan_windows.finding(largest(planted(gt, 60, 80, moved(gt, frames)), gt))
    assert (found.kind, found.frames) == (kind, frames)
    count = "1 frame" if abs(frames) == 1 else "3 frames"
    assert found.sentence.startswith(f"contact predicted {count} {kind}: that shift removes 9")


@pytest.mark.parametrize("seed", range(4))
def test_away_from_the_grippers_it_is_a_motion(seed):
    gt = demonstration(seed)
    found = replan_windows.finding(largest(planted(gt, 20, 40, moved(gt, 3)), gt))
    assert found.sentence.startswith("motion predicted 3 frames early")


@pytest.mark.parametrize("seed", range(4))
def test_only_the_gripper_early_is_said_of_the_gripper(seed):
    gt = demonstration(seed)
    instead = gt.copy()
    instead[:, 6] = moved(gt, 3)[:, 6]
    found = replan_windows.finding(largest(planted(gt, 60, 80, instead), gt))
    assert (found.kind, found.frames) == ("early", 3)
    assert found.sentence.startswith(
        ("contact predicted 3 frames early", "gripper move predicted 3 frames early")
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_wrong_window_is_another_plan(seed):
    gt = demonstration(seed)
    found = replan_windows.finding(largest(planted(gt, 60, 80, demonstration(seed + 100)), gt))
    assert (found.kind, found.frames) == ("other plan", 0)
    assert found.sentence.startswith("another plan: no shift of up to 10 frames removes")


def test_nothing_is_said_in_between():
    gt = demonstration()
    apart = moved(gt, 5) - gt
    off = 0.5 * np.abs(apart[60:80]).mean() * np.sign(apart[60:80].mean(0)) * (-1) ** np.arange(14)
    spike = largest(planted(gt, 60, 80, moved(gt, 5) + off), gt)
    assert replan_windows.SHIFT_HELPLESS < spike.shifts["all"].removed < replan_windows.SHIFT_EXPLAINS
    assert replan_windows.finding(spike) is None


def test_a_contact_that_is_missing_is_not_called_late():
    gt = demonstration() * 0
    gt[:, 6] = np.interp(np.arange(FRAMES), [70, 76], [1, 0])
    pred = gt.copy()
    pred[60:80, 6] = 1
    spike = largest(pred, gt)
    assert spike.shifts["all"].removed > replan_windows.SHIFT_EXPLAINS, (
        "moving the contact out of the window helps"
    )
    assert not spike.shifts["all"].clear and replan_windows.finding(spike) is None


def test_holding_still_is_never_called_early_or_late():
    for seed in range(6):
        gt = demonstration(seed)
        state = np.vstack([gt[:1], gt[:-1]])
        for horizon in (10, 20, 40):
            replan = np.arange(FRAMES) % horizon == 0
            found = map(
                replan_windows.finding, replan_windows.analyse(hold_prediction(state, replan), gt, replan)
            )
            assert not {f.kind for f in found if f} & {"early", "late"}


@pytest.mark.parametrize("height", [0.05, 1.4])
def test_a_single_frame_off_is_no_plan(height):
    gt = demonstration()
    pred = gt.copy()
    pred[70, 2] += height
    spike = largest(pred, gt)
    assert (spike.start, spike.share) == (60, pytest.approx(1))
    assert spike.mae == pytest.approx(height / 14 / 20)
    assert replan_windows.finding(spike) is None


def test_small_noise_and_short_windows_support_nothing():
    gt = demonstration()
    assert replan_windows.finding(largest(planted(gt, 60, 80, gt + 0.05, noise=0.0), gt)) is None
    short = np.arange(FRAMES) % 4 == 0
    pred = planted(gt, 60, 64, demonstration(100))
    assert replan_windows.finding(largest(pred, gt, short)) is None
