"""What every figure is drawn on and with: colours, an empty figure, quiet axes, a file. No global state, no pyplot.

One colour means one thing everywhere (Okabe and Ito's palette, which colour-blind readers can tell apart),
and nothing is told by colour alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from harness.files.json_files import write_atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POLICY, POLICY_LIGHT, TRUTH, HOLD, MEAN = "#0072B2", "#93C4E0", "#333333", "#E69F00", "#CC79A7"
SUCCESS, GRID, INK = "#009E73", "#DDDDDD", "#222222"
DPI, COMPRESSION = 110, 3
MARGINS = (0.75, 0.15, 0.62, 0.35, 0.75)
"""inches left, right, below and above a figure's panels, and between them"""
REPLAN_LINE: dict[str, Any] = {"color": "#999999", "linewidth": 0.8, "linestyle": (0, (1, 2))}


def new_figure(width: float, height: float, layout: Any = "constrained") -> Figure:
    """An empty figure of the given size in inches, on white."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout=layout, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def panels(width: float, height: float, columns: int = 1, **options: Any) -> tuple[Figure, Any]:
    """A figure and its axes `(columns,)` with margins for labels: finding out how much they need takes half the time
    of a figure. width, height: inches; options: of `Figure.subplots`.
    """
    left, right, bottom, top, gap = MARGINS
    figure = new_figure(width, height, layout="none")
    figure.subplots_adjust(left / width, bottom / height, 1 - right / width, 1 - top / height)
    inner = (width - left - right - gap * (columns - 1)) / columns
    return figure, figure.subplots(1, columns, squeeze=False, gridspec_kw={"wspace": gap / inner}, **options)[
        0
    ]


def save(figure: Figure, path: Path) -> Path:
    """Write `figure` to `path` (.png or .svg), whole, and return it; the same arrays give the same bytes."""
    import matplotlib

    if path.suffix == ".svg":
        with matplotlib.rc_context({"svg.hashsalt": "harness"}):
            write_atomic(path, lambda handle: figure.savefig(handle, format="svg", metadata={"Date": None}))
    else:
        write_atomic(path, lambda handle: write_png(figure, handle))
    return path


def write_png(figure: Figure, target: Path | BinaryIO) -> None:
    """Write `figure` as a png, drawn once: `savefig` draws it a second time to no effect."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(DPI)
    FigureCanvasAgg(figure).print_png(
        target, metadata={"Software": None}, pil_kwargs={"compress_level": COMPRESSION}
    )


def tidy(axes: Axes, *, grid: Literal["x", "y"] = "y") -> None:
    """Axes with quiet spines, small ticks and a grid behind the data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#888888")
    axes.tick_params(labelsize=8, color="#888888", labelcolor=INK)
    axes.grid(axis=grid, color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)


def short(text: str, length: int) -> str:
    """`text` on one line, as is: matplotlib must not read $…$ in it as a formula."""
    text = " ".join(text.split())
    text = text if len(text) <= length else text[: length - 1] + "…"
    return text.replace("$", r"\$")
