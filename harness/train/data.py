"""Demonstrations for the demo policy: recorded, read, and decoded once into memory."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.errors import UserError
from harness.datasets.format import read_extras
from harness.datasets.reader import Episode, open_dataset
from harness.datasets.recording.writer import CAMERA_KEYS
from harness.datasets.survey import verify
from harness.files.json_files import write_atomic

if TYPE_CHECKING:
    from policies.training.frames import Frames


@dataclass(frozen=True)
class Recording:
    """How demonstrations are recorded where none are given."""

    episodes: int
    sampling: str
    detours: float
    noise: float
    misses: float


def record(task: str, out: Path, how: Recording) -> None:
    """Record a task's demonstrations with `harness.record`, unless they are there already.

    UserError where only some are: after Ctrl-C `harness.record` keeps what it has.
    """
    if out.exists():
        recorded = len(read_extras(out).get("episodes", {}))
        if recorded < how.episodes:
            raise UserError(
                f"{out} holds {recorded} of {how.episodes} demonstrations, its recording was stopped; remove it to "
                "record it again"
            )
        return
    command = [sys.executable, "-m", "harness.record", "--task", task, "--episodes", str(how.episodes)]
    command += ["--sampling", how.sampling, "--out", str(out)]
    if how.sampling == "per_action":
        command += ["--detours", str(how.detours), "--noise", str(how.noise), "--misses", str(how.misses)]
    with subprocess.Popen(command) as recording:
        try:
            failed = recording.wait()
        except KeyboardInterrupt:
            recording.wait()  # the terminal's Ctrl-C reached it too: it keeps what it has
            raise
    if failed:
        raise UserError(f"recording {task} failed; see above")


@dataclass(frozen=True)
class Demo:
    """One demonstration: its numbers, its pictures by feature, uint8 (T, 3, h, w), as the policy sees them, and the
    hash of its dataset."""

    episode: Episode
    images: dict[str, np.ndarray]
    dataset_hash: str

    @property
    def shown(self) -> int:
        """Frames a policy can meet: up to the one whose action solved the task. Those after are only its actions."""
        return min(self.episode.length, int(self.episode.meta.get("solved_at", self.episode.length)) + 1)

    @property
    def pieces(self) -> list[tuple[int, int]]:
        """(first, end) of what was recorded in one go; between two, something else was played."""
        marks = [0, *self.episode.meta.get("discontinuities", ()), self.episode.length]
        return list(itertools.pairwise(marks))


def read_demos(
    datasets: Sequence[str], image_size: tuple[int, int], cache: Path | None = None
) -> tuple[list[Demo], list[dict[str, Any]]]:
    """All demonstrations of the datasets, checked, and what the datasets are.

    With `cache`, a directory, pictures are decoded once and kept there, and none of a dataset that changed meanwhile.
    """
    demos: list[Demo] = []
    provenance: list[dict[str, Any]] = []
    for spec in datasets:
        dataset = open_dataset(spec)
        verify(dataset, range(dataset.total_episodes))
        if missing := [role for role in CAMERA_KEYS if role not in dataset.cameras]:
            raise UserError(
                f"dataset {spec} lacks the {missing[0]} camera; the tiny policy looks at all three"
            )
        about = dataset.provenance() | {"dataset": str(spec)}
        if any(other["dataset_hash"] == about["dataset_hash"] for other in provenance):
            raise UserError(f"dataset {spec} holds the same episodes as another one given; leave one out")
        provenance.append(about)
        episodes = [dataset.episode(index) for index in range(dataset.total_episodes)]
        height, width = image_size
        kept = cache / f"{dataset.fingerprint[:24]}-{height}x{width}.npz" if cache else None
        ends = np.cumsum([episode.length for episode in episodes])
        saved = kept_pictures(kept, int(ends[-1]), image_size)
        images = pictures(episodes, image_size) if saved is None else saved
        for episode in episodes:
            dataset.check_unchanged(episode.index)
        if kept is not None and saved is None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(kept, lambda file, arrays=images: np.savez(file, **arrays))  # type: ignore[misc]
        for episode, end in zip(episodes, ends, strict=True):
            own = {key: values[end - episode.length : end] for key, values in images.items()}
            demos.append(Demo(episode, own, str(about["dataset_hash"])))
    return demos, provenance


def pictures(episodes: list[Episode], image_size: tuple[int, int]) -> dict[str, np.ndarray]:
    """All episodes' pictures one after another by feature, uint8 (N, 3, *image_size)."""
    parts: dict[str, list[np.ndarray]] = {key: [] for key in CAMERA_KEYS.values()}
    for episode in episodes:
        shown = episode.images(range(episode.length), CAMERA_KEYS)
        for role, key in CAMERA_KEYS.items():
            parts[key].append(_shrink(shown[role], image_size))
    return {key: np.concatenate(films) for key, films in parts.items()}


