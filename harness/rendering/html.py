"""Jinja environment, filters."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from harness.core.text import in_reading_order
from harness.rendering import formats
from harness.stats.intervals import WHY_NONE
from harness.stats.significance import LEVEL, reachable

if TYPE_CHECKING:
    from jinja2 import Environment


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
