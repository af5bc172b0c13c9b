"""What a policy cannot read of what it will be given, in sentences: said once, where a run begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.contract.declared import WHAT
from harness.datasets.vectors import joint_names

WITH_STATE = ("pi05",)
"""Types whose prompt holds the state as well; of the others `harness.contract` counts the tokens, without lerobot."""


def input_remarks(
    policy: Any,
    instructions: Sequence[str],
    sizes: Sequence[tuple[int, int]] = (),
) -> list[str]:
    """What `policy` cannot read as it is meant, a sentence each, beyond what its contract says (`harness.contract`).

    Args:
        policy: one with LeRobot's processors, or any other, of which there is nothing to say.
        instructions: what it will be told, each once.
        sizes: (H, W) of the pictures it will see.
    """
    if not hasattr(policy, "processors"):
        return []
    return [
        *_prompt_remarks(policy, instructions),
        *_size_remarks(policy, sizes),
        *_name_remarks(policy),
    ]


def _prompt_remarks(policy: Any, instructions: Sequence[str]) -> list[str]:
    from policies.input_limits import measure_prompts

    if policy.type not in WITH_STATE:
        return []
    prompts = measure_prompts(policy, instructions)
    if prompts is None or not prompts.cut:
        return []
    return [
        f"{prompts.cut} of {prompts.n} instructions are longer than the {prompts.room} tokens that the policy "
        "reads and are cut "
        f"(the longest has {prompts.longest}): what they say at their end it never sees"
    ]


def _size_remarks(policy: Any, sizes: Sequence[tuple[int, int]]) -> list[str]:
    features = policy.model.config.image_features
    trained = {tuple(features[key].shape[-2:]) for key in policy.images if key in features}
    other = [size for size in dict.fromkeys(sizes) if trained and size not in trained]
    if not other:
        return []
    (h, w), (th, tw) = other[0], sorted(trained)[0]
    return [
        f"the pictures are {h}x{w}, the checkpoint says {th}x{tw}: it was trained on another resolution, or "
        "keeps the "
        "size of its base"
    ]


def _name_remarks(policy: Any) -> list[str]:
    names = policy.action_names
    return [] if names is None else joint_names.remarks(names, WHAT)
