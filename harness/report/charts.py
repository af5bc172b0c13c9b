"""The figures of the page, drawn in its own colours (`harness.rendering.charts`). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.core.robot import JOINT_NAMES, JOINT_UNITS
from harness.rendering.charts.bars import Bar, bars
from harness.rendering.charts.lines import Axis, Line, lines
from harness.rendering.charts.marks import Figure, Panel
from harness.rendering.charts.points import SHAPES, Spot, points
from harness.results.points import Point
from harness.runs.rows import OpenLoopRow
from harness.runs.summaries.openloop import (
    AgeCurve,
    OpenLoopBlock,
    OpenLoopSummary,
    ThresholdCurve,
    WithinCurve,
)

EPISODES_AS_BARS = 24
PANELS = 12
BASELINES = (("hold", "hold"), ("mean", "mean"))
PARTS = {"arms": "arms (rad)", "grippers": "grippers (0..1)"}
GROUPS = (
    ("MAE of the arms (rad)", [i for i, unit in enumerate(JOINT_UNITS) if unit == "rad"]),
    ("MAE of the grippers (0..1)", [i for i, unit in enumerate(JOINT_UNITS) if unit != "rad"]),
)


def replay_charts(
    summary: OpenLoopSummary, rows: Sequence[OpenLoopRow], colour: str, horizon: Any
) -> list[Figure]:
    """The figures of an open-loop run, whose policy has `colour`: episodes, joints, thresholds, chunk index."""

    def legend(part: OpenLoopBlock | WithinCurve | AgeCurve, key: str) -> list[tuple[str, str]]:
        """The policy and those baselines that `part` has: what is drawn, and no more."""
        known = [b for b in BASELINES if getattr(part, f"{b[0]}_{key}") is not None]
        return [(colour, "policy"), *known]

    held = [("hold", "hold")] if any(row.hold_mae is not None for row in rows) else []
    joints = summary.overall
    figures = [
        Figure(
            "MAE of every episode, largest first", [episode_panel(rows, colour)], [(colour, "policy"), *held]
        ),
        Figure(
            _with_reach("MAE of every joint beside the baselines", joints.per_joint_ci),
            joint_panels(joints, colour),
            legend(joints, "per_joint"),
        ),
    ]
    curve = summary.threshold_curve
    if curve is not None:
        panels = [_threshold(curve, part, colour) for part in ("all", *PARTS)]
        caption = _with_reach("Share of steps within a threshold", curve.all.sr_ci)
        figures.append(Figure(caption, panels, legend(curve.all, "sr")))
    ages = summary.chunk_index
    if ages is not None and len(ages.mae) > 1:
        parts = {"all joints": ages, PARTS["arms"]: ages.arms, PARTS["grippers"]: ages.grippers}
        panels = [_age(part, name, colour, horizon) for name, part in parts.items() if part is not None]
        caption = _with_reach("MAE by chunk index: how far ahead a chunk can be trusted", ages.mae_ci)
        figures.append(Figure(caption, panels, legend(ages, "mae")))
    return figures


def _with_reach(caption: str, intervals: Sequence[Any] | None) -> str:
    """The caption, with what thin lines and bands are where any is drawn."""
    return f"{caption}; with 95 % intervals" if any(ci is not None for ci in intervals or ()) else caption


def episode_panel(rows: Sequence[OpenLoopRow], colour: str) -> Panel:
    """Every episode's MAE: bars of a few, one curve of many."""
    order = sorted(rows, key=lambda row: -row.mae)
    if len(order) <= EPISODES_AS_BARS:
        made = [Bar(f"episode {row.episode}", row.mae, None, (("hold", row.hold_mae),)) for row in order]
        return bars("MAE by episode", made, colour, "MAE")
    x = [float(i) for i in range(1, len(order) + 1)]
    held = [row.hold_mae for row in order]
    curves = [Line("policy", colour, x, [row.mae for row in order])]
    if any(value is not None for value in held):
        curves.insert(0, Line("hold, same episodes", "hold", x, held))
    return lines("MAE by episode", curves, Axis(f"{len(order)} episodes, largest error first"), Axis("MAE"))


