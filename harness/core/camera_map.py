"""Which camera of a world a policy sees under which of its keys.

In this order, and never by position: what the checkpoint was trained with says so (its saved `rename_map`), the two
names are equal, both names stand for the same role. What a saved map says is not guessed past: where its camera is
missing, another one of a similar name is not shown instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.core.robot import CAMERA_OF, IMAGE_PREFIX, map_roles, role_of

SIMULATED: Mapping[str, str] = {role: f"{IMAGE_PREFIX}{name}" for role, name in CAMERA_OF.items()}
"""The simulator's cameras: role -> key."""


def map_cameras(
    images: Sequence[str], cameras: Mapping[str, str], renamed: Mapping[str, str]
) -> dict[str, str]:
    """Policy key -> camera, in the order of `images`; keys for which nothing is found are left out.

    Args:
        images: the keys that the policy reads.
        cameras: of the world, role or own name -> key.
        renamed: key -> policy key, as the checkpoint was trained with.

    Raises:
        UserError: two keys of the policy stand for one camera by their role.
    """
    by_key = {key: camera for camera, key in cameras.items()}
    mapped: dict[str, str] = {}
    guessed: list[str] = []
    for key in images:
        sources = [source for source, target in renamed.items() if target == key and source != key]
        named = (by_key.get(source) or _by_role(source, cameras) for source in sources)
        camera = next(filter(None, named), None) or by_key.get(key)
        if camera is None and not sources:
            camera = _by_role(key, cameras)
            guessed.append(key)
        if camera is not None:
            mapped[key] = camera
    map_roles([key for key in guessed if key in mapped], of="the policy")  # two keys of one role are an error
    return mapped


def _by_role(key: str, cameras: Mapping[str, str]) -> str | None:
    role = role_of(key)
    return role if role in cameras else None


def require_known(images: Sequence[str], mapped: Mapping[str, str], renamed: Mapping[str, str]) -> None:
    """Raise UserError for a key that no world could serve: in no saved map and of no known name."""
    told = set(renamed.values())
    map_roles([key for key in images if key not in mapped and key not in told], of="the policy")


def label(camera: str) -> str:
    """A camera in words: `head camera`, or its own name."""
    return f"{camera} camera" if camera in CAMERA_OF else camera
