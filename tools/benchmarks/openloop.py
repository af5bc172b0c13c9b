"""Open loop against loops that go frame by frame, on the bundled policy and episodes: frames a second, same numbers.

Used by scripts/benchmark.py. Both sides do the whole way from the video file to the action in raw units; loading the
policy, opening the dataset, scoring and plots are outside. `TOLERANCE` is what the actions may differ by.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.errors import UserError
from harness.datasets.reader import Episode, open_dataset
from harness.files.bundled import DEMO_EPISODES
from harness.openloop.replay import replay
from harness.rollout.adapter import Observation, ObservationAdapter
from harness.rollout.dataset_world import DatasetWorld
from harness.rollout.policy_setup import default_horizon
from tools.benchmarks.measure import Config, Table

if TYPE_CHECKING:
    from policies.interface import Policy

SEED, BATCH_SIZE = 0, 8
TOLERANCE = 1e-5
ROUNDS = 3
"""Both sides take turns and the fastest round of each counts: what else the machine does is nobody's merit."""

Actions = list[np.ndarray]


@dataclass(frozen=True)
class Clock:
    """Seconds of one side's fastest round: on the wall, and of processor time over all threads."""

    wall: float = float("inf")
    processor: float = float("inf")

    def best(self, other: Clock) -> Clock:
        """The better of both, each by itself."""
        return Clock(min(self.wall, other.wall), min(self.processor, other.processor))


@dataclass(frozen=True)
class Race:
    """What the harness and the other loop took for `frames` frames, and the largest difference of their actions."""

    frames: int
    harness: Clock
    other: Clock
    difference: float

    @property
    def ratio(self) -> float:
        """How many times as fast the harness is."""
        return self.other.wall / self.harness.wall

    def against(self, name: str) -> str:
        """Both speeds in words."""
        own, theirs = self.frames / self.harness.wall, self.frames / self.other.wall
        return f"{own:.0f} frames/s against {theirs:.1f} ({name})"

    def result(self) -> str:
        """The ratios and the difference in words."""
        processor = self.other.processor / self.harness.processor
        return f"{self.ratio:.1f}x (processor time {processor:.1f}x), actions within {self.difference:.0e}"


@dataclass(frozen=True)
class Course:
    """What is raced over: a policy on the beginning of each bundled episode."""

    policy: Policy
    adapter: ObservationAdapter
    episodes: list[Episode]
    horizon: int

    def harness(self) -> Actions:
        """The actions of every episode as open loop predicts them."""
        roles = list(self.adapter.roles.values())
        worlds = [DatasetWorld(episode, self.horizon, roles) for episode in self.episodes]
        traces = replay(
            worlds, self.policy, self.adapter, horizon=self.horizon, run_seed=SEED, batch_size=BATCH_SIZE
        )
        by_episode = {trace.world.episode: trace.actions for trace in traces}
        return [by_episode[episode.index] for episode in self.episodes]

    def frame_by_frame(self) -> Actions:
        """Every frame read for itself; every chunk predicted for itself, when the last one is used up."""
        from policies.chunking import predict_rows

        episodes = []
        for episode in self.episodes:
            actions: list[np.ndarray] = []
            for t in range(episode.length):
                images = episode.images([t], self.adapter.roles.values())
                shown = {role: frames[0] for role, frames in images.items()}
                row = self.adapter.row(Observation(shown, episode.states[t], episode.task, t))
                if t % self.horizon == 0:
                    chunk = predict_rows(self.policy, [row], [self.noise(episode.index, t)], 1)[0]
                actions.append(chunk[t % self.horizon])
            episodes.append(np.stack(actions))
        return episodes

    def lerobot(self) -> Actions:
        """LeRobot's own way: dataset[t], preprocess, select_action, postprocess, frame after frame."""
        import torch
        from lerobot.datasets.lerobot_dataset import LeRobotDataset

        model, processors = self._parts()
        dataset = LeRobotDataset("local/demo_episodes", root=DEMO_EPISODES, video_backend="pyav")
        starts = dataset.meta.episodes["dataset_from_index"]
        episodes = []
        for episode in self.episodes:
            model.reset()
            actions = []
            for t in range(episode.length):
                item = dataset[int(starts[episode.index]) + t]
                observed = {key: item[key] for key in ("observation.state", *self.policy.images, "task")}
                with torch.inference_mode(), self._noise_of(model, episode.index, t):
                    action = processors.after(model.select_action(processors.before(observed)))
                actions.append(action.squeeze(0).numpy())
            episodes.append(np.stack(actions))
        return episodes

    def noise(self, episode: int, frame: int) -> np.ndarray:
        """What the policy's chunk at a frame starts from, in every loop."""
        from policies.noise import frame_noise

        assert self.policy.noise_shape is not None
        return frame_noise(SEED, episode, frame, self.policy.noise_shape)

    def _parts(self) -> tuple[Any, Any]:
        from policies.lerobot_policy import LeRobotPolicy

        assert isinstance(self.policy, LeRobotPolicy)
        return self.policy.model, self.policy.processors

    @contextmanager
    def _noise_of(self, model: Any, episode: int, frame: int) -> Iterator[None]:
        """While active, `model` starts from the noise of that frame instead of drawing its own."""
        import torch

        noise = torch.from_numpy(self.noise(episode, frame))[None]
        model.model.sample_noise = lambda shape, device: noise.to(device)
        try:
            yield
        finally:
            del model.model.sample_noise


