"""An HDF5 file of a stranger, read with bounds: what it holds itself, nothing it points at, no objects."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.errors import UserError
from harness.core.text import one_line, short
from harness.files.reading import parse_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_FRAMES = 1_000_000
MOST_NUMBERS = 1 << 27
"""1 GiB of float64."""
MOST_PICTURE_BYTES = 1 << 28
MOST_TEXT = 1 << 24


class Hdf5File:
    """A file opened for reading; UserError for what is none."""

    def __init__(self, path: Path):
        h5py = _library()
        self.path = path
        if not path.is_file():
            raise UserError(f"{path} is no plain file; copy or download the dataset again")
        try:
            self._file = h5py.File(path, "r", locking=False)
        except (OSError, RuntimeError, ValueError) as error:
            raise UserError(
                f"cannot read {path} ({short(one_line(str(error)), 120)}); copy, download or record it again"
            ) from error

    def attribute(self, name: str) -> str:
        """A text said of the whole file, empty where it is not said."""
        try:
            value = self._file.attrs.get(name, "")
        except (OSError, RuntimeError, ValueError, TypeError):
            return ""
        return short(one_line(value)) if isinstance(value, str) else ""

    def groups(self, name: str) -> list[str]:
        """What lies in a group, by name; empty where there is no such group."""
        group = self._find(name)
        return sorted(group) if hasattr(group, "keys") else []

    def __contains__(self, name: str) -> bool:
        return hasattr(self._find(name), "dtype")

    def numbers(self, name: str) -> NDArray[Any]:
        """An array of numbers, whole."""
        array = self.array(name)
        if array.dtype.kind not in "fiu" or math.prod(array.shape) > MOST_NUMBERS:
            raise UserError(f"{self.path}: {name} holds {array.dtype} {array.shape}, which is not read")
        return np.asarray(self._read(array, name))

    def text(self, name: str) -> str:
        """A text."""
        array = self.array(name)
        if array.shape != () or array.dtype.kind not in "OS" or array.dtype.itemsize > MOST_TEXT:
            raise UserError(f"{self.path}: {name} holds {array.dtype} {array.shape}, not a text")
        value = self._read(array, name)
        if isinstance(value, bytes) and len(value) <= MOST_TEXT:
            return value.decode("utf-8", "replace").rstrip("\0")
        raise UserError(f"{self.path}: {name} is no text")

    def texts(self, name: str) -> list[str]:
        """A text, or a list of texts as JSON, as a list; those that say nothing are left out."""
        text = self.text(name)
        try:
            value = parse_json(text.encode("utf-8", "replace")) if text[:1] in ("[", '"') else text
        except (ValueError, json.JSONDecodeError):
            value = text
        items = value if isinstance(value, list) else [value]
        return [" ".join(item.split()) for item in items if isinstance(item, str) and item.strip()]

    def picture(self, name: str, frame: int) -> bytes | NDArray[np.uint8]:
        """A picture as it lies there: encoded, or (H, W, 3) uint8."""
        array = self.array(name)
        if (array.dtype.kind == "u" and array.dtype.itemsize != 1) or math.prod(
            array.shape[1:]
        ) > MOST_PICTURE_BYTES:
            raise UserError(f"{self.path}: {name} holds {array.dtype} {array.shape}, which are no pictures")
        if array.dtype.itemsize > MOST_PICTURE_BYTES or not array.shape:
            raise UserError(f"{self.path}: {name} holds {array.dtype} {array.shape}, which are no pictures")
        value = self._read(array, name, frame)
        if isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim == 3:
            if value.shape[-1] == 3:
                return value
            raise UserError(
                f"{self.path}: {name} holds pictures of {value.shape}; they must be (height, width, 3), RGB: convert "
                "them"
            )
        if isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim == 1:
            return value.tobytes()
        if isinstance(value, bytes):
            return bytes(value)
        raise UserError(f"{self.path}: {name} holds {array.dtype} {array.shape}, which are no pictures")

    def array(self, name: str) -> Any:
        """An array that lies in the file itself, not read yet."""
        node = self._find(name)
        if not hasattr(node, "dtype"):
            raise UserError(f"{self.path} lacks {name}; copy, download or convert the dataset again")
        if node.is_virtual or node.external:
            raise UserError(
                f"{self.path}: {name} lies in other files, which are not opened; copy it into one"
            )
        return node

    def _read(self, array: Any, name: str, at: Any = ()) -> Any:
        try:
            return array[at]
        except (OSError, RuntimeError, ValueError, TypeError, KeyError, IndexError, MemoryError) as error:
            raise UserError(
                f"cannot read {name} of {self.path} ({short(one_line(str(error)), 120)}); copy, download or record "
                "it again"
            ) from error

    def _find(self, name: str) -> Any:
        """What lies at a path in the file, None where nothing does or a link leads out of the file."""
        h5py = _library()
        node = self._file
        for part in name.split("/"):
            try:
                if not isinstance(node, h5py.Group):
                    return None
                if not isinstance(node.get(part, getlink=True), h5py.HardLink):
                    return None
                node = node[part]
            except (OSError, RuntimeError, ValueError, KeyError):
                return None
        return node


def _library() -> Any:
    try:
        import h5py
    except ImportError as error:
        raise UserError("reading RoboTwin's HDF5 files needs h5py; install it: pip install h5py") from error
    return h5py
