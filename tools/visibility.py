"""Which cameras see what a task's success is judged by, once the scripted expert has solved it.

    python -m tools.visibility
    python -m tools.visibility --task grab_roller,hanging_mug --seed 3

One scene a task: the first from --seed on that stands and that the expert solves. Judged is every actor that `success`
reads; seen are the pixels of it in a picture of 320 x 240 (`across_camera`: 640 x 480), drawn with what stands before
it. A task is listed where one of its judged actors has fewer than FEWEST pixels in every camera of a policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, override

import numpy as np
import tyro

from robotwin_env import task_names
from robotwin_env.conditions.scene_view import SceneView
from robotwin_env.conditions.view import TABLE, Bool, Float
from robotwin_env.env import RoboTwinEnv
from robotwin_env.rendering.cameras import CAMERAS

FEWEST = 25
"""pixels, 5 x 5: less than a hand's breadth of fingers at the head camera's distance"""
OUTSIDE = "across_camera"
TRIES = 5


@dataclass(frozen=True)
class Config:
    """Count the pixels of judged actors in every camera."""

    task: str = ",".join(task_names())
    """Task names, comma-separated."""
    seed: int = 0
    """First scene seed that is tried."""
    assets: str | None = None
    """RoboTwin-format asset root; default: the stand-ins."""


class Noting(SceneView):
    """A scene's state, with the keys of all actors that were read."""

    keys: set[str]

    def __init__(self, scene: Any):
        super().__init__(scene)
        self.keys = set()

    @override
    def p(self, key: str) -> Float:
        self.keys.add(key)
        return super().p(key)

    @override
    def q(self, key: str) -> Float:
        self.keys.add(key)
        return super().q(key)

    @override
    def frame(self, key: str, kind: str, index: int) -> tuple[Float, Float]:
        self.keys.add(key)
        return super().frame(key, kind, index)

    @override
    def joint(self, key: str) -> float:
        self.keys.add(key)
        return super().joint(key)

    @override
    def touching(self, key: str, other: str) -> Bool:
        self.keys |= {key, other} - {TABLE}
        return super().touching(key, other)

    @override
    def finger_contacts(self, key: str) -> Float:
        self.keys.add(key)
        return super().finger_contacts(key)


@dataclass(frozen=True)
class Seen:
    """Pixels of one judged actor by camera."""

    actor: str
    pixels: Mapping[str, int]

    @property
    def hidden(self) -> bool:
        """Whether no camera of a policy shows it."""
        return max(self.pixels[name] for name in CAMERAS) < FEWEST


def judged_pixels(env: RoboTwinEnv) -> list[Seen]:
    """The actors that success reads in the scene as it is, and their pixels in every camera."""
    assert env.scene is not None
    view = Noting(env.scene)
    env.task_module.success(view)
    env.observe()
    env.film()
    ids = {
        camera.name: camera.get_picture("Segmentation")[..., 1].ravel()
        for camera in env.scene.sapien.get_cameras()
    }
    visible = []
    for key in sorted(view.keys):
        whole = env.scene.entities[key]
        own = [link.entity for link in whole.links] if key in env.scene.articulations else [whole]
        numbers = [entity.per_scene_id for entity in own]
        visible.append(Seen(key, {name: int(np.isin(seen, numbers).sum()) for name, seen in ids.items()}))
    return visible


def looks(config: Config) -> Iterator[tuple[str, list[Seen] | None]]:
    """Task by task what was seen; None where the expert solved none of the scenes that were tried."""
    for task in config.task.split(","):
        env = RoboTwinEnv(task, config.assets, shader="default", shadows="off", film_cameras=(OUTSIDE,))
        visible = None
        for seed in range(config.seed, config.seed + TRIES):
            if env.reset(seed=seed)[1]["layout_ok"] and env.demonstrate()[0]:
                visible = judged_pixels(env)
                break
        env.close()
        yield task, visible


def line(task: str, seen: Sequence[Seen]) -> str:
    """A row of the table: of the judged actor that is seen least, its pixels in every camera."""
    least = min(seen, key=lambda actor: max(actor.pixels[name] for name in CAMERAS))
    pixels = " | ".join(str(least.pixels[name]) for name in (*CAMERAS, OUTSIDE))
    return f"| `{task}` | {least.actor} | {pixels} |"


def main(config: Config) -> None:
    """Print the table, then the tasks that no camera of a policy can show."""
    print(
        "| task | judged actor seen least | head | left wrist | right wrist | from outside |\n|---|---|---|---|---|---|"
    )
    hidden = []
    for task, seen in looks(config):
        if not seen:
            print(
                f"| `{task}` | {'not solved' if seen is None else 'no actor is read'} | | | | |", flush=True
            )
            continue
        print(line(task, seen), flush=True)
        hidden += [f"{task} ({', '.join(each.actor for each in seen if each.hidden)})"] * any(
            s.hidden for s in seen
        )
    print(f"\nout of every camera of a policy: {', '.join(hidden) or 'none'}")


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))
