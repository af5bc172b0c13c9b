"""Templates: which of them fit a scene's placeholders, and what may be filled in."""

from __future__ import annotations

import pytest

from robotwin_env.instructions import InstructionError, check_placeholders, fill, select


@pytest.mark.parametrize(
    ("keys", "fitting"),
    [
        ("", ["Go."]),
        ("A", ["Take {A}."]),
        ("Aa", ["Take {A}.", "{a} takes {A}."]),
        ("AB", ["Put {A} on {B}.", "{B} under {A}, {A} on {B}."]),
        ("ABa", ["Put {A} on {B}.", "{B} under {A}, {A} on {B}.", "{a}: {A} on {B}."]),
        ("ABab", ["Put {A} on {B}.", "{B} under {A}, {A} on {B}.", "{a}, {b}: {A} on {B}."]),
        ("a", ["Go.", "{a} goes."]),
        ("ABC", []),
    ],
)
def test_a_template_uses_all_placeholders_or_all_but_the_arms(keys, fitting):
    texts = [
        "Go.",
        "{a} goes.",
        "Take {A}.",
        "{a} takes {A}.",
        "Put {A} on {B}.",
        "{B} under {A}, {A} on {B}.",
        "{a}: {A} on {B}.",
        "{a}, {b}: {A} on {B}.",
    ]
    assert select(texts, set(keys)) == fitting


def test_filling_replaces_letters_only_and_only_once():
    assert fill("{A} on {B}", {"A": "{B}", "B": "x"}) == "{B} on x"


@pytest.mark.parametrize("text", ["{A.__class__}", "{}", "{AB}", "{A", "A}", "{{A}}", "{A!r}", "{0}", "{é}"])
def test_braces_that_hold_no_letter_are_refused(text):
    with pytest.raises(InstructionError, match="unknown placeholder"):
        fill(text, {"A": "x"})


def test_a_letter_without_word_is_refused():
    with pytest.raises(InstructionError, match=r"unknown placeholder \{B\}"):
        fill("{A} on {B}", {"A": "x"})


@pytest.mark.parametrize(
    ("placeholders", "message"),
    [
        ({"AB": "red"}, "not one letter"),
        ({"{A}": "red"}, "not one letter"),
        ({"a": "middle"}, "known: left, right, dual"),
        ({"A": "../../etc/base0"}, "plain words"),
        ({"A": "001_bottle/../base0"}, "plain words"),
        ({"A": "red\nblock"}, "plain words"),
        ({"A": ""}, "plain words"),
    ],
)
def test_placeholders_that_cannot_be_told_are_refused(placeholders, message):
    with pytest.raises(InstructionError, match=message):
        check_placeholders(placeholders)
