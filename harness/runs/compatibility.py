"""Whether two processes may work on one run: same settings, same inputs, same code; else, what differs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.core.errors import UserError
from harness.core.text import short
from harness.runs.folders import now

TOLD = ("track", "track_online", "track_group")
"""Settings of who else is told of a run (`harness.trackers`)."""
FREE_TO_CHANGE = (
    "out",
    "resume",
    "verify",
    "workers",
    "patience",
    "observer",
    "ray",
    "simulator_cpus",
    "simulator_gpus",
    "policy_replicas",
    "replica_cpus",
    "replica_gpus",
    *TOLD,
)
"""Settings a resumed run may change: they never change a result."""
EARLIER = {
    "strategy": "plain",
    "dtype": "auto",
    "ablate": "none",
    "max_actions": None,
    "scenes": "protocol",
    "remote_format": "auto",
    "remote": "",
    "shard": None,
}
"""Settings that runs did not record before they existed, and what those runs did."""
SAME_THROUGHOUT = (
    "checkpoint_hash",
    "dataset_hash",
    "assets_kind",
    "assets_hash",
    "shader",
    "shadows",
    "render_device",
    "clutter_kind",
    "textures_kind",
    "instructions",
    "instruction_split",
    "controller",
    "ablation",
    "scenes_hash",
)
"""Provenance that must be equal for two parts of one run to be one run."""


LONGEST_VALUE, LEADING, MOST_NAMED = 160, 20, 12
"""Characters of a value, of them those that are equal still, and values, that a line names."""


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What keeps two `run.json` contents from being parts of one run, as `key: old -> new` lines."""
    pairs = [("mode", old["mode"], new["mode"])]
    for key in sorted((set(old["config"]) | set(new["config"])) - set(FREE_TO_CHANGE)):
        before, after = (run["config"].get(key, EARLIER.get(key)) for run in (old, new))
        pairs.append((key, before, after))
    for key in SAME_THROUGHOUT:
        pairs.append((key, old["provenance"].get(key), new["provenance"].get(key)))
    codes = [run["provenance"].get("code") or {} for run in (old, new)]
    for name in sorted(set().union(*codes)):
        pairs.append((f"code of {name}", codes[0].get(name), codes[1].get(name)))
    lines = (f"{short(key)}: {_change(before, after)}" for key, before, after in pairs if before != after)
    return list(dict.fromkeys(lines))  # shader and shadows are asked for and recorded: say it once


def _change(before: Any, after: Any) -> str:
    """`old -> new`; of long values, the part from where they begin to differ."""
    texts = [repr(before), repr(after)]
    if max(map(len, texts)) > LONGEST_VALUE:
        pairs = enumerate(zip(*texts, strict=False))
        same = next((place for place, (one, other) in pairs if one != other), min(map(len, texts)))
        begin = max(0, same - LEADING) if same > LONGEST_VALUE // 2 else 0
        texts = [f"{'…' * (begin > 0)}{text[begin:]}" for text in texts]
    return " -> ".join(short(text, LONGEST_VALUE) for text in texts)


def resumed(old: dict[str, Any], new: dict[str, Any], path: Path) -> dict[str, Any]:
    """The run.json of the run in `path` while it goes on; UserError where it was another run."""
    changed = differences(old, new)
    if changed:
        named = [
            *changed[:MOST_NAMED],
            *([f"{len(changed) - MOST_NAMED} more"] if changed[MOST_NAMED:] else []),
        ]
        raise UserError(f"cannot resume {path}, it was started with other settings ({'; '.join(named)})")
    resumed = [*old.get("resumed", []), now()]
    return old | {
        "schema": new["schema"],
        "status": "running",
        "error": None,
        "finished": None,
        "resumed": resumed,
    }
