"""What our own server adds to openpi's protocol, so that a served policy gives the results of one in process.

Its metadata has the entry OWN: what the policy is, the shape of its noise, the hash of its checkpoint. A client that
knows it sends whole batches: the different rows once, which of them stands at each place, and the noise of each row. So
the server computes the very batch that would be computed in process, to the bit. Other clients see plain openpi.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from policies.errors import PolicyError, one_line
from policies.interface import (
    ACTION_DIM,
    FRAME_KEY,
    LEFT_OVER_KEY,
    REAL_TIME_KEY,
    STATE_KEY,
    TASK_KEY,
    Policy,
)
from policies.remote.dialects.answer import LONGEST_CHUNK, Answer, milliseconds
from policies.remote.errors import ServerError, WireError
from policies.remote.rows import Row
from policies.remote.wire.values import same

OWN = "robotwin_pi0"
PROTOCOL = 1
LARGEST_BATCH = 256
LARGEST_BYTES = 1 << 30
"""Of all rows of a batch once its repeated rows are written out: 256 rows of three 240x320 pictures have 0.7 GB."""
LONGEST_NAME, MOST_IMAGES, LONGEST_DESCRIPTION = 255, 16, 100_000
PRIVATE = ("path", "tokenizer")
"""Entries of a policy's description that name folders of the server's machine."""
UNSAID = (*PRIVATE, REAL_TIME_KEY)
"""Entries that are not part of the description sent: how chunks are continued is said apart, as it is used only where
a client asks for it."""


@dataclass(frozen=True)
class Served:
    """What our own server's metadata says of its policy. real_time: how it continues chunks, None where it cannot."""

    name: str
    chunk_size: int
    n_action_steps: int
    images: tuple[str, ...]
    noise_shape: tuple[int, int] | None
    content_hash: str | None
    description: Mapping[str, Any]
    training: Mapping[str, Any] | None
    real_time: Mapping[str, Any] | None = None


