"""Verdicts remembered."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Collection, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from harness.core.errors import UserError
from harness.files.hashing import digest, file_sha256
from harness.files.reading import parse_json, read_bytes
from harness.rollout.environments import SceneOptions
from harness.runs.rows import CAUSES
from harness.scenes.protocol import Verdict
from harness.scenes.provenance import assets_hash


class VerdictCache:
    """Verdicts of earlier runs on the same scenes, and a place for new ones: `cache_dir()`.

    Without the expert a scene is screened so quickly that nothing is remembered.
    """

    def __init__(self, tasks: Sequence[str], options: SceneOptions, check_expert: bool = True):
        self._files = verdict_files(tasks, options) if check_expert else {}

    def of(self, task: str, done: Collection[int] = ()) -> dict[int, Verdict]:
        """What is known of a task's scenes; those that are `done` count."""
        known = read_verdicts(self._files[task]) if self._files else []
        return {verdict.seed: verdict for verdict in known} | {seed: Verdict(seed, True) for seed in done}

    def add(self, task: str, verdict: Verdict) -> None:
        """Remember a verdict; where that cannot be written, later runs find it out again."""
        if self._files:
            try:
                append_verdict(self._files[task], verdict)
            except OSError as error:
                print(
                    f"cannot remember which scenes count in {cache_dir()}: {error.strerror}", file=sys.stderr
                )
                self._files = {}


def cache_dir() -> Path:
    """Where verdicts are kept: `$XDG_CACHE_HOME/robotwin-pi0/verdicts`, by default under ~/.cache."""
    from robotwin_env.rendering.shaders import user_cache

    return user_cache() / "verdicts"


def verdict_files(tasks: Sequence[str], options: SceneOptions) -> dict[str, Path]:
    """Where the verdicts of each task are kept: the names change with whatever a verdict depends on."""
    import robotwin_env
    from robotwin_env.assets.roots import open_root
    from robotwin_env.assets.textures import count

    root = open_root(options.assets)
    versions = [metadata.version(name) for name in ("sapien", "numpy", "toppra")]
    package = Path(robotwin_env.__file__).parent
    code = {file.relative_to(package).as_posix(): file_sha256(file) for file in package.rglob("*.py")}
    assets = f"{root.kind}|{assets_hash(root.path)}|{count(root.path)}"
    about = f"{options.config}|{assets}|{versions}|{digest(code)}"
    names = {task: hashlib.sha256(f"{task}|{about}".encode()).hexdigest()[:16] for task in tasks}
    return {task: cache_dir() / f"{task}-{name}.jsonl" for task, name in names.items()}


def read_verdicts(path: Path) -> list[Verdict]:
    """Verdicts on disk; a torn or foreign line is skipped (the scene is screened again)."""
    try:
        lines = read_bytes(path).splitlines() if path.is_file() else []
    except UserError:
        return []
    return [verdict for verdict in map(_verdict, lines) if verdict]


def _verdict(line: bytes) -> Verdict | None:
    """The verdict a line holds; None where it holds none."""
    try:
        row = parse_json(line)
    except ValueError:
        return None
    if not isinstance(row, dict):
        return None
    seed, ok, reason, cause = (row.get(name) for name in ("seed", "ok", "reason", "cause"))
    if type(seed) is not int or type(ok) is not bool or not isinstance(reason, str | None):
        return None
    cause = cause if isinstance(cause, str) and cause in CAUSES else None
    return Verdict(seed, ok, reason, cause) if ok or cause else None


def append_verdict(path: Path, verdict: Verdict) -> None:
    """Add one line in a single write, so that runs side by side do not tear each other's lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(asdict(verdict)) + "\n"
    with path.open("ab", buffering=0) as file:
        file.write(line.encode())
