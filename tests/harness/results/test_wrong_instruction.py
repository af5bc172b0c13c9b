"""A control that says another task's instruction shows what each of them did: summary, console, tables and page."""

import pytest
from report_samples import Page
from run_samples import closed_row, provenance, records

from harness.metrics.closedloop_summary import summarize_closedloop
from harness.rendering.console import closedloop_remarks
from harness.report.csv_export import csv_table
from harness.report.markdown import markdown_report
from harness.report.write import write_report
from harness.results.views import read_runs
from harness.runs.directory import RunDir

PROMPTS = (
    ("lift_pot", True),
    ("grab_roller", False),
    ("lift_pot", False),
    ("grab_roller", False),
    ("lift_pot", True),
)
ROWS = [
    closed_row(seed, success, "handover_block", prompt_task=other)
    for seed, (other, success) in enumerate(PROMPTS)
]


def test_success_is_counted_by_the_prompt():
    summary = summarize_closedloop(
        records(*ROWS, closed_row(9, None, "handover_block", status="error", prompt_task="lift_pot"))
    )
    prompts = summary.tasks["handover_block"].prompt_tasks
    assert {other: (t.successes, t.n) for other, t in prompts.items()} == {
        "grab_roller": (0, 2),
        "lift_pot": (2, 3),
    }
    assert "handover_block prompted with lift_pot: 2/3 succeed [21–94 %]" in closedloop_remarks(summary)
    assert summarize_closedloop(records(closed_row(0, True))).overall.prompt_tasks == {}


@pytest.mark.usefixtures("figures_only_on_request")
def test_tables_and_page_say_it(tmp_path):
    config = {"policy": "demo", "ablate": "instruction", "horizon": 4}
    with RunDir.create(
        "closedloop", "demo", config=config, provenance=provenance(), out=tmp_path / "run"
    ) as run:
        for row in ROWS:
            run.add(row)
    views = read_runs([run.path])
    assert "handover_block,prompt[lift_pot],fraction,0.6666666666666666," in csv_table(views)
    assert "| handover\\_block | lift\\_pot | 66.7 % | 20.8–93.9 % | 2/3 |" in markdown_report(views, [])
    text = Page(write_report([run.path], tmp_path)).text
    assert "handover_block lift_pot 67\u202f% [21–94\u202f%] 2 of 3" in text


def test_the_console_says_a_dozen_and_how_many_more():
    rows = [closed_row(i, True, prompt_task=f"task {i:02}") for i in range(15)]
    remarks = closedloop_remarks(summarize_closedloop(records(*rows)))
    assert sum("prompted with task" in line for line in remarks) == 12
    assert "and 3 more prompts: see the report" in remarks
