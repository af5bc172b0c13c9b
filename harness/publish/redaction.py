"""What may leave this machine."""

from __future__ import annotations

import dataclasses
import re
from pathlib import PurePosixPath
from typing import Any

from harness.rendering.markdown import cut
from harness.results.views import RunView
from harness.runs.policy_names import NOT_TRAINED, is_control, is_path, split_display_name

PUBLISHED_PROVENANCE = (
    "checkpoint_hash",
    "dataset_revision",
    "dataset_hash",
    "dataset_sampling",
    "assets_kind",
    "assets_hash",
    "git_commit",
    "controller",
    "shader",
    "shadows",
    "instruction_split",
    "seeds",
    "scenes",
    "scenes_hash",
)

PUBLISHED_CONFIG = ("horizon", "strategy", "config", "seed", "batch_size", "expert_check", "max_actions")


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
    own, control = split_display_name(name)
    return cut((PurePosixPath(own.replace("\\", "/")).name if is_path(own) else own) + control)


def is_trained(run: RunView) -> bool:
    """Whether the run is of a policy that a card can be about, not of a baseline, the expert or a control."""
    return run.config.policy not in NOT_TRAINED and not is_control(run.config.ablate)


def facts(run: RunView) -> dict[str, Any]:
    """What is published of a run's configuration and provenance, plain and short."""
    published = {key: run.config.named(key) for key in PUBLISHED_CONFIG}
    published |= {key: run.provenance.named(key) for key in PUBLISHED_PROVENANCE}
    published["instructions"] = wording(run)
    return {
        key: v if isinstance(v, (bool, int, float)) else cut(v)
        for key, v in published.items()
        if v is not None
    }


def wording(run: RunView) -> str | None:
    """Whose sentences the policy got: `own`, `task-name`, or a RoboTwin checkout by its commit, not by its folder."""
    recorded = run.provenance.instructions
    if recorded is None or recorded in ("own", "task-name"):
        return recorded
    commit = re.search(r" at ([0-9a-f]{7,40}(?: with changes)?)$", str(recorded))
    return f"RoboTwin's at {commit[1]}" if commit else "a RoboTwin checkout's"


def unofficial(run: RunView) -> str:
    """What has to stand beside a number of `run` that is no RoboTwin score; empty where it is one."""
    why = [run.assets.label] if run.assets is not None and run.assets.kind != "real" else []
    if run.config.max_actions is not None:
        why.append(f"episodes ended after {run.config.max_actions} actions")
    return f"{', '.join(why)}, not a RoboTwin score" if why else ""
