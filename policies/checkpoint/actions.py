"""What a checkpoint declares of its actions: absolute or relative, which joints, in which order, of which kind."""

from __future__ import annotations

from typing import Any

from policies.checkpoint.files import CONFIG, POSTPROCESSOR, PREPROCESSOR, Checkpoint
from policies.errors import PolicyError, one_line
from policies.interface import ACTION_DIM

JOINT_MODES = ("joint", "auto")
"""X-VLA's action spaces (lerobot 0.6.1, xvla/action_hub.py) of 14 joint numbers; the others are poses or other arms."""


def check_actions(checkpoint: Checkpoint, config: Any, before: Any, after: Any) -> None:
    """Raise PolicyError where the parts of a checkpoint contradict each other in what its actions are.

    The pipelines are what was trained with, so they decide; a config.json that says `use_relative_actions` where
    nothing adds the state back is a contradiction, as is one pipeline without the other.

    Args:
        checkpoint: for the errors.
        config: the policy's LeRobot configuration.
        before, after: its pipelines, with `AbsoluteActionsProcessorStep.relative_step` connected.
    """
    directory = checkpoint.directory
    mode = getattr(config, "action_mode", None)
    if mode is not None and str(mode).lower() not in JOINT_MODES:
        raise PolicyError(
            f"{directory} predicts actions of the kind {one_line(str(mode), 40)!r}, which are no joint positions of "
            f"two arms; only {' and '.join(JOINT_MODES)} can be executed here: train it with one of them"
        )
    noting, adding = _relative_step(before), _absolute_step(after)
    subtracts, adds = bool(noting is not None and noting.enabled), bool(adding is not None and adding.enabled)
    if adds and noting is None:
        raise PolicyError(f"{directory} predicts relative actions but has no step that notes the state")
    if subtracts != adds:
        one, other = (PREPROCESSOR, POSTPROCESSOR) if subtracts else (POSTPROCESSOR, PREPROCESSOR)
        raise PolicyError(
            f"{directory} has relative actions by {one} and absolute ones by {other}; set `enabled` of "
            "relative_actions_processor and absolute_actions_processor to what it was trained with"
        )
    if getattr(config, "use_relative_actions", False) and not adds:
        raise PolicyError(
            f"{directory / CONFIG} says use_relative_actions, but {POSTPROCESSOR} does not add the state to them; set "
            "`enabled` of both steps, or use_relative_actions to false if it was trained on absolute actions"
        )
    declared, used = getattr(config, "action_feature_names", None), getattr(noting, "action_names", None)
    if adds and declared and used and list(declared) != list(used):
        raise PolicyError(
            f"{directory / CONFIG} and {PREPROCESSOR} name the actions differently ({one_line(str(declared[0]), 40)}, "
            f"... and {one_line(str(used[0]), 40)}, ...), and the names decide which are relative; correct one of them"
        )


def is_relative(before: Any) -> bool:
    """Whether a policy predicts offsets from the state, which its pipelines add."""
    step = _relative_step(before)
    return bool(step is not None and step.enabled)


def action_names(config: Any, before: Any) -> tuple[str, ...] | None:
    """What the numbers of the actions were called where the policy was trained; None where nothing says it."""
    step = _relative_step(before)
    names = getattr(config, "action_feature_names", None) or getattr(step, "action_names", None)
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        return None
    return tuple(names) or None


def absolute_joints(before: Any) -> list[int]:
    """Which of the 14 numbers a relative policy predicts as they are: those whose names its step excludes."""
    step = _relative_step(before)
    if step is None or not step.enabled:
        return list(range(ACTION_DIM))
    return [index for index, relative in enumerate(step._build_mask(ACTION_DIM)) if not relative]


def _relative_step(before: Any) -> Any:
    from lerobot.processor import RelativeActionsProcessorStep

    return next((step for step in before.steps if isinstance(step, RelativeActionsProcessorStep)), None)


def _absolute_step(after: Any) -> Any:
    from lerobot.processor import AbsoluteActionsProcessorStep

    return next((step for step in after.steps if isinstance(step, AbsoluteActionsProcessorStep)), None)
