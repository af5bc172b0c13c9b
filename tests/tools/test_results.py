"""README and docs state the success rates that the outcomes in docs/results/ give, and no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compare_samples import closed_run, open_run, scenes, write_run

from harness.core.errors import UserError
from harness.files.bundled import ASSETS, ROOT
from harness.stats.proportions import wilson
from policies.checkpoint.content import hash_of
from tools.results.__main__ import DOCUMENTS, Config, main
from tools.results.documents import differences, filled, loose_numbers, names_in
from tools.results.outcomes import FOLDER, add_run, read_outcomes
from tools.results.rates import rate, solved
from tools.results.texts import blocks_of

OF_AN_EARLIER_COMMIT = "*What is of an earlier commit.*"
NO_RATE = "95 %"
"""Looks like a success rate and is none: the level of the intervals."""


@pytest.fixture(scope="module")
def outcomes():
    return read_outcomes()


def test_the_texts_say_what_the_outcomes_give(capsys):
    assert main(Config()) == 0, "run `python -m tools.results --write`, and read what changed"
    assert "agree with the texts" in capsys.readouterr().out


def test_the_readme_states_no_success_rate_that_is_not_computed():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(names_in(text)) >= 2
    assert [words for words in loose_numbers(text) if NO_RATE not in words] == []
    notes = (ROOT / "docs" / "demo_policy.md").read_text(encoding="utf-8")
    result = notes[notes.index("## Result") : notes.index(OF_AN_EARLIER_COMMIT)]
    assert [words for words in loose_numbers(result) if NO_RATE not in words] == []


def test_another_number_in_a_text_is_found(outcomes):
    blocks = blocks_of(outcomes)
    text = filled("<!-- results: demo-in-words -->\n<!-- end of results -->", blocks)
    wins = sum(row.success for row in outcomes["demo_official"].rows if row.task == "grab_roller")
    assert differences(text, blocks) == [] and f"{wins}/100 (" in text
    ((name, _, right),) = differences(text.replace(f"{wins}/100", f"{wins - 1}/100"), blocks)
    assert name == "demo-in-words" and right == blocks[name]
    assert differences(text.replace("demo-in-words", "no-such"), blocks)
    with pytest.raises(ValueError, match="no block is called"):
        filled("<!-- results: no-such -->\n<!-- end of results -->", blocks)


@pytest.mark.parametrize(
    "said", ["in 97 of 100", "81/100 scenes", "a rate of 72-87 %", "66 of the 80", "solves 12 %"]
)
def test_a_stated_rate_is_seen(said):
    assert loose_numbers(f"The policy {said}, `9/10` aside.")


def test_the_scenes_are_the_official_ones_and_none_was_trained_on(outcomes):
    listed = json.loads((ASSETS / "official_scenes" / "demo_clean.json").read_text())["tasks"]
    for run in outcomes.values():
        log = ASSETS / run.about.policy / "training_log.json"
        trained = json.loads(log.read_text())["scene_seeds"] if log.is_file() else {}
        for task in run.tasks:
            seeds = {row.seed for row in run.of(task)}
            assert not seeds & set(trained.get(task, []))
            if run.about.scenes == "official":
                own = listed[task]["seeds"] if isinstance(listed[task], dict) else listed[task]
                assert seeds == set(own[: len(seeds)])
        if log.is_file():
            assert run.about.content_hash == hash_of(ASSETS / run.about.policy)


def test_a_finished_run_becomes_outcomes_and_nothing_of_the_machine(tmp_path):
    facts = {"assets_kind": "stand-in", "instructions": "own", "assets_root": "/home/me"}
    config = {
        "task": "stack_blocks_two",
        "episodes": 3,
        "scenes": "protocol",
        "strategy": "plain",
        "max_actions": 60,
    }
    rows = [{**row, "digest": "d" * 16} for row in scenes((True, False, True))]
    run = write_run(tmp_path / "run", "closedloop", rows, config=config, **facts)
    path = add_run(Path(run), "mine", tmp_path / "results")
    found = read_outcomes(tmp_path / "results")["mine"]
    assert solved(found.rows) == (2, 3) and found.about.max_actions == 60
    assert rate(found.rows) == "2/3 ({:.0f}-{:.0f} %)".format(*(100 * end for end in wilson(2, 3)))
    assert "--max-actions 60" in found.about.command and str(tmp_path) not in path.read_text()
    assert "/home" not in path.read_text()
    with pytest.raises(UserError, match="'digest'"):
        add_run(Path(closed_run(tmp_path / "old", config=config, **facts)), "other", tmp_path / "results")
    with pytest.raises(UserError, match="no finished closed-loop run"):
        add_run(Path(open_run(tmp_path / "open")), "other", tmp_path / "results")


def test_a_broken_file_is_one_line(tmp_path):
    lines = (FOLDER / "demo_official.jsonl").read_text().splitlines()
    for number, broken in ((1, [lines[1]]), (2, [lines[0], '{"task": 3}'])):
        (tmp_path / "x.jsonl").write_text("\n".join(broken))
        with pytest.raises(UserError, match=f"line {number}"):
            read_outcomes(tmp_path)
    (tmp_path / "x.jsonl").write_text("\n".join([lines[0], lines[1], lines[1]]))
    with pytest.raises(UserError, match="each scene once"):
        read_outcomes(tmp_path)


def test_every_document_with_blocks_is_checked():
    folders = [ROOT, ROOT / "docs"]
    having = {path for folder in folders for path in folder.glob("*.md") if names_in(path.read_text())}
    assert having == {ROOT / name for name in DOCUMENTS}
