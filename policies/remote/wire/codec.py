"""msgpack with arrays, in the three spellings of this field. No pickle in any of them.

| dialect | an array is a map of | source |
|---|---|---|
| openpi | bytes keys `__ndarray__`, `data`, `dtype`, `shape`; scalars `__npgeneric__` | openpi-client |
| vla-eval | the same as text; pictures also `__image__`, `format`, `data`, `shape` | vla-eval `protocol/` |
| XPolicyLab | bytes keys `nd`, `type`, `kind`, `shape`, `data` | package msgpack-numpy, without its pickled objects |
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgpack
import numpy as np

from policies.remote.errors import WireError
from policies.remote.wire.arrays import checked_array, checked_scalar, plain
from policies.remote.wire.values import same

MOST_PIXELS = 4096 * 4096
"""Of one compressed picture: a few kilobytes of PNG can stand for gigabytes."""

PICTURE_FORMATS = {"png": "PNG", "jpeg": "JPEG"}


@dataclass(frozen=True)
class Codec:
    """How values become one binary frame and back.

    encode: an array, or numpy number, as what msgpack knows. decode: a map as the array it stands for, or itself.
    """

    encode: Callable[[Any], Any]
    decode: Callable[[dict[Any, Any]], Any]

    def pack(self, value: Any) -> bytes:
        """One frame. WireError for a value that has no place in one."""
        try:
            return bytes(msgpack.packb(value, default=self.encode))
        except (TypeError, ValueError, OverflowError) as error:
            raise _wire_error("cannot be sent", error) from error

    def unpack(self, frame: bytes) -> Any:
        """The value of one frame; its arrays are copies. WireError for whatever is no such frame."""
        try:
            return msgpack.unpackb(frame, object_hook=self.decode)
        except WireError:
            raise
        except Exception as error:  # what a decoder can raise on garbage is not written down anywhere
            raise _wire_error("is not msgpack of this protocol", error) from error

    def unpack_map(self, frame: bytes | str) -> dict[Any, Any]:
        """The map of one binary frame; WireError for text and for every other value."""
        if isinstance(frame, str):
            raise WireError("a text frame came where a binary one belongs")
        value = self.unpack(frame)
        if not isinstance(value, dict):
            raise WireError(f"a frame holds {_kind(value)} where a map belongs")
        return value


def _openpi_encode(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        kept = np.ascontiguousarray(plain(value))
        return {
            b"__ndarray__": True,
            b"data": kept.data if kept.size else b"",
            b"dtype": kept.dtype.str,
            b"shape": value.shape,
        }
    if isinstance(value, np.generic):
        return {b"__npgeneric__": True, b"data": plain(value).item(), b"dtype": value.dtype.str}
    raise WireError(f"{type(value).__name__} cannot be sent")


def _openpi_decode(entry: dict[Any, Any]) -> Any:
    if b"__ndarray__" in entry:
        return checked_array(entry.get(b"data"), entry.get(b"dtype"), entry.get(b"shape"))
    if b"__npgeneric__" in entry:
        return checked_scalar(entry.get(b"data"), entry.get(b"dtype"))
    return entry


def _vla_eval_encode(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        kept = np.ascontiguousarray(plain(value))
        data = kept.data if kept.size else b""
        return {"__ndarray__": True, "data": data, "dtype": kept.dtype.str, "shape": list(value.shape)}
    if isinstance(value, np.generic):
        return plain(value).item()
    raise WireError(f"{type(value).__name__} cannot be sent")


def _vla_eval_decode(entry: dict[Any, Any]) -> Any:
    if "__image__" in entry:
        return _picture(entry)
    if "__ndarray__" in entry:
        return checked_array(entry.get("data"), entry.get("dtype"), entry.get("shape"))
    return entry


def _picture(entry: dict[Any, Any]) -> np.ndarray:
    """A picture as vla-eval sends it: raw, or a PNG or JPEG of at most MOST_PIXELS."""
    if same(entry.get("format"), "raw"):
        return checked_array(entry.get("data"), entry.get("dtype"), entry.get("shape"))
    from PIL import Image

    name, data = PICTURE_FORMATS.get(str(entry.get("format"))), entry.get("data")
    if name is None or not isinstance(data, bytes):
        raise WireError(f"a picture has the format {entry.get('format')!r:.40}; raw, png and jpeg are read")
    with Image.open(io.BytesIO(data), formats=[name]) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise WireError(
                f"a picture is {picture.width}x{picture.height}; at most {MOST_PIXELS} pixels are read"
            )
        return np.array(picture.convert("RGB") if picture.mode == "P" else picture)


def _xpolicylab_encode(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        kept = np.ascontiguousarray(plain(value))
        shared = {b"type": kept.dtype.str, b"data": kept.tobytes()}
        if isinstance(value, np.generic):
            return {b"nd": False, **shared}
        return {b"nd": True, b"kind": b"", b"shape": value.shape, **shared}
    raise WireError(f"{type(value).__name__} cannot be sent")


def _xpolicylab_decode(entry: dict[Any, Any]) -> Any:
    if b"nd" in entry:
        if entry.get(b"kind") not in (None, b"", ""):
            raise WireError("an array holds objects or records; only numbers and booleans are read")
        shape = entry.get(b"shape") if entry[b"nd"] is True else ()
        array = checked_array(entry.get(b"data"), entry.get(b"type"), shape)
        return array if entry[b"nd"] is True else array.item()
    if b"complex" in entry:
        raise WireError("a complex number was sent; only numbers and booleans are read")
    return entry


OPENPI = Codec(_openpi_encode, _openpi_decode)
VLA_EVAL = Codec(_vla_eval_encode, _vla_eval_decode)
XPOLICYLAB = Codec(_xpolicylab_encode, _xpolicylab_decode)


def _kind(value: Any) -> str:
    return f"an array {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__


def _wire_error(what: str, error: Exception) -> WireError:
    text = " ".join(str(error).split()) or type(error).__name__
    return WireError(f"a frame {what} ({text[:160]})")