def kept_pictures(
    kept: Path | None, frames: int, image_size: tuple[int, int]
) -> dict[str, np.ndarray] | None:
    """The pictures that `read_demos` kept in a file; None where it is missing, torn or of other frames."""
    if kept is None or not kept.is_file():
        return None
    try:
        with np.load(kept, allow_pickle=False) as saved:
            found = {key: saved[key] for key in CAMERA_KEYS.values()}
    except Exception:  # it is only kept to save time
        return None
    whole = all(each.shape == (frames, 3, *image_size) and each.dtype == np.uint8 for each in found.values())
    return found if whole else None


def gather(demos: list[Demo], chunk_size: int) -> Frames:
    """Every frame a policy can meet of the demonstrations, with the actions that follow it."""
    import torch

    from policies.training.frames import Frames

    chunks, valid, unknown, tasks = [], [], [], []
    for demo in demos:
        episode = demo.episode
        for first, end in demo.pieces:
            wanted = np.arange(first, min(end, demo.shown))[:, None] + np.arange(chunk_size)
            chunks.append(episode.actions[np.minimum(wanted, end - 1)])
            valid.append(wanted < end)
            unknown.append((wanted >= end) & (end < episode.length))
        tasks += [episode.task] * demo.shown
    return Frames(
        {
            key: torch.from_numpy(np.concatenate([demo.images[key][: demo.shown] for demo in demos]))
            for key in demos[0].images
        },
        np.concatenate([demo.episode.states[: demo.shown] for demo in demos]),
        np.concatenate(chunks),
        np.concatenate(valid),
        np.concatenate(unknown),
        tasks,
    )


def _shrink(pictures: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    import torch

    from policies.tiny_pi0.model import shrink

    parts = torch.from_numpy(pictures).permute(0, 3, 1, 2).split(32)
    small = torch.cat([shrink(part.float() / 255, size) for part in parts])
    return np.asarray(small.mul_(255).round_().to(torch.uint8).numpy())


def draw_first_frames(demos: Sequence[Demo], count: int, seed: int) -> list[tuple[int, str]]:
    """(frame, instruction) pairs that draw each episode's first frame `count` times instead of once.

    Which arm acts is chosen there and nowhere else, one frame in twenty. The instructions are others of the same
    scene that name no arm, where there are such: what can be read in the sentence is not learnt from the picture.
    """
    random = np.random.default_rng(seed)
    firsts = np.cumsum([0, *(demo.shown for demo in demos)])
    drawn = []
    for demo, first in zip(demos, firsts, strict=False):
        sentences = instructions_without_arm(demo.episode.task, demo.episode.meta) if count > 1 else []
        drawn += [
            (int(first), str(random.choice(sentences or [demo.episode.task]))) for _ in range(count - 1)
        ]
    return drawn


def instructions_without_arm(recorded: str, meta: Mapping[str, Any]) -> list[str]:
    """The scene's sentences that leave out which arm acts; none where `recorded` is not in this project's wording.

    meta: the episode's `task` and `scene_seed`, from which its scene is drawn again.
    """
    from robotwin_env import draw_layout, instruction, task_names
    from robotwin_env.drawing.settings import SETTINGS
    from robotwin_env.instructions import variants

    task, seed = meta.get("task"), meta.get("scene_seed")
    if task not in task_names() or seed is None:
        return []
    for name, setting in SETTINGS.items():
        if instruction(task, seed, name) == recorded:
            placeholders = draw_layout(task, seed, name).layout.placeholders
            things = {key: thing for key, thing in placeholders.items() if key.isupper()}
            return variants(task, things, setting.split)
    return []
