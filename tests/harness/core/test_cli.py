from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import Literal

import pytest

from harness.core import cli
from harness.core.errors import UserError
from harness.core.text import suggest


@dataclass(frozen=True)
class Config:
    """Score a policy."""

    policy: str = "demo"
    """Policy name."""
    episodes: int = 3
    """How many."""
    config: Literal["demo_clean", "demo_randomized"] = "demo_clean"
    """Setting."""


class AnotherPackagesError(Exception):
    is_user_error = True


def exit_code(main, *argv: str) -> int:
    with pytest.raises(SystemExit) as stop:
        cli.run(main, Config, argv)
    return stop.value.code


def failing_with(error: BaseException):
    def main(config: Config) -> None:
        raise error

    return main


def test_the_parsed_configuration_reaches_main_and_the_command_exits_0():
    seen = []
    assert exit_code(seen.append, "--policy", "hold", "--episodes", "5") == 0
    assert seen == [Config(policy="hold", episodes=5)]


def test_main_chooses_the_exit_code():
    assert exit_code(lambda config: 1) == 1


def test_help_that_is_cut_short_is_no_error():
    command = f"{sys.executable} -m harness.closedloop --help | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120)
    assert done.stderr == "" and done.stdout.startswith("usage:")


@pytest.mark.parametrize(
    "error", [UserError("no such\n  file: name another"), AnotherPackagesError("no such file: name another")]
)
def test_a_users_mistake_is_one_line_and_exit_2(error, capsys):
    assert exit_code(failing_with(error)) == 2
    assert capsys.readouterr().err == "error: no such file: name another\n"


def test_our_own_failure_shows_its_traceback_and_exits_1(capsys):
    assert exit_code(failing_with(ZeroDivisionError("oops"))) == 1
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert said.splitlines()[-1].startswith("error: the harness itself failed")


def test_a_plain_value_error_is_ours_not_the_users():
    assert exit_code(failing_with(ValueError("shapes differ"))) == 1


def test_ctrl_c_exits_130_without_a_traceback(capsys):
    assert exit_code(failing_with(KeyboardInterrupt())) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_ctrl_c_before_the_flags_are_read_is_no_traceback_either(capsys, monkeypatch):
    def pressed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("tyro.cli", pressed)
    assert exit_code(lambda config: None) == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--polcy", "x"], ["--polcy", "did you mean --policy?"]),
        (["--episodes", "many"], ["--episodes", "many"]),
        (["--config", "hard"], ["hard", "demo_clean", "demo_randomized"]),
        (["--episodes"], ["--episodes"]),
    ],
)
def test_a_usage_error_is_one_line_that_points_to_help_and_exits_2(argv, words, capsys):
    assert exit_code(lambda config: None, *argv) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert "--help" in said
    for word in words:
        assert word in said


def test_help_exits_0_and_shows_every_fields_words(capsys):
    assert exit_code(lambda config: None, "--help") == 0
    said = capsys.readouterr().out
    for words in ("Score a policy.", "Policy name.", "How many.", "Setting."):
        assert words in said


TASKS = ["stack_blocks_two", "stack_blocks_three", "handover_block", "blocks_ranking_rgb"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("stak_blocks_two", "stack_blocks_two"),
        ("Handover_Block", "handover_block"),
        ("ranking", "blocks_ranking_rgb"),
        ("stack_blocks_two-v0", "stack_blocks_two"),
    ],
)
def test_the_nearest_name_is_offered_first(typed, offered):
    said = suggest(typed, TASKS, "task")
    assert said.startswith(f"unknown task '{typed}' – did you mean {offered}")
    assert all(task in said for task in TASKS)


def test_without_a_near_name_all_known_names_are_listed():
    assert suggest("zzz", TASKS, "task") == f"unknown task 'zzz'. Known: {', '.join(sorted(TASKS))}"


def test_a_long_list_of_names_is_cut_and_counted():
    said = suggest("zzz", [f"task_{i:02}" for i in range(50)], "task")
    assert said.endswith("task_11 and 38 more")


def test_nothing_known_is_said_so():
    assert suggest("demo", [], "policy") == "unknown policy 'demo'. Known: none"


def test_a_flag_of_an_earlier_release_is_understood_and_said_to_be_old(capsys):
    from harness.record.config import RENAMED, Config

    config = cli.parse(Config, ["--led-by=data/mine", "--led", "0.5"], RENAMED)
    assert (config.dagger_policy, config.dagger_share) == ("data/mine", 0.5)
    assert "--led-by is called --dagger-policy now" in capsys.readouterr().err


def test_a_value_of_an_earlier_release_is_understood_with_its_flag(capsys):
    from harness.record.config import RENAMED, Config

    for argv in (["--pace", "action", "--noise", "0.1"], ["--noise", "0.1", "--pace=action"]):
        config = cli.parse(Config, argv, RENAMED)
        assert (config.sampling, config.noise) == ("per_action", 0.1)
        assert "--pace action is called --sampling per_action now" in capsys.readouterr().err
    assert cli.parse(Config, ["--pace", "dense"], RENAMED).sampling == "dense"
    assert "--pace is called --sampling now" in capsys.readouterr().err
