"""A run followed by a tracker: what it is told when, and that it can never end the run.

    with follow(config, run_dir) as tracked:
        tracked.row(run_dir.add(row))
        tracked.summary(summary)

Without `--track` nothing happens at all. Where the tracker fails, that is said once and it is told no more.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.core.flags import TrackFlags
from harness.core.text import one_line
from harness.runs.directory import RunDir
from harness.runs.rows import Row
from harness.runs.summaries.modes import Summary
from harness.trackers.contents import episode_numbers, film_name, flat, summary_table
from harness.trackers.interface import Place, Table, Tracker
from harness.trackers.opening import open_tracker

FILMS = 3
"""Films of every task and outcome, the first ones: a tracker is no archive; the run directory has them all."""
PROVENANCE = (
    "contract",
    "checkpoint_hash",
    "assets_kind",
    "dataset",
    "dataset_hash",
    "scenes",
    "ablation",
    "training_overlap",
    "off_task",
)
"""What of a run's provenance stands beside its settings."""


class Follower:
    """Tells a tracker; of None, nobody."""

    def __init__(self, tracker: Tracker | None):
        self._tracker = tracker

    def _safely(self, tell: Callable[[Tracker], None]) -> None:
        """Let `tell` do something with the tracker. Whatever it raises is said and ends the following."""
        if self._tracker is None:
            return
        try:
            tell(self._tracker)
        except Exception as error:
            self._tracker = None
            print(
                f"tracking stops, the run goes on: {one_line(str(error))[:300]}", file=sys.stderr, flush=True
            )

    def numbers(self, values: Mapping[str, float], step: int) -> None:
        """Numbers at a step."""
        self._safely(lambda tracker: tracker.numbers(values, step))

    def table(self, table: Table, step: int) -> None:
        """A table at a step."""
        self._safely(lambda tracker: tracker.table(table, step))


class RunFollower(Follower):
    """Tells a tracker of a run's rows and its summary; `rows` are those it has already."""

    def __init__(self, tracker: Tracker | None, folder: Path, rows: Sequence[Row]):
        super().__init__(tracker)
        self._folder, self._rows = folder, list(rows)
        self._films: Counter[str] = Counter()

    def row(self, row: Row) -> None:
        """An episode is written down, its film too."""
        self._rows.append(row)
        self._safely(lambda tracker: self._row(tracker, row))

    def summary(self, summary: Summary) -> None:
        """All there is, by task."""
        self._safely(lambda tracker: tracker.table(summary_table(summary), len(self._rows)))

    def _row(self, tracker: Tracker, row: Row) -> None:
        step = len(self._rows)
        tracker.numbers(episode_numbers(self._rows, row), step)
        if row.video and getattr(row, "status", "ok") == "ok":
            name, caption = film_name(row)
            self._films[name] += 1
            if self._films[name] <= FILMS:
                tracker.film(name, self._folder / row.video, caption, step)


@contextmanager
def follow(flags: TrackFlags, run: RunDir) -> Iterator[RunFollower]:
    """A run directory that is being written, in the tracker that `flags` name."""
    about = {name: run.run["provenance"].get(name) for name in PROVENANCE}
    with opened(flags, run.path, run.path.name, {**run.run["config"], **about}) as tracker:
        yield RunFollower(tracker, run.path, run.rows())


@contextmanager
def opened(
    flags: TrackFlags, folder: Path, name: str, configuration: Mapping[str, Any]
) -> Iterator[Tracker | None]:
    """The tracker that `flags` name, closed at the end; None without one, or where it does not open."""
    tracker = None
    if flags.track is not None:
        place = Place(name, flags.track_group, folder, flags.track_online)
        try:
            tracker = open_tracker(flags.track, place)
            tracker.configuration(flat(configuration))
            print(f"tracking: {tracker.where}", file=sys.stderr, flush=True)
        except Exception as error:
            print(f"not tracked: {one_line(str(error))[:300]}", file=sys.stderr, flush=True)
    failed = True
    try:
        yield tracker
        failed = False
    finally:
        if tracker is not None:
            try:
                tracker.close(failed)
            except Exception as error:
                print(f"tracking ended badly: {one_line(str(error))[:300]}", file=sys.stderr, flush=True)
