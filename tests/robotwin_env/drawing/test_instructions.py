"""Every task has words for every scene, and the same scene is always told the same."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections import Counter

import gymnasium
import numpy as np
import pytest
from instruction_samples import ALL_SCENES, BOTTLE, MOUSE, SCENES, SPLITS

from robotwin_env import instruction, task_names
from robotwin_env.errors import RoboTwinError, UnknownTaskError
from robotwin_env.instructions import (
    TASK_NAME,
    choose,
    own_values,
    placeholders,
    templates,
    variants,
    wording,
)

# Every model upstream's tasks draw things from, beside those of SCENES.
OTHER_MODELS = ("079_remotecontrol", "086_woodenblock")


def test_all_fifty_tasks_have_words():
    assert set(SCENES) == set(task_names())
    assert set(wording()["tasks"]) == set(SCENES) >= set(task_names())


def test_every_model_has_a_phrase_and_no_phrase_is_idle():
    models = {
        value.split("/")[0]
        for placeholders in SCENES.values()
        for value in placeholders.values()
        if "/" in value
    }
    assert set(wording()["objects"]) == models | set(OTHER_MODELS)
    assert all(len(set(phrases)) == len(phrases) >= 1 for phrases in wording()["objects"].values())


@pytest.mark.parametrize("task", sorted(SCENES))
def test_a_task_never_says_the_same_twice(task):
    section = wording()["tasks"][task]
    assert set(section) == set(SPLITS)
    assert len({text.lower() for split in SPLITS for text in section[split]}) == sum(
        map(len, section.values())
    )


@pytest.mark.parametrize(("task", "placeholders"), ALL_SCENES)
def test_a_scene_is_told_in_whole_sentences(task, placeholders):
    seen, unseen = (variants(task, placeholders, split) for split in SPLITS)
    assert len(seen) >= 8
    assert len(unseen) >= 4
    for text in seen + unseen:
        assert text[0].isupper() and text.endswith(".") and text.isprintable(), text
        assert not set("{}/_") & set(text) and "  " not in text and "the the" not in text.lower(), text


@pytest.mark.parametrize("task", sorted(task for task, placeholders in SCENES.items() if "a" in placeholders))
@pytest.mark.parametrize("split", SPLITS)
def test_some_sentences_name_the_arms_and_some_do_not(task, split):
    named = ["a" in placeholders(text) for text in templates(task, SCENES[task], split)]
    assert 0 < sum(named) < len(named)


@pytest.mark.parametrize("task", sorted(SCENES))
def test_no_template_is_out_of_reach(task):
    scenes = [placeholders for name, placeholders in ALL_SCENES if name == task]
    for split in SPLITS:
        reached = {text for placeholders in scenes for text in templates(task, placeholders, split)}
        assert reached == set(wording()["tasks"][task][split])


@pytest.mark.parametrize("task", sorted(SCENES))
def test_of_things_alike_the_first_is_named_first_and_each_once(task):
    placeholders = SCENES[task]
    models = {key: value.split("/")[0] for key, value in placeholders.items() if "/" in value}
    alike = sorted(key for key in models if Counter(models.values())[models[key]] > 1)
    for split in SPLITS:
        for text in templates(task, placeholders, split):
            assert [key for key in re.findall(r"{(\w)}", text) if key in alike] == alike, text


def test_things_alike_are_told_apart():
    placeholders = {"A": BOTTLE, "B": "001_bottle/base16"}
    assert own_values(placeholders, lambda options, _: options[0]) == {
        "A": "one bottle",
        "B": "the other bottle",
    }
    three = own_values(SCENES["put_bottles_dustbin"], lambda options, _: options[0])
    assert three == {"A": "one bottle", "B": "another bottle", "C": "the third bottle", "D": "the dustbin"}


def test_colours_are_small_and_arms_are_spelt_out():
    placeholders = {"A": MOUSE, "B": "Red", "a": "left"}
    assert own_values(placeholders, lambda options, _: options[-1]) == {
        "A": "the computer mouse",
        "B": "red",
        "a": "the left arm",
    }
    assert own_values({"a": "dual"}, lambda options, _: options[0]) == {"a": "both arms"}


def test_the_known_sentences_of_stack_blocks_two():
    told = variants("stack_blocks_two", SCENES["stack_blocks_two"])
    assert told[0] == "Stack the green block on the red block."
    assert (
        told[-1]
        == "Let the left arm place the red block in the centre, then let the right arm add the green block."
    )


def test_seeds_reach_every_template_and_every_phrase():
    placeholders = SCENES["lift_pot"]
    told = {choose("lift_pot", seed, placeholders) for seed in range(1000)}
    assert len(told) == len(variants("lift_pot", placeholders)) * len(wording()["objects"]["060_kitchenpot"])


def test_splits_share_nothing():
    placeholders = SCENES["scan_object"]
    seen, unseen = (
        {choose("scan_object", seed, placeholders, split) for seed in range(200)} for split in SPLITS
    )
    assert not seen & unseen


def test_a_choice_is_the_same_everywhere():
    told = choose("place_fan", 100000, SCENES["place_fan"])
    assert told == "Take the fan in the right arm and set it on the navy mat, turned towards you."
    code = (
        "import sys, json; from robotwin_env.instructions import choose; "
        "scenes = json.load(sys.stdin); "
        "print(json.dumps([choose(t, s, w, p) for t, w in scenes for s in range(5) for p in ('seen', 'unseen')]))"
    )
    others = [
        subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps(ALL_SCENES),
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
        ).stdout
        for hash_seed in ("1", "2")
    ]
    here = [choose(t, s, w, p) for t, w in ALL_SCENES for s in range(5) for p in SPLITS]
    assert json.loads(others[0]) == json.loads(others[1]) == here


def test_the_order_of_the_words_does_not_matter():
    placeholders = SCENES["put_bottles_dustbin"]
    turned = dict(reversed(placeholders.items()))
    for seed in range(20):
        assert choose("put_bottles_dustbin", seed, placeholders) == choose(
            "put_bottles_dustbin", seed, turned
        )


def test_no_global_generator_is_touched():
    random.seed(3), np.random.seed(3)
    before = random.getstate(), np.random.get_state()[1].copy()
    choose("lift_pot", 1, SCENES["lift_pot"])
    assert random.getstate() == before[0]
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])


def test_mistakes_are_one_line():
    placeholders = SCENES["lift_pot"]
    cases = [
        (
            lambda: choose("lift_pot", 0, placeholders, "train"),
            "unknown split 'train'; available: seen, unseen",
        ),
        (lambda: choose("fly", 0, placeholders), "no instructions for task 'fly'"),
        (lambda: choose("lift_pot", 0, {"A": "999_moon/base0"}), "no phrase for model '999_moon'"),
        (
            lambda: choose("lift_pot", 0, placeholders | {"B": "red"}),
            r"no seen template of lift_pot .* placeholders \(A, B\)",
        ),
    ]
    for call, message in cases:
        with pytest.raises(RoboTwinError, match=message) as raised:
            call()
        assert raised.value.is_user_error and "\n" not in str(raised.value)
    with pytest.raises(UnknownTaskError):
        choose("fly", 0, placeholders)


def test_the_tasks_name_is_what_lerobot_tells_a_policy():
    env = gymnasium.make("RoboTwin/click_bell-v0", cameras=(), instructions="task-name").unwrapped
    assert choose("stack_blocks_two", 5, {}, "seen", TASK_NAME) == "stack blocks two"
    env.reset(seed=100_000)
    assert env.instruction == "click bell"


def test_the_split_may_be_chosen_whatever_the_setting_says():
    def told(config, split):
        return {instruction("click_bell", seed, config, None, split) for seed in range(8)}

    assert told("demo_clean", None) == told("demo_clean", "seen") != told("demo_clean", "unseen")
    assert not told("demo_clean", "unseen") & told("demo_clean", "seen")
    with pytest.raises(RoboTwinError, match="instruction_split"):
        gymnasium.make("RoboTwin/click_bell-v0", cameras=(), instruction_split="both")
    with pytest.raises(RoboTwinError, match="unknown split 'both'"):
        instruction("click_bell", 0, split="both")
