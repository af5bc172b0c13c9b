"""The doctor's checks: each looks at one thing and says in a `Check` what it found and what would mend it.

A check never raises for something that is wrong with the machine; `guarded` turns what slips through into a row.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from importlib import metadata

from harness.doctor.check import FAIL, OK, SETUP, WARN, Check

# The packages whose version changes what a run measures, or whether it runs at all.
KEY_PACKAGES = ("lerobot", "torch", "transformers", "sapien", "gymnasium", "numpy", "toppra", "av")


def python() -> list[Check]:
    """Is this the Python lerobot needs?"""
    version = ".".join(map(str, sys.version_info[:3]))
    if tuple(sys.version_info[:2]) == (3, 12):
        return [Check("Python", OK, f"{version}, {sys.prefix}")]
    return [
        Check(
            "Python", FAIL, f"{version}; 3.12 is needed", f"{SETUP}, then .venv/bin/python -m harness.doctor"
        )
    ]


def pins(text: str) -> dict[str, str]:
    """`name==version` lines of a requirements file, as a dictionary."""
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE))


def packages(pinned: Mapping[str, str], installed: Callable[[str], str | None]) -> list[Check]:
    """The key packages one by one and the rest together, against their pins."""
    rows = [_package(name, pinned.get(name), installed(name)) for name in KEY_PACKAGES]
    rest = {name: (pin, installed(name)) for name, pin in pinned.items() if name not in KEY_PACKAGES}
    missing = [name for name, (_, version) in rest.items() if version is None]
    other = [
        f"{name} {version} (pin {pin})" for name, (pin, version) in rest.items() if version not in (None, pin)
    ]
    detail = f"{len(rest) - len(missing) - len(other)} of {len(rest)} as pinned"
    if missing:
        rows.append(Check("other packages", FAIL, f"{detail}; missing: {', '.join(missing)}", SETUP))
    elif other:
        rows.append(
            Check("other packages", WARN, f"{detail}; {', '.join(other)}", f"{SETUP} to get the pins")
        )
    else:
        rows.append(Check("other packages", OK, detail))
    return rows


def _package(name: str, pin: str | None, version: str | None) -> Check:
    if version is None:
        return Check(name, FAIL, "not installed", SETUP)
    if pin is not None and version != pin:
        return Check(name, WARN, f"{version}, the pin is {pin}", f"{SETUP} to get the pin")
    return Check(name, OK, version)


def installed_version(name: str) -> str | None:
    """The version of an installed package, None where there is none. Imports nothing."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
