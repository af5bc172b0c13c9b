"""Full disks, spoilt caches, recordings in each other's way: 15. A small tmpfs is mounted where that is allowed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tools.breaking.case import Case
from tools.breaking.stage import processor_time

AREA = "disk, cache, recordings"
OPEN = ("harness.openloop", "--policy", "hold", "--episodes", "0:3", "--videos", "0")
CLOSED = (
    "harness.closedloop",
    "--policy",
    "hold",
    "--task",
    "click_bell",
    "--episodes",
    "1",
    "--max-actions",
    "2",
)
RECORD = ("harness.record", "--task", "click_bell", "--pace", "action")
PROCESSOR_S, LONGEST_S = 240.0, 900.0
"""A hang: of processor time, and of a clock where others keep the machine busy."""
CACHE = {
    "torn": b'{"seed": 100000, "ok": tr',
    "1e999": b'{"seed": 1e999, "ok": true, "reason": null, "cause": null}\n',
    "nested": b"[" * 20_000 + b"]" * 20_000 + b"\n",
    "ok: no": b'{"seed": 100000, "ok": "no", "reason": null, "cause": null}\n',
    "a folder": None,
    "a loop": None,
}


class Shell:
    """Runs commands of a checkout, each a process of its own."""

    def __init__(self, tree: Path, folder: Path):
        self.tree, self.folder = tree, folder / "disks"
        self.folder.mkdir()

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """A command, its stderr collected."""
        variables = (
            os.environ
            | {"PYTHONPATH": str(self.tree), "XDG_CACHE_HOME": str(self.folder / "cache")}
            | environment
        )
        command = [sys.executable, "-m", *words]
        return subprocess.Popen(
            command,
            cwd=self.tree,
            env=variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, **environment: str) -> tuple[int, str]:
        """A command to its end: exit code and stderr."""
        process = self.start(*words, **environment)
        end = time.monotonic() + LONGEST_S
        while True:
            try:
                said = process.communicate(timeout=1)[1]
            except subprocess.TimeoutExpired:
                if processor_time(process.pid) > PROCESSOR_S or time.monotonic() > end:
                    process.kill()
                    return -9, process.communicate()[1]
            else:
                return process.returncode, said


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A tmpfs of that size; RuntimeError where nothing may be mounted."""
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True
    ).returncode:
        raise RuntimeError("nothing may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def end_of(code: int, said: str) -> str:
    """One of case.ENDS."""
    if "Traceback" in said or (code < 0 and code != -9):
        return "traceback"
    if code == -9:
        return "hang"
    lines = [line for line in said.splitlines() if line.strip()]
    if code and lines and lines[-1].startswith("error: "):
        return "a line"
    return "accepted" if code == 0 else "another end"


def cases(tree: Path, folder: Path) -> Iterator[tuple[Case, str, str]]:
    """Every case with its end and what was said."""
    shell = Shell(tree, folder)
    yield from full(shell)
    yield from caches(shell)
    yield from recordings(shell)


def full(shell: Shell) -> Iterator[tuple[Case, str, str]]:
    """A disk that is full at the start, in the middle of openloop, in the middle of record."""
    with small_disk(shell.folder / "start", "64k") as disk:
        ballast = disk / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as full_of:
            while full_of.write(b"x" * 1024):
                pass
        code, said = shell.run(*OPEN, "--out", str(disk / "run"))
        yield Case(AREA, "F6", "full at the start"), end_of(code, said), said
        ballast.unlink()
        code, said = shell.run(*OPEN, "--out", str(disk / "run"))
        taken = "is not empty" not in said and "no run.json" not in said
        yield (
            Case(AREA, "F6", "room again: the same command goes on"),
            end_of(code, said) if taken else "another end",
            said,
        )
    with small_disk(shell.folder / "openloop", "120k") as disk:
        code, said = shell.run(*OPEN, "--out", str(disk / "run"))
        yield Case(AREA, "F8", "openloop on 120 KB"), end_of(code, said), said
    with small_disk(shell.folder / "record", "600k") as disk:
        code, said = shell.run(*RECORD, "--episodes", "6", "--out", str(disk / "d"))
        safe = "are safe in" in said and (disk / "d.partial").is_dir()
        kept = (disk / "d").is_dir() or safe or "nothing is kept" in said
        yield (
            Case(AREA, "F8", "record on 600 KB: what is finished is kept"),
            end_of(code, said) if kept else "another end",
            said,
        )


def caches(shell: Shell) -> Iterator[tuple[Case, str, str]]:
    """A verdict cache that is none; the run goes on."""
    verdicts = shell.folder / "cache" / "robotwin-pi0" / "verdicts"
    shell.run(*CLOSED, *protocol(shell.tree), "--no-videos", "--out", str(shell.folder / "first"))
    kept = next(iter(verdicts.glob("click_bell-*.jsonl")), verdicts / "none.jsonl")
    for name, data in CACHE.items():
        with contextlib.suppress(OSError):
            kept.rmdir() if kept.is_dir() and not kept.is_symlink() else kept.unlink()
        if data is not None:
            kept.write_bytes(data)
        elif "folder" in name:
            kept.mkdir()
        else:
            kept.symlink_to(kept)
        out = shell.folder / f"cache-{name.replace(' ', '-').replace(':', '')}"
        code, said = shell.run(*CLOSED, *protocol(shell.tree), "--no-videos", "--out", str(out))
        end = end_of(code, said)
        if (
            name == "ok: no"
            and end == "accepted"
            and "100000" in kept.read_text()
            and kept.read_bytes() == data
        ):
            end = "accepted wrongly"
        yield Case(AREA, "F15", f"verdict cache {name}"), end, said


def protocol(tree: Path) -> tuple[str, ...]:
    """The flag for scenes that are judged, where a checkout has another default."""
    return ("--scenes", "protocol") if (tree / "harness" / "scenes" / "lists.py").is_file() else ()


def recordings(shell: Shell) -> Iterator[tuple[Case, str, str]]:
    """Two at one --out, a user's own folder in the way, one that was killed."""
    out = shell.folder / "doubled"
    first = shell.start(*RECORD, "--episodes", "4", "--out", str(out))
    wait_for(out.with_name("doubled.partial"), first)
    code, said = shell.run(*RECORD, "--episodes", "1", "--out", str(out))
    yield Case(AREA, "F3", "a second record at the same --out"), end_of(code, said), said
    said = first.communicate(timeout=300)[1]
    yield Case(AREA, "F3", "the first of them"), end_of(first.returncode, said), said
    mine = shell.folder / "thesis.partial"
    mine.mkdir()
    (mine / "mine.txt").write_text("precious\n")
    code, said = shell.run(*RECORD, "--episodes", "1", "--out", str(shell.folder / "thesis"))
    there = (mine / "mine.txt").is_file()
    yield (
        Case(AREA, "F4", "a folder of the user's in the way"),
        end_of(code, said) if there else "accepted wrongly",
        said,
    )
    out = shell.folder / "killed"
    first = shell.start(*RECORD, "--episodes", "20", "--out", str(out))
    wait_for(out.with_name("killed.partial"), first)
    time.sleep(8)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    code, said = shell.run(*OPEN, "--dataset", f"{out}.partial", "--out", str(shell.folder / "o1"))
    yield Case(AREA, "held", "openloop on what a killed record left"), end_of(code, said), said
    code, said = shell.run(*RECORD, "--episodes", "1", "--out", str(out))
    yield Case(AREA, "held", "record again after it"), end_of(code, said), said


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    """Until a folder is there, or its process has ended."""
    end = time.monotonic() + 120
    while not path.is_dir() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
