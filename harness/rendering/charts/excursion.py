"""How far a rollout was from the demonstrations, over its actions: a curve with a mark that leads into its film."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from harness.rendering.charts.marks import tag, title

WIDTH, HEIGHT = 560, 150
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 14, 24
FOOT = HEIGHT - BOTTOM

Points = Sequence[tuple[float, float]]


def excursion(
    away: Points,
    *,
    last: int,
    threshold: float | None,
    first: int | None,
    expert: Points = (),
    description: str,
    film: str | None = None,
) -> Markup:
    """A distance (rad) over the frames of an episode, 0 to `last`, with the line beyond which it is far.

    away, expert: (frame, rad). A mark stands at `first`, the frame at which it went far, and leads to `film`, a URL
    with its moment. description: the figure in words, for those who cannot see it.
    """
    high = max([value for _, value in (*away, *expert)] + [threshold or 0.0, 1e-6])

    def place(frame: float, value: float) -> tuple[float, float]:
        x = LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, frame / max(1, last))
        return round(x, 1), round(FOOT - (FOOT - TOP) * value / high, 1)

    def line(points: Points, name: str) -> Markup:
        return tag("path", class_=name, d="M" + "L".join("{} {}".format(*place(*point)) for point in points))

    body = [
        tag("path", class_="foot", d=f"M{LEFT} {FOOT}H{WIDTH - RIGHT}"),
        _label(LEFT, HEIGHT - 8, "0"),
        _label(WIDTH - RIGHT, HEIGHT - 8, f"{last} actions", "end"),
        _label(LEFT - 6, TOP + 4, f"{high:.2g}", "end"),
        _label(LEFT - 6, FOOT, "rad", "end"),
    ]
    if threshold is not None:
        _, y = place(0, threshold)
        body.append(tag("path", class_="far", d=f"M{LEFT} {y}H{WIDTH - RIGHT}"))
    body += [line(expert, "way")] if expert else []
    body.append(line(away, "away"))
    if threshold is not None:  # over the curve, with an edge in the page's colour
        body.append(_label(WIDTH - RIGHT, max(10.0, y - 4), "far from all of them", "end"))
    if first is not None:
        x, y = place(first, threshold or 0.0)
        moment = f"after action {first}: first far from every demonstration"
        dot = tag("circle", title(moment), class_="mark", cx=x, cy=y, r=7)
        if film is not None:
            invitation = f"{moment}; show it in the film"
            dot = tag("a", dot, class_="play", data_kind="video", href=film, aria_label=invitation)
        body.append(dot)
    return tag(
        "svg",
        *body,
        class_="excursion",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="group",
        aria_label=description,
    )


def _label(x: float, y: float, text: str, anchor: str = "start") -> Markup:
    return tag("text", text, x=x, y=y, text_anchor=anchor)
