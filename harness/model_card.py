"""A model card of runs: Markdown with its figures and videos, and evaluation metadata (`model-index`). Pure.

What is published is a choice, not a copy: no host name, command line or path of the machine that ran it.
Everything a run says about itself is text from a stranger, escaped and cut. Results of other than RoboTwin's
own assets say so wherever they stand, in the metadata too.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from harness.control_names import is_control, parted
from harness.policy_names import NOT_TRAINED, is_path
from harness.tables import cut, escape, run_markdown

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

    from harness.report_data import RunView

FOLDER = "robotwin-evaluation"
"""Everything but the card itself is in this folder of the repository."""
START, END = "<!-- robotwin-evaluation: start -->", "<!-- robotwin-evaluation: end -->"
SOURCE = "RoboTwin × π0 evaluation harness"
TASKS_LISTED = 100
OWN_WORDS = (
    "Measured by this project's own simulator and protocol code, which follow RoboTwin 2.0; nobody else has "
    "verified the numbers. Open-loop error says how closely recorded actions are repeated; it is not task success."
)
PUBLISHED_PROVENANCE = (
    "checkpoint_hash",
    "dataset_revision",
    "dataset_hash",
    "dataset_pace",
    "assets_kind",
    "assets_hash",
    "git_commit",
    "controller",
    "shader",
    "shadows",
    "instruction_split",
    "seeds",
)
IN_METADATA = ("horizon", "strategy", "seed", "checkpoint_hash", "dataset_pace", "assets_kind", "max_actions")
PUBLISHED_CONFIG = ("horizon", "strategy", "config", "seed", "batch_size", "expert_check", "max_actions")


@dataclass(frozen=True)
class Section:
    """One run in the card: figures and videos as (what it shows, path in the repository); videos not taken."""

    run: RunView
    figures: list[tuple[str, str]] = field(default_factory=list)
    videos: list[tuple[str, str]] = field(default_factory=list)
    left_out: int = 0


def public(run: RunView) -> RunView:
    """`run` with names in place of paths of this machine."""
    return dataclasses.replace(
        run,
        policy=without_path(run.policy_given),
        dataset=None if run.dataset is None else without_path(run.dataset),
        settings=cut(run.settings),
    )


def without_path(name: str) -> str:
    """A Hub id (`owner/name`) or plain name as it is, of a path its last part."""
    own, control = parted(name)
    return cut((PurePosixPath(own.replace("\\", "/")).name if is_path(own) else own) + control)


def is_trained(run: RunView) -> bool:
    """Whether the run is of a policy that a card can be about, not of a baseline, the expert or a control."""
    return run.config.get("policy") not in NOT_TRAINED and not is_control(run.config)


def facts(run: RunView) -> dict[str, Any]:
    """What is published of a run's configuration and provenance, plain and short."""
    found = {key: run.config.get(key) for key in PUBLISHED_CONFIG}
    found |= {key: run.provenance.get(key) for key in PUBLISHED_PROVENANCE}
    return {
        key: v if isinstance(v, (bool, int, float)) else cut(v) for key, v in found.items() if v is not None
    }


def unofficial(run: RunView) -> str:
    """What has to stand beside a number of `run` that is no RoboTwin score; empty where it is one."""
    why = [run.assets.label] if run.assets is not None and run.assets.kind != "real" else []
    if isinstance(run.config.get("max_actions"), int):
        why.append(f"episodes ended after {run.config['max_actions']} actions")
    return f"{', '.join(why)}, not a RoboTwin score" if why else ""


def eval_results(runs: Sequence[RunView], url: str) -> list[EvalResult]:
    """The metadata of the finished runs of a trained policy; `url` is where all the numbers are."""
    return [
        result
        for run in runs
        if is_trained(run) and run.finished and run.rows
        for result in (_open_results if run.mode == "openloop" else _closed_results)(run, url)
    ]


