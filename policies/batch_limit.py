"""A batch that the GPU's memory has no room for becomes two: said once, remembered."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from policies.errors import PolicyError


@dataclass
class BatchLimit:
    """How many rows fit; None: as many as were ever asked for."""

    rows: int | None = None

    def in_parts(self, rows: int, predict: Callable[[slice], np.ndarray], name: str) -> list[np.ndarray]:
        """`predict` of slices that together are `rows` rows, the largest that fit.

        Another batch shape rounds differently (1e-5): hence the warning.

        Raises:
            PolicyError: not even one row fits.
        """
        import torch

        parts: list[np.ndarray] = []
        done = 0
        while done < rows:
            size = min(rows - done, self.rows or rows)
            try:
                parts.append(predict(slice(done, done + size)))
                done += size
                continue
            except torch.OutOfMemoryError as error:
                if size == 1:
                    raise PolicyError(
                        f"the GPU has no memory left for one observation of policy {name!r}; try --dtype bfloat16, "
                        "a GPU with nothing else on it, or --device cpu"
                    ) from error
            # Here, and not above: the exception holds on to the tensors of the failed call.
            self.rows = (size + 1) // 2
            _free_memory()
            warnings.warn(
                f"GPU out of memory with {size} observations at once: policy {name!r} continues with {self.rows}, "
                f"which rounds differently (1e-5); give --batch-size {self.rows} to compare runs",
                RuntimeWarning,
                stacklevel=2,
            )
        return parts


def _free_memory() -> None:
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
