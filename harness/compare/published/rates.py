"""Success rates that somebody published by task (`assets/published/robotwin2.json` and its table), as one side.

`published:robotwin2/π0` (or pi0) is a method trained on 50 clean demonstrations a task where the table has such,
`published:robotwin2/π0+500` the same method on 500 randomized ones besides; `@demo_randomized` behind it names the
setting, which otherwise is the run's.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from harness.core.errors import UserError
from harness.core.text import suggest
from harness.files.reading import read_bytes
from harness.files.records import Count, Number, Record

SETTINGS = ("demo_clean", "demo_randomized")
MORE = "+500"
"""What a method's name ends with where the table has it twice, and this is the one with 500 randomized more."""
COLUMNS = ("task", "method", "setting", "training_data", "success_percent")
Percent = dict[str, dict[str, int]]


class Reproduction(Record):
    """Averages over tasks that others found for a published one, in percent; where: a GitHub thread, owner/name#N."""

    policy: str
    setting: Literal["demo_clean", "demo_randomized"]
    published: Number
    found: list[Number]
    how: str
    where: str


class PublishedTable(Record):
    """What is known of a table of success rates beside it; table: its file, `rollouts` of every rate."""

    file: ClassVar[str] = "assets/published/robotwin2.json"

    title: str
    source: str
    mode: Literal["closedloop"]
    table: str
    rollouts: Count
    default: str
    measured_with: str
    reproductions: list[Reproduction] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)


class PublishedRates(Record):
    """One method of a table: setting -> task -> percent of `rollouts`; asked: the setting that was named, if any."""

    name: str
    training_data: str
    rollouts: Count
    measured_with: str
    percent: Percent
    reproductions: list[Reproduction] = Field(default_factory=list)
    asked: str | None = None

    def successes(self, setting: str) -> dict[str, int]:
        """Task -> solved of `rollouts`; UserError where the table has no such setting."""
        if setting not in self.percent:
            raise UserError(f"{self.name} is not published in {setting}; it is in {', '.join(self.percent)}")
        return {task: round(percent * self.rollouts / 100) for task, percent in self.percent[setting].items()}


def read_rates(about: PublishedTable, folder: Path, key: str) -> PublishedRates:
    """The method of a table that `key` (`π0`, `pi0+500@demo_randomized`, "" for the default) names, or UserError."""
    methods = read_table(folder / about.table)
    name, _, setting = key.partition("@")
    if setting and setting not in SETTINGS:
        raise UserError(suggest(setting, SETTINGS, "setting"))
    known = {_folded(method): method for method in methods}
    wanted = _folded(name or about.default)
    if wanted not in known:
        raise UserError(suggest(_plain(name), map(_plain, methods), "published method"))
    method = known[wanted]
    training, percent = methods[method]
    return PublishedRates(
        name=method,
        training_data=training,
        rollouts=about.rollouts,
        measured_with=about.measured_with,
        percent=percent,
        reproductions=about.reproductions,
        asked=setting or None,
    )


def read_table(path: Path) -> dict[str, tuple[str, Percent]]:
    """Method (with MORE where it stands twice) -> (what it was trained on, its percent); UserError if broken."""
    try:
        rows = list(csv.DictReader(io.StringIO(read_bytes(path).decode("utf-8"))))
        kinds = sorted({(row["method"], row["training_data"]) for row in rows}, key=lambda kind: len(kind[1]))
        table: dict[str, tuple[str, Percent]] = {}
        for method, training in kinds:  # the shorter words, 50 demonstrations, first
            name = method + MORE if method in table else method
            percent: Percent = {}
            for row in rows:
                if (row["method"], row["training_data"]) == (method, training):
                    percent.setdefault(row["setting"], {})[row["task"]] = int(row["success_percent"])
            table[name] = (training, percent)
    except (UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path} is no table of {', '.join(COLUMNS)}: {error}") from None
    return dict(sorted(table.items()))


def _plain(name: str) -> str:
    """A name as any keyboard has it."""
    return name.replace("π", "pi")


def _folded(name: str) -> str:
    """What is compared of a name: letters, digits and `+`."""
    return re.sub(r"[^a-z0-9+]", "", _plain(name).lower())
