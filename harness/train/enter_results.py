"""Put what closed-loop runs measured into the files of their checkpoint: its training_log.json and its model card.

    python -m harness.closedloop --policy assets/demo --task click_bell,grab_roller --episodes 100 --out runs/bells
    python -m harness.train.enter_results assets/demo runs/bells

The runs are finished, of this very checkpoint (by content hash), with all its inputs and in one setting; what was
entered before is replaced. Weights and content hash stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tyro.conf import Positional

from harness.core import cli
from harness.core.errors import UserError
from harness.files.reading import read_json
from harness.results.views import RunView, read_runs
from harness.runs.compatibility import EARLIER, differences
from harness.runs.description import Provenance
from harness.runs.policy_names import is_control
from harness.train.evaluation import success_rate, task_scores
from harness.train.log import write_log
from policies.provenance.training_log import in_todays_names

SETTING = ("seed", "horizon", "strategy", "config", "max_actions")
"""What the log says of how a run was asked for."""
ORDINARY = {"strategy": "plain", "config": "demo_clean"}
OWN = ("task", "episodes", "policy", "videos")
"""Settings in which runs on one card may differ: what they evaluate, how they spell the policy, what they film."""


@dataclass(frozen=True)
class Config:
    """Put closed-loop results into a checkpoint's training log and model card."""

    checkpoint: Positional[Path]
    """The checkpoint's directory; it needs the training_log.json of scripts/train_demo_policy.py."""
    runs: Positional[tuple[Path, ...]]
    """Finished run directories of harness.closedloop with that checkpoint."""
    note: str = ""
    """A sentence for the card, of what a reader should know of these scenes."""


def main(config: Config) -> None:
    """Check the runs, and write both files."""
    from policies.checkpoint.content import hash_of

    path = config.checkpoint / "training_log.json"
    if not path.is_file():
        raise UserError(f"{path} is missing; name a checkpoint that scripts/train_demo_policy.py has made")
    if not config.runs:
        raise UserError(f"no run given; name the runs of {config.checkpoint} to enter")
    log = in_todays_names(read_json(path))
    log["closed_loop"] = results(read_runs(config.runs), hash_of(config.checkpoint), config.note)
    try:
        write_log(config.checkpoint, log)
    except (KeyError, TypeError) as error:
        raise UserError(f"{path} lacks what the card says ({error}); train the checkpoint again") from error
    scores = log["closed_loop"]["tasks"].items()
    print(", ".join(f"{task} {score['successes']}/{score['n']}" for task, score in scores), f"-> {path}")


def results(views: list[RunView], checkpoint_hash: str, note: str = "") -> dict[str, Any]:
    """What the log says of these runs; UserError for one that is no result of the checkpoint, or of another setting."""
    first = views[0]
    tasks: dict[str, dict[str, Any]] = {}
    for view in views:
        _require_result(view, checkpoint_hash)
        other = differences(_asked(first), _asked(view))
        if other:
            raise UserError(
                f"{view.folder} and {first.folder} differ in {other[0]}; enter runs of one setting"
            )
        for task, score in task_scores(view.closed_summary).items():
            if task in tasks:
                raise UserError(f"two of the runs evaluate {task}; name one of them")
            tasks[task] = score
    setting = {name: first.config.plain().get(name, ORDINARY.get(name)) for name in SETTING}
    setting = {name: value for name, value in setting.items() if value is not None}
    how, commits = _how(views, setting, note), sorted({_commit(view.provenance) for view in views})
    return {**setting, "how": how, "tasks": tasks, "success": success_rate(tasks), "code": commits}


def _require_result(view: RunView, checkpoint_hash: str) -> None:
    if view.mode != "closedloop" or not view.finished or not view.rows:
        raise UserError(f"{view.folder} is not a finished run of harness.closedloop; name one that is")
    if is_control(view.config.ablate):
        raise UserError(f"{view.folder} is a control (--ablate {view.config.ablate}); name an ordinary run")
    measured = view.provenance.checkpoint_hash
    if measured != checkpoint_hash:
        raise UserError(
            f"{view.folder} was made with a checkpoint of another hash ({str(measured)[:8]}, now "
            f"{checkpoint_hash[:8]}); "
            "run it again with this one"
        )
    for task, rate in view.closed_summary.tasks.items():
        if rate.errors:
            raise UserError(
                f"{rate.errors} episodes of {task} in {view.folder} ended in an error; run it again"
            )


def _asked(view: RunView) -> dict[str, Any]:
    config = {name: value for name, value in view.config.plain().items() if name not in OWN}
    return {"mode": view.mode, "config": config, "provenance": view.provenance.plain()}


def _commit(provenance: Provenance) -> str:
    return f"{provenance.git_commit or 'unknown'}{' with changes' if provenance.git_dirty else ''}"


def _how(views: list[RunView], setting: dict[str, Any], note: str) -> str:
    limits = {row.step_limit for view in views for row in view.closed_rows if row.step_limit is not None}
    words = [f"at most {' or '.join(map(str, sorted(limits)))} actions a rollout"] if limits else []
    words.append(f"replanned every {setting['horizon']} actions")
    words += [f"{name} {setting[name]}" for name, usual in ORDINARY.items() if setting[name] != usual]
    scenes = views[0].provenance.scenes
    if scenes not in (None, EARLIER["scenes"]):
        words.append(f"{scenes} scenes")
    elif views[0].config.expert_check is False:
        words.append("scenes not checked by the expert")
    sentence = "; ".join([*words, f"{views[0].provenance.assets_kind or 'unknown'} assets"])
    return " ".join(filter(None, [f"{sentence[0].upper()}{sentence[1:]}.", note]))


if __name__ == "__main__":
    cli.run(main, Config)
