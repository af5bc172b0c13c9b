"""Where a rollout left the demonstrations, and the expert's own way where the expert acted in the same scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.core.errors import UserError
from harness.metrics.departure import Curve, curve_of, distances
from harness.metrics.departure_record import Departures, read_departures
from harness.results.views import RunView
from harness.runs.trajectories import Trajectory

Scene = tuple[str, int]
EXPERT = "expert"


@dataclass(frozen=True)
class Excursion:
    """One rollout: its distance to the `demonstrations` of its task (n of them), and to the expert's way in its scene.

    Beyond `threshold` (rad; None where fewer than two demonstrations are known) it is far from them.
    """

    task: str
    seed: int
    demonstrations: int
    threshold: float | None
    curve: Curve
    expert: Curve | None = None


def excursions(
    run: RunView, chosen: Sequence[Scene], expert: Mapping[Scene, Trajectory] | None = None
) -> dict[Scene, Excursion]:
    """The excursions of a run's rollouts in the `chosen` scenes, as far as its folder knows.

    expert: see `expert_ways`. A file that cannot be read counts as none: a page shows what there is.
    """
    known = departures_of(run)
    by_scene = {}
    for scene, curve in known.by_scene().items() if known else ():
        demonstrated = known.tasks.get(scene[0]) if known else None
        if scene in chosen and demonstrated is not None:
            away = Curve(curve.frames, curve.distance, curve.first, curve.farthest)
            way = _from_expert(run, scene, (expert or {}).get(scene))
            by_scene[scene] = Excursion(
                *scene, demonstrated.demonstrations, demonstrated.threshold, away, way
            )
    return by_scene


def departures_of(run: RunView) -> Departures | None:
    """What a run's folder has of it; None where it has none that can be read."""
    try:
        return read_departures(run.path)
    except UserError:
        return None


def expert_ways(runs: Sequence[RunView], chosen: Sequence[Scene]) -> dict[Scene, Trajectory]:
    """The expert's way in those of the `chosen` scenes in which one of the runs let it act."""
    ways: dict[Scene, Trajectory] = {}
    for run in runs:
        if run.mode == "closedloop" and run.policy == EXPERT:
            for row in run.rows:
                scene = row.key
                if scene in chosen and scene not in ways:
                    way = _trajectory(run, scene)
                    if way is not None:
                        ways[scene] = way
    return ways


def _from_expert(run: RunView, scene: Scene, way: Trajectory | None) -> Curve | None:
    own = _trajectory(run, scene) if way is not None and run.policy != EXPERT else None
    return curve_of(distances(own.states, way.states), None) if own is not None and way is not None else None


def _trajectory(run: RunView, scene: Scene) -> Trajectory | None:
    names = [row.trajectory for row in run.closed_rows if row.key == scene]
    path = run.path / str(names[0]) if names and names[0] else None
    if path is None or path.resolve().parent.parent != run.path.resolve() or not path.is_file():
        return None
    try:
        return Trajectory.load(path)
    except UserError:
        return None
