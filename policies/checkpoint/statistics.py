"""Whether a checkpoint's pipelines can normalise what they say they normalise: LeRobot passes numbers through
unchanged where a statistic is missing, and says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policies.interface import ACTION_DIM, STATE_KEY

ACTION_KEY = "action"
IDENTITY = "IDENTITY"
NEEDS: Mapping[str, tuple[str, str]] = {
    "MEAN_STD": ("mean", "std"),
    "MIN_MAX": ("min", "max"),
    "QUANTILES": ("q01", "q99"),
    "QUANTILE10": ("q10", "q90"),
}
"""Normalisation mode -> the statistics it computes with (LeRobot's normalize_processor.py)."""


def statistics_problems(before: Any, after: Any, config: Any, renamed: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the normalisation of a checkpoint, in words that follow its name.

    Args:
        before, after: its pipelines.
        config: the policy's LeRobot configuration.
        renamed: observation key -> the policy's own, as the checkpoint was trained with. LeRobot takes the statistics
            of a training from the dataset, by its names, so that what it renames is trained and used unnormalised.
    """
    from lerobot.processor import NormalizerProcessorStep, UnnormalizerProcessorStep

    normalizer = next((step for step in before.steps if isinstance(step, NormalizerProcessorStep)), None)
    unnormalizer = next((step for step in after.steps if isinstance(step, UnnormalizerProcessorStep)), None)
    for key, kind, feature, step in (
        (STATE_KEY, "STATE", config.robot_state_feature, normalizer),
        (ACTION_KEY, "ACTION", config.action_feature, unnormalizer),
    ):
        if feature is not None:
            yield from _of_numbers(key, kind, config, step, renamed)
    if normalizer is not None and _mode(normalizer, "VISUAL") != IDENTITY:
        yield from _of_pictures(config.image_features, _by_key(normalizer))


def _of_numbers(key: str, kind: str, config: Any, step: Any, renamed: Mapping[str, str]) -> Iterator[str]:
    """The problems of the state's or the actions' normalisation."""
    if step is None:
        mode = config.normalization_mapping.get(kind, IDENTITY)
        if getattr(mode, "value", mode) != IDENTITY:
            yield f"has no step that (un)normalises {key}; fine-tune and save it again"
        return
    mode, known = _mode(step, kind), _by_key(step)
    if mode == IDENTITY:
        return
    present = known.get(key, {})
    if not present:
        source = next((name for name, target in renamed.items() if target == key and name in known), None)
        if source is None:
            yield f"has no statistics of {key}, so its numbers have no unit: a base model; fine-tune it first"
        return
    lacking = [name for name in NEEDS.get(mode, ()) if name not in present]
    sizes = {tuple(value.shape) for name, value in present.items() if name != "count"}
    if lacking:
        yield (
            f"normalises {key} by {mode}, which needs {' and '.join(NEEDS[mode])}, but its statistics have only "
            f"{', '.join(sorted(present))}, no {lacking[0]}; train it on a dataset whose stats.json has {lacking[0]} "
            "(lerobot-edit-dataset recompute_stats), or with another normalization_mapping"
        )
    elif sizes != {(ACTION_DIM,)}:
        yield f"normalises {key} of size {sorted(sizes)}; RoboTwin's dual-arm ALOHA has {ACTION_DIM} joints"
    elif not all(bool(value.isfinite().all()) for value in present.values()):
        yield f"has NaN or infinite statistics of {key}; compute them again"


def _of_pictures(images: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    """Cameras whose statistics LeRobot's migration of checkpoints from before 0.4 filed under another name: it writes
    a dot for every underscore (lerobot 0.6.1, processor/migrate_policy_normalization.py)."""
    for key in images:
        written = key.replace("_", ".")
        if key not in known and written != key and written in known:
            yield (
                f"has the statistics of {key} under {written}, as LeRobot's migration of old checkpoints writes it, so "
                f"its pictures would go in unnormalised; rename {written}.* to {key}.* in the normalizer's safetensors "
                "file"
            )


def _mode(step: Any, kind: str) -> str:
    """The normalisation of a kind of feature: a key of NEEDS, or IDENTITY."""
    from lerobot.configs import FeatureType

    mode = step.norm_map.get(FeatureType[kind], IDENTITY)
    return str(getattr(mode, "value", mode))


def _by_key(step: Any) -> dict[str, dict[str, Any]]:
    """Feature key -> statistic -> tensor, of a step."""
    by_key: dict[str, dict[str, Any]] = {}
    for name, value in step.state_dict().items():
        key, _, statistic = name.rpartition(".")
        by_key.setdefault(key, {})[statistic] = value
    return by_key
