"""The contract between a checkpoint and a world: what fits, what is doubtful, what would be refused. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from harness.contract.checkpoint import CheckpointContract
from harness.contract.declared import joints_refusal
from harness.contract.prompts import Prompts
from harness.contract.statistics import IDENTITY, Statistics, farthest
from harness.contract.world import WorldContract
from harness.core.camera_map import map_cameras
from harness.core.errors import UserError
from harness.core.robot import JOINT_NAMES, JOINT_UNITS, JOINTS, role_of
from harness.core.text import short

NAMED = 4
"""Numbers that are named one by one in a caution; of more only how many."""
GRIPPER_ROOM = 0.2
"""How far a gripper's numbers (0..1) may leave their range in a checkpoint's statistics before that is said."""


@dataclass(frozen=True)
class Sheet:
    """What one checkpoint and one world say to each other; prompts: None where nothing could be counted."""

    world: WorldContract
    checkpoint: CheckpointContract | None
    prompts: Prompts | None

    def number_rows(self, what: str) -> Iterator[tuple[str, str, str, str, str]]:
        """Of each `state` or `action` number: name here, name in the world, unit, the world's range, and what the
        checkpoint's statistics say of it."""
        names, limits = self.world.names[what], self.world.ranges[what]
        stats = self.statistics(what)
        out = self._farthest(what)
        for i in range(JOINTS):
            called = names[i] if names else "not named"
            span = f"{limits[0][i]:.3g} .. {limits[1][i]:.3g}" if limits else "not known"
            described = stats.describe(i) if stats is not None else ""
            if stats is not None and out is not None:
                unit = "std" if stats.mode == "MEAN_STD" else "of -1..1"
                described += (
                    f" (reaches {out[i]:+.1f} {unit}{', far outside' if abs(out[i]) > stats.far else ''})"
                )
            yield JOINT_NAMES[i], called, JOINT_UNITS[i], span, described

    def statistics(self, what: str) -> Statistics | None:
        """The checkpoint's statistics of `state` or `action`, None where they say nothing of 14 numbers."""
        if self.checkpoint is None:
            return None
        stats = self.checkpoint.state if what == "state" else self.checkpoint.action
        return stats if stats.size == JOINTS else None

    def _farthest(self, what: str) -> np.ndarray | None:
        """How far the world's numbers lie outside the checkpoint's statistics; None where that cannot be said."""
        stats, limits = self.statistics(what), self.world.ranges[what]
        relative = what == "action" and self.checkpoint is not None and self.checkpoint.relative
        if stats is None or limits is None or relative or not self.world.observed:
            return None
        return farthest(stats, *limits)

    def cautions(self) -> list[str]:
        """What a reader of the results must know of this pair, a line each."""
        return list(self._cautions())

    def _cautions(self) -> Iterator[str]:
        if self.checkpoint is None:
            return
        for what in ("state", "action"):
            out, stats = self._farthest(what), self.statistics(what)
            far = (
                []
                if out is None or stats is None
                else [int(i) for i in np.flatnonzero(np.abs(out) > stats.far)]
            )
            if far:
                named = ", ".join(JOINT_NAMES[i] for i in far[:NAMED])
                more = f" and {len(far) - NAMED} more" if len(far) > NAMED else ""
                yield (
                    f"{what} numbers of {self.world.name} lie far outside the checkpoint's statistics: {named}{more}"
                )
            strange = [i for i in (6, 13) if stats is not None and _leaves_gripper_range(stats, i)]
            relative = what == "action" and self.checkpoint.relative
            if strange and not relative:
                named = ", ".join(JOINT_NAMES[i] for i in strange)
                yield (
                    f"the checkpoint's {what} statistics of {named} are not those of a gripper (0 closed, 1 open): "
                    "are its numbers in another order or unit?"
                )
        if self.prompts and self.prompts.cut and not self.checkpoint.state_in_prompt:
            yield (
                f"{self.prompts.cut} of {self.prompts.counted} instructions are longer than the "
                f"{self.checkpoint.max_tokens} tokens the policy reads and are cut there, the longest (of "
                f"{self.prompts.tokens}): {short(self.prompts.longest)}"
            )

    def refusals(self) -> list[str]:
        """Why a run of this pair would be refused, a line each."""
        return list(dict.fromkeys(self._refusals()))

    def _refusals(self) -> Iterator[str]:
        policy = self.checkpoint
        if policy is None:
            return
        yield from policy.problems
        if message := joints_refusal(policy.action_names):
            yield message
        for what, stats in (("state", policy.state), ("action", policy.action)):
            if stats.mode == IDENTITY:
                continue
            if not stats.known:
                yield f"{policy.name} has no statistics of its {what}, so its numbers have no unit; fine-tune it first"
            elif stats.size != JOINTS:
                count = stats.size or "now more, now fewer"
                yield f"{policy.name} has statistics of {count} {what} numbers; RoboTwin's ALOHA has {JOINTS}"
            elif not all(np.isfinite(value).all() for value in stats.values.values()):
                yield f"{policy.name} has NaN or infinite statistics of its {what}; compute them again"
        try:
            roles = self._cameras()
        except UserError as error:
            yield str(error)
            return
        for key in policy.images:
            role = roles.get(key)
            if role is None:
                meant = role_of(key) or "of no known name"
                yield f"the policy looks at {key} ({meant}), which {self.world.name} does not have"
                continue
            size = self.world.cameras[role][1]
            wanted = policy.images[key][1:]
            if not policy.resizes and size is not None and wanted and tuple(wanted) != size:
                yield (
                    f"{key} is {size[1]}x{size[0]} in {self.world.name}, but the policy was trained on "
                    f"{wanted[1]}x{wanted[0]} and does not resize; record or render that"
                )

    def _cameras(self) -> dict[str, str]:
        """Key of the policy -> camera of the world, as a run maps them."""
        if self.checkpoint is None:
            return {}
        cameras = {camera: name for camera, (name, _) in self.world.cameras.items()}
        return map_cameras(list(self.checkpoint.images), cameras, self.checkpoint.renamed)

    def camera_lines(self) -> Iterator[str]:
        """Which camera becomes which of the policy's inputs, with sizes."""
        images = self.checkpoint.images if self.checkpoint else {}
        try:
            keys = {role: key for key, role in self._cameras().items()}
        except UserError:
            keys = {}
        for role, (name, size) in self.world.cameras.items():
            key = keys.get(role)
            shown = f"{size[1]}x{size[0]}" if size else "size not known"
            trained = f"{images[key][2]}x{images[key][1]}" if key and len(images[key]) == 3 else ""
            yield f"{role}: {name} ({shown}) -> " + (
                f"{key} ({trained})" if key else "not read by the policy"
            )

    def short(self) -> str:
        """The contract in a line, for the head of a run."""
        parts = [
            f"{JOINTS} state and action numbers",
            f"cameras {', '.join(self.world.cameras)}",
            self.world.rate,
        ]
        if self.prompts and self.checkpoint and self.checkpoint.max_tokens:
            parts.append(
                f"{self.prompts.instructions} instructions, the longest {self.prompts.tokens} of at most "
                f"{self.checkpoint.max_tokens} tokens"
            )
        else:
            parts.append(f"{len(self.world.instructions)} instructions")
        return "; ".join(parts)


def _leaves_gripper_range(stats: Statistics, index: int) -> bool:
    """Whether a gripper's statistics are not of numbers in 0..1: their bounds, or two standard deviations' width."""
    values = stats.values
    if stats.mode == "MEAN_STD":
        mean, std = values["mean"][index], values["std"][index]
        return bool(not -GRIPPER_ROOM <= mean <= 1 + GRIPPER_ROOM or std > 0.5 + GRIPPER_ROOM)
    low, high = (values[name][index] for name in stats.names)
    return bool(low < -GRIPPER_ROOM or high > 1 + GRIPPER_ROOM)
