"""What a checkpoint calls its actions, held against the joints that a robot here takes."""

from __future__ import annotations

from collections.abc import Sequence

from harness.datasets.vectors import joint_names

WHAT = "action that the checkpoint was trained on"
FIX = (
    "train it on columns in that order, or, if the names are wrong, correct action_feature_names in its config.json "
    "and action_names in its policy_preprocessor.json"
)


def joints_refusal(names: Sequence[str] | None) -> str | None:
    """Why actions of these names are not sent to the robot, in a line; None where they are, or nothing is named.

    A dataset's columns are taken as they stand whatever they are called, which its reports say. A policy acts, so one
    that calls its first arm the right one is refused.
    """
    message = joint_names.refusal(names, WHAT, FIX)
    if message is None and names is not None and joint_names.right_first(names):
        message = f"the {WHAT} puts the right arm first ({names[0]}, ...), where this takes {joint_names.TAKEN}; {FIX}"
    return message
