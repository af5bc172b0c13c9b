"""Figures as SVG: marks stand where the numbers say, in classes of colour, and nothing of a stranger's is markup."""

from __future__ import annotations

import itertools
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from report_samples import HOSTILE

import harness.rendering
from harness.rendering.charts.bars import NAMES, Bar, bars
from harness.rendering.charts.colours import COLOURS, colours_of
from harness.rendering.charts.intervals import Change, changes
from harness.rendering.charts.lines import Axis, Line, lines
from harness.rendering.charts.marks import RIGHT, WIDTH
from harness.rendering.charts.points import Spot, points
from harness.rendering.charts.scales import Scale, reach, ticks

STYLE = Path(harness.rendering.__file__).parent / "templates" / "page.css"


class Svg(HTMLParser):
    """The elements of a drawing, by name."""

    def __init__(self, panel):
        super().__init__()
        self.found, self.said = [], []
        self.feed(str(panel.svg))

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.said.append(data)

    def of(self, name, kind=""):
        return [a for tag, a in self.found if tag == name and kind in a.get("class", "").split() + [""]]


@pytest.mark.parametrize(
    ("low", "high", "about"), [(0, 1, 4), (0, 0.0372, 4), (-3, 7, 4), (12, 12_000, 5), (0, 3e-9, 4)]
)
def test_ticks_are_round_inside_and_about_as_many_as_asked(low, high, about):
    found = ticks(low, high, about)
    assert 2 <= len(found) <= 2 * about + 1 and low - 1e-12 <= found[0] and found[-1] <= high * (1 + 1e-9)
    assert {round((b - a) / (found[1] - found[0]), 6) for a, b in itertools.pairwise(found)} == {1.0}


def test_scales_put_numbers_where_they_belong_and_what_is_outside_at_the_edge():
    assert Scale(0, 10, 100, 200).at(2.5) == 125 and Scale(0, 10, 100, 200).at(99) == 200
    assert Scale(0.001, 1, 0, 300, log=True).at(0.01) == pytest.approx(100)
    assert Scale(2, 2, 0, 10).at(2) == 5
    assert reach([3.0, 5.0]) == (0.0, 5.25) and reach([]) == (0.0, 1.0) and reach([-1.0, 1.0])[0] < -1


def test_bars_are_as_long_as_their_values_and_say_them():
    panel = bars(
        "MAE",
        [Bar("left j1", 0.2, (0.1, 0.3), (("hold", 0.4), ("mean", None))), Bar("b", 0.1)],
        "policy-3",
        "rad",
    )
    svg = Svg(panel)
    first, second = (float(a["width"]) for a in svg.of("rect", "fill"))
    assert first == pytest.approx(2 * second, rel=0.01) and svg.of("rect", "policy-3")
    (hold,) = svg.of("path", "hold")
    start = float(re.match(r"M([\d.]+)", hold["d"]).group(1))
    assert (start - NAMES) == pytest.approx(2 * first, rel=0.01) and start <= WIDTH - RIGHT
    assert "left j1: 0.2000 [0.1000, 0.3000]; hold 0.4000" in svg.said
    (root,) = svg.of("svg")
    assert root["role"] == "img" and "left j1 0.2000; b 0.1000" in root["aria-label"]


def test_a_line_breaks_where_there_is_no_number_and_has_a_dot_a_value():
    broken = Line("policy", "policy-0", [0, 1, 2, 3], [1.0, None, 2.0, 3.0], [(0, 2), None, None, None])
    svg = Svg(lines("x", [broken], Axis("k"), Axis("y")))
    (curve,) = [a for a in svg.of("path", "line") if "thin" not in a["class"]]
    assert curve["d"].count("M") == 2 and len(svg.of("circle", "dot")) == 3
    assert len(svg.of("path", "thin")) == 1, "one interval"
    long = Line("a", "hold", list(range(50)), [1.0] * 50, [(0.5, 1.5)] * 50)
    many = Svg(lines("x", [long], Axis("k"), Axis("y")))
    assert not many.of("circle") and len(many.of("path", "band")) == 1


def test_points_stand_in_order_and_baselines_are_hollow():
    spots = [
        Spot("good", "policy-0", "circle", 0.1, 0.9, (0.08, 0.12), (0.7, 0.97)),
        Spot("hold", "hold", "square", 0.3, 0.1, None, (0.0, 0.3), hollow=True),
    ]
    svg = Svg(points("task", spots, "MAE"))
    places = [tuple(map(float, re.findall(r"[\d.]+", a["transform"]))) for a in svg.of("path", "spot")]
    assert places[0][0] < places[1][0] and places[0][1] < places[1][1], "up is more success"
    assert len(svg.of("path", "hollow")) == 1 and "good" in svg.said


def test_a_difference_is_filled_only_where_a_test_shows_it():
    rows = [Change("a", 1.0, (0.5, 2.0), shown=True), Change("b", -0.2, (-1, 1)), Change("c", 1, (0.5, 2.0))]
    svg = Svg(changes("x", rows, "pp", 1))
    assert ["hollow" in a["class"] for a in svg.of("circle")] == [False, True, True]
    assert "b: -0.2 [-1.0, +1.0]" in svg.said


def test_names_of_a_stranger_are_text():
    spots = [Spot(HOSTILE, "policy-0", "circle", 0.1, 0.9, hint=HOSTILE)]
    drawn = [
        bars(HOSTILE, [Bar(HOSTILE, 1.0)], "policy-0", HOSTILE),
        lines(HOSTILE, [Line(HOSTILE, "policy-0", [0.0], [1.0])], Axis(HOSTILE), Axis(HOSTILE)),
        points(HOSTILE, spots, HOSTILE),
        changes(HOSTILE, [Change(HOSTILE, 1.0)], HOSTILE, 1),
    ]
    for panel in drawn:
        names = {tag for tag, _ in Svg(panel).found}
        assert names <= {"svg", "g", "path", "rect", "text", "title", "circle"}
        assert "<script" not in str(panel.svg) and not any("onerror" in a for _, a in Svg(panel).found)


def test_a_colour_is_bound_to_the_name_whatever_stands_beside_it():
    assert colours_of(["demo", "demo_half"]) == colours_of(["demo_half", "demo"])
    assert colours_of(["demo"])["demo"] == colours_of(["x", "demo", "hold"])["demo"] == "policy-0"
    names = [f"policy {i}" for i in range(COLOURS)]
    assert len(set(colours_of(names).values())) == COLOURS, "eight of a page are told apart"
    assert colours_of(["hold", "mean", "expert"]) == {"hold": "hold", "mean": "mean", "expert": "expert"}


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_can_be_told_from_what_they_stand_on(scheme):
    """WCAG 2.1 AA: 4.5 for text, 3 for graphics."""
    root = re.findall(r":root \{([^}]*)\}", STYLE.read_text())[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", root))
    for ground in ("paper", "card"):
        for text in ("ink", "soft", "link", "success", "failure", "error"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for ground in ("card", "track"):
        for mark in ("hold", "mean", "expert", "replay", "success", *(f"p{i}" for i in range(COLOURS))):
            assert contrast(colours[mark], colours[ground]) >= 3, (mark, ground)
    assert contrast(colours["warn-ink"], colours["warn"]) >= 4.5
    assert contrast(colours["ink"], colours["notice"]) >= 4.5
    assert contrast(colours["soft"], colours["track"]) >= 4.5
