"""What is written beside the weights of a demo policy: training log, tasks, model card."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from harness.core.errors import UserError
from harness.files.json_files import write_text
from harness.files.reading import read_json
from harness.runs.provenance import provenance
from harness.train.model_card import card
from policies.provenance.training_log import SCHEMA

OURS = re.compile(
    r"(config|tasks|training_log)\.json|README\.md|model\.safetensors|tokenizer|"
    r"policy_(pre|post)processor[\w]*\.(json|safetensors)"
)
"""What a checkpoint of a training is made of: such a folder may be replaced."""


def export_checkpoint(checkpoint: Path, out: Path, log: dict[str, Any]) -> None:
    """Write the checkpoint with its training log and card to `out`, whole or not at all, in place of an older one.

    UserError, with everything left as it is, where `out` holds something else.
    """
    require_replaceable(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as folder:
        partial, before = Path(folder) / "new", Path(folder) / "old"
        _copy(checkpoint, partial, log, out)
        if out.exists():
            out.rename(before)
        try:
            partial.rename(out)
        except BaseException:
            if before.exists():
                before.rename(out)
            raise


def require_replaceable(out: Path) -> None:
    """UserError where a checkpoint would take the place of what is none of a training's, or hold more than one."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise UserError(f"{out} is no folder; choose another --out")
    there = sorted(entry.name for entry in out.iterdir()) if out.exists() else []
    if there and not {"config.json", "training_log.json"} <= set(there):
        raise UserError(f"{out} holds something that is no checkpoint of a training; choose another --out")
    more = next((name for name in there if not OURS.fullmatch(name)), None)
    if more is not None:
        raise UserError(
            f"{out} holds {more!r}, which no training writes and which would go; choose another --out"
        )


def _copy(checkpoint: Path, partial: Path, log: dict[str, Any], out: Path) -> None:
    """The checkpoint in `partial` as it will lie in `out`."""
    shutil.copytree(checkpoint, partial)
    preprocessor = partial / "policy_preprocessor.json"
    text = preprocessor.read_text().replace(
        (checkpoint / "tokenizer").as_posix(), portable(out / "tokenizer")
    )
    preprocessor.write_text(text)
    write_log_and_card(partial, log, out)


def write_log_and_card(checkpoint: Path, log: dict[str, Any], place: Path | None = None) -> None:
    """training_log.json, tasks.json (which tasks it is meant for) and the model card README.md.

    place: where the checkpoint will lie, if elsewhere.
    """
    tasks = sorted(log["scene_seeds"])
    if tasks:
        (checkpoint / "tasks.json").write_text(json.dumps({"tasks": tasks}, indent=2) + "\n")
    write_log(checkpoint, {"schema": SCHEMA} | portable(log) | {"made_with": provenance()}, place)


def write_log(checkpoint: Path, log: dict[str, Any], place: Path | None = None) -> None:
    """training_log.json and the model card, which says the same in words; place as in `write_log_and_card`.

    KeyError, and nothing written, where the log lacks what the card says.
    """
    files = {
        "README.md": card(portable(str(place or checkpoint)), log),
        "training_log.json": json.dumps(log, indent=2, default=str) + "\n",
    }
    for name, text in files.items():
        write_text(checkpoint / name, text)


def earlier(init: Path | None) -> list[dict[str, Any]]:
    """Steps and seconds of the trainings that led to the checkpoint a training starts from, the first one first."""
    path = init / "training_log.json" if init else None
    if path is None or not path.is_file():
        return []
    log = read_json(path)
    return [*log.get("earlier", []), {name: log[name] for name in ("steps", "seconds") if name in log}]


def portable(value: Any) -> Any:
    """The same without this machine's folders: paths from the working directory, or else only their last part."""
    if isinstance(value, dict):
        return {key: portable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [portable(item) for item in value]
    text = str(value) if isinstance(value, Path) else value
    if not isinstance(text, str) or not text.startswith(("/", "~")):
        return text
    path, here = Path(text).expanduser(), Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name
