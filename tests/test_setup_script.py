"""scripts/setup.sh leaves alone what is not its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from harness.files.bundled import ROOT


def test_an_environment_behind_a_link_is_not_emptied(tmp_path: Path):
    """`python -m venv --clear` follows a link and empties the directory that others use before it fails."""
    elsewhere, checkout = tmp_path / "elsewhere", tmp_path / "checkout"
    (elsewhere / "bin").mkdir(parents=True)
    (elsewhere / "bin" / "tool").write_text("used by another checkout\n")
    shutil.copytree(ROOT / "scripts", checkout / "scripts")
    for name in ("requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, checkout)
    (checkout / ".venv").symlink_to(elsewhere)
    done = subprocess.run(
        ["bash", "scripts/setup.sh"], cwd=checkout, capture_output=True, text=True, timeout=120
    )
    assert done.returncode != 0
    assert "is a link to" in done.stderr + done.stdout and "rm .venv" in done.stderr + done.stdout
    assert (elsewhere / "bin" / "tool").read_text() == "used by another checkout\n"
