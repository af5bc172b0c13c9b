"""A JSON file changed in place, as someone would who does not know what it is for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def edit_json(path: Path, change: Callable[[Any], object]) -> None:
    """`change` what the file holds; what it returns is nothing to us."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
