"""Recompute every success rate that README and docs state as measured, from the outcomes in docs/results/.

python -m tools.results                                   # exit 1 where a text says something else
python -m tools.results --write                           # put the numbers into the texts
python -m tools.results --add runs/x --name demo_official # a finished run's outcomes into docs/results/
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from harness.core import cli
from harness.core.errors import UserError
from harness.files.bundled import ROOT
from tools.results.documents import differences, filled, names_in
from tools.results.outcomes import add_run, read_outcomes
from tools.results.texts import blocks_of

DOCUMENTS = ("README.md", "docs/demo_policy.md")


@dataclass(frozen=True)
class Config:
    """Hold the success rates of the texts against the outcomes of every scene."""

    write: bool = False
    """Write the numbers into the texts instead of comparing."""
    add: Path | None = None
    """A finished closed-loop run whose outcomes become docs/results/NAME.jsonl; needs --name."""
    name: str = ""
    """What the outcomes of --add are called."""


def main(config: Config) -> int:
    """Compare, or write; 1 where a text and the outcomes disagree."""
    if config.add is not None:
        if not re.fullmatch(r"\w+", config.name):
            raise UserError("--add needs --name: letters, digits and _")
        print(add_run(config.add, config.name))
        return cli.DONE
    outcomes = read_outcomes()
    blocks = blocks_of(outcomes)
    wrong = stated = 0
    for name in DOCUMENTS:
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        stated += len(names_in(text))
        for block, stands, right in differences(text, blocks):
            wrong += 1
            print(
                f"{name}, {block}:\n  says   {stands}\n  should {right}"
                if not config.write
                else f"{name}: {block}"
            )
        if config.write:
            path.write_text(filled(text, blocks), encoding="utf-8")
    scenes = sum(len(own.rows) for own in outcomes.values())
    agree = (
        "written" if config.write else "agree with the texts" if not wrong else "do not agree with the texts"
    )
    print(f"{scenes} scenes of {len(outcomes)} runs, {stated} blocks of text: {agree}")
    return cli.FAILED if wrong and not config.write else cli.DONE


if __name__ == "__main__":
    cli.run(main, Config)
