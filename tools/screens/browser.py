"""A headless Chromium of the machine, without a network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WIDTHS = (390, 800, 1280, 1920)


@contextmanager
def browser() -> Iterator[Any]:
    """Chromium; SystemExit where there is none."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
    if program is None:
        raise SystemExit("no chromium on PATH: run scripts/browser.sh")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])


def open_page(chromium: Any, path: Path, width: int, scheme: str, height: int = 900) -> Any:
    """The page at `path` in a window of its own; `complaints` collects what its script says.

    The content security policy is set aside, for axe-core has to be put into the page.
    """
    context = chromium.new_context(
        viewport={"width": width, "height": height}, offline=True, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            page.complaints.append(message.text) if message.type in ("error", "warning") else None
        ),
    )
    page.goto(path.resolve().as_uri())
    return page