def joint_panels(block: OpenLoopBlock, colour: str) -> list[Panel]:
    """MAE by joint, arms and grippers on axes of their own."""
    values, unknown = block.per_joint, [None] * len(JOINT_NAMES)
    if values is None:
        return []
    reach = block.per_joint_ci or unknown
    held, average = block.hold_per_joint or unknown, block.mean_per_joint or unknown
    panels = []
    for name, members in GROUPS:
        made = [
            Bar(
                JOINT_NAMES[i].replace("_", " "),
                values[i],
                reach[i],
                (("hold", held[i]), ("mean", average[i])),
            )
            for i in members
        ]
        panels.append(bars(name, made, colour, name.removeprefix("MAE of the ")))
    return panels


def _curves(part: AgeCurve | WithinCurve, key: str, x: Sequence[float], colour: str) -> list[Line]:
    curves = [
        Line(name, name, x[: len(values)], values)
        for name, _ in BASELINES
        if (values := getattr(part, f"{name}_{key}")) is not None
    ]
    return [*curves, Line("policy", colour, x, getattr(part, key), getattr(part, f"{key}_ci") or ())]


def _threshold(curve: ThresholdCurve, part: str, colour: str) -> Panel:
    x = Axis("error of a step at most", [(t, f"{t:g}") for t in (0.001, 0.01, 0.1, 1)], 1e-3, 3.0, log=True)
    name = "all joints" if part == "all" else PARTS[part]
    y = Axis(f"share of steps, {name}", [(q / 4, f"{25 * q} %") for q in range(5)], 0.0, 1.02)
    return lines(name, _curves(getattr(curve, part), "sr", curve.tau, colour), x, y)


def _age(curve: AgeCurve, name: str, colour: str, horizon: Any) -> Panel:
    x = [float(i) for i in range(len(curve.mae))]
    at = (horizon - 0.5, f"horizon {horizon}") if isinstance(horizon, int) and horizon < len(x) else None
    return lines(
        name, _curves(curve, "mae", x, colour), Axis("frames after the replan"), Axis(f"MAE, {name}"), at
    )


def relation_charts(pairs: Sequence[Point], colours: Mapping[str, str]) -> list[Figure]:
    """Open-loop error against success: a panel a task, and one of all tasks relative to hold's error."""
    names = list(dict.fromkeys(point.name for point in pairs))
    shapes = {name: list(SHAPES)[i % len(SHAPES)] for i, name in enumerate(names)}
    legend = [(colours[p.policy], p.name) for p in {point.name: point for point in pairs}.values()]
    several = [t for t in dict.fromkeys(p.task for p in pairs) if sum(p.task == t for p in pairs) > 1]
    figures = []
    if several:
        more = f" (the first {PANELS} of {len(several)} tasks)" if len(several) > PANELS else ""
        panels = [
            points(
                task, [_spot(p, colours, shapes, p.name) for p in pairs if p.task == task], "open-loop MAE"
            )
            for task in several[:PANELS]
        ]
        figures.append(Figure(f"Policies within a task: error against success{more}", panels, legend))
    across = [p for p in pairs if p.relative is not None]
    if len({p.task for p in across}) > 1:
        spots = [_spot(p, colours, shapes, p.task, relative=True) for p in across]
        panel = points("all tasks", spots, "open-loop MAE / hold's")
        figures.append(Figure("All tasks: error relative to hold against success", [panel], legend))
    return figures


def _spot(
    p: Point, colours: Mapping[str, str], shapes: Mapping[str, str], label: str, *, relative: bool = False
) -> Spot:
    x, reach = (float(p.relative or 0), p.relative_ci) if relative else (p.mae, p.mae_ci)
    hint = f"{p.name}, {p.task}: error {x:.4f}, {p.successes} of {p.n} succeed"
    return Spot(
        label,
        colours[p.policy],
        shapes[p.name],
        x,
        p.successes / p.n,
        reach,
        p.ci,
        hollow=p.baseline,
        hint=hint,
    )
