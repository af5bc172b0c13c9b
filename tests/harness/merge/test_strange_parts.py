"""Parts that somebody spoilt: one line, never a traceback."""

from __future__ import annotations

import json

import pytest
from json_edits import edit_json
from run_samples import closed_run

from harness.core.errors import UserError
from harness.merge.parts import read_part


@pytest.fixture
def part(tmp_path):
    path = closed_run(tmp_path / "run").path
    edit_json(path / "run.json", lambda run: run["config"].update(shard="1/2"))
    read_part(path)
    return path


@pytest.mark.parametrize("shard", [5, ["1/2"], {"of": 2}, True, "2/1", "1/2/3", "١/٢٢٢٢٢٢"])
def test_a_share_that_is_none(part, shard):
    edit_json(part / "run.json", lambda run: run["config"].update(shard=shard))
    with pytest.raises(UserError, match="is no part of a run"):
        read_part(part)


@pytest.mark.parametrize("change", [{"seed": "x"}, {"status": 3}, {"task": None}, {"steps": -1}])
def test_a_line_that_is_no_row(part, change):
    log = part / "episodes.jsonl"
    first, *others = log.read_text().splitlines()
    log.write_text("\n".join([json.dumps(json.loads(first) | change), *others]) + "\n")
    with pytest.raises(UserError, match=r"episodes\.jsonl line 1"):
        read_part(part)
