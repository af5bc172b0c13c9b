"""A stranger's file is read within bounds or refused in one line with its name: JSON (both readers), lines, arrays."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

import policies.json_files
from harness.core.errors import UserError
from harness.files import reading
from policies.errors import PolicyError

ARRAYS = ("pred", "gt")

READ = {
    "plain": '{"a": [1, -2.5e-3, null, true, "ü\\ud83d\\ude00"], "b": {"c": NaN}}',
    "as deep as allowed": '{"a": ' + "[" * 62 + "]" * 62 + "}",
    "many objects beside each other": json.dumps({"a": [{"b": {}}] * 999}),
    "text that looks like a huge number": '{"a": "1e999"}',
    "a large whole number": '{"a": 123456789012345678901234567890}',
}
REFUSED = {
    "nothing": "",
    "no JSON": "{",
    "a list": "[1]",
    "no UTF-8": b'{"a": "\xff"}',
    "a lone surrogate": '{"a": ["\\ud800"]}',
    "a lone surrogate as a key": '{"\\udfff": 1}',
    "too deep": '{"a": ' + "[" * 64 + "]" * 64 + "}",
    "far too deep": '{"a": ' + "[" * 100_000,
    "infinity": '{"a": 1e999}',
    "an endless number": '{"a": -' + "9" * 5000 + "}",
    "an endless fraction": '{"a": ' + "9" * 400 + ".0}",
}


def both(path: Path):
    """What both readers make of a file: equal values, or a line each with the file's name."""
    results = []
    for reader, error in ((reading, UserError), (policies.json_files, PolicyError)):
        try:
            results.append(reader.read_json(path))
        except error as refused:
            assert str(path) in str(refused) and "\n" not in str(refused) and len(str(refused)) < 400
            results.append(error)
    return results


@pytest.mark.parametrize("content", READ.values(), ids=READ)
def test_what_both_readers_read(tmp_path, content):
    (tmp_path / "x.json").write_text(content)
    ours, theirs = both(tmp_path / "x.json")
    assert ours == theirs == json.loads(content, parse_constant=lambda _: None)
    assert json.dumps(ours, allow_nan=False).encode()


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_what_both_readers_refuse(tmp_path, content):
    (tmp_path / "x.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert both(tmp_path / "x.json") == [UserError, PolicyError]


def test_what_is_no_file_is_refused_without_waiting(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "large").write_text(json.dumps({"a": "x" * 999}))
    for module in (reading, policies.json_files):
        monkeypatch.setattr(module, "MOST_BYTES", 999)
    monkeypatch.setattr(reading.read_json, "__defaults__", (999,))
    monkeypatch.setattr(reading.read_bytes, "__defaults__", (999,))
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero"), tmp_path / "loop", tmp_path / "none"):
        assert both(path) == [UserError, PolicyError]
    assert both(tmp_path / "large") == [UserError, PolicyError]


def test_lines_are_numbered_and_a_torn_last_one_is_left_out():
    data = b'{"a": 1}\n\n{"b": 2}\n{"c": '
    assert list(reading.parse_lines(data, Path("x"))) == [(1, {"a": 1}), (3, {"b": 2})]
    for broken, said in (
        (b'{"a": 1}\n{"b"\n', "x line 2 is not valid JSON"),
        (b"[1]\n", "x line 1: it must be a JSON object"),
        (b'{"a": "\\ud800"}\n', "x line 1 .* cannot|x line 1 .* not text"),
    ):
        with pytest.raises(UserError, match=said):
            list(reading.parse_lines(broken, Path("x")))


# --- arrays


def npz(path: Path, member: bytes, name: str = "pred.npy", flags: int = 0) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, member)
    if flags:
        data = bytearray(path.read_bytes())
        data[6] |= flags
        data[data.index(b"PK\x01\x02") + 8] |= flags
        path.write_bytes(data)
    return path


def npy(header: str) -> bytes:
    text = header.encode().ljust(118) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(64)


def test_arrays_are_read_by_name(tmp_path):
    np.savez_compressed(tmp_path / "x.npz", pred=np.arange(6.0).reshape(2, 3).T, other=np.zeros(3))
    found = reading.read_arrays(tmp_path / "x.npz", ARRAYS, "a test")
    assert set(found) == {"pred"} and np.array_equal(found["pred"], [[0, 3], [1, 4], [2, 5]])


@pytest.mark.parametrize(
    "member",
    [
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000, 14)}"),
        npy(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({10**30}, 14)}}"),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-3, -3)}"),
        npy("{'descr': '|O', 'fortran_order': False, 'shape': (3,)}"),
        npy("(" * 100),
        npy(f"{'x' * 5000!r}"),
        npy("{'descr': '<f8'}"),
        b"no array",
        b"",
    ],
)
def test_an_array_that_is_none_or_lies_about_its_size_is_one_line(tmp_path, member):
    with pytest.raises(UserError, match=r"x\.npz is not a test: ") as caught:
        reading.read_arrays(npz(tmp_path / "x.npz", member), ARRAYS, "a test")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < len(str(tmp_path)) + 220


def test_an_archive_that_is_none_is_one_line(tmp_path):
    whole = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (8,)}")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "text").write_text("no zip")
    torn = npz(tmp_path / "torn", whole)
    torn.write_bytes(torn.read_bytes()[:-30])
    paths = [tmp_path, tmp_path / "pipe", tmp_path / "text", torn, npz(tmp_path / "secret", whole, flags=1)]
    for path in paths:
        with pytest.raises(UserError, match="is not a test"):
            reading.read_arrays(path, ARRAYS, "a test")
