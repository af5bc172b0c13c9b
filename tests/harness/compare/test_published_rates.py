"""`published:robotwin2/METHOD` beside a run: names, intervals, what differs, and nothing tested."""

from __future__ import annotations

import csv
import json

import pytest
from compare_samples import closed_run, compared, open_run, scenes, write_run

from harness.compare.published.rates import MORE, PublishedTable, read_rates, read_table
from harness.core.errors import UserError
from harness.files.bundled import ASSETS
from harness.rendering.document import markdown
from harness.stats.proportions import wilson

FOLDER = ASSETS / "published"


def table():
    return PublishedTable.of(json.loads((FOLDER / "robotwin2.json").read_text()))


def test_every_row_of_the_table_is_read():
    with (FOLDER / "robotwin2.csv").open() as file:
        rows = list(csv.DictReader(file))
    methods = read_table(FOLDER / "robotwin2.csv")
    read = {
        (task, name.removesuffix(MORE), setting, training, str(percent))
        for name, (training, settings) in methods.items()
        for setting, tasks in settings.items()
        for task, percent in tasks.items()
    }
    assert read == {tuple(row.values()) for row in rows} and len(rows) == len(read) == 1248
    assert {"π0", "π0+500", "ACT", "lingbot-vla w/ depth"} <= methods.keys()
    mean = sum(methods["π0"][1]["demo_clean"].values()) / 50
    assert mean == pytest.approx(46.42)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("pi0", "π0"),
        ("π0", "π0"),
        ("", "π0"),
        ("pi05", "π0.5"),
        ("PI0+500", "π0+500"),
        ("lingbot-vla w/o depth", "lingbot-vla w/o depth"),
        ("act@demo_randomized", "ACT"),
    ],
)
def test_names_as_any_keyboard_has_them(typed, name):
    assert read_rates(table(), FOLDER, typed).name == name


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("pi00", "did you mean pi0"),
        ("pi0@demo_random", "did you mean demo_randomized"),
        ("starvla", "did you mean StarVLA-OFT"),
    ],
)
def test_a_slip_is_one_line(typed, said):
    with pytest.raises(UserError, match=said):
        read_rates(table(), FOLDER, typed)


def test_a_run_beside_a_published_method(tmp_path):
    run = closed_run(tmp_path / "a", (True, True, False), assets_kind="stand-in", instructions="own")
    page = compared(run, "published:robotwin2/pi0")
    (row,) = page.tables[1].rows
    assert row[:4] == ("stack_blocks_two", "2/3", "20.8–93.9 %", "42/100")
    low, high = wilson(42, 100)
    assert row[4] == f"{100 * low:.1f}–{100 * high:.1f} %" and row[5] == "-24.7 pp"
    assert "49 tasks that only B has are left out" in page.tables[1].note
    said = "\n".join(page.cautions)
    for words in (
        "is published",
        "Stand-in assets",
        "other scene of the list",
        "this project's own sentences",
    ):
        assert words in said
    assert page.tables[-1].title == "How far such figures repeat" and len(page.tables[-1].rows) == 9
    assert "p =" not in markdown(page) and page.data.closedloop is None and not page.findings
    assert page.data.beside.tasks["stack_blocks_two"][1].successes == 42


def test_a_run_as_robotwin_measures_has_less_to_say(tmp_path):
    like = {"assets_kind": "real", "instructions": "/RoboTwin at cf47ab56", "scenes": "official"}
    run = closed_run(tmp_path / "a", shader="rt", shadows="full", **like)
    said = compared(run, "published:robotwin2").cautions
    assert not [line for line in said if line.startswith("A:")]
    cut = write_run(tmp_path / "b", "closedloop", scenes([True]), config={"max_actions": 60}, **like)
    assert any("given 60 actions" in line for line in compared(cut, "published:robotwin2").cautions)


def test_the_setting_is_the_runs(tmp_path):
    run = write_run(tmp_path / "a", "closedloop", scenes([True]), config={"config": "demo_randomized"})
    assert compared(run, "published:robotwin2/pi0").tables[1].rows[0][3] == "1/100"
    with pytest.raises(UserError, match="other scenes"):
        compared(run, "published:robotwin2/pi0@demo_clean")
    with pytest.raises(UserError, match="not published in demo_randomized"):
        compared(run, "published:robotwin2/StarVLA-OFT")


def test_two_published_methods_over_the_fifty_tasks():
    page = compared("published:robotwin2/pi0", "published:robotwin2/pi0+500")
    assert len(page.tables[1].rows) == 50 and page.tables[2].rows[0][1::2] == ("46.4 %", "65.9 %", "+19.5 pp")


def test_what_has_nothing_in_common_is_refused(tmp_path):
    with pytest.raises(UserError, match="no task in common"):
        own = [{**row, "task": "own_task"} for row in scenes([True])]
        compared(write_run(tmp_path / "a", "closedloop", own), "published:robotwin2")
    with pytest.raises(UserError, match="one mode"):
        compared(open_run(tmp_path / "b"), "published:robotwin2")


def test_a_broken_table_is_one_line(tmp_path):
    (tmp_path / "t.csv").write_text("task,method\nclick_bell,ACT\n")
    with pytest.raises(UserError, match=r"t\.csv is no table of task, method"):
        read_table(tmp_path / "t.csv")
