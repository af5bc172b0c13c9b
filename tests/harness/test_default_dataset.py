"""What the commands run on when nobody names a dataset."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_without_a_dataset_the_bundled_episodes_serve_and_else_a_recorded_sample(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from harness import record, samples

    assert (samples.default_dataset() / "meta" / "info.json").is_file()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(samples, "DEMO_EPISODES", tmp_path / "missing")
    recorded: list[record.Config] = []
    monkeypatch.setattr(record, "main", recorded.append)
    assert samples.default_dataset() == Path("data/sample")
    assert [config.out for config in recorded] == [Path("data/sample")]
