"""Runs of scenes in miniature that are disturbed: 20 by signals, after which they go on; 4 lose their files."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tools.breaking.case import Case

ROWS = 16
TIMES = ("seconds", "inference_seconds")
PARENT = ("SIGTERM", "SIGHUP", "SIGKILL", "SIGINT", "SIGQUIT")
WORKER = ("SIGKILL", "SIGSTOP", "SIGTERM", "SIGHUP", "SIGSEGV")
MOMENTS = (0, 1, 3, 12, 15)
"""Rows there are when the parent is killed."""
PATIENCE = 5
"""A hang is what takes so many times as long as undisturbed work, and a minute: a machine may be busy."""
PULLED = ("log replaced by its copy", "log deleted", "folder deleted", "folder renamed")
AREA = "signals, files pulled away"


class Stage:
    """Starts runs of `tests/harness/kill_rounds.py` in a checkout of any age."""

    def __init__(self, tree: Path, folder: Path):
        self.tree, self.folder = tree, folder / "disturbed"
        self.folder.mkdir()
        begun = time.monotonic()
        self.good = self.undisturbed()
        self.patience = max(60.0, PATIENCE * (time.monotonic() - begun))

    def start(self, out: Path, workers: int = 2) -> subprocess.Popen[str]:
        """A run, begun or resumed."""
        script = self.tree / "tests" / "harness" / "kill_rounds.py"
        words = [sys.executable, str(script), "--act", str(out), "--workers", str(workers)]
        environment = os.environ | {"PYTHONPATH": str(self.tree), "XDG_CACHE_HOME": str(out.parent / "cache")}
        pipes: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(words, cwd=self.tree, env=environment, start_new_session=True, **pipes)

    def undisturbed(self) -> list[dict[str, Any]]:
        """The rows of a run that nothing happens to."""
        said = ended(self.start(self.folder / "good"), 600)
        rows = rows_of(self.folder / "good")
        if len(rows) != ROWS:
            raise RuntimeError(f"the undisturbed run has {len(rows)} rows: {said[1][-500:]}")
        return rows

    def wait_for_rows(self, out: Path, process: subprocess.Popen[str], count: int) -> None:
        """Until a run has so many rows."""
        end = time.monotonic() + 300
        while process.poll() is None and time.monotonic() < end:
            if (out / "episodes.jsonl").is_file() and (out / "episodes.jsonl").read_bytes().count(
                b"\n"
            ) >= count:
                return
            time.sleep(0.01)


def cases(tree: Path, folder: Path) -> Iterator[tuple[Case, str, str]]:
    """Every case with its end and what was said."""
    stage = Stage(tree, folder)
    for name in PARENT:
        yield signalled(stage, f"{name} to the parent at 5 rows", 5, getattr(signal, name), worker=False)
    for name in WORKER:
        yield signalled(stage, f"{name} to a worker at 5 rows", 5, getattr(signal, name), worker=True)
    for moment in MOMENTS:
        yield signalled(
            stage, f"SIGKILL to the parent at {moment} rows", moment, signal.SIGKILL, worker=False
        )
    for moment in MOMENTS:
        yield signalled(stage, f"SIGINT to the parent at {moment} rows", moment, signal.SIGINT, worker=False)
    for name in PULLED:
        yield pulled(stage, name)


def signalled(stage: Stage, name: str, rows: int, number: int, worker: bool) -> tuple[Case, str, str]:
    """Disturb once; then the run must come to its end, by itself or resumed, with the rows of the undisturbed one."""
    case = Case(AREA, "held", name)
    out = stage.folder / name.replace(" ", "-") / "run"
    out.parent.mkdir()
    process = stage.start(out)
    stage.wait_for_rows(out, process, rows)
    target = next(iter(workers_of(process.pid)), None) if worker else process.pid
    if target is not None and process.poll() is None:
        os.kill(target, number)
    code, said = ended(process, stage.patience)
    for _ in range(3):
        if code in (0, None):
            break
        code, more = ended(stage.start(out, 1), stage.patience)
        said += more
    if code is None:
        return case, "hang", said
    if "Traceback" in said:
        return case, "traceback", said
    return case, "accepted" if code == 0 and rows_of(out) == stage.good else "another end", said


def pulled(stage: Stage, name: str) -> tuple[Case, str, str]:
    """Take files away at four rows; a run that then says "done" with fewer rows has lost them."""
    case = Case(AREA, "F7" if "folder" in name else "F2", name)
    out = stage.folder / name.replace(" ", "-") / "run"
    out.parent.mkdir()
    process = stage.start(out)
    stage.wait_for_rows(out, process, 4)
    log = out / "episodes.jsonl"
    take: dict[str, Callable[[], object]] = {
        PULLED[0]: lambda: (shutil.copy(log, f"{log}.new"), Path(f"{log}.new").replace(log)),
        PULLED[1]: log.unlink,
        PULLED[2]: lambda: deleted(out),
        PULLED[3]: lambda: out.rename(out.with_name("moved")),
    }
    take[name]()
    code, said = ended(process, stage.patience)
    if code is None:
        return case, "hang", said
    if "Traceback" in said:
        return case, "traceback", said
    if code == 0:
        return case, "accepted wrongly" if rows_of(out) != stage.good else "accepted", said
    lines = said.strip().splitlines()
    return case, "a line" if lines and lines[-1].startswith("error: ") else "another end", said


def deleted(folder: Path) -> None:
    """Delete a folder that a run may be writing into."""
    end = time.monotonic() + 30
    while folder.exists() and time.monotonic() < end:
        shutil.rmtree(folder, ignore_errors=True)


def ended(process: subprocess.Popen[str], seconds: float) -> tuple[int | None, str]:
    """Exit code (None where it hangs and had to be killed) and stderr."""
    try:
        said = process.communicate(timeout=seconds)[1]
        return process.returncode, said
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return None, process.communicate()[1]


def workers_of(pid: int) -> list[int]:
    """The simulating children of a process."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
            found.append(int(child))
    return found


def rows_of(out: Path) -> list[dict[str, Any]]:
    """The rows of a run in order of task and seed, without what differs each time."""
    if not (out / "episodes.jsonl").is_file():
        return []
    rows = [json.loads(line) for line in (out / "episodes.jsonl").read_text().splitlines()]
    kept = [{key: value for key, value in row.items() if key not in TIMES} for row in rows]
    last = {(row["task"], row["seed"]): row for row in kept}
    return [last[key] for key in sorted(last)]
