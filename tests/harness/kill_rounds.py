"""Disturb a run at random moments until it is complete, and hold it against an undisturbed one.

    python tests/harness/kill_rounds.py --rounds 20 [--seed 7] [--out FOLDER]

Every round is one run of scenes in miniature (`fake_scenes`) in processes of its own, with 1 to 3 workers. It is
begun and resumed again and again; each time something happens to it: a worker is killed or stopped, the parent is
killed, Ctrl-C is pressed, or files may not grow any more. At last it is left alone. Then every episode must be there
exactly once, as in the undisturbed run, no worker may be left, and everything said must be one line.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EPISODES, PAUSE_S, PATIENCE_S = 8, 0.2, 2.0
SETTLED = 4096  # bytes that run.json needs
DISTURBANCES = ("kill worker", "stop worker", "kill parent", "interrupt", "full disk")
TIMES = ("seconds", "inference_seconds")
HERE = Path(__file__).resolve().parent


def act(out: Path, workers: int, file_limit: int | None, ray: str | None = None) -> int:
    """Begin or resume the run in `out`; what a round starts as a process of its own."""
    from fake_scenes import FakeOptions, FakeQueue, prepared

    from harness.closedloop import crew, evaluation

    crew.InferenceQueue = FakeQueue  # type: ignore[misc]
    options = FakeOptions(pause_s=PAUSE_S)
    ready = prepared(
        options,
        episodes=EPISODES,
        workers=workers,
        patience=PATIENCE_S if ray is None else PATIENCE_S * 10,
        out=out,
        resume=out.exists(),
        ray=ray,
    )
    evaluation.prepare = lambda *_: ready
    evaluation.write_report = lambda *_: out
    if file_limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
    return evaluation.evaluate(ready.config, ready.tasks)


def start(
    out: Path, workers: int, file_limit: int | None = None, ray: str | None = None
) -> subprocess.Popen[str]:
    """The run as a process; what it says on stderr is collected."""
    command = [sys.executable, __file__, "--act", str(out), "--workers", str(workers)]
    command += [] if file_limit is None else ["--file-limit", str(file_limit)]
    command += [] if ray is None else ["--ray", ray]
    environment = os.environ | {"XDG_CACHE_HOME": str(out.parent / "cache")}
    return subprocess.Popen(
        command,
        env=environment,
        cwd=HERE.parents[1],
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def workers_of(pid: int) -> list[int]:
    """Process ids of the simulating children of a process."""
    found = []
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for child in map(int, children):
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(child)
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def disturb(process: subprocess.Popen[str], what: str, dice: random.Random) -> list[int]:
    """Let some time pass and `what` happen; returns the workers there were before."""
    deadline = time.monotonic() + 60
    while not workers_of(process.pid) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(dice.uniform(0.2, 3.0))
    workers = workers_of(process.pid)
    if process.poll() is None:
        if what in ("kill worker", "stop worker") and workers:
            number = signal.SIGKILL if what == "kill worker" else signal.SIGSTOP
            with contextlib.suppress(ProcessLookupError):
                os.kill(dice.choice(workers), number)
        elif what == "kill parent":
            process.kill()
        elif what == "interrupt":
            process.send_signal(signal.SIGINT)
    return workers


def rows_of(out: Path) -> dict[tuple[str, int], dict]:
    """The rows of a run without what is different each time; every line must be whole and no success twice."""
    rows: dict[tuple[str, int], dict] = {}
    for line in (out / "episodes.jsonl").read_text().splitlines():
        row = {key: value for key, value in json.loads(line).items() if key not in TIMES}
        key = (row["task"], row["seed"])
        assert rows.get(key, {"status": "error"})["status"] == "error", f"{key} is there twice"
        rows[key] = row
    return {key: row for key, row in rows.items() if not row.get("retracted")}


def one_round(out: Path, dice: random.Random, expected: dict) -> list[str]:
    """Disturb a run until it is complete; returns what happened."""
    happened = []
    for attempt in range(10):
        what = dice.choice(DISTURBANCES) if attempt < 6 else "nothing"
        written = (out / "episodes.jsonl").stat().st_size if (out / "episodes.jsonl").exists() else 0
        limit = max(SETTLED, written + dice.randint(100, 2000)) if what == "full disk" else None
        process = start(out, dice.randint(1, 3), limit)
        before: list[int] = []
        for _ in range({"kill worker": 3, "stop worker": 2, "kill parent": 1, "interrupt": 1}.get(what, 0)):
            before += disturb(process, what, dice)
        try:
            said = process.communicate(timeout=180)[1]
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"hangs after {what}: {process.communicate()[1]}") from None
        happened.append(f"{what} ({process.returncode})")
        check_end(what, process.returncode, said)
        end = time.monotonic() + 10
        while any(map(alive, before)) and time.monotonic() < end:
            time.sleep(0.05)
        assert not any(map(alive, before)), f"workers are left after {what}"
        if process.returncode == 0:
            break
    assert rows_of(out) == expected, f"other results after {happened}"
    return happened


def check_end(what: str, code: int, said: str) -> None:
    """A run ends as it should, and says so."""
    assert "Traceback" not in said, said
    allowed = {"kill parent": {-9}, "interrupt": {130}, "full disk": {1, 2}}.get(what, {1})
    assert code in allowed | {0}, f"{what}: exit code {code}\n{said}"
    if code == 130:
        assert "resume with: python -m harness.closedloop" in said and "--resume" in said, said
    if what == "full disk" and code:
        assert "File too large" in said.splitlines()[-1], said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--act", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--workers", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--file-limit", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--ray", help=argparse.SUPPRESS)
    config = parser.parse_args()
    if config.act:
        sys.path.insert(0, str(HERE.parents[1]))
        from harness.core import cli

        run_as_command(cli, config)
    folder = config.out or Path(tempfile.mkdtemp(prefix="kill-rounds-"))
    for line in rounds(folder, config.rounds, config.seed):
        print(line, flush=True)


def run_as_command(cli, config: argparse.Namespace) -> None:
    """What a command does around its `main`: exit codes and one-line errors."""
    cli.parse = lambda *_: config
    cli.run(lambda c: act(c.act, c.workers, c.file_limit, c.ray), argparse.Namespace, [])


def rounds(folder: Path, count: int, seed: int):
    """Play `count` rounds in `folder`; yields what happened in each, AssertionError where something is wrong."""
    (folder / "undisturbed").mkdir(parents=True)
    process = start(folder / "undisturbed" / "run", 1)
    assert process.wait(120) == 0, process.communicate()[1]
    expected = rows_of(folder / "undisturbed" / "run")
    assert len(expected) == 2 * EPISODES
    for number in range(count):
        home = folder / f"round-{number}"
        home.mkdir()
        happened = one_round(home / "run", random.Random(1000 * seed + number), expected)
        yield f"round {number}: {', '.join(happened)}"


if __name__ == "__main__":
    main()
