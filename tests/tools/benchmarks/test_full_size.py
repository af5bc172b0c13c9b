"""The writer of the full-size benchmark's checkpoint, in small."""

import numpy as np

from tools.benchmarks.full_size import header


def test_the_header_is_what_safetensors_reads(tmp_path):
    from safetensors import safe_open

    path = tmp_path / "two.safetensors"
    shapes = {"a": (2, 3), "b": (4,)}
    path.write_bytes(header(shapes) + np.arange(10, dtype=np.uint16).tobytes())
    with safe_open(path, framework="numpy") as file:
        assert {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()} == shapes  # noqa: SIM118
        assert file.get_slice("b").get_dtype() == "BF16"
