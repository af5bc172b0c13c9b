"""Put what closed-loop runs measured into the papers of their checkpoint: its training_log.json and its model card.

    python -m harness.closedloop --policy assets/demo --task click_bell,grab_roller --episodes 100 --out runs/bells
    python scripts/enter_results.py assets/demo runs/bells

The runs are finished, of this very checkpoint (by content hash), with all its inputs and in one setting; what was
entered before is replaced. Weights and content hash stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo_training.evaluation import success_rate, task_scores
from demo_training.papers import write_log
from tyro.conf import Positional

from harness import cli
from harness.control_names import NONE
from harness.errors import UserError
from harness.jsonio import read_json

if TYPE_CHECKING:
    from harness.report_data import RunView

SETTING = ("seed", "horizon", "strategy", "config", "max_actions")
"""What a run was asked for that its success hangs on."""
ORDINARY = {"strategy": "plain", "config": "demo_clean"}


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
    """Check the runs, and write both papers."""
    from harness.report_data import read_runs
    from policies.checkpoint import TOKENIZER, content_hash, open_checkpoint

    path = config.checkpoint / "training_log.json"
    if not path.is_file():
        raise UserError(f"{path} is missing; name a checkpoint that scripts/train_demo_policy.py has made")
    if not config.runs:
        raise UserError(f"no run given; name the runs of {config.checkpoint} to enter")
    log = read_json(path)
    open_checkpoint(config.checkpoint)
    found = content_hash(config.checkpoint, config.checkpoint / TOKENIZER)
    log["closed_loop"] = results(read_runs(config.runs), found, config.note)
    write_log(config.checkpoint, log)
    scores = log["closed_loop"]["tasks"].items()
    print(", ".join(f"{task} {score['successes']}/{score['n']}" for task, score in scores), f"-> {path}")


def results(views: list[RunView], checkpoint_hash: str, note: str = "") -> dict[str, Any]:
    """What the log says of these runs; UserError for one that is no result of the checkpoint, or of another setting."""
    for view in views:
        _require_result(view, checkpoint_hash)
    setting = _setting(views[0])
    tasks: dict[str, dict[str, Any]] = {}
    for view in views:
        if _setting(view) != setting:
            raise UserError(
                f"{view.folder} has another setting than {views[0].folder}; enter runs of one setting"
            )
        for task, score in task_scores(view.summary["tasks"]).items():
            if task in tasks:
                raise UserError(f"two of the runs evaluate {task}; name one of them")
            tasks[task] = score
    commits = sorted({str(view.provenance.get("git_commit")) for view in views})
    how = _how(views, setting, note)
    return {**setting, "how": how, "tasks": tasks, "success": success_rate(tasks), "git_commit": commits}


def _require_result(view: RunView, checkpoint_hash: str) -> None:
    if view.mode != "closedloop" or not view.finished or not view.rows:
        raise UserError(f"{view.folder} is not a finished run of harness.closedloop; name one that is")
    if view.config.get("ablate", NONE) != NONE:
        raise UserError(
            f"{view.folder} is a control (--ablate {view.config['ablate']}); name an ordinary run"
        )
    if view.provenance.get("checkpoint_hash") != checkpoint_hash:
        raise UserError(f"{view.folder} was made with another checkpoint; run it again with this one")


def _setting(view: RunView) -> dict[str, Any]:
    asked = {name: view.config.get(name, ORDINARY.get(name)) for name in SETTING}
    return {name: value for name, value in asked.items() if value is not None}


def _how(views: list[RunView], setting: dict[str, Any], note: str) -> str:
    limits = sorted({row["step_limit"] for view in views for row in view.rows})
    words = [] if "max_actions" in setting else [f"at most {' or '.join(map(str, limits))} actions a rollout"]
    words.append(f"replanned every {setting['horizon']} actions")
    words += [f"{name} {setting[name]}" for name, usual in ORDINARY.items() if setting[name] != usual]
    kinds = sorted({str(view.provenance.get("assets_kind")) for view in views})
    sentence = "; ".join([*words, f"{' and '.join(kinds)} assets"])
    return " ".join(filter(None, [f"{sentence[0].upper()}{sentence[1:]}.", note]))


if __name__ == "__main__":
    cli.run(main, Config)
