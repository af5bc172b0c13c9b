"""Replaying recorded episodes ahead gives what the loop gives, in fuller batches."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from test_lockstep import CHUNK, Echo

from harness.core.errors import UserError
from harness.datasets.reader import Episode
from harness.openloop import evaluation
from harness.openloop import evaluation as openloop_run
from harness.openloop.lockstep import rollout
from harness.openloop.replay import AHEAD, replay
from harness.rollout.adapter import ObservationAdapter
from harness.rollout.dataset_world import DatasetWorld
from harness.rollout.world import Trace
from policies.errors import PolicyError

LENGTHS = (23, 4, 9, 1, 40)


def episode(index: int, length: int) -> Episode:
    """`length` frames whose state is (episode, frame, 0, ...)."""
    states = np.zeros((length, 14), np.float32)
    states[:, 0], states[:, 1] = index, np.arange(length)
    return Episode(index, f"walk {index}", states, states)


def worlds(horizon: int, lengths: tuple[int, ...] = LENGTHS) -> list[DatasetWorld]:
    return [DatasetWorld(episode(i, length), horizon, []) for i, length in enumerate(lengths)]


def run(loop: Any, some: Any, policy: Any = None, **options: Any) -> dict[int, Trace]:
    options = {"horizon": 3, "run_seed": 0, "batch_size": 4} | options
    return {t.world.episode: t for t in loop(some, policy or Echo(), ObservationAdapter(()), **options)}


@pytest.mark.parametrize("strategy", ["plain", "ensemble"])
@pytest.mark.parametrize(("horizon", "batch_size"), [(1, 4), (3, 1), (3, 4), (CHUNK, 16)])
def test_it_gives_what_the_loop_gives(strategy: str, horizon: int, batch_size: int) -> None:
    options = {"strategy": strategy, "horizon": horizon, "batch_size": batch_size}
    expected, found = (run(loop, worlds(horizon), **options) for loop in (rollout, replay))
    assert found.keys() == expected.keys() == set(range(len(LENGTHS)))
    for index, trace in found.items():
        assert trace.replans == expected[index].replans and trace.finished and not trace.error
        np.testing.assert_array_equal(trace.chunks, expected[index].chunks)
        np.testing.assert_array_equal(trace.actions, expected[index].actions)
        assert trace.inference_s > 0


def test_one_long_episode_fills_its_batches() -> None:
    one_by_one, ahead = Echo(), Echo()
    run(rollout, worlds(1, (32,)), one_by_one, horizon=1)
    run(replay, worlds(1, (32,)), ahead, horizon=1)
    assert len(one_by_one.batches) == 32 and ahead.batches == [4] * 8


@pytest.mark.parametrize("raises", [False, True], ids=["returns NaN", "raises"])
def test_a_failing_prediction_ends_its_episode_only(raises: bool) -> None:
    good = run(replay, worlds(3))
    found = run(replay, worlds(3), Echo(nan_at=(0, 6), raises=raises))
    assert "failed at episode 0, frame 6" in str(found[0].error) and found[0].replans == [0, 3]
    for index in range(1, len(LENGTHS)):
        np.testing.assert_array_equal(found[index].chunks, good[index].chunks)


def test_episodes_are_opened_only_when_there_is_room() -> None:
    opened: list[int] = []
    policy = Echo()

    def lazily() -> Any:
        for world in worlds(3, (3,) * 40):
            opened.append(world.episode)
            yield world

    for done, _ in enumerate(
        replay(lazily(), policy, ObservationAdapter(()), horizon=3, run_seed=0, batch_size=2)
    ):
        assert len(opened) - done <= 2 * AHEAD + 2
    assert len(opened) == 40


def test_progress_counts_every_frame() -> None:
    seen: dict[int, int] = {}
    run(
        replay,
        worlds(3),
        on_step=lambda traces: seen.update({t.world.episode: t.world.frame for t in traces}),
    )
    assert seen == dict(enumerate(LENGTHS))


def test_what_cannot_be_served_is_refused() -> None:
    with pytest.raises(PolicyError, match="horizon 7 is out of range"):
        run(replay, worlds(7), horizon=7)
    with pytest.raises(UserError, match="--batch-size"):
        run(replay, worlds(3), batch_size=0)
    with pytest.raises(ValueError, match="'rtc' continues its last chunk"):
        run(replay, worlds(3), strategy="rtc")


@pytest.mark.parametrize(
    ("strategy", "loop"), [("plain", "replay"), ("ensemble", "replay"), ("rtc", "rollout")]
)
def test_open_loop_predicts_ahead_where_chunks_do_not_continue_each_other(
    strategy: str, loop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_by = []
    for name in ("replay", "rollout"):
        monkeypatch.setattr(
            openloop_run, name, lambda *_, name=name, **how: run_by.append((name, how["strategy"])) or ()
        )
    dataset: Any = SimpleNamespace(length=lambda index: LENGTHS[index])
    fresh: Any = SimpleNamespace(open_rows=list)
    evaluation.Evaluation(
        dataset,
        Echo(),
        ObservationAdapter(()),
        fresh,
        np.zeros(14),
        horizon=3,
        batch_size=4,
        seed=0,
        strategy=strategy,
    ).evaluate([0, 1], filmed=())
    assert run_by == [(loop, strategy)]
