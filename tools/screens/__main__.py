"""Take pictures of pages, and ask axe-core about them: `python -m tools.screens PAGE... --out DIR`.

    python -m tools.screens report/report.html compare/compare.html --out /tmp/screens
    python -m tools.screens report/report.html --axe node_modules/axe-core/axe.min.js --out /tmp/screens

A picture a page, width (390, 800, 1280, 1920 px) and colour scheme, cut into pieces of PIECE px so that they can be
looked at. axe-core (https://www.npmjs.com/package/axe-core) is not part of this project: `npm install axe-core` in a
folder of its own. Exit code 1 where a page complains, is wider than its window, or axe finds something serious.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro
from tyro.conf import Positional

from tools.screens.browser import WIDTHS, browser, open_page

PIECE = 1600
SERIOUS = ("serious", "critical")


@dataclass(frozen=True)
class Config:
    """Pictures of pages at four widths, light and dark."""

    pages: Positional[tuple[Path, ...]]
    """HTML files."""
    out: Path = Path("screens")
    """Where the pictures go: NAME-WIDTH-SCHEME-PIECE.png."""
    axe: Path | None = None
    """axe.min.js; default: no check."""
    widths: tuple[int, ...] = WIDTHS
    """px."""
    pieces: int = 3
    """Pieces of a page that are kept, from the top; 0 for all."""
    pictures: bool = True
    """Whether pictures are taken."""


def main(config: Config) -> int:
    """Take the pictures and say what is wrong."""
    config.out.mkdir(parents=True, exist_ok=True)
    script = None if config.axe is None else config.axe.read_text(encoding="utf-8")
    wrong: list[str] = []
    with browser() as chromium:
        for path in config.pages:
            for width in config.widths:
                for scheme in ("light", "dark"):
                    name = f"{path.resolve().parent.name}-{path.stem}-{width}-{scheme}"
                    page = open_page(chromium, path, width, scheme)
                    wrong += [f"{name}: {line}" for line in look(page, width)]
                    if script is not None:
                        wrong += [f"{name}: {line}" for line in complaints(page, script)]
                    if config.pictures:
                        take(page, config.out, name, width, config.pieces)
                    page.context.close()
    print("\n".join(dict.fromkeys(wrong)) or "nothing is wrong", flush=True)
    return int(bool(wrong))


def look(page: Any, width: int) -> list[str]:
    """What can be measured of an open page: complaints of its script, and whether it fits."""
    problems = list(page.complaints)
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        problems.append(f"{wide} px wide")
    return problems


def take(page: Any, out: Path, name: str, width: int, pieces: int) -> None:
    """Pictures of an open page from the top down; films and pictures are given the time to come."""
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": width, "height": PIECE})
    many = -(-height // PIECE)
    for i in range(min(many, pieces) if pieces else many):
        page.evaluate(f"window.scrollTo(0, {i * (PIECE - 80)})")
        page.wait_for_timeout(700)
        page.screenshot(path=str(out / f"{name}-{i}.png"))


def complaints(page: Any, script: str) -> list[str]:
    """What axe-core (its source) finds serious or critical on an open page."""
    page.add_script_tag(content=script)
    issues: Sequence[Any] = page.evaluate("axe.run(document).then(result => result.violations)")
    return [
        f"axe {issue['impact']} {issue['id']}: {issue['help']} ({len(issue['nodes'])}x, {node_of(issue)})"
        for issue in issues
        if issue["impact"] in SERIOUS
    ]


def node_of(issue: Any) -> str:
    """The first element an issue is about."""
    return str(issue["nodes"][0]["target"])[:160]


if __name__ == "__main__":
    sys.exit(main(tyro.cli(Config)))
