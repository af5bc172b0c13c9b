"""A run directory: what an evaluation leaves behind, so written that a crash loses one episode at most.

    run.json         schema, mode, name, status, error, started, finished, command, config, provenance
    episodes.jsonl   one line per finished episode (`harness.runs.rows`): appended, fsynced, never rewritten
    summary.json     `harness.metrics.closedloop_summary`
    predictions/episode_NNNNNN.npz   open loop: `harness.runs.predictions`
    predictions/<task>-<seed>.npz    closed loop: `harness.runs.trajectories`
    departures.json                  closed loop: `harness.metrics.departure_record`; videos/ plots/ report.html

A directory that is read may come from a stranger: nothing in it is executed, whatever is wrong is one `UserError`
line. JSON never holds NaN: a number that does not exist is null.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.core.errors import UserError
from harness.files.json_files import clean, write_json
from harness.files.reading import read_bytes, read_json
from harness.files.records import Record
from harness.runs import folders
from harness.runs.compatibility import resumed
from harness.runs.description import MODES, SCHEMA, STATUSES, RunRecord, read_description
from harness.runs.episode_log import EpisodeLog, LogLost
from harness.runs.policy_names import is_control
from harness.runs.predictions import Prediction, Predictions
from harness.runs.rows import ROWS, ClosedLoopRow, OpenLoopRow, Row, parse_rows
from harness.runs.summaries.modes import SUMMARIES, Summary


class RunDir:
    """One run directory; `create` to write one, `load` to read one.

    As a context manager it records how the run ended: done, interrupted, or failed with the error's first line. A run
    killed outright stays "running".
    """

    def __init__(self, path: Path, run: dict[str, Any]):
        self.path = path
        self.run = run
        self.predictions = Predictions(path / "predictions")
        self._log: EpisodeLog | None = None

    @classmethod
    def create(
        cls,
        mode: str,
        name: str,
        *,
        config: Any,
        provenance: Mapping[str, Any],
        out: Path | str | None = None,
        resume: bool = False,
        command: list[str] | None = None,
        root: Path | str = "runs",
    ) -> RunDir:
        """Start a run in `out`, or in `root/<time>-<mode>-<name>`; with `resume`, continue the run in `out`.

        config is a dataclass or mapping, provenance what `harness.runs.provenance.provenance` returns. UserError if
        `out` holds something else, another configuration, or a run somebody else is writing at this moment.
        """
        if mode not in MODES:
            raise ValueError(f"mode must be one of {MODES}, not {mode!r}")
        run = {
            "schema": SCHEMA,
            "mode": mode,
            "name": name,
            "status": "running",
            "error": None,
            "started": folders.now(),
            "finished": None,
            "command": sys.argv if command is None else command,
            "config": clean(config),
            "provenance": clean(provenance),
        }
        if resume and out is None:
            raise UserError("--resume continues the run in --out: name its folder")
        try:
            made = out is None or not Path(out).exists()
            path = folders.new_folder(Path(root), mode, name) if out is None else Path(out)
            path.mkdir(parents=True, exist_ok=True)
            fresh = folders.is_unused(path)
            if not (fresh or resume):
                raise UserError(folders.not_empty(path))
            folders.refuse_links(path)
            if fresh and resume:
                print(f"{path} holds no run to resume: a new one begins in it", file=sys.stderr)
            self = cls(path, run if fresh else resumed(cls.load(path).run, run, path))
            self._start(fresh, made)
        except OSError as error:
            raise UserError(f"cannot write a run to {error.filename or out}: {error.strerror}") from error
        return self

    def _start(self, fresh: bool, made: bool) -> None:
        """Take the lock and have everything of a run there, or nothing of what this start has made."""
        log = EpisodeLog(self.path / folders.LOG)
        try:
            if fresh and (self.path / "run.json").exists():  # somebody else's, begun since we looked
                raise UserError(folders.not_empty(self.path))
            for folder in folders.FOLDERS:
                (self.path / folder).mkdir(exist_ok=True)
            self._save()
            folders.sync_folder(self.path)
        except BaseException:
            if fresh and not (self.path / "run.json").exists():
                folders.undo_start(self.path, made)
            log.close()
            raise
        self._log = log

    @classmethod
    def load(cls, path: Path | str) -> RunDir:
        """Open an existing run directory for reading; UserError names what is missing or wrong."""
        path = Path(path)
        return cls(path, read_description(path).plain())

    @property
    def mode(self) -> str:
        """`"openloop"` or `"closedloop"`."""
        return str(self.run["mode"])

    @property
    def record(self) -> RunRecord:
        """What `run.json` says, as a record."""
        return RunRecord.of(self.run)

    @property
    def videos(self) -> Path:
        """Where rollout videos go; rows name them relative to the run, `videos/x.mp4`."""
        return self.path / "videos"

    @property
    def plots(self) -> Path:
        """Where figures go; rows name them relative to the run, `plots/x.png`."""
        return self.path / "plots"

    def rows(self) -> list[Row]:
        """The finished episodes in the order they finished, of the type that the run's mode has; no torn last line.

        UserError names the line and field that is no row; LogLost where a run that is written lacks lines.
        """
        return [*self.open_rows()] if self.mode == "openloop" else [*self.closed_rows()]

    def open_rows(self) -> list[OpenLoopRow]:
        """`rows` of a replay; TypeError of a closed-loop run."""
        return self._rows_of(OpenLoopRow)

    def closed_rows(self) -> list[ClosedLoopRow]:
        """`rows` of a closed-loop run; TypeError of a replay."""
        return self._rows_of(ClosedLoopRow)

    def _rows_of[R: (OpenLoopRow, ClosedLoopRow)](self, kind: type[R]) -> list[R]:
        if ROWS[self.mode] is not kind:
            raise TypeError(f"{self.path} is of mode {self.mode}: it has no {kind.__name__}")
        path = self.path / folders.LOG
        if self._log is not None:
            self._log.check()
        if not os.path.lexists(path):
            return []
        rows = parse_rows(read_bytes(path), kind, path)
        if self._log is not None and len(rows) < self._log.lines:
            raise LogLost(
                f"{path} holds {len(rows)} of the {self._log.lines} episodes that were written to it"
            )
        return rows

    def add(self, row: Mapping[str, Any] | Row) -> Row:
        """Append a finished episode and force it to disk; the row it now is. ValueError if it is none, LogLost."""
        added = ROWS[self.mode].of(row.plain() if isinstance(row, Record) else clean(row))
        if self._log is None:
            raise RuntimeError("this run directory was opened for reading")
        self._log.append(json.dumps(added.plain(), ensure_ascii=False, allow_nan=False).encode())
        return added

    def check_in_place(self) -> None:
        """LogLost where the folder that is written to, or its log, was moved, removed or replaced."""
        if self._log is not None:
            self._log.check()

    def save_prediction(self, episode: int, prediction: Prediction) -> None:
        """Write an episode's npz file; do it before `add`, so that a listed episode has its arrays."""
        prediction.save(self.predictions.path(episode))

    def save_summary(self, summary: Summary) -> None:
        """Write summary.json (`harness.metrics.closedloop_summary`); a control's says that it is one."""
        config = self.run["config"]
        control = {"ablate": config["ablate"]} if is_control(config.get("ablate")) else {}
        write_json(self.path / "summary.json", {**summary.plain(), **control})

    def summary(self) -> Summary | None:
        """The content of summary.json, None while the run has none; UserError where it is not as it should be."""
        path = self.path / "summary.json"
        if not path.is_file():
            return None
        summary = read_json(path)
        try:
            return SUMMARIES[self.mode].of(summary)
        except ValueError as error:
            raise UserError(f"{path}: {error}") from None

    def finish(self, status: str = "done", error: str | None = None) -> None:
        """Record how the run ended and let go of the directory; "done" only where every row can be read back.

        LogLost where it cannot. A folder that is not the run's any more is left as it is.
        """
        if status not in STATUSES:
            raise ValueError(f"status must be one of {STATUSES}, not {status!r}")
        try:
            if status == "done":
                self.rows()
        except Exception as problem:
            status, error = "failed", str(problem)
            raise
        finally:
            self._close(status, error)

    def _close(self, status: str, error: str | None) -> None:
        log, self._log = self._log, None
        try:
            if log is None or log.in_place:
                self.run |= {"status": status, "error": error, "finished": folders.now()}
                self._save()
        finally:
            if log is not None:
                log.close()

    def __enter__(self) -> RunDir:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if self._log is None:
            return
        if error is None:
            return self.finish("done")
        with contextlib.suppress(OSError):  # on a full disk: what went wrong is more important
            if isinstance(error, KeyboardInterrupt):
                self.finish("interrupted")
            else:
                self.finish("failed", (str(error).splitlines() or [type(error).__name__])[0])

    def _save(self) -> None:
        write_json(self.path / "run.json", self.run)
