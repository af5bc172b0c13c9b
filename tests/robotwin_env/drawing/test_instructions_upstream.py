"""Instructions from a RoboTwin checkout: its own sentences, and what is spoilt in it on one line."""

from __future__ import annotations

import json

import pytest
from instruction_samples import BOTTLE, MOUSE, SCENES
from refusals import refused

from robotwin_env.errors import UnknownTaskError
from robotwin_env.instructions import MAX_BYTES, InstructionError, choose, text_list, variants


@pytest.fixture
def checkout(tmp_path):
    """A made-up RoboTwin checkout with one task and two models."""
    files = {
        "task_instruction/toss.json": {
            "full_description": "not used",
            "seen": ["Toss {A} at {B}", "{a} tosses {A} at {B}", "Only {A}", "{A}, {B}, {C}"],
            "unseen": ["Hurl {A} at {B}"],
        },
        "objects_description/001_bottle/base13.json": {"seen": ["tall jug", "flask"], "unseen": ["carafe"]},
        "objects_description/047_mouse/base0.json": {"seen": ["grey mouse"], "unseen": []},
    }
    for name, data in files.items():
        path = tmp_path / "description" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data))
    return tmp_path


TOSS = {"A": BOTTLE, "B": "Red", "a": "left"}


def test_upstreams_templates_and_phrases_are_read(checkout):
    assert variants("toss", TOSS, source=checkout) == [
        "Toss the tall jug at Red",
        "the left arm tosses the tall jug at Red",
    ]
    assert variants("toss", TOSS, "unseen", checkout) == ["Hurl the carafe at Red"]
    assert variants("toss", {"A": MOUSE, "B": "Red"}, "unseen", str(checkout)) == [
        "Hurl the grey mouse at Red"
    ]


def test_upstreams_sentence_follows_from_the_seed(checkout):
    told = [choose("toss", seed, TOSS, source=checkout) for seed in range(50)]
    assert told == [choose("toss", seed, TOSS, source=checkout) for seed in range(50)]
    assert len(set(told)) == 4


def overwrite(checkout, text, name="task_instruction/toss.json"):
    (checkout / "description" / name).write_bytes(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b"[]", "no JSON object"),
        (b'{"seen": []}' + b" " * MAX_BYTES, "no JSON object of at most"),
        (b'{"unseen": []}', "no list 'seen'"),
        (b'{"seen": "Toss {A}"}', "no list 'seen'"),
        (b'{"seen": [1]}', "may hold one-line texts"),
        (b'{"seen": [""]}', "may hold one-line texts"),
        (b'{"seen": ["a\\nb"]}', "may hold one-line texts"),
        (json.dumps({"seen": ["x" * 501]}).encode(), "may hold one-line texts"),
        (b'{"seen": ["Toss {A.__init__}"]}', r"toss.json: unknown placeholder in 'Toss \{A.__init__\}'"),
        (b'{"seen": ["Toss {A}"]}', r"no seen template of toss in .* fits its placeholders \(A, B, a\)"),
    ],
)
def test_a_spoilt_template_file_is_one_line(checkout, text, message):
    overwrite(checkout, text)
    with refused(InstructionError, match=message):
        choose("toss", 0, TOSS, source=checkout)


def test_a_spoilt_object_file_is_one_line(checkout):
    name = "objects_description/001_bottle/base13.json"
    overwrite(checkout, b'{"seen": []}', name)
    with pytest.raises(InstructionError, match="has no phrase"):
        choose("toss", 0, TOSS, "unseen", checkout)
    (checkout / "description" / name).unlink()
    with pytest.raises(
        InstructionError, match=r"base13.json is missing; give the folder of a RoboTwin checkout"
    ):
        choose("toss", 0, TOSS, source=checkout)


def test_a_folder_that_is_no_checkout_is_one_line(tmp_path):
    with pytest.raises(
        InstructionError, match=r"lift_pot.json is missing; give the folder of a RoboTwin checkout"
    ):
        choose("lift_pot", 0, SCENES["lift_pot"], source=tmp_path)


def test_a_task_name_cannot_leave_the_checkout(checkout):
    with pytest.raises(UnknownTaskError, match="no task name"):
        choose("../toss", 0, TOSS, source=checkout)


def test_a_list_is_bounded(tmp_path):
    with pytest.raises(InstructionError, match="of at most 10000"):
        text_list(tmp_path, {"seen": ["x"] * 10_001}, "seen")
