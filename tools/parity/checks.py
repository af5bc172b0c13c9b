"""The checks: a layout, a settled scene, single actions, an episode of contacts, each against upstream's numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from robotwin_env import draw_layout
from robotwin_env.assets.shapes import Jointed
from robotwin_env.drawing.layout import unique_names
from robotwin_env.numbers.pose import angle_between_deg

FIXTURES = ("ground", "wall", "table")
LAYOUT_TOLERANCE = 1e-6  # poses at creation, up to float32, and the generator's next value
SETTLED_TOLERANCE = 1e-4  # m and quaternion components
STATE_TOLERANCE, JOINT_TOLERANCE, BLOCK_TOLERANCE = 1e-5, 1e-4, 1e-3
ACTION_TASK = "stack_blocks_two"  # of single-action files that do not name theirs


@dataclass(frozen=True)
class Result:
    """One line of the verdict: what was compared, whether it held, and by how much."""

    kind: str
    task: str
    seed: int
    passed: bool
    detail: str

    def __str__(self) -> str:
        verdict = "pass" if self.passed else "FAIL"
        return f"{verdict}  {self.kind:<12} {self.task:<24} {self.seed:<8} {self.detail}"


def largest(a: Any, b: Any) -> float:
    """Largest absolute difference of two arrays of one shape; inf where shapes differ or something is NaN."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    difference = float(np.max(np.abs(a - b), initial=0.0)) if a.shape == b.shape else np.inf
    return difference if np.isfinite(difference) else np.inf


def check_layout(task: str, seed: int, reference: dict[str, Any], expected: dict[str, Any]) -> Result:
    """Actors' names, ids and poses at creation, and what the generator draws next."""
    drawn = draw_layout(task, seed)
    pose = 0.0
    for jointed, rows in (
        (False, [row for row in expected["pre_settle"]["actors"] if row["name"] not in FIXTURES]),
        (True, expected["pre_settle"]["articulations"]),
    ):
        actors = [actor for actor in drawn.actors if isinstance(actor.shape, Jointed) == jointed]
        ours = dict(zip(unique_names([actor.name for actor in actors]), actors, strict=True))
        theirs = dict(zip(unique_names([row["name"] for row in rows]), rows, strict=True))
        if ours.keys() != theirs.keys():
            return Result("layout", task, seed, False, f"actors {sorted(ours)}, upstream {sorted(theirs)}")
        for name, row in theirs.items():  # namesakes in creation order; upstream lists static bodies last
            pose = max(
                pose, pose_difference(ours[name].pose.vector(), row["root_pose" if jointed else "pose"])
            )
    draw = abs(drawn.next_uniform - expected["rng_next_uniform_after_load_actors"])
    lacking = ids_of(expected, but="selected_" if reference.get("fs_order_dependent") else None)
    lacking -= Counter(actor.model_id for actor in drawn.actors if actor.model_id is not None)
    passed = pose <= LAYOUT_TOLERANCE and draw <= LAYOUT_TOLERANCE and not lacking
    detail = f"pose {pose:.1e}, next draw {draw:.1e}"
    if lacking:
        detail += f", upstream's model ids {sorted(lacking)} are not among ours"
    return Result("layout", task, seed, passed, detail)


def ids_of(expected: dict[str, Any], but: str | None = None) -> Counter[int]:
    """The model ids a reference names, under whatever attribute names its task chose (`bell_id`, `bottle_id`).

    Left out are those whose attribute begins with `but`: they depend on upstream's order of files.
    """
    counted: Counter[int] = Counter()
    for name, value in expected["attrs_set_in_load_actors"].items():
        if "_id" in name and not name.endswith("_list") and not (but and name.startswith(but)):
            values = value if isinstance(value, list) else [value]
            counted.update(v for v in values if isinstance(v, int) and not isinstance(v, bool))
    return counted


def pose_difference(ours: Any, theirs: Any) -> float:
    """Largest difference of two poses (7,); a quaternion and its negative are the same rotation."""
    theirs = np.asarray(theirs, float)
    return min(largest(ours, theirs), largest(ours, [*theirs[:3], *-theirs[3:]]))


def check_settled(task: str, seed: int, expected: dict[str, Any], env: Any) -> Result:
    """Actors' poses after settling, and the verdicts on the scene."""
    _, info = env.reset(seed=seed)
    reference = [row for row in expected["post_settle"]["actors"] if row["name"] not in FIXTURES]
    names = unique_names([row["name"] for row in reference])
    state = env.unwrapped.get_state()["actors"]
    pose = max(
        (largest(state[name], row["pose"]) for name, row in zip(names, reference, strict=True)), default=0.0
    )
    layout_ok = expected["stable"] and not expected["initial_check_success"]
    same = info["layout_ok"] == layout_ok
    detail = f"pose {pose:.1e}" + ("" if same else f", layout_ok {info['layout_ok']}, upstream {layout_ok}")
    return Result("settled", task, seed, pose <= SETTLED_TOLERANCE and same, detail)


def check_actions(task: str, episode: dict[str, Any], joints: list[str], env: Any) -> Result:
    """Physics steps, state vector and joint positions after every single action."""
    seed = episode["seed"]
    env.reset(seed=seed)
    n = len(episode["results"])
    columns = [joints.index(name) for name in env.unwrapped.qpos16_names]
    state = joint = 0.0
    for i, (action, expected) in enumerate(zip(episode["actions"][:n], episode["results"], strict=True)):
        observation, _, _, _, info = env.step(action)
        if info["physics_steps"] != expected["n_physics_steps"]:
            detail = (
                f"action {i}: {info['physics_steps']} physics steps, upstream {expected['n_physics_steps']}"
            )
            return Result("take_action", task, seed, False, detail)
        state = max(state, largest(observation["agent_pos"], expected["vector"]))
        joint = max(
            joint, largest(env.unwrapped.get_state()["qpos"], np.array(expected["real_qpos_38"])[columns])
        )
    passed = state <= STATE_TOLERANCE and joint <= JOINT_TOLERANCE
    detail = f"{len(episode['results'])} actions, state {state:.1e}, joints {joint:.1e} rad"
    return Result("take_action", task, seed, passed, detail)


def check_contact(task: str, episode: dict[str, Any], env: Any) -> Result:
    """A whole pick-and-place replay: physics steps, success at the same action, block poses."""
    seed = episode["seed"]
    env.reset(seed=seed)
    n = len(episode["results"])
    block = turned = 0.0
    for i, (action, expected) in enumerate(zip(episode["actions"][:n], episode["results"], strict=True)):
        _, _, success, _, info = env.step(action)
        if info["physics_steps"] != expected["n"] or success != expected["eval_success"]:
            here, there = (info["physics_steps"], success), (expected["n"], expected["eval_success"])
            detail = f"action {i}: (physics steps, success) {here}, upstream {there}"
            return Result("contact", task, seed, False, detail)
        poses = np.array(list(env.unwrapped.get_state()["actors"].values()))
        boxes = np.array(expected["boxes"])
        block = max(block, largest(poses[:, :3], boxes[:, :3]))
        turned = max(turned, float(np.max(angle_between_deg(poses[:, 3:], boxes[:, 3:]))))
        if success:
            break
    detail = f"{i + 1} actions, blocks {1e3 * block:.2f} mm, {turned:.2f}°, success {success}"
    return Result("contact", task, seed, block <= BLOCK_TOLERANCE, detail)
