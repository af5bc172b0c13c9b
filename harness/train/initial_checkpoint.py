"""The checkpoint a training goes on from, found and checked before anything is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.core.errors import UserError
from harness.train.config import Config

if TYPE_CHECKING:
    from policies.provenance.training_record import TrainingRecord


@dataclass(frozen=True)
class Start:
    """A tiny π0 on this machine, and what it says it was trained on."""

    folder: Path
    training: TrainingRecord | None


def start_of(config: Config) -> Start | None:
    """What --init names, None where weights are random; UserError, PolicyError where it does not fit."""
    from policies.loading import found_checkpoint
    from policies.provenance.training_record import read_training_record

    if config.init is None:
        return None
    checkpoint = found_checkpoint(config.init)
    if checkpoint.type != "tiny_pi0":
        raise UserError(
            f"--init {config.init} is a {checkpoint.type}; only a tiny_pi0 can be trained on here"
        )
    own = checkpoint.config.get("chunk_size"), (checkpoint.config.get("image_resolution") or [None])[0]
    if own != (config.chunk_size, config.image_size):
        raise UserError(f"{config.init} has --chunk-size {own[0]} --image-size {own[1]}; give those")
    return Start(checkpoint.directory, read_training_record(checkpoint.directory))
