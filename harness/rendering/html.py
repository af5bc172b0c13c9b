"""Jinja environment, filters."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from harness.rendering import formats
from harness.stats.intervals import WHY_NONE
from harness.stats.significance import LEVEL, reachable

if TYPE_CHECKING:
    from jinja2 import Environment

TURNS = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Signs that turn the order in which text is shown: a name with one reads as another."""


def in_reading_order(value: object) -> object:
    """What is filled in, without signs that turn text around; a template's own parts as they are."""
    if not isinstance(value, str) or hasattr(value, "__html__") or value.isascii():
        return value
    return TURNS.sub("", value)


def template_environment() -> Environment:
    """Where the project's pages are made: everything that is filled in is escaped, nothing may be missing."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=in_reading_order,
    )
    environment.filters.update(formats.FILTERS)
    environment.globals.update(why_no_interval=WHY_NONE, significance_level=LEVEL, reachable=reachable)
    script = hashlib.sha256(environment.get_template("page.js").render().encode()).digest()
    environment.globals["script_hash"] = base64.b64encode(script).decode()
    return environment
