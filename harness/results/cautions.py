"""What a reader must know first."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.asset_labels import ASSETS
from harness.results.differing import side_by_side
from harness.results.views import RunView
from harness.runs.compatibility import EARLIER
from harness.runs.policy_names import is_control
from harness.runs.provenance import remarks_of
from harness.runs.rows import ClosedLoopRow


def listed_scenes_caution(rows: Sequence[ClosedLoopRow]) -> str | None:
    """That listed scenes were played which do not count by the protocol, in words; None where there are none."""
    strange = [row for row in rows if row.layout_reason]
    if not strange:
        return None
    first = strange[0]
    return (
        f"{len(strange)} of {len(rows)} listed scenes do not come to rest here or are solved before anything was done, "
        f"and were played all the same (the first: {first.task} {first.seed}, {first.layout_reason})"
    )


def warnings(runs: Sequence[RunView]) -> list[str]:
    """What a reader must know before quoting a number."""
    cautions = []
    closed = [run for run in runs if run.mode == "closedloop"]
    used = [run.assets for run in runs if run.assets]
    cautions += [assets.warning for assets in ASSETS.values() if assets.warning and assets in used]
    cautions += [
        f"{run.folder} did not finish ({run.status}{f': {run.error}' if run.error else ''}): "
        f"its numbers are those of the {len(run.rows)} episodes it got through."
        for run in runs
        if not run.finished
    ]
    cautions += [
        f"{run.folder} is a control, not a result: {run.policy} (--ablate {run.config.ablate})."
        for run in runs
        if is_control(run.config.ablate)
    ]
    cautions += [
        f"{run.folder}: {words}."
        for run in runs
        for words in (run.provenance.training_overlap, run.provenance.off_task)
        if words
    ]
    for run in runs:
        cautions += [f"{run.folder}: {words}." for words in run.provenance.contract_cautions or ()]
    cautions += [
        f"{run.folder}: {run.policy} is a policy server whose weights and noise are unknown; the run cannot be "
        "repeated exactly."
        for run in runs
        if (run.provenance.policy or {}).get("unknown")
    ]
    cautions += [f"{run.folder}: {words}." for run in runs for words in remarks_of(run.provenance)]
    samplings: dict[str, list[str]] = {}
    for run in runs:
        if run.mode == "openloop":
            samplings.setdefault(str(run.provenance.dataset_sampling or "unknown"), []).append(run.folder)
    if len(samplings) > 1:
        cautions.append(
            "Open-loop errors of episodes sampled differently do not compare: "
            + "; ".join(f"{sampling} in {', '.join(folders)}" for sampling, folders in samplings.items())
            + "."
        )
    cautions += side_by_side(runs)
    sets: dict[str, list[str]] = {}
    for run in closed:
        sets.setdefault(str(run.provenance.scenes or EARLIER["scenes"]), []).append(run.folder)
    if len(sets) > 1:
        cautions.append(
            "Closed-loop rates of different sets of scenes stand side by side: "
            + "; ".join(f"{name} in {', '.join(folders)}" for name, folders in sets.items())
            + ". They are of other scenes."
        )
    for run in closed:
        played = listed_scenes_caution(run.closed_rows)
        if played:
            cautions.append(f"{run.folder}: {played}.")
        errors = run.closed_summary.overall.errors
        if errors:
            cautions.append(
                f"{run.folder}: rollouts that ended in an error: {errors}. They count neither way."
            )
    return cautions