def served_entry(
    policy: Policy, description: Mapping[str, Any], training: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The metadata entry of a policy that is served. description: its own, JSON-serialisable. training: what it was
    trained on and is meant for (`training_summary` of policies/provenance), so that it is held to that from afar."""
    return {
        "protocol": PROTOCOL,
        "name": policy.name,
        "chunk_size": policy.chunk_size,
        "n_action_steps": getattr(policy, "n_action_steps", policy.chunk_size),
        "images": list(policy.images),
        "noise_shape": list(policy.noise_shape) if policy.noise_shape else None,
        "content_hash": policy.content_hash,
        "training": training,
        REAL_TIME_KEY: description.get(REAL_TIME_KEY),
        "description": {key: value for key, value in description.items() if key not in UNSAID},
    }


def read_served(metadata: Mapping[Any, Any]) -> Served | None:
    """What our own server says; None for any other server. PolicyError where it is of another version or broken."""
    entry = metadata.get(OWN)
    if not isinstance(entry, Mapping):
        return None
    if not same(entry.get("protocol"), PROTOCOL):
        raise PolicyError(
            f"the policy server is of another version of this project (protocol {entry.get('protocol')!r:.20}, here "
            f"{PROTOCOL}); use the same on both sides, or --remote-format openpi"
        )
    try:
        noise = entry["noise_shape"]
        chunk_hash = entry["content_hash"]
        return Served(
            name=str(entry["name"])[:LONGEST_NAME],
            chunk_size=_size(entry["chunk_size"]),
            n_action_steps=_size(entry["n_action_steps"]),
            images=tuple(str(key)[:LONGEST_NAME] for key in entry["images"][:MOST_IMAGES]),
            noise_shape=None if noise is None else (_size(noise[0]), _size(noise[1])),
            content_hash=None if chunk_hash is None else str(chunk_hash)[:LONGEST_NAME],
            description=_description(entry["description"]),
            training=None if entry["training"] is None else dict(entry["training"]),
            real_time=_description(entry.get(REAL_TIME_KEY) or {}) or None,
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise PolicyError(
            f"the policy server's metadata is broken ({one_line(error, 60)}); start it again"
        ) from error


def _description(value: Any) -> dict[str, Any]:
    """What a server says of its policy, which goes into every run.json; ValueError where it is a book."""
    if len(repr(value)) > LONGEST_DESCRIPTION:
        raise ValueError("its description is too long")
    return dict(value)


def _size(value: Any) -> int:
    """A length that a server declares; ValueError where no policy has it: memory of that size is asked for."""
    if not 1 <= int(value) <= LONGEST_CHUNK:
        raise ValueError(f"{value!r:.20} is no size")
    return int(value)


def batch_request(rows: Sequence[Row], places: Sequence[int], images: Sequence[str]) -> dict[str, Any]:
    """A whole batch as one request."""
    noises = [row.noise for row in rows]
    left_over = [row.left_over for row in rows if row.left_over is not None]
    return {
        **({LEFT_OVER_KEY: np.stack(left_over)} if left_over else {}),
        OWN: PROTOCOL,
        "state": np.stack([row.state for row in rows]),
        "images": {key: _stacked([row.images[key] for row in rows]) for key in images},
        "task": [row.prompt for row in rows],
        "frame_index": np.array([row.frame for row in rows], np.int64),
        "noise": None if noises[0] is None else np.stack([noise for noise in noises if noise is not None]),
        "places": list(places),
    }


def batch_answer(found: Any, size: int, chunk_size: int) -> Answer:
    """The chunks (size, C, 14) of a batch's answer. ServerError for the policy's own no, WireError for any other."""
    if not isinstance(found, Mapping) or not same(found.get(OWN), PROTOCOL):
        raise WireError("its answer is not of this project's protocol")
    if "error" in found:
        raise ServerError(str(found["error"]))
    actions, timing = found.get("actions"), found.get("server_timing")
    wanted = (size, chunk_size, ACTION_DIM)
    if not isinstance(actions, np.ndarray) or actions.shape != wanted or actions.dtype != np.float32:
        raise WireError(f"its answer is no float32 array {wanted}")
    if not np.isfinite(actions).all():
        raise WireError("its answer holds NaN or infinite actions")
    return Answer(actions, milliseconds(timing.get("infer_ms")) if isinstance(timing, Mapping) else None)


def read_request(asked: Mapping[Any, Any], policy: Policy) -> tuple[dict[str, Any], np.ndarray | None]:
    """The policy batch (see `policies.interface.Policy`) and noise that a request holds; WireError where it is none."""
    if not same(asked.get(OWN), PROTOCOL):
        raise WireError(f"the request has protocol {asked.get(OWN)!r:.20}; {PROTOCOL} is spoken here")
    places = asked.get("places")
    if not isinstance(places, list) or not 1 <= len(places) <= LARGEST_BATCH:
        raise WireError(f"a batch has 1 to {LARGEST_BATCH} places")
    state, task = asked.get("state"), asked.get("task")
    rows = len(task) if isinstance(task, list) else 0
    if not rows or not all(isinstance(text, str) for text in task or ()):
        raise WireError("task is no list of instructions")
    if not all(type(place) is int and 0 <= place < rows for place in places):  # True would pick by mask
        raise WireError(f"places name rows that are none of the {rows}")
    images = asked.get("images")
    pixels = (
        sum(image.size for image in images.values() if isinstance(image, np.ndarray))
        if isinstance(images, dict)
        else 0
    )
    if 4 * pixels * len(places) > LARGEST_BYTES * rows:
        raise WireError(
            f"the pictures of {len(places)} rows are more than a server computes at once; send fewer rows"
        )
    picked = slice(None) if places == list(range(rows)) else np.array(places)  # in their order: no copy
    given = _as_they_are if getattr(policy, "takes_arrays", False) else _tensor
    as_bytes = getattr(policy, "takes_bytes", False)
    batch: dict[str, Any] = {
        STATE_KEY: given(_rows_of("state", state, rows, np.float32)[picked]),
        TASK_KEY: [task[place] for place in places],  # type: ignore[index]
        FRAME_KEY: _rows_of("frame_index", asked.get("frame_index"), rows, np.int64)[picked],
    }
    for key in policy.images:
        image = images.get(key) if isinstance(images, Mapping) else None
        bytes_ = isinstance(image, np.ndarray) and image.dtype == np.uint8
        shown = _rows_of(key, image, rows, np.uint8 if bytes_ else np.float32)[picked]
        batch[key] = given(FLOATS.of(key, shown) if bytes_ and not as_bytes else shown)
    if LEFT_OVER_KEY in asked:
        if not getattr(policy, "continues", False):
            raise WireError("the policy served here continues no chunks")
        batch[LEFT_OVER_KEY] = given(_rows_of(LEFT_OVER_KEY, asked[LEFT_OVER_KEY], rows, np.float32)[picked])
    if policy.noise_shape is None:
        return batch, None
    return batch, _rows_of("noise", asked.get("noise"), rows, np.float32)[picked]


def _as_they_are(array: np.ndarray) -> Any:
    return array


def _tensor(array: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(array)


def _stacked(images: Sequence[np.ndarray]) -> np.ndarray:
    """(U, 3, H, W); a single one is not copied."""
    return images[0][None] if len(images) == 1 else np.stack(images)


class Floats(threading.local):
    """Bytes as float32 in [0, 1], in memory that each thread keeps: fresh pages cost more than the arithmetic. What it
    returns is good until the thread asks again for the same picture."""

    def __init__(self) -> None:
        self._kept: dict[str, np.ndarray] = {}

    def of(self, key: str, image: np.ndarray) -> np.ndarray:
        """image / 255 exactly as `policies.chunking.stack_rows` computes it."""
        kept = self._kept.get(key)
        if kept is None or kept.shape != image.shape:
            kept = self._kept[key] = np.empty(image.shape, np.float32)
        return np.divide(image, np.float32(255), out=kept, dtype=np.float32)


FLOATS = Floats()


def _rows_of(name: str, array: Any, rows: int, dtype: Any) -> np.ndarray:
    if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim < 1 or len(array) != rows:
        raise WireError(f"{name} is no {np.dtype(dtype).name} array of {rows} rows")
    return array
