"""Which scenes count: those that come to rest and that the scripted expert solves, found once and remembered.

Official protocol: the i-th try of evaluation seed s is scene seed 100000 · (1 + s) + i; scenes that are not
`layout_ok`, or that the expert cannot solve in dense control, are skipped and the next one tried. A verdict
depends on task, setting, robot, object models and the simulator's code, so these name the cache file.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from harness.demonstration import take
from harness.errors import UserError
from harness.hashing import assets_hash, digest, file_sha256
from harness.rows import CAUSES, EXPERT, SOLVED, UNSTABLE
from harness.sim_world import SceneOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from robotwin_env.env import RoboTwinEnv

MAX_REFUSED_IN_A_ROW = 50
EVALUATION_SEED_STRIDE = 100_000


@dataclass(frozen=True)
class Verdict:
    """Whether a scene counts, and why not: `cause` is one of CAUSES, `reason` what exactly."""

    seed: int
    ok: bool
    reason: str | None = None
    cause: str | None = None


def evaluation_seed(seed: int, attempt: int) -> int:
    """Scene seed of the `attempt`-th try (0, 1, …) of evaluation seed `seed`; both at least 0."""
    if seed < 0:
        raise UserError(f"--seed {seed} is negative; evaluation seeds are 0, 1, 2, …")
    return EVALUATION_SEED_STRIDE * (1 + seed) + attempt


@dataclass
class Refusals:
    """Scenes of a task refused in a row; a search that finds only such scenes is stopped.

    `causes` counts those in a row by CAUSES.
    """

    task: str
    in_a_row: int = 0
    causes: Counter[str] = field(default_factory=Counter)

    def accept(self) -> dict[str, int]:
        """A scene counts: start again from none. Returns how many were refused before it, by cause."""
        causes = self.by_cause()
        self.in_a_row = 0
        self.causes.clear()
        return causes

    def by_cause(self) -> dict[str, int]:
        """How many were refused in a row, by cause; every cause is there."""
        return {cause: self.causes[cause] for cause in CAUSES}

    def refuse(self, reason: str | None, cause: str) -> None:
        """A scene does not count; UserError with the reason at the 50th in a row."""
        self.in_a_row += 1
        self.causes[cause] += 1
        if self.in_a_row >= MAX_REFUSED_IN_A_ROW:
            raise UserError(
                f"{self.task}: {self.in_a_row} scenes in a row were refused (last: {reason}); "
                "check --assets with `python -m harness.doctor`"
            )


def judge(env: RoboTwinEnv, seed: int, check_expert: bool = True) -> Verdict:
    """Look at one scene: does it come to rest unsolved, and (`check_expert`) does the expert solve it."""
    _, info = env.reset(seed=seed)
    if not info["layout_ok"]:
        return Verdict(seed, False, info["layout_reason"], layout_cause(info["layout_reason"]))
    if not check_expert:
        return Verdict(seed, True)
    solved, reason = env.demonstrate()
    return Verdict(seed, solved, reason, None if solved else EXPERT)


def demonstration(env: RoboTwinEnv, seed: int) -> NDArray[np.float32]:
    """The expert's recorded frames of a scene: actions (T, 14), the next frame's state vector each."""
    env.reset(seed=seed)
    return take(env).actions


def attempts(seed: int) -> Iterator[int]:
    """The scene seeds of evaluation seed `seed`, in the order they are tried."""
    return (evaluation_seed(seed, attempt) for attempt in itertools.count())


class Remembered:
    """Verdicts of earlier runs on the same scenes, and a place for new ones: `cache_dir()`.

    Without the expert a scene is judged so quickly that nothing is remembered.
    """

    def __init__(self, tasks: Sequence[str], options: SceneOptions, check_expert: bool = True):
        self._files = verdict_files(tasks, options) if check_expert else {}

    def of(self, task: str, done: Collection[int] = ()) -> dict[int, Verdict]:
        """What is known of a task's scenes; those that are `done` count."""
        found = read_verdicts(self._files[task]) if self._files else []
        return {verdict.seed: verdict for verdict in found} | {seed: Verdict(seed, True) for seed in done}

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


def layout_cause(reason: str) -> str:
    """Which of CAUSES an environment's `layout_reason` is."""
    return UNSTABLE if reason.startswith("unstable") else SOLVED


def cache_dir() -> Path:
    """Where verdicts are kept: `$XDG_CACHE_HOME/robotwin-pi0/verdicts`, by default under ~/.cache."""
    from robotwin_env.shaders import user_cache

    return user_cache() / "verdicts"


def verdict_files(tasks: Sequence[str], options: SceneOptions) -> dict[str, Path]:
    """Where the verdicts of each task are kept: the names change with whatever a verdict depends on."""
    import robotwin_env
    from robotwin_env.assets import open_root
    from robotwin_env.textures import count

    root = open_root(options.assets)
    versions = [metadata.version(name) for name in ("sapien", "numpy", "toppra")]
    package = Path(robotwin_env.__file__).parent
    code = {file.relative_to(package).as_posix(): file_sha256(file) for file in package.rglob("*.py")}
    assets = f"{root.kind}|{assets_hash(root.path)}|{count(root.path)}"
    about = f"{options.config}|{assets}|{versions}|{digest(code)}"
    names = {task: hashlib.sha256(f"{task}|{about}".encode()).hexdigest()[:16] for task in tasks}
    return {task: cache_dir() / f"{task}-{name}.jsonl" for task, name in names.items()}


def read_verdicts(path: Path) -> list[Verdict]:
    """Verdicts on disk; a torn or foreign line is skipped (the scene is judged again)."""
    if not path.is_file():
        return []
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
            verdict = Verdict(int(row["seed"]), bool(row["ok"]), row.get("reason"), row.get("cause"))
            if verdict.ok or verdict.cause in CAUSES:
                found.append(verdict)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return found


def append_verdict(path: Path, verdict: Verdict) -> None:
    """Add one line in a single write, so that runs side by side do not tear each other's lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(asdict(verdict)) + "\n"
    with path.open("ab", buffering=0) as file:
        file.write(line.encode())