def course(policy: Policy, frames: int, horizon: int) -> Course:
    """The bundled episodes, cut to `frames` frames, or a few more: short episodes must not leave batches half empty
    that whole ones fill."""
    frames = -(-frames // BATCH_SIZE) * BATCH_SIZE
    dataset = open_dataset(DEMO_EPISODES)
    whole = [dataset.episode(index) for index in range(dataset.total_episodes)]
    cut = [dataclasses.replace(e, states=e.states[:frames], actions=e.actions[:frames]) for e in whole]
    return Course(policy, ObservationAdapter(policy.images), cut, horizon)


def race(track: Course, other: Callable[[], Actions]) -> Race:
    """Run both sides in turn; UserError where their actions are not the same."""
    dataclasses.replace(track, episodes=track.episodes[:1]).harness()  # the first call of a shape is slower
    own, theirs, difference = Clock(), Clock(), 0.0
    for _ in range(ROUNDS):
        ours, clock = timed(track.harness)
        own = own.best(clock)
        others, clock = timed(other)
        theirs = theirs.best(clock)
        pairs = zip(ours, others, strict=True)
        difference = max(difference, *(float(np.abs(a - b).max()) for a, b in pairs))
    if not difference <= TOLERANCE:
        raise UserError(
            f"the actions differ by {difference:.2g}, more than {TOLERANCE:g}: no fair comparison"
        )
    return Race(sum(episode.length for episode in track.episodes), own, theirs, difference)


def timed(side: Callable[[], Actions]) -> tuple[Actions, Clock]:
    """What one side predicts, and what it took."""
    wall, processor = time.perf_counter(), time.process_time()
    actions = side()
    return actions, Clock(time.perf_counter() - wall, time.process_time() - processor)


def measure_openloop(config: Config, table: Table) -> str:
    """Open loop against LeRobot's own loop at the policy's horizon, and, last, at horizon 1 against single frames."""
    from policies import load_policy

    policy = load_policy("demo")
    track = course(policy, 2 * config.repeats, default_horizon(policy))
    raced = race(track, track.lerobot)
    name = raced.against("LeRobot: a dataset item and select_action a frame")
    table.add(f"open loop at horizon {track.horizon}: {name}", raced.result(), ">= 4x")
    track = course(policy, config.repeats, 1)
    raced = race(track, track.frame_by_frame)
    name = raced.against("one frame read and one chunk predicted at a time")
    table.add(f"open loop at horizon 1: {name}", raced.result(), ">= 2.5x")
    return f"{raced.ratio:.1f}x"