def rounded(value: Any) -> Any:
    """Numbers with four decimals, in lists and dicts too."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return round(value, 4) if isinstance(value, float) else value


def _result(
    run: RunView, task: str, dataset: tuple[str, str], metric: dict[str, Any], url: str
) -> EvalResult:
    """One number. The Hub groups by dataset type and config: the config has to tell tasks apart."""
    from huggingface_hub import EvalResult

    warning = unofficial(run)
    setting = [cut(run.config["config"])] if isinstance(run.config.get("config"), str) else []
    how = {key: value for key, value in facts(run).items() if key in IN_METADATA}
    metric["metric_args"] = {"policy": run.policy, **rounded(metric["metric_args"]), **how}
    metric["metric_value"] = rounded(metric["metric_value"])
    metric["metric_name"] += f" ({warning})" if warning else ""
    return EvalResult(
        task_type="robotics",
        task_name=cut(task),
        dataset_type=dataset[0],
        dataset_name=f"{dataset[1]} ({warning})" if warning else dataset[1],
        dataset_config=" ".join([cut(task), *setting]),
        source_name=SOURCE,
        source_url=url,
        **metric,
    )


def _closed_results(run: RunView, url: str) -> list[EvalResult]:
    real = run.assets is not None and run.assets.kind == "real"
    kind = run.assets.kind if run.assets else "unknown"
    dataset = (
        ("robotwin-2.0", "RoboTwin 2.0 scenes") if real else (f"robotwin-like-{kind}", "simulated scenes")
    )
    found = []
    for task, rate in [*run.summary["tasks"].items()][:TASKS_LISTED]:
        if not rate["n"]:
            continue
        counts = {"successes": rate["successes"], "n": rate["n"], "wilson_95": rate["ci"]}
        metric = {"metric_type": "success_rate", "metric_name": "success rate", "metric_value": rate["rate"]}
        found.append(_result(run, task, dataset, metric | {"metric_args": counts}, url))
    macro = run.summary["task_macro"]
    if macro["rate"] is not None and macro["tasks"] > 1:
        metric = {"metric_type": "success_rate", "metric_name": "success rate, mean over tasks"}
        metric |= {"metric_value": macro["rate"]}
        counts = {"tasks": macro["tasks"], "bootstrap_95": macro["ci"]}
        found.append(_result(run, "all tasks", dataset, metric | {"metric_args": counts}, url))
    return found


def _open_results(run: RunView, url: str) -> list[EvalResult]:
    name = run.dataset.partition("@")[0] if run.dataset else ""
    on_hub = re.fullmatch(r"[\w.-]+/[\w.-]+", name) is not None and bool(
        run.provenance.get("dataset_revision")
    )
    dataset = (name if on_hub else "recorded-episodes", f"recorded episodes: {name or 'not named'}")
    blocks = {"all tasks": run.summary["overall"], **run.summary["tasks"]}
    found = []
    for task, block in [*blocks.items()][: TASKS_LISTED + 1]:
        beside = {"hold_mae": block["hold_mae"], "mean_mae": block["mean_mae"]}
        counts = {"episodes": block["episodes"], "steps": block["frames"], "bootstrap_95": block["mae_ci"]}
        metric: dict[str, Any] = {"metric_type": "mae"}
        metric |= {"metric_name": "open-loop action MAE, not task success"}
        metric |= {"metric_value": block["mae"], "metric_args": counts | beside}
        found.append(_result(run, task, dataset, metric, url))
    return found


def section_text(sections: Sequence[Section], figures: Sequence[tuple[str, str]], base: str) -> str:
    """The card's part about `sections`, between its markers; `base` is the address the files will be at."""
    from harness.asset_kinds import ASSETS

    runs = [section.run for section in sections]
    notes = [OWN_WORDS]
    notes += [a.warning for a in ASSETS.values() if a.warning and a in [run.assets for run in runs]]
    notes += [
        f"{run.folder} did not finish ({run.status}): its numbers are those of the {len(run.rows)} episodes it "
        "got through, and are left out of the card's metadata."
        for run in runs
        if not run.finished
    ]
    parts = [START, "## Evaluation on RoboTwin's dual-arm tasks"]
    parts.append("\n>\n".join(f"> {escape_long(note)}" for note in notes))
    parts += _pictures(figures)
    for section in sections:
        parts += [run_markdown(section.run, "###"), *_pictures(section.figures), *_videos(section, base)]
        listed = "\n".join(f"- `{key}`: {escape(value)}" for key, value in facts(section.run).items())
        parts.append(f"<details><summary>How it was run</summary>\n\n{listed}\n\n</details>")
    parts.append(f"All numbers: [results.csv]({FOLDER}/results.csv), [results.json]({FOLDER}/results.json).")
    return "\n\n".join([*filter(None, parts), END])


def escape_long(text: str) -> str:
    """Our own sentences, which may be longer than what a stranger gets, escaped."""
    return " ".join(escape(word) for word in text.split())


def _pictures(figures: Sequence[tuple[str, str]]) -> list[str]:
    return [f"![{escape(caption)}]({path})" for caption, path in figures]


def _videos(section: Section, base: str) -> list[str]:
    if not section.videos:
        return []
    clips = [
        f'<video controls muted width="480" src="{base}/{path}"></video>\n\n[{escape(caption)}]({path})'
        for caption, path in section.videos
    ]
    more = (
        f"{len(section.videos)} videos of {len(section.videos) + section.left_out}, both ends of the range."
    )
    return [more, *clips]


def new_card(repo_id: str, section: str, results: list[EvalResult]) -> str:
    """A whole card for a repository that has none."""
    return merged_card(f"# {repo_id.partition('/')[2]}\n", repo_id, section, results)


def merged_card(existing: str, repo_id: str, section: str, results: list[EvalResult]) -> str:
    """`existing` with our part put in, or in place of our older one; every other word and result of it stays.

    ValueError where the metadata of `existing` is broken.
    """
    from huggingface_hub import ModelCard

    card = ModelCard(existing if existing.lstrip().startswith("---") else f"---\n{{}}\n---\n{existing}")
    kept = [result for result in card.data.eval_results or [] if result.source_name != SOURCE]
    card.data.eval_results = kept + results or None
    card.data.model_name = card.data.model_name or repo_id.partition("/")[2]
    if not card.data.eval_results:
        card.data.eval_results = card.data.model_name = None
    card.data.tags = list(dict.fromkeys([*(card.data.tags or []), "robotics", "robotwin"]))
    before, start, rest = card.text.partition(START)
    after = rest.partition(END)[2] if start else ""
    card.text = f"{before.rstrip()}\n\n{section}\n{after}"
    return str(card)
