"""Gymnasium wrappers: the official step limit, and what reinforcement-learning libraries want otherwise.

Importing this file does not load sapien. Example, for stable-baselines3's `MultiInputPolicy`::

    env = gymnasium.make("RoboTwin/click_bell-v0")
    env = FlatObservation(ReachableActions(env))
    env = gymnasium.wrappers.RescaleAction(env, -1.0, 1.0)
"""

from __future__ import annotations

import copy
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils import RecordConstructorArgs
from gymnasium.wrappers import TimeLimit
from numpy.typing import NDArray

from robotwin_env.arguments import shown
from robotwin_env.errors import ArgumentError


class OfficialStepLimit(gymnasium.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Says the official step limit where gymnasium's tools look for it, and leaves the limit itself to the environment.

    `gymnasium.make` puts a TimeLimit around whatever is registered with a limit. The environment keeps its own: it
    counts the actions of chunks and of restored states, and an episode solved by its last action is not truncated.
    So this wrapper, the last that `make` adds, takes the place of a TimeLimit of the official length; one of another
    length, which a user has asked for, stays.
    """

    def __init__(self, env: gymnasium.Env[Any, Any]):
        """`env`: as `gymnasium.make` has wrapped it so far."""
        RecordConstructorArgs.__init__(self)
        limit = env.unwrapped.step_limit  # type: ignore[attr-defined]
        official = isinstance(env, TimeLimit) and env._max_episode_steps == limit
        gymnasium.Wrapper.__init__(self, env.env if official else env)  # type: ignore[attr-defined]
        self._limit = limit if official else None

    @property
    def spec(self) -> EnvSpec | None:  # type: ignore[override]
        """The environment's, with the step limit that stands in the registry."""
        spec = super().spec
        if spec is None or self._limit is None or spec.max_episode_steps == self._limit:
            return spec
        self._cached_spec = copy.deepcopy(spec)
        self._cached_spec.max_episode_steps = self._limit
        return self._cached_spec


class FlatObservation(gymnasium.ObservationWrapper[Any, Any, Any], RecordConstructorArgs):
    """Cameras and joints side by side: `{"head_camera": uint8 (240, 320, 3), …, "agent_pos": float32 (14,)}`.

    Libraries such as stable-baselines3 refuse the nested dictionary of LeRobot's convention.
    """

    def __init__(self, env: gymnasium.Env[Any, Any]):
        """`env`: a RoboTwin environment, wrapped or not, whose observations are still nested."""
        RecordConstructorArgs.__init__(self)
        gymnasium.ObservationWrapper.__init__(self, env)
        nested = env.observation_space
        if not isinstance(nested, spaces.Dict) or "agent_pos" not in nested.spaces:
            raise ArgumentError(f"env must be a RoboTwin environment, not one that shows {shown(nested)}")
        cameras = nested.spaces.get("pixels", spaces.Dict({}))
        assert isinstance(cameras, spaces.Dict)
        self.observation_space = spaces.Dict({**cameras.spaces, "agent_pos": nested["agent_pos"]})

    def observation(self, observation: dict[str, Any]) -> dict[str, NDArray[Any]]:
        """The same arrays, one level up."""
        return {**observation.get("pixels", {}), "agent_pos": observation["agent_pos"]}


class ReachableActions(gymnasium.ActionWrapper[Any, Any, Any], RecordConstructorArgs):
    """Actions as they are, absolute joint targets, in the finite range in which the arms work; see `spaces`.

    What lies outside is brought to the nearest bound, NaN is refused as ever. `RescaleAction(env, -1, 1)` around it
    gives the symmetric range that reinforcement-learning libraries ask for.
    """

    def __init__(self, env: gymnasium.Env[Any, Any]):
        """`env`: a RoboTwin environment, wrapped or not."""
        RecordConstructorArgs.__init__(self)
        gymnasium.ActionWrapper.__init__(self, env)
        self.action_space = env.unwrapped.reachable_action_space  # type: ignore[attr-defined]

    def action(self, action: NDArray[np.floating]) -> NDArray[np.floating]:
        """An action (14,) within the bounds."""
        space = self.action_space
        assert isinstance(space, spaces.Box)
        return np.clip(action, space.low, space.high)
