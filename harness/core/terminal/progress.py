"""How far a long run is: a bar with the time left on a terminal, a line now and then in a log file."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from harness.core.text import one_line

LINE_EVERY_S = 15.0
DRAWN_PER_S = 4


class Progress:
    """Progress over `total` units of work, `before` of them done earlier; a context manager.

    On a terminal one bar, and details below it, that go away at the end; elsewhere a line at most every 15
    seconds, so that a log stays readable. Everything goes to stderr: stdout is for results.

        with Progress("open loop", total=4000, unit="frames") as progress:
            progress.update(150, "episode 1 of 25, MAE 0.0123")
    """

    def __init__(self, name: str, total: int, unit: str, before: int = 0):
        self.name, self.total, self.unit, self.before = name, total, unit, before
        self._started = self._last_line = time.monotonic()
        self._live: Any = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            console = Console(stderr=True)
            self._live = Live(console=console, transient=True, refresh_per_second=DRAWN_PER_S)
            self._live.start()
            self.update(self.before)
        return self

    def update(self, completed: int, note: str = "", details: Sequence[str] = ()) -> None:
        """Say that `completed` of the total units are done; `note` is what there is to tell about them.

        `details` are lines for a terminal only.
        """
        note = one_line(note)
        if self._live:
            self._live.update(self._panel(completed, note, [one_line(detail) for detail in details]))
        elif time.monotonic() - self._last_line >= LINE_EVERY_S:
            self._last_line = time.monotonic()
            print(self._line(completed, note), file=sys.stderr, flush=True)

    def left_s(self, completed: int) -> float | None:
        """Seconds to go at the pace so far; None before anything was done."""
        made = completed - self.before
        return None if made <= 0 else (time.monotonic() - self._started) * (self.total - completed) / made

    def per_hour(self, completed: int) -> float:
        """Units an hour so far."""
        return 3600 * (completed - self.before) / max(time.monotonic() - self._started, 1e-9)

    def _line(self, completed: int, note: str) -> str:
        left = self.left_s(completed)
        remaining = "starting" if left is None else f"{clock(left)} left"
        return f"{self.name}: {completed}/{self.total} {self.unit}, {remaining}{f'; {note}' if note else ''}"

    def _panel(self, completed: int, note: str, details: Sequence[str]) -> Any:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        left = self.left_s(completed)
        line = Table.grid(padding=(0, 2))
        line.add_row(
            self.name,
            ProgressBar(self.total, completed, width=30),
            f"{completed}/{self.total}",
            "" if left is None else f"{clock(left)} left",
            Text(note),
        )
        return Group(line, *(Text(f"  {detail}", style="dim", overflow="ellipsis") for detail in details))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()


def clock(seconds: float) -> str:
    """A duration as people say it: `45 s`, `12 min`, `3 h 20 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
