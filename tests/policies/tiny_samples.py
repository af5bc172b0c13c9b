"""The sizes, names and statistics that the tiny test checkpoint is made with."""

from typing import Any

import numpy as np

CHUNK = 6
CAMERAS = ("cam_high", "cam_left_wrist", "cam_right_wrist")
IMAGES = tuple(f"observation.images.{camera}" for camera in CAMERAS)


def statistics() -> dict[str, dict[str, np.ndarray]]:
    """Statistics no two joints share, so that a mix-up of joints shows."""
    joints = np.arange(14, dtype=np.float32)
    return {
        "observation.state": {"mean": joints / 10, "std": 0.5 + joints / 20},
        "action": {"mean": joints / 5 - 1, "std": 0.2 + joints / 30},
    }


def quantiles() -> dict[str, dict[str, np.ndarray]]:
    """The same with the quantiles that LeRobot's datasets have since 0.4."""
    known = statistics()
    for values in known.values():
        for name, distance in (("q01", -2.0), ("q10", -1.25), ("q50", 0.0), ("q90", 1.5), ("q99", 2.5)):
            values[name] = values["mean"] + np.float32(distance) * values["std"]
    return known


def features(*cameras: str) -> dict[str, Any]:
    """What a LeRobot configuration reads and gives: a state and an action (14,), pictures (3, 60, 80) of `cameras`."""
    from lerobot.configs import FeatureType, PolicyFeature

    pictures = {camera: PolicyFeature(FeatureType.VISUAL, (3, 60, 80)) for camera in cameras}
    return {
        "input_features": {"observation.state": PolicyFeature(FeatureType.STATE, (14,)), **pictures},
        "output_features": {"action": PolicyFeature(FeatureType.ACTION, (14,))},
    }


def tiny_act(camera: str):
    """LeRobot's `ACTConfig` of a tiny ACT that looks through one camera of (3, 60, 80) and downloads nothing."""
    from lerobot.policies.act.configuration_act import ACTConfig

    return ACTConfig(
        **features(camera),
        chunk_size=5,
        n_action_steps=5,
        dim_model=32,
        n_heads=2,
        dim_feedforward=32,
        n_encoder_layers=1,
        n_vae_encoder_layers=1,
        latent_dim=4,
        device="cpu",
        pretrained_backbone_weights=None,
    )
