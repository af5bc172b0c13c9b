"""Runs many commands of one checkout, a forked process each: what takes long to import is imported once.

Stands alone: it is started with a checkout of any age as its folder, and imports nothing of this package. A line of
JSON in ({id, module, argv, cwd, env, script, seconds}), a line of JSON out ({id, rc, said, seconds, cpu, mib, killed}).
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import runpy
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any, NoReturn

WALL_FACTOR = 4
"""A machine with others on it: so many times the seconds of processor time may pass."""
MEBIBYTES = 1024
TAIL = 200_000


def warm_up() -> None:
    """Import what is slow; what a checkout lacks is left out."""
    names = (
        "numpy",
        "pandas",
        "pyarrow.parquet",
        "av",
        "matplotlib.pyplot",
        "scipy.stats",
        "tyro",
        "jinja2",
        "torch",
    )
    for name in (*names, "transformers", "huggingface_hub", "gymnasium", "rich.console"):
        with contextlib.suppress(Exception):
            __import__(name)
    with contextlib.suppress(Exception):
        import policies

        policies.load_policy("demo")


def child(job: dict[str, Any], out: int) -> NoReturn:
    """What the forked process does."""
    os.setsid()
    for number in (1, 2):
        os.dup2(out, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdout = os.fdopen(1, "w", buffering=1, errors="backslashreplace", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    os.environ.update(job.get("env") or {})
    sys.path.insert(0, str(Path.cwd()))
    os.chdir(job["cwd"])
    code = 1
    try:
        if job.get("script"):
            run_script(job["script"])
        else:
            sys.argv = [job["module"], *job["argv"]]
            runpy.run_module(job["module"], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def run_script(script: str) -> None:
    """Lines of Python; an error that is a user's is said as a command says it."""
    try:
        exec(compile(script, "<case>", "exec"), {"__name__": "case"})
    except Exception as error:
        if not getattr(type(error), "is_user_error", False):
            raise
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


def memory(pid: int) -> float:
    """MiB of its own that a process has now: a fork has those of its parent, but not the files that one has mapped."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        _, resident, shared, *_ = (int(word) for word in Path(f"/proc/{pid}/statm").read_text().split())
        return (resident - shared) * resource.getpagesize() / 2**20
    return 0.0


def processor_time(pid: int) -> float:
    """Seconds that a process has computed."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def recorder(job: dict[str, Any], said: Path) -> dict[str, Any]:
    """Fork, and wait for the end or for what must not be."""
    start, before, most, killed = time.monotonic(), memory(os.getpid()), 0.0, None
    limit = job.get("seconds") or 10
    with said.open("wb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # threads that wait for work are no danger to a fork
        pid = os.fork()
        if pid == 0:
            child(job, file.fileno())
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            break
        time.sleep(0.01)
        most = max(most, memory(pid) - before)
        if processor_time(pid) > limit or time.monotonic() - start > WALL_FACTOR * limit:
            killed = "hang"
        elif most > MEBIBYTES:
            killed = "memory"
        if killed:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            _, status, usage = os.wait4(pid, 0)
            break
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)  # workers that were left
    text = said.read_bytes()
    return {
        "id": job["id"],
        "rc": os.waitstatus_to_exitcode(status),
        "said": text[-TAIL:].decode("utf-8", "replace"),
        "seconds": round(time.monotonic() - start, 2),
        "cpu": round(usage.ru_utime + usage.ru_stime, 2),
        "mib": round(most),
        "killed": killed,
    }


def main() -> None:
    """Serve jobs until there are no more."""
    said = Path(sys.argv[1])
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    sys.path.insert(0, str(Path.cwd()))
    warm_up()
    print(json.dumps({"ready": True}), file=replies)
    for line in sys.stdin:
        print(json.dumps(recorder(json.loads(line), said)), file=replies)


if __name__ == "__main__":
    main()
