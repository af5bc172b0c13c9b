"""What tensors a safetensors file holds, from its header alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from policies.checkpoint.tensors.shards import weight_files
from policies.errors import PolicyError, one_line


@dataclass(frozen=True)
class TensorSpec:
    """Shape and safetensors dtype (`F32`, `BF16`, `I64`, …) of a stored or wanted tensor."""

    shape: tuple[int, ...]
    dtype: str

    @property
    def kind(self) -> str:
        """`float` for every floating type: casting between those is legitimate, and reported."""
        return "float" if "F" in self.dtype else self.dtype


def read_specs(path: Path) -> dict[str, TensorSpec]:
    """Name -> spec of every tensor in a safetensors file, or in all files of an index, from their headers.

    Raises PolicyError where a file is broken, or a tensor is in two.
    """
    specs: dict[str, TensorSpec] = {}
    for file in weight_files(path):
        own = read_header(file)
        twice = sorted(set(specs) & set(own))
        if twice:
            raise PolicyError(
                f"{path}: the tensor {one_line(twice[0], 80)} is in two files; download it again"
            )
        specs |= own
    return specs


def read_header(path: Path) -> dict[str, TensorSpec]:
    """Name -> spec of every tensor in one safetensors file. Raises PolicyError if broken."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 - not a dict
            return {name: TensorSpec(tuple(s.get_shape()), s.get_dtype()) for name, s in slices.items()}
    except (SafetensorError, OSError) as error:
        if _begins(path, b"version https://git"):
            raise PolicyError(f"{path} is a Git LFS pointer, not the weights; run `git lfs pull`") from error
        raise PolicyError(
            f"{path} is truncated or not a safetensors file ({one_line(error)}); download it again"
        ) from error


def _begins(path: Path, start: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(start)) == start
    except OSError:
        return False
