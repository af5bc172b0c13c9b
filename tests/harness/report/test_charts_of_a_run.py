"""The figures of a replay: their legends and captions name what is drawn, and no more."""

import numpy as np
import pytest
from run_samples import prediction, records

from harness.metrics.episode_scores import episode_fields
from harness.metrics.openloop_summary import summarize_openloop
from harness.report.charts import replay_charts

COLOUR = "policy-3"


def without_curve(record, key):
    """The record, and those of all joints, arms and grippers in it, without the curve `key`."""
    parts = {p: part for p in ("all", "arms", "grippers") if (part := getattr(record, p, None)) is not None}
    own = {p: part.model_copy(update={key: None}) for p, part in parts.items()}
    return record.model_copy(update=own | ({key: None} if hasattr(record, key) else {}))


def drawn(episodes, without=()):
    """Every figure of a run of so many episodes, whose summary and rows lack some baselines: (figure, its marks)."""
    predictions = {e: prediction(e) for e in range(episodes)}
    rows = records(
        *({"episode": e, "task": "t", **episode_fields(p, np.zeros(14))} for e, p in predictions.items())
    )
    summary = summarize_openloop(rows, predictions)
    for name in without:
        rows = [row.model_copy(update={f"{name}_mae": None}) for row in rows]
        lacking = {
            "overall": summary.overall.model_copy(update={f"{name}_per_joint": None}),
            "chunk_index": without_curve(summary.chunk_index, f"{name}_mae"),
            "threshold_curve": without_curve(summary.threshold_curve, f"{name}_sr"),
        }
        summary = summary.model_copy(update=lacking)
    figures = replay_charts(summary, rows, COLOUR, 4)
    assert len(figures) == 4
    return [(figure, " ".join(str(mark) for p in figure.panels for mark in p.body)) for figure in figures]


@pytest.mark.parametrize("without", [(), ("hold",), ("hold", "mean")])
def test_a_legend_names_the_curves_and_marks_that_are_drawn(without):
    for figure, marks in drawn(3, without):
        named = [colour for colour, _ in figure.legend]
        assert named[0] == COLOUR and COLOUR in marks
        shown = [name for name in ("hold", "mean") if f'line {name}"' in marks or f'mark {name}"' in marks]
        assert named[1:] == shown, figure.caption


@pytest.mark.parametrize("episodes", [3, 30, 50])
def test_a_caption_speaks_of_intervals_where_there_are_some(episodes):
    for figure, marks in drawn(episodes):
        some = any(kind in marks for kind in ("whisker", "band ", "line thin"))
        assert ("95 %" in figure.caption) == some, figure.caption
