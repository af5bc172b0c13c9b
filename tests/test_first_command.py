"""The first command of the README ends in numbers, videos and a page."""

from __future__ import annotations

import pytest


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_demo_ends_with_numbers_and_a_page(tmp_path, run_command):
    out = tmp_path / "demo"
    done = run_command(
        "harness.demo", "--episodes", "1", "--expert-episodes", "1", "--out", str(out), limit_s=800
    )
    assert done.returncode == 0, done.stderr
    assert "report.html" in done.stdout
    page = (out / "report.html").read_text()
    for word in ("click_bell", "grab_roller", "demo", "expert", "stand-in"):
        assert word in page
    assert len(list((out / "files").rglob("*.mp4"))) >= 4
