"""Starts work in a fork, stops it at a moment, and says how it ended."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.kills.works import Work

WAYS = ("SIGKILL", "SIGINT", "SIGTERM", "two SIGINT", "worker SIGKILL", "full disk")
LONGEST_S = 240.0


@dataclass
class Attempt:
    """A command at work: its process, the file with what it says, and its exit code once it has ended."""

    pid: int
    said: Path
    code: int | None = None

    def ended(self) -> bool:
        """Whether it has ended."""
        if self.code is None:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is not None

    def wait(self, seconds: float) -> bool:
        """Wait for its end; whether it came."""
        end = time.monotonic() + seconds
        while not self.ended() and time.monotonic() < end:
            time.sleep(0.01)
        return self.ended()

    def send(self, number: int) -> None:
        """Send it a signal, if it is there."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def workers(self) -> list[int]:
        """The processes it has started and that are no zombies."""
        found = []
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for child in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
                if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
        return found

    def text(self) -> str:
        """What it has said."""
        return self.said.read_text(errors="replace")


def start(work: Work, folder: Path, again: bool, runs: Path, said: Path) -> Attempt:
    """Begin, or take up again, in a process of its own."""
    with said.open("wb") as file:
        pid = os.fork()
        if pid:
            return Attempt(pid, said)
        os.setsid()
        signal.signal(
            signal.SIGINT, signal.default_int_handler
        )  # ignored where the tool is in the background
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
        sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
        code = 1
        try:
            work.begin(folder, again, runs)
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except BaseException:
            traceback.print_exc()
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def stop(attempt: Attempt, way: str, disk: Disk) -> None:
    """Do to it what `way` says."""
    if way == "full disk":
        disk.fill()
    elif way == "worker SIGKILL":
        for worker in attempt.workers()[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
    elif way == "two SIGINT":
        attempt.send(signal.SIGINT)
        time.sleep(0.3)
        attempt.send(signal.SIGINT)
    else:
        attempt.send(getattr(signal, way))


class Disk:
    """A small disk that can be filled and emptied again."""

    def __init__(self, folder: Path):
        self.folder, self.ballast = folder, folder / "ballast"

    def fill(self) -> None:
        """Take all that is left."""
        with contextlib.suppress(OSError), self.ballast.open("ab", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)

    def empty(self) -> None:
        """Give it back."""
        self.ballast.unlink(missing_ok=True)


def no_worker_left(pids: Iterator[int] | list[int]) -> bool:
    """Whether those processes end within ten seconds."""
    end = time.monotonic() + 10
    left = list(pids)
    while left and time.monotonic() < end:
        left = [pid for pid in left if alive(pid)]
        time.sleep(0.02)
    return not left


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
