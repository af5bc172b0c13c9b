"""Names on a page: of a checkpoint's path as much as tells it from the others."""

import pytest

from harness.runs.description import RunRecord
from harness.runs.policy_names import is_path, policy_names, short_name, short_names


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["demo", "owner/pi0", "owner/pi0@refs/pr/1"], ["demo", "owner/pi0", "owner/pi0@refs/pr/1"]),
        (["/data/best"], ["best"]),
        (["/data/run/checkpoints/006000"], ["checkpoints/006000"]),
        (["out/act/checkpoints/last/pretrained_model"], ["last/pretrained_model"]),
        (
            ["/w/a/checkpoints/006000", "/w/b/checkpoints/006000"],
            ["a/checkpoints/006000", "b/checkpoints/006000"],
        ),
        (["/w/a/best", "/w/b/best", "/w/b/other"], ["a/best", "b/best", "other"]),
        (["/w/a/best", "/w/a/best"], ["best", "best"]),
        (["~/best/", "C:\\Users\\me\\pi0"], ["best", "pi0"]),
        (["/w/owner/pi0", "owner/pi0", "/w/hold", "hold"], ["pi0", "owner/pi0", "w/hold", "hold"]),
        (["./hold", "/best", "/"], ["./hold", "best", "/"]),
    ],
)
def test_a_path_is_shown_by_the_shortest_end_that_is_its_own(names, shown):
    assert short_names(names) == shown


def test_a_checkpoint_called_like_a_baseline_is_not_taken_for_it():
    assert short_name("/data/hold") == "data/hold" and short_name("/data/runs/mean") == "runs/mean"


def test_hub_ids_and_names_are_no_paths():
    assert [is_path(name) for name in ("demo", "owner/pi0", "owner/pi0@v1", "a/b/c", "./a", "π0, 30k")] == [
        False,
        False,
        False,
        True,
        True,
        False,
    ]


def run(name, content):
    return RunRecord.of(
        {
            "schema": 2,
            "mode": "openloop",
            "status": "done",
            "name": name,
            "config": {"policy": name},
            "provenance": {"checkpoint_hash": content},
        }
    )


def test_one_checkpoint_by_two_names_is_one_policy():
    found = policy_names([run("/w/best", "aa"), run("me/best", "aa"), run("hold", None)])
    assert found == [("best", "/w/best"), ("best", "/w/best"), ("hold", "hold")]


def test_two_checkpoints_of_one_name_are_told_apart_by_their_hash():
    found = policy_names([run("p", "a" * 64), run("p", None), run("q/p/p", "b" * 64)])
    assert found == [("p (aaaaaaaa)", "p"), ("p (no hash)", "p"), ("p/p", "q/p/p")]


def test_every_name_that_is_no_checkpoint_is_known_to_have_learnt_nothing():
    from harness.runs.policy_names import NOT_TRAINED
    from policies.loading import BUNDLED, NAMES

    assert set(NAMES) - set(BUNDLED) <= set(NOT_TRAINED)
