"""A loaded LeRobot policy behind the harness's interface: checked input, bound noise, raw units out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from policies.baselines import require_finite
from policies.batch_checks import check_batch
from policies.batch_limit import BatchLimit
from policies.errors import PolicyError, one_line
from policies.interface import ACTION_DIM, STATE_KEY, TASK_KEY

if TYPE_CHECKING:
    import torch

    from policies.checkpoint.processors import Processors
    from policies.pi0.fast_sampler import Sampler

FLOW_TYPES = ("pi0", "pi05", "smolvla", "tiny_pi0")
"""Policies that start from noise handed to them: `predict_action_chunk(batch, noise=...)`."""

TIMED_TYPES = ("diffusion",)
"""Policies whose state has an axis for the observations in time; LeRobot's queues add it, which are not used here."""

DETERMINISTIC_TYPES = ("act",)
"""Policies that use no noise. Every other type draws its own; see `_predict_seeded`."""


@dataclass(frozen=True)
class LeRobotPolicy:
    """See `policies.interface.Policy`; made by `policies.building.load_checkpoint`.

    model: the LeRobot policy, in eval mode. provenance: JSON-serialisable facts for `describe`. sampler: what
    computes π0's chunks; None: the model itself. limit: how many rows at a time the GPU's memory has room for.
    """

    name: str
    model: Any
    processors: Processors
    content_hash: str
    provenance: dict[str, Any]
    sampler: Sampler | None = None
    limit: BatchLimit = field(default_factory=BatchLimit)

    @property
    def type(self) -> str:
        """LeRobot's name of the policy class, e.g. `pi0`."""
        return self.model.config.type

    @property
    def chunk_size(self) -> int:
        """C."""
        config = self.model.config
        return int(getattr(config, "chunk_size", None) or config.n_action_steps)

    @property
    def n_action_steps(self) -> int:
        """Actions of a chunk that the policy was meant to execute before it is asked again."""
        return int(getattr(self.model.config, "n_action_steps", self.chunk_size))

    @property
    def num_inference_steps(self) -> int | None:
        """Denoising steps per chunk; None if the policy does not denoise."""
        config = self.model.config
        return getattr(config, "num_inference_steps", None) or getattr(config, "num_steps", None)

    @property
    def images(self) -> tuple[str, ...]:
        """Image keys, in the policy's order; its empty cameras, which it fills itself, left out."""
        return tuple(key for key in self.model.config.image_features if ".empty_camera_" not in key)

    @property
    def renamed(self) -> Mapping[str, str]:
        """Observation key -> the policy's own, as it was trained with (`--rename_map`)."""
        return self.processors.renamed

    @property
    def action_names(self) -> tuple[str, ...] | None:
        """What the numbers of its actions were called where it was trained; None where the checkpoint does not say."""
        from policies.checkpoint.actions import action_names

        return action_names(self.model.config, self.processors.before)

    @property
    def noise_shape(self) -> tuple[int, int] | None:
        """(C, max_action_dim) for flow matching, (1, 1) for a type that draws its own, None for none."""
        if self.type in FLOW_TYPES:
            return self.chunk_size, int(self.model.config.max_action_dim)
        return None if self.type in DETERMINISTIC_TYPES else (1, 1)

    def describe(self) -> dict[str, Any]:
        """What identifies this policy in a run's provenance."""
        return {
            "name": self.name,
            "type": self.type,
            "content_hash": self.content_hash,
            "chunk_size": self.chunk_size,
            "n_action_steps": self.n_action_steps,
            "num_inference_steps": self.num_inference_steps,
            "images": list(self.images),
            **self.provenance,
        }

    def predict(self, batch: dict[str, Any], noise: np.ndarray | None) -> np.ndarray:
        """Chunks (B, C, 14) float32 in raw units; see `policies.interface.Policy.predict`.

        A batch the GPU has no memory for is predicted in parts, with a warning; the next ones too.
        """
        rows = check_batch(self.name, self.images, self.model.config, batch)
        start = self._check_noise(noise, rows)
        chunks = self.limit.in_parts(rows, lambda part: self._predict_part(batch, start, part), self.name)
        return self._checked(np.concatenate(chunks), rows)

    def _predict_part(self, batch: dict[str, Any], noise: torch.Tensor, part: slice) -> np.ndarray:
        """Chunks of some rows of a checked batch."""
        import torch

        start = noise[part]
        # Only what the policy reads goes in: LeRobot would take an extra camera or a recorded action as meant.
        observed = {key: batch[key][part] for key in (STATE_KEY, *self.images, TASK_KEY)}
        with torch.inference_mode(), one_line_errors(self):
            self.model.reset()  # some types keep queues between calls; a chunk depends on its batch alone
            if self.noise_shape is None:
                chunks = self._chunks(observed, self.model.predict_action_chunk)
            elif self.type in FLOW_TYPES:
                x1 = start.to(self.model.config.device)
                act = self.sampler.predict if self.sampler else self.model.predict_action_chunk
                chunks = self._chunks(observed, lambda ready: act(ready, noise=x1))
            else:
                chunks = self._predict_seeded(observed, start)
        return chunks.to("cpu", torch.float32).numpy()

    def _chunks(
        self, observed: dict[str, Any], act: Callable[[dict[str, Any]], torch.Tensor]
    ) -> torch.Tensor:
        """Preprocess, act, postprocess: whole chunks (B, C, A), so that every action of a chunk with relative
        actions is added to the state the chunk was predicted from."""
        ready = self.processors.before(observed)
        self._check_tokens(ready)
        if self.type in TIMED_TYPES:
            ready = {**ready, STATE_KEY: ready[STATE_KEY][:, None]}
        # π0 may predict padded dimensions; the statistics know 14.
        return self.processors.after(act(ready)[..., :ACTION_DIM])

    def _predict_seeded(self, observed: dict[str, Any], start: torch.Tensor) -> torch.Tensor:
        """One row at a time with torch's generator seeded from the row's noise: such a policy draws noise
        itself, and only so does it get the same whatever batch the row is in."""
        import torch

        chunks = []
        devices = [torch.cuda.current_device()] if "cuda" in str(self.model.config.device) else []
        for i in range(len(start)):
            row = {key: value[i : i + 1] for key, value in observed.items()}
            with torch.random.fork_rng(devices):
                torch.manual_seed(int(start[i].view(torch.int32).item()) & 0xFFFFFFFF)
                self.model.reset()
                chunks.append(self._chunks(row, self.model.predict_action_chunk))
        return torch.cat(chunks)

    def _check_noise(self, noise: np.ndarray | None, rows: int) -> torch.Tensor:
        import torch

        if self.noise_shape is None:
            return torch.empty(0)
        wanted = (rows, *self.noise_shape)
        if noise is None or noise.shape != wanted:
            have = "None" if noise is None else noise.shape
            raise PolicyError(
                f"noise is {have}; policy {self.name!r} needs {wanted} (policies.noise.frame_noise)"
            )
        return torch.from_numpy(np.ascontiguousarray(noise, dtype=np.float32))

    def _check_tokens(self, ready: dict[str, Any]) -> None:
        """A tokenizer of another model makes token ids the embedding table has no row for."""
        tokens = ready.get("observation.language.tokens")
        table = _embedding(self.model)
        if tokens is None or table is None or not tokens.numel():
            return
        largest = int(tokens.max())
        if largest >= table.num_embeddings:
            raise PolicyError(
                f"the tokenizer of policy {self.name!r} gives token {largest}, but its model knows "
                f"{table.num_embeddings}: it is another model's; put the right one in the checkpoint's tokenizer/"
            )

    def _checked(self, chunks: np.ndarray, rows: int) -> np.ndarray:
        wanted = (rows, self.chunk_size, ACTION_DIM)
        if chunks.shape != wanted:
            raise PolicyError(
                f"policy {self.name!r} predicted {chunks.shape} instead of {wanted}; its config is wrong"
            )
        require_finite(chunks)
        return chunks


def _embedding(model: Any) -> Any:
    """The token embedding of a π0-like policy, None for others."""
    try:
        return model.model.paligemma_with_expert.paligemma.model.language_model.embed_tokens
    except AttributeError:
        return None


@contextmanager
def one_line_errors(policy: LeRobotPolicy) -> Iterator[None]:
    """Whatever LeRobot raises while it predicts becomes a PolicyError; memory that runs out stays what it is."""
    import torch

    try:
        yield
    except (PolicyError, torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:
        raise PolicyError(
            f"policy {policy.name!r} of type {policy.type} cannot predict from what it was given "
            f"({type(error).__name__}: {one_line(error)}); check its config.json and processors"
        ) from error
