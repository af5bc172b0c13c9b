"""A scene as lerobot-eval wants it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

from harness.core.robot import IMAGE_PREFIX, role_of
from harness.rollout.episode_digest import StateDigest

FPS = 10


class LeRobotScene(gymnasium.Wrapper[Any, Any, Any, Any]):
    """A RoboTwin scene with the attributes `lerobot-eval` asks an environment for; it notes what happens."""

    def __init__(self, env: Any, horizon: int):
        super().__init__(env)
        self._horizon = horizon
        self._done: list[tuple[Any, Any]] = []

    @property
    def task(self) -> str:
        """The task's name."""
        return str(self.env.unwrapped.task_name)  # type: ignore[attr-defined]

    @property
    def task_description(self) -> str:
        """What the policy is told."""
        return str(self.env.unwrapped.instruction)  # type: ignore[attr-defined]

    @property
    def _max_episode_steps(self) -> int:
        return int(self.env.unwrapped.step_limit)  # type: ignore[attr-defined]

    def step(self, action: Any) -> Any:
        """One action."""
        outcome = self.env.step(action)
        self._done.append((np.array(action), outcome[4]["states"]))
        return outcome

    def digest(self) -> str:
        """`harness.rollout.episode_digest` of the episode, chunk by chunk as the harness takes it."""
        total = StateDigest()
        for start in range(0, len(self._done), self._horizon):
            actions, states = zip(*self._done[start : start + self._horizon], strict=True)
            total.add(np.stack(actions), np.concatenate(states))
        return total.text(self.env.unwrapped.get_state())  # type: ignore[attr-defined]


class Film:
    """Films as `lerobot-eval` does: `render()` after a step, written by LeRobot in a thread at the end."""

    def __init__(self, scene: LeRobotScene, every: int):
        self._scene, self._every, self._step = scene, every, 0
        self.frames: list[np.ndarray] = []

    def __call__(self, env: gymnasium.vector.VectorEnv) -> None:
        """After the reset and after every step."""
        if self._step % self._every == 0:
            self.frames.append(np.stack([self._scene.render()]))  # type: ignore[list-item]
        self._step += 1

    def save(self, path: Path) -> None:
        """Write the video and wait for it."""
        from lerobot.utils.io_utils import write_video

        frames = np.stack(self.frames, axis=1)[0]
        thread = threading.Thread(target=write_video, args=(str(path), frames, FPS))
        thread.start()
        thread.join()


def renamed(images: tuple[str, ...]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What gives LeRobot's observation (`observation.images.head_camera`) the names a policy knows its cameras by.

    images: the policy's image keys. Cameras it does not read are left out.
    """
    wanted = {role_of(key): key for key in images}

    def rename(observation: Mapping[str, Any]) -> dict[str, Any]:
        kept = {}
        for key, value in observation.items():
            name = wanted.get(role_of(key)) if key.startswith(IMAGE_PREFIX) else key
            if name is not None:
                kept[name] = value
        return kept

    return rename


@contextmanager
def own_noise(policy: Any, run_seed: int, episode: int) -> Iterator[None]:
    """While active, the model's chunks start from the noise the harness gives them, one chunk after the other."""
    import torch

    from policies.noise import frame_noise

    predicted = 0

    def sample_noise(shape: Any, device: Any) -> Any:
        nonlocal predicted
        frame = predicted * policy.n_action_steps
        predicted += 1
        return torch.from_numpy(frame_noise(run_seed, episode, frame, policy.noise_shape))[None].to(device)

    policy.model.model.sample_noise = sample_noise
    try:
        yield
    finally:
        del policy.model.model.sample_noise
