"""Modules that others import and scenes never use, left out until somebody asks for something of them."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any

DOWNLOADS = "requests"
"""With which SAPIEN (3.0.3) fetches PhysX for GPUs, where these scenes do not run: two thirds of its own import."""


class Later(ModuleType):
    """Stands for a module until something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def import_without(name: str, later: str) -> ModuleType:
    """The module `name`, which is imported without loading the module `later` that it imports itself.

    Whoever else imports `later` gets it whole. Raises what the import of `name` does.
    """
    if name in sys.modules or later in sys.modules or importlib.util.find_spec(later) is None:
        return importlib.import_module(name)
    stand = sys.modules[later] = Later(later)
    try:
        return importlib.import_module(name)
    finally:
        if sys.modules.get(later) is stand:
            del sys.modules[later]


def import_sapien() -> Any:
    """SAPIEN; what every process that simulates or draws calls first."""
    return import_without("sapien", DOWNLOADS)
