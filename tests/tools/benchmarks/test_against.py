"""The same work in two commits: the other one's checkout, and the ratio in words."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from harness.core.errors import RunFailed, UserError
from harness.files.bundled import ROOT
from tools.benchmarks.against import (
    PROBE,
    checked_out,
    git,
    measure_against,
    probe,
    ratio_text,
    surroundings,
)
from tools.benchmarks.measure import Config, Table


def test_a_ratio_is_the_median_round_with_its_spread():
    assert ratio_text([4.0, 9.0, 6.0], [2.0, 3.0, 3.0]) == "2.00x (2.00-3.00)"


def test_another_commit_is_checked_out_and_gone_afterwards():
    with checked_out("HEAD") as tree:
        assert (tree / "robotwin_env" / "env.py").is_file()
        assert str(tree) in git("worktree", "list")
    assert not tree.exists()
    assert str(tree) not in git("worktree", "list")


@pytest.mark.parametrize("revision", ("no-such-branch", "--help", ""))
def test_what_is_no_commit_is_said_in_one_line(revision):
    with pytest.raises(UserError, match="is no commit of this repository"), checked_out(revision):
        pass


@pytest.mark.parametrize(
    ("options", "said"),
    (
        ({"only": "closd"}, "closed"),
        ({"rounds": 0}, "--rounds 0"),
        ({"only": "observe-real", "assets": None}, "ROBOTWIN_ASSETS"),
    ),
)
def test_a_wrong_option_is_one_clear_line(options, said):
    with pytest.raises(UserError, match=said):
        measure_against(Config(against="HEAD", **options), Table())


def test_work_is_timed_in_a_checkout_and_its_failure_named():
    assert 0 < probe(ROOT, "closed", 1) < 1
    with pytest.raises(RunFailed, match="KeyError: 'nothing'"):
        probe(ROOT, "nothing", 1)


def test_both_sides_move_the_same_robot(monkeypatch):
    monkeypatch.setenv("ROBOTWIN_ASSETS", "/somewhere")
    assert "ROBOTWIN_ASSETS" not in surroundings(Path("tree"), "act", "/somewhere")
    assert surroundings(Path("tree"), "observe-real", "/somewhere")["ROBOTWIN_ASSETS"] == "/somewhere"


def test_the_probe_asks_only_for_what_every_commit_has():
    tree = ast.parse(PROBE.read_text())
    asked = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} | {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    ours = {name for name in asked if name.split(".")[0] in {"harness", "policies", "robotwin_env", "tools"}}
    assert ours == {"policies", "policies.noise", "robotwin_env"}
