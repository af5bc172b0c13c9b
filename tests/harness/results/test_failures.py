"""Why rollouts failed: groups that missed the same, who held what at the end, excursions."""

from __future__ import annotations

import re

import numpy as np
import pytest
from report_samples import HOSTILE, Page, mp4
from run_samples import closed_row, records

from harness.core.errors import UserError
from harness.metrics.departure_record import (
    DepartureCurve,
    Departures,
    read_departures,
    united,
    write_departures,
)
from harness.report.write import write_report
from harness.results.failures.clusters import clusters
from harness.results.failures.endings import endings
from harness.runs.directory import RunDir
from harness.runs.provenance import provenance
from harness.runs.trajectories import Trajectory, file_name

HEIGHT, GRIP = "roller's height above", "right gripper below"


def part(name, value, wanted, unit=""):
    return {"part": name, "value": value, "wanted": wanted, "unit": unit}


def failed(seed, *parts, **more):
    return closed_row(seed, False) | {"task": "grab_roller", "unmet": list(parts), "nearest_at": 7} | more


def low(value):
    return part(HEIGHT, value, 0.8, "m")


ROWS = [
    failed(1, low(0.75), video="videos/1.mp4"),
    failed(2, low(0.77), video="videos/2.mp4"),
    failed(3, low(0.79)),
    failed(4, low(0.78), part(GRIP, 0.3, 0.2), facts={"left gripper holds the roller": True}),
    failed(5, failure="time limit", unmet=None),
    closed_row(6, True) | {"task": "grab_roller", "facts": {"left gripper holds the roller": False}},
    closed_row(7, None, status="error", error="lost") | {"task": "grab_roller"},
]


def test_failures_that_missed_the_same_are_one_group():
    found = clusters(records(*ROWS))
    assert [(group.description, group.n, group.failures) for group in found] == [
        ("roller's height too low", 3, 5),
        ("roller's height too low, right gripper too high", 1, 5),
        ("time limit", 1, 5),
    ]
    height = found[0].missed[0]
    assert height.values == (0.75, 0.77, 0.79) and (height.wanted, height.unit) == (0.8, "m")
    assert (height.nearest, height.typical) == (
        "roller's height 0.79 of 0.8 m",
        "roller's height 0.77 of 0.8 m",
    )
    assert found[0].seeds == (1, 2, 3) and found[0].example.seed == 1, "of those with a film"
    assert found[2].missed == () and clusters(records(ROWS[5], ROWS[6])) == []


def test_what_held_at_the_end_is_counted_for_successes_and_failures():
    (ends,) = endings(records(*ROWS)).values()
    assert [(end.held, end.successes, end.failures) for end in ends] == [
        ((), 1, 0),
        (("left gripper holds the roller",), 0, 1),
    ]
    assert endings(records(*(row | {"facts": {}} for row in ROWS))) == {}
    untouched = [row | {"facts": {"bell touched": False}} for row in ROWS]
    assert [end.label for ends in endings(records(*untouched)).values() for end in ends] == [
        "not: bell touched"
    ]


def trajectory(y):
    states = np.zeros((5, 14), np.float32)
    states[:, 0], states[:, 1] = np.linspace(0, 1, 5), y
    return Trajectory(
        actions=states[1:], states=states, replans=np.array([0]), chunks=np.zeros((1, 4, 14), np.float32),
        looks=np.array([0]), names=np.array(["roller"]), poses=np.zeros((1, 1, 7)), hands=np.zeros((1, 2, 7)),
        stages=np.zeros((1, 0), bool), stage_names=np.array([], np.str_),
    )  # fmt: skip


def run_of(path, policy, rows, y):
    config = {"policy": policy, "horizon": 4, "config": "demo_clean", "seed": 0}
    with RunDir.create("closedloop", policy, config=config, provenance=provenance(), out=path) as run:
        for row in rows:
            name = file_name(row["task"], row["seed"])
            trajectory(y).save(run.path / name)
            mp4(run.videos / f"{row['seed']}.mp4")
            run.add(
                row
                | {"trajectory": name, "video": f"videos/{row['seed']}.mp4", "step_limit": 400, "steps": 4}
            )
    return run


@pytest.mark.usefixtures("figures_only_on_request")
def test_the_page_shows_a_film_and_the_mark_where_it_left_the_demonstrations(tmp_path):
    run = run_of(tmp_path / "demo", "demo", [failed(1, low(0.75))], 0.5)
    expert = run_of(tmp_path / "expert", "expert", [closed_row(1, True) | {"task": "grab_roller"}], 0.2)
    curve = DepartureCurve(
        task="grab_roller", seed=1, frames=[0, 2, 4], distance=[0.1, 0.7, 0.9], first=20, farthest=0.9
    )
    told = {"grab_roller": {"demonstrations": 4, "threshold": 0.5, "farthest": [0.4, 0.5, 0.4, 0.3]}}
    known = Departures.of({"dataset": "d", "tasks": told, "episodes": [curve.model_dump()]})
    write_departures(run.path, known)
    assert read_departures(run.path) == known and read_departures(expert.path) is None
    page = Page(write_report([run.path, expert.path], tmp_path / "out"))
    assert "grab_roller : roller's height too low · the only failure" in page.text
    assert "Scene 1, nearest after action 7: roller's height 0.75 of 0.8 m." in page.text
    assert "At most 0.90 rad (12 arm joints) from the nearest of 4 demonstrations; first farther" in page.text
    assert "From the expert's own way in this scene: at most 0.30 rad (dotted)." in page.text
    (mark,) = [
        about
        for tag, about in page.tags
        if tag == "a" and "show it in the film" in about.get("aria-label", "")
    ]
    assert re.search(r"videos/1\.mp4#t=0\.4$", mark["href"]), (
        "after 20 of 400 actions, a picture every 5, 10 a second"
    )
    assert any(tag == "path" and about.get("class") == "way" for tag, about in page.tags)


def test_the_departures_of_parts_are_those_of_the_whole():
    def of(*seeds):
        curves = [
            DepartureCurve(task="t", seed=s, frames=[0], distance=[0.1], first=None, farthest=0.1)
            for s in seeds
        ]
        return Departures.of(
            {"dataset": "d", "tasks": {}, "episodes": [each.model_dump() for each in curves]}
        )

    assert united([of(3, 1), of(2)]) == of(1, 2, 3) and united([]) is None


@pytest.mark.usefixtures("figures_only_on_request")
def test_a_strangers_departures_are_left_out_and_his_words_escaped(tmp_path):
    run = run_of(
        tmp_path / "demo", "demo", [failed(1, part(HOSTILE, 0.1, 0.2), part(HOSTILE, None, None))], 0.5
    )
    (run.path / "departures.json").write_text('{"dataset": 3}')
    with pytest.raises(UserError, match=r"departures.json: 'dataset' must be text"):
        read_departures(run.path)
    page = Page(write_report([run.path], tmp_path / "out"))
    assert "<script>document" not in page.source and "the only failure" in page.text
    assert not [about for tag, about in page.tags if tag == "svg" and about.get("class") == "excursion"]
