"""One observation, whatever world it comes from, becomes one row of the policy's batch.

Cameras are known by *role* (`head`, `left`, `right`). RoboTwin's simulator, the recorded datasets and the
checkpoints each have their own names for them; names map to roles by name, never by position, and
`ObservationAdapter.describe()` says which became which.

    >>> adapter = ObservationAdapter(("observation.images.cam_high",))
    >>> print(adapter.describe())
    head camera -> observation.images.cam_high
    not read by the policy: left camera, right camera
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.contract.declared import joints_refusal
from harness.core.camera_map import SIMULATED, label, map_cameras, require_known
from harness.core.errors import UserError
from harness.core.robot import STATE_DIM, map_roles
from policies.interface import EPISODE_KEY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from policies.interface import Policy


@dataclass(frozen=True)
class Origin:
    """Which episode an observation is of.

    task: RoboTwin's name of its task, None where a dataset does not say. episode: dataset index or scene seed.
    start: the state (14,) float32 it began with.
    """

    task: str | None
    episode: int
    start: NDArray[np.float32]


@dataclass(frozen=True)
class Observation:
    """What a robot sees at one frame.

    images: role -> (H, W, 3) uint8 RGB. state: (14,) float32. task: the instruction, as the policy reads it.
    frame_index: the frame of its episode this is (actions consumed before it). origin: that episode, None where
    nobody asks.
    """

    images: Mapping[str, NDArray[np.uint8]]
    state: NDArray[np.float32]
    task: str
    frame_index: int
    origin: Origin | None = None


def gym_observation_to_roles(
    obs: Mapping[str, Any], task: str, frame_index: int, origin: Origin | None = None
) -> Observation:
    """The simulator's `{"pixels": {"head_camera", ...}, "agent_pos"}` as an Observation.

    Raises UserError for a missing part or a camera without a role.
    """
    missing = [key for key in ("pixels", "agent_pos") if key not in obs]
    if missing:
        raise UserError(f"the simulator's observation lacks {missing[0]!r}; it has {sorted(obs)}")
    pixels = obs["pixels"]
    roles = map_roles(list(pixels), of="the simulator's observation")
    return Observation(
        {role: pixels[name] for name, role in roles.items()}, obs["agent_pos"], task, frame_index, origin
    )


class ObservationAdapter:
    """Turns observations into the batch a policy reads (docs/architecture.md, "The policy interface").

    images: the image keys the policy reads, e.g. `observation.images.cam_high`; () for one that looks at
    nothing. names_episode: whether the policy is told which episode it is in, as the replay of a recording has to
    be. cameras: of the world, role or own name -> key (None: the simulator's). renamed: key -> policy key, as the
    checkpoint was trained with. `roles` is which camera each key shows (`harness.core.camera_map`). Raises UserError
    for a key that no camera can be meant by.
    """

    def __init__(
        self,
        images: Sequence[str],
        *,
        names_episode: bool = False,
        cameras: Mapping[str, str] | None = None,
        renamed: Mapping[str, str] | None = None,
    ):
        self.images = tuple(images)
        self.names_episode = names_episode
        self.cameras = SIMULATED if cameras is None else cameras
        self.renamed = dict(renamed or {})
        self.roles = map_cameras(self.images, self.cameras, self.renamed)
        if cameras is None:
            require_known(self.images, self.roles, self.renamed)

    def describe(self) -> str:
        """What was mapped, a line for each camera and one for those nobody reads."""
        lines = [f"{label(camera)} -> {key}" for key, camera in self.roles.items()]
        unread = [label(camera) for camera in self.cameras if camera not in self.roles.values()]
        if unread:
            lines.append(f"not read by the policy: {', '.join(unread)}")
        return "\n".join(lines)

    def require(self, available: Sequence[str], *, of: str) -> None:
        """Raise UserError unless a world with the cameras `available` can feed this policy."""
        lacking = [f"{role} ({key})" for key, role in self.roles.items() if role not in available]
        for key in self.images:
            if key not in self.roles:
                sources = [source for source, target in self.renamed.items() if target == key]
                lacking.append(
                    f"{key}{f' (which its rename_map fills from {sources[0]})' if sources else ''}"
                )
        if lacking:
            have = [f"{label(camera)} ({self.cameras.get(camera, camera)})" for camera in available]
            raise UserError(
                f"the policy looks at {', '.join(lacking)}, which {of} does not have "
                f"(it has {', '.join(have) or 'no cameras'}); choose another policy or dataset, or rename the "
                "dataset's cameras"
            )

    def row(self, obs: Observation) -> dict[str, Any]:
        """One observation as one row of a policy batch (no leading dimension, numpy).

        Returns `observation.state` float32 (14,), every key of `images` uint8 (3, H, W), which become numbers in
        [0, 1] when rows become a batch (`policies.chunking.stack_rows`), `task` and `frame_index`, always in this
        order, and `episode` (task name, number) where asked for. Raises UserError for an observation without a camera
        the policy reads, or of the wrong shape or dtype.
        """
        pictures = self.pictures(obs)
        row: dict[str, Any] = {"observation.state": np.asarray(obs.state)}
        row |= {key: np.ascontiguousarray(pixels) for key, pixels in pictures.items()}
        row |= {"task": obs.task, "frame_index": obs.frame_index}
        if self.names_episode and obs.origin is not None:
            row[EPISODE_KEY] = (obs.origin.task, obs.origin.episode)
        return row

    def pictures(self, obs: Observation) -> dict[str, NDArray[np.uint8]]:
        """What the policy looks at as bytes: key -> uint8 (3, H, W), views. Raises UserError as `row` does."""
        self._validate(obs)
        return {key: np.asarray(obs.images[role]).transpose(2, 0, 1) for key, role in self.roles.items()}

    def batch(self, observations: Sequence[Observation]) -> dict[str, Any]:
        """B observations as the policy batch itself: the rows stacked into tensors, as the interface says."""
        from policies.chunking import stack_rows

        return stack_rows([self.row(obs) for obs in observations])

    def note(self, task: str | None, episode: int) -> dict[str, Any]:
        """What an episode's row says of inputs the policy got in place of its own: nothing here."""
        return {}

    def _validate(self, obs: Observation) -> None:
        where = f"the observation at frame {obs.frame_index}"
        state = np.asarray(obs.state)
        if state.shape != (STATE_DIM,) or state.dtype != np.float32:
            raise UserError(
                f"{where} has a state of shape {state.shape} and dtype {state.dtype}; expected "
                f"({STATE_DIM},) float32: left j1..j6, left gripper, right j1..j6, right gripper"
            )
        if not np.isfinite(state).all():
            raise UserError(
                f"{where} has a state with NaN or infinity at index {int((~np.isfinite(state)).argmax())}"
            )
        if not isinstance(obs.task, str) or not obs.task:
            raise UserError(f"{where} has no task instruction; the policy reads one")
        for key, role in self.roles.items():
            if role not in obs.images:
                raise UserError(
                    f"{where} lacks the {label(role)}, which the policy reads as {key!r}; "
                    f"it has {', '.join(obs.images) or 'none'}"
                )
            image = np.asarray(obs.images[role])
            if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
                raise UserError(
                    f"{where} has a {role} image of shape {image.shape} and dtype {image.dtype}; "
                    "expected (H, W, 3) uint8 RGB"
                )


def adapter_for(policy: Policy | None, cameras: Mapping[str, str] | None = None) -> ObservationAdapter:
    """The adapter of a policy in a world with `cameras` (None: the simulator's); of none, of one that looks at nothing.

    A policy may have `renamed`, what it was trained with, and `action_names`, what it calls its actions
    (`policies.lerobot_policy`). Raises UserError where those are not the joints that a robot here takes.
    """
    if policy is None:
        return ObservationAdapter((), cameras=cameras)
    if message := joints_refusal(getattr(policy, "action_names", None)):
        raise UserError(message)
    names_episode, renamed = getattr(policy, "names_episode", False), getattr(policy, "renamed", None)
    return ObservationAdapter(policy.images, names_episode=names_episode, cameras=cameras, renamed=renamed)
