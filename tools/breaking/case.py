"""One input that may break something, and in which way it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ENDS = ("a line", "accepted", "accepted wrongly", "another end", "traceback", "hang", "over 1 GiB")
GOOD = ("a line", "accepted")


@dataclass(frozen=True)
class Case:
    """area: one of break.md's. group: F1 .. F17 of break.md, or "held" for what held then. name: what is wrong with it.

    module and argv: the command; or script: Python that runs in the checkout. refuse: it must not be accepted.
    seconds: of processor time that it may take.
    """

    area: str
    group: str
    name: str
    module: str = ""
    argv: tuple[str, ...] = ()
    script: str = ""
    refuse: bool = False
    seconds: float = 10.0
    env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """How a case ended, in one of ENDS; said: its last lines."""

    case: Case
    end: str
    said: str
    seconds: float = 0.0
    mib: float = 0.0


def screened(case: Case, reply: dict[str, Any]) -> Outcome:
    """What the end of a process means."""
    said = str(reply["said"])
    return Outcome(case, end_of(case, reply, said), said[-1500:], float(reply["cpu"]), float(reply["mib"]))


def end_of(case: Case, reply: dict[str, Any], said: str) -> str:
    """One of ENDS."""
    if reply["killed"]:
        return "hang" if reply["killed"] == "hang" else "over 1 GiB"
    code = reply["rc"]
    if "Traceback (most recent call last)" in said or code < 0 or "the harness itself failed" in said:
        return "traceback"
    if code == 0:
        return "accepted wrongly" if case.refuse else "accepted"
    lines = [line for line in said.splitlines() if line.strip()]
    return "a line" if code in (1, 2) and lines and lines[-1].startswith("error: ") else "another end"
