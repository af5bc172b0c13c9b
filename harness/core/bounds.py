"""What a command line may ask for: every number between two others, for a reason; names and devices that can be.

A number without an upper bound is a hang, an exhausted memory or a traceback far from the flag that was mistyped.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from harness.core.errors import UserError
from harness.core.output_place import OUTPUTS, check_output


@dataclass(frozen=True)
class Bounds:
    """The numbers from `least` to `most`, both included, and why no larger ones."""

    least: float
    most: float
    why: str = ""

    def check(self, flag: str, value: float | None) -> None:
        """UserError that names the flag where a value is given and not one of them (NaN never is)."""
        if value is not None and not self.least <= value <= self.most:
            why = f" ({self.why})" if self.why and value > self.most else ""
            raise UserError(
                f"{flag} {value} is out of range; give {self.least:.15g} to {self.most:.15g}{why}"
            )


EVALUATION_SEEDS = Bounds(
    0, 42_948, "scene seeds start at 100000 * (1 + seed), and 4294967295 is the last one"
)
RECORDED_SEEDS = Bounds(0, 99_999, "scene seeds from 100000 on are kept for evaluation")
NOISE_SEEDS = Bounds(0, 2**32 - 1, "the random generators take 32 bits")
SCENES = Bounds(1, 10_000, "an evaluation seed has 100000 scenes, and the expert does not solve all of them")
RECORDED_EPISODES = Bounds(1, 100_000, "there are 100000 scenes to record")
ACTIONS = Bounds(1, 100_000, "an hour at 25 actions a second")
CHUNKS = Bounds(1, 10_000, "no policy predicts so far ahead")
BATCH = Bounds(1, 4_096, "the batch is filled up to this many rows, each with three pictures")
WORKERS = Bounds(1, 512, "each is a process with a simulator, about 1 GiB")
PATIENCE_S = Bounds(1, 86_400, "a day")
VIDEOS = Bounds(0, 100_000, "there are not so many episodes")
REPLICAS = Bounds(0, 256, "each holds the policy whole")
CORES = Bounds(0, 1_024, "no node has more")
MEGABYTES = Bounds(1, 1_000_000, "a terabyte")
SHARE = Bounds(0, 1, "it is a share")

LONGEST_NAME, LONGEST_PATH = 255, 4_095
"""Bytes of a file's name and of a whole path, on Linux."""
NAMES = (
    "policy",
    "dataset",
    "assets",
    "instructions",
    "scenes",
    "dagger_policy",
    "init",
    "repo_id",
    "a",
    "b",
)
"""Fields of command lines that may be paths, besides those that are."""
DEVICE = re.compile(r"auto|cpu|cuda(:\d{1,3})?")


def check_device(device: str) -> None:
    """UserError for what names no device, whatever the policy makes of it; whether there is one is seen later."""
    if not DEVICE.fullmatch(device):
        raise UserError(f"--device {device!r} is none; give auto, cpu, cuda or cuda:N")


def check_names(config: Any) -> None:
    """UserError for a word that is no text, a path that no file can have, or one where nothing may be written."""
    for field in fields(config):
        flag = f"--{field.name.replace('_', '-')}"
        for value in _texts(getattr(config, field.name)):
            _check_text(flag, str(value))
            if isinstance(value, Path) or field.name in NAMES:
                _check_path(flag, str(value))
            if isinstance(value, Path) and field.name in OUTPUTS:
                check_output(flag, value)


def _texts(value: Any) -> Iterator[str | Path]:
    if isinstance(value, (str, Path)):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)


def _check_text(flag: str, text: str) -> None:
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        raise UserError(f"{flag} {ascii(text)[:80]} is not text in UTF-8; give a name that is") from None
    if b"\0" in encoded:
        raise UserError(f"{flag} {ascii(text)[:80]} holds a NUL character; leave it out")


def _check_path(flag: str, path: str) -> None:
    encoded = path.encode()
    longest = max(map(len, encoded.split(b"/")))
    if longest > LONGEST_NAME or len(encoded) > LONGEST_PATH:
        raise UserError(
            f"{flag} {path[:40]}… is too long: a name has at most {LONGEST_NAME} bytes, a path {LONGEST_PATH}"
        )
    try:
        Path(path).expanduser().stat()
    except (OSError, RuntimeError) as error:
        if isinstance(error, RuntimeError) or error.errno == errno.ELOOP:
            raise UserError(
                f"{flag} {path} leads in a circle of symbolic links, or to no home; give another"
            ) from None
