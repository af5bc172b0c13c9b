"""How far a long run is, said in a log file."""

from __future__ import annotations

import pytest


def test_progress_in_a_log_is_lines_with_the_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from harness.core.terminal import progress

    monkeypatch.setattr(progress, "LINE_EVERY_S", 0)
    with progress.Progress("open loop", 100, "frames") as bar:
        bar.update(0)
        bar.update(50, "MAE 0.1")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "open loop: 0/100 frames, starting"
    assert lines[1].startswith("open loop: 50/100 frames, ") and lines[1].endswith(" s left; MAE 0.1")
