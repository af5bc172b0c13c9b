"""The JSON schemas of the files that runs, recordings and checkpoints leave, written to docs/schema/.

    python -m tools.schemas

A test holds them current: whoever changes a record runs this.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel

from harness.compare.published.rates import PublishedTable
from harness.compare.record import Comparison
from harness.compare.sides import Published
from harness.datasets.recorded import RecordedDataset
from harness.files.bundled import ROOT
from harness.metrics.departure_record import Departures
from harness.publish.record import Results
from harness.runs.description import RunRecord
from harness.runs.rows import ClosedLoopRow, OpenLoopRow
from harness.runs.summaries.closedloop import ClosedLoopSummary
from harness.runs.summaries.openloop import OpenLoopSummary
from harness.sweep.record import SweepRecord
from policies.provenance.training_log import TrainingLog

FOLDER = ROOT / "docs" / "schema"
RECORDS: dict[str, type[BaseModel]] = {
    "run": RunRecord,
    "episodes-openloop": OpenLoopRow,
    "episodes-closedloop": ClosedLoopRow,
    "summary-openloop": OpenLoopSummary,
    "summary-closedloop": ClosedLoopSummary,
    "recorded-dataset": RecordedDataset,
    "training-log": TrainingLog,
    "departures": Departures,
    "compare": Comparison,
    "sweep": SweepRecord,
    "results": Results,
    "published": Published,
    "published-table": PublishedTable,
}
"""File of docs/schema/ -> the record it describes."""


def schemas() -> dict[str, str]:
    """The content of every file of docs/schema/, by name."""
    return {
        f"{name}.json": json.dumps(record.model_json_schema(by_alias=True), indent=2, ensure_ascii=False)
        + "\n"
        for name, record in RECORDS.items()
    }


def main(folder: Path = FOLDER) -> None:
    """Write them, and say where."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")
        print(folder / name)


if __name__ == "__main__":
    main()
