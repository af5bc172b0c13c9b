"""A request handed to a process of ours: its arrays in memory that both share, the rest as a pickle.

Nothing of a client's is unpickled: what is pickled here was read by `policies.remote.wire` before.
"""

from __future__ import annotations

import mmap
import pickle
from typing import Any

ALIGNED = 64

type Sent = tuple[bytes, list[tuple[int, int]] | None]
"""The pickle, and where each array is in the memory, in bytes; None where they did not fit and are in the pickle."""


def put(value: Any, memory: mmap.mmap) -> Sent:
    """Write the arrays of a value into the memory; what is to be sent beside it."""
    arrays: list[pickle.PickleBuffer] = []
    head = pickle.dumps(value, protocol=5, buffer_callback=arrays.append)
    raws = [array.raw() for array in arrays]
    spans, start = [], 0
    for raw in raws:
        spans.append((start, start + raw.nbytes))
        start += -(-raw.nbytes // ALIGNED) * ALIGNED
    if start > len(memory):
        return pickle.dumps(value, protocol=5), None
    for raw, (first, last) in zip(raws, spans, strict=True):
        memory[first:last] = raw
    return head, spans


def taken(sent: Sent, memory: mmap.mmap) -> Any:
    """The value; its arrays are views of the memory, good until the next is put there."""
    head, spans = sent
    view = memoryview(memory)
    return pickle.loads(head, buffers=None if spans is None else [view[first:last] for first, last in spans])
