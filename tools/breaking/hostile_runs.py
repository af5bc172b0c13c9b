"""Run directories of a stranger: 44 of each mode, each shown by report (page, CSV, Markdown), compare and publish."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tools.breaking.case import Case
from tools.breaking.material import Material
from tools.breaking.spoiling import DEEP, GONE, HUGE, LONE, put, spoilt, written

LOG, ARRAYS = "episodes.jsonl", "predictions/episode_000000.npz"
SCRIPT = "<script>alert(1)</script>"
RUN: tuple[tuple[str, str, Any], ...] = (
    ("F12", "config.policy", LONE),
    ("F12", "config.policy", {"a": 1}),
    ("F12", "config.policy", ["x"]),
    ("F12", "provenance.checkpoint_hash", {"x": 1}),
    ("F12", "provenance.python", ["x"]),
    ("F12", "config.task", LONE),
    ("held", "config.policy", SCRIPT),
    ("held", "config.policy", "p" * 5000),
    ("held", "config", DEEP),
    ("held", "config", None),
    ("held", "provenance", []),
    ("held", "schema", 99),
    ("held", "mode", "nosuch"),
    ("held", "status", "nosuch"),
    ("held", "command", "not a list"),
    ("held", "config.seed", HUGE),
    ("held", "", [1, 2]),
)
ROW: tuple[tuple[str, str, Any], ...] = (
    ("F12", "task", LONE),
    ("F12", "instruction", LONE),
    ("F12", "video", "v" * 5000),
    ("held", "video", "../../../../etc/passwd"),
    ("held", "video", "javascript:alert(1)"),
    ("held", "task", SCRIPT),
    ("held", "task", None),
    ("held", "task", GONE),
    ("held", "episode", -1),
    ("held", "seed", HUGE),
    ("held", "replans", 10**400),
    ("held", "task", DEEP),
    ("held", "", [1]),
    ("held", "", None),
)
OPEN_ROW = (
    ("F12", "critical", {"x": 1}),
    ("held", "mae", "0.1"),
    ("held", "mae", None),
    ("held", "per_joint", [1]),
)
CLOSED_ROW = (
    ("held", "success", "yes"),
    ("held", "steps", 1e30),
    ("held", "stages", [1]),
    ("held", "failure", SCRIPT),
)


def cases(material: Material) -> Iterator[Case]:
    """Every spoilt directory with every command."""
    for mode, good in (("open", material.open), ("closed", material.closed)):
        for number, (group, name, changes) in enumerate(spoilings(good, mode)):
            path = material.spoilt(
                good, f"{mode}-{number}", {k: v for k, v in changes.items() if v != b"@pipe"}
            )
            for file in (key for key, value in changes.items() if value == b"@pipe"):
                (path / file).unlink(missing_ok=True)
                os.mkfifo(path / file)
            yield from shown(material, good, path, group, f"{mode}: {name}")


def shown(material: Material, good: Path, path: Path, group: str, name: str) -> Iterator[Case]:
    """The five commands that read a run directory."""
    out, area = material.folder / "out", "run directories"
    for form in ("html", "csv", "md"):
        shown = (str(path), "--out", str(out / f"{path.name}-{form}"), "--format", form)
        yield Case(area, group, f"report {form} {name}", "harness.report", shown, seconds=20)
    argv = (str(good), str(path), "--out", str(out / f"{path.name}-compare"))
    yield Case(area, group, f"compare {name}", "harness.compare", argv, seconds=20)
    card = (str(path), "--repo-id", "owner/name", "--out", str(out / f"{path.name}-card"))
    yield Case(area, group, f"publish {name}", "harness.publish", card, seconds=20)


def spoilings(good: Path, mode: str) -> Iterator[tuple[str, str, dict[str, bytes | None]]]:
    """(group, name, files) of one mode."""
    run, lines = (good / "run.json").read_bytes(), (good / LOG).read_bytes().splitlines()
    for group, field, what in RUN:
        yield group, f"run.json {field} {what!r:.20}", {"run.json": spoilt(run, field, what)}
    for group, field, what in (*ROW, *(OPEN_ROW if mode == "open" else CLOSED_ROW)):
        row = json.loads(lines[0])
        if what is GONE and field not in row:
            continue
        line = written(what) if not field else written(put(row, field, what))
        yield group, f"row {field} {what!r:.20}", {LOG: b"\n".join([line, *lines[1:]]) + b"\n"}
    whole = b"\n".join(lines) + b"\n"
    yield "F12", "log a pipe", {LOG: b"@pipe"}
    yield "held", "run.json a pipe", {"run.json": b"@pipe"}
    yield "held", "no rows", {LOG: b""}
    yield "held", "no log", {LOG: None}
    yield "held", "torn line", {LOG: whole + lines[0][:40]}
    yield "held", "garbage line", {LOG: whole + b"\xff\xfe garbage\n"}
    yield "held", "mark of byte order", {LOG: b"\xef\xbb\xbf" + whole}
    yield "held", "1000 times the same", {LOG: whole * 1000}
    yield "held", "a line of 50 MB", {LOG: whole + b'{"task": "' + b"x" * 50_000_000 + b'"}\n'}
    if mode == "open":
        for group, name, data in arrays():
            yield group, f"arrays {name}", {ARRAYS: data}


def arrays() -> Iterator[tuple[str, str, bytes]]:
    """Predictions that lie about themselves."""
    yield (
        "F12",
        "of shape (10**15, 14)",
        npz(b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 14), }" % 10**15),
    )
    yield (
        "F12",
        "of shape 10**30",
        npz(b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 14), }" % 10**30),
    )
    yield "F12", "with nested brackets", npz(b"[" * 3000)
    yield "F12", "marked encrypted", encrypted()
    yield "held", "that are text", b"no archive"


def npz(header: bytes) -> bytes:
    """An archive whose `pred` has this header."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        padded = header + b" " * (64 - (len(header) + 11) % 64) + b"\n"
        archive.writestr(
            "pred.npy", b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded + b"\0" * 64
        )
    return file.getvalue()


def encrypted() -> bytes:
    """An archive whose members say that they need a password."""
    file = io.BytesIO()
    np.savez(file, pred=np.zeros((3, 14), np.float32))
    data = bytearray(file.getvalue())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)
