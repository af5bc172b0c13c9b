"""A stranger's run directory, and what is no run at all."""

from __future__ import annotations

import pytest
from refusals import refused
from run_samples import closed_run

from harness.core.errors import UserError
from harness.runs.directory import RunDir

RUN = '{{"schema": 1, "mode": "closedloop", "status": "done", {}}}'


# --- reading what a stranger sends


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("run.json", "{", "not valid JSON"),
        ("run.json", "[]", "must hold a JSON object"),
        ("run.json", '{"schema": 99}', "schema 99"),
        ("run.json", '{"schema": 1, "mode": "other", "status": "done"}', "'mode' should be 'openloop' or"),
        (
            "run.json",
            RUN.format('"config": {"policy": {"a": 1}}, "provenance": {}'),
            "'config.policy' must be text",
        ),
        (
            "run.json",
            RUN.format('"config": {"horizon": "10"}, "provenance": {}'),
            "'config.horizon' must be a whole",
        ),
        (
            "run.json",
            RUN.format('"config": {}, "provenance": {"assets_kind": {}}'),
            "'provenance.assets_kind' must",
        ),
        (
            "run.json",
            RUN.format('"config": {}, "provenance": {"seeds": 3}'),
            "'provenance.seeds' must be a list",
        ),
        ("run.json", RUN.format('"config": {}, "provenance": 3'), "'provenance' must be an object"),
        ("run.json", RUN.format('"config": {}'), "'provenance' must be given"),
        (
            "run.json",
            RUN.format('"config": {"policy": "\\ud800"}, "provenance": {}'),
            "not text that can be written",
        ),
        ("run.json", "[" * 100_000, "not valid JSON"),
        ("episodes.jsonl", "nonsense\n{}\n", "line 1 is not valid JSON"),
        ("episodes.jsonl", "[1]\n", "line 1: it must be a JSON object"),
        ("episodes.jsonl", '{"task": 3}\n', "line 1: 'task' must be text"),
        ("episodes.jsonl", '{"task": "t", "seed": 1, "status": "ok"}\n', "'success' must be true or false"),
    ],
)
def test_a_broken_run_directory_is_one_line(tmp_path, file, content, said):
    closed_run(tmp_path / "run")
    (tmp_path / "run" / file).write_text(content)
    with refused(UserError, match=said):
        RunDir.load(tmp_path / "run").rows()


def test_a_folder_that_is_no_run_says_what_to_give(tmp_path):
    with pytest.raises(UserError, match=r"no run\.json.*openloop or closedloop"):
        RunDir.load(tmp_path)
    with pytest.raises(UserError, match="does not exist"):
        RunDir.load(tmp_path / "missing")
