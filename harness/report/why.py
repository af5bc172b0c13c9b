"""Why the rollouts of a run failed, as the page shows it: groups of failures, a film and its excursion of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.media.last_frame import last_frames
from harness.media.rollout_frame import film_moment
from harness.metrics.departure import Curve
from harness.metrics.unmet import measured
from harness.rendering.charts.excursion import excursion
from harness.report.media_links import shown_file
from harness.results.failures.clusters import Cluster, clusters
from harness.results.failures.endings import Ending, endings
from harness.results.failures.excursions import Excursion, excursions, expert_ways
from harness.results.views import RunView

SHOWN = 12
"""Groups of failures with a film; the others are named."""


@dataclass(frozen=True)
class Shown:
    """A group of failures; of its typical rollout the last picture, what it missed in numbers, and its excursion."""

    cluster: Cluster
    poster: str | None
    numbers: str
    curve: Markup | None
    description: str


@dataclass(frozen=True)
class Why:
    """What stands about failures in a run's section."""

    groups: list[Shown]
    rest: list[Cluster]
    endings: dict[str, list[Ending]]


def why(run: RunView, runs: Sequence[RunView] = ()) -> Why | None:
    """What is known of the failures of a closed-loop run, whose rows link to films; `runs` are all of the page.

    None where nothing failed and no task counts facts.
    """
    if run.mode != "closedloop":
        return None
    groups, ends = clusters(run.closed_rows), endings(run.closed_rows)
    if not groups and not ends:
        return None
    shown = groups[:SHOWN]
    scenes = [(group.task, group.example.seed) for group in shown]
    known = excursions(run, scenes, expert_ways(runs, scenes))
    posters = last_frames(
        [shown_file(run.path, getattr(group.example, "source_file", None)) for group in shown]
    )
    films = [
        _shown(group, known.get(scene), poster)
        for group, scene, poster in zip(shown, scenes, posters, strict=True)
    ]
    return Why(films, groups[len(shown) :], ends)


def _shown(group: Cluster, away: Excursion | None, poster: str | None) -> Shown:
    numbers = "; ".join(measured(part) for part in group.example.unmet or ())
    if away is None:
        return Shown(group, poster, numbers, None, "")
    row, curve, words = group.example, away.curve, excursion_sentences(away)
    limit = row.step_limit
    film = None
    if row.video and curve.first is not None and limit:
        film = f"{row.video}#t={film_moment(curve.first, limit):.1f}"
    last = row.steps or max(curve.frames, default=0)
    svg = excursion(
        _points(curve),
        last=last,
        threshold=away.threshold,
        first=curve.first,
        expert=_points(away.expert) if away.expert else (),
        description=words,
        film=film,
    )
    return Shown(group, poster, numbers, svg, words)


def _points(curve: Curve) -> list[tuple[float, float]]:
    return [(float(frame), value) for frame, value in zip(curve.frames, curve.distance, strict=True)]


def excursion_sentences(away: Excursion) -> str:
    """An excursion in a sentence or two."""
    curve = away.curve
    several = away.demonstrations > 1
    of = f"the nearest of {away.demonstrations} demonstrations" if several else "the one demonstration"
    text = f"At most {curve.farthest:.2f} rad (12 arm joints) from {of}"
    if away.threshold is None:
        text += "; what is far, one alone does not say."
    elif curve.first is None:
        text += f", never as far as they are from each other ({away.threshold:.2f} rad)."
    else:
        text += f"; first farther than they are from each other ({away.threshold:.2f} rad) after action {curve.first}."
    if away.expert is not None:
        text += f" From the expert's own way in this scene: at most {away.expert.farthest:.2f} rad (dotted)."
    return text
