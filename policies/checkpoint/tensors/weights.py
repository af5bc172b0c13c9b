"""Weights from a safetensors file into a model, every tensor accounted for.

LeRobot's own loader prints what does not fit and returns a policy with random weights in those places. Here
the names, shapes and kinds of all tensors are compared before a byte of them is read, and anything left over
on either side is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from policies.checkpoint.tensors.shards import weight_files
from policies.checkpoint.tensors.specs import TensorSpec, read_header, read_specs
from policies.errors import PolicyError

if TYPE_CHECKING:
    import torch

UNUSED_HEAD = re.compile(r"paligemma_with_expert\.(paligemma|gemma_expert)\.lm_head\.weight$")
"""π0 speaks through its action head; the language heads of its two halves (0.8 B parameters at full size)
never run, so a checkpoint may or may not hold them."""

EMBEDDING, ITS_HEAD = "paligemma.model.language_model.embed_tokens.weight", "paligemma.lm_head.weight"
"""π0's published checkpoints store the tied pair once, under the head's name."""

RENAMED = {"time_mlp_in.": "action_time_mlp_in.", "time_mlp_out.": "action_time_mlp_out."}
"""openpi's names for parts of π0's action head."""

WRAPPERS = ("_orig_mod.", "module.", "_forward_module.")
"""What torch.compile, DistributedDataParallel and DeepSpeed put before every name."""

VENDORED = "vlm.language_model.model."
"""X-VLA's first checkpoints were saved around Microsoft's own Florence-2; LeRobot's `from_pretrained` translates them
(lerobot 0.6.1, xvla/modeling_xvla.py)."""

SHOWN = 3

WINDOW = 1 << 29
"""Bytes of a file that are mapped before they are let go: what loading needs beyond the model itself."""


@dataclass(frozen=True)
class Match:
    """How a file's tensors become a model's.

    source: model tensor -> tensor in the file. unused: tensors in the file that no inference needs.
    cast: pairs "F32->BF16" that loading converts.
    """

    source: dict[str, str]
    unused: tuple[str, ...]
    cast: tuple[str, ...]


def match(
    stored: Mapping[str, TensorSpec],
    wanted: Mapping[str, TensorSpec],
    ties: Sequence[Sequence[str]] = (),
    *,
    mute: bool = False,
) -> Match:
    """Pair every tensor a model wants with one that is stored.

    Args:
        stored: the file's tensors.
        wanted: the model's, by state-dict name.
        ties: groups of model names that share one parameter: storing one of them is enough.
        mute: the model never speaks, so stored language heads (UNUSED_HEAD) may be left over.

    Raises:
        PolicyError: something is missing, left over, or of another shape or kind; one line with the first few.
    """
    source: dict[str, str] = {}
    unexpected, unused = [], []
    for name in stored:
        target = next((alias for alias in _aliases(name) if alias in wanted), None)
        if target is not None and target not in source:
            source[target] = name
        elif mute and UNUSED_HEAD.search(name):
            unused.append(name)
        else:
            unexpected.append(name)
    for name in wanted:
        if name not in source and (donor := _donor(name, source, unused, ties)):
            source[name] = donor
    problems = [
        _listing("missing", [name for name in wanted if name not in source]),
        _listing("unexpected", unexpected),
        _listing("of another shape or type", list(_misfits(source, stored, wanted))),
    ]
    if any(problems):
        raise PolicyError("; ".join(filter(None, problems)))
    cast = {(stored[name].dtype, wanted[target].dtype) for target, name in source.items()}
    leftover = [name for name in unused if name not in source.values()]
    return Match(source, tuple(leftover), tuple(sorted(f"{a}->{b}" for a, b in cast if a != b)))


def _aliases(name: str) -> Iterator[str]:
    """Model names a stored tensor may stand for: its own, with LeRobot's `model.` prefix, openpi's renamed."""
    yield name
    bare = name.removeprefix("model.")
    yield f"model.{bare}"
    for old, new in RENAMED.items():
        if bare.startswith(old):
            yield f"model.{new}{bare.removeprefix(old)}"


def _donor(
    name: str, source: Mapping[str, str], unused: Sequence[str], ties: Sequence[Sequence[str]]
) -> str | None:
    """The stored tensor that an unstored model tensor shares, if any."""
    for group in ties:
        if name in group:
            return next((source[other] for other in group if other in source), None)
    if name.endswith(EMBEDDING):
        return next((head for head in unused if head.endswith(ITS_HEAD)), None)
    return None


def _misfits(
    source: Mapping[str, str], stored: Mapping[str, TensorSpec], wanted: Mapping[str, TensorSpec]
) -> Iterator[str]:
    for target, name in source.items():
        have, want = stored[name], wanted[target]
        if have.shape != want.shape:
            yield f"{name} is {list(have.shape)} instead of {list(want.shape)}"
        elif have.kind != want.kind:
            yield f"{name} is {have.dtype} instead of {want.dtype}"


def _listing(what: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{len(names)} {what} ({', '.join(names[:SHOWN])}{more})"


def check_fit(policy: torch.nn.Module, path: Path, *, mute: bool = False) -> Match:
    """How a safetensors file's tensors become those of a policy, whose parameters may be on the meta device.

    Raises PolicyError where the file is broken or does not fit; nothing but its header is read.
    """
    wanted = policy.state_dict()
    specs = {name: TensorSpec(tuple(value.shape), _dtype_name(value.dtype)) for name, value in wanted.items()}
    stored = read_specs(path)
    wrapped = next((p for p in WRAPPERS if stored and all(name.startswith(p) for name in stored)), None)
    if wrapped:
        raise PolicyError(
            f"all tensors of {path} are named {wrapped}…: they were saved from a wrapped model "
            "(torch.compile or data "
            "parallel); save the inner model, or take that off their names"
        )
    if any(VENDORED in name for name in stored) and not any(VENDORED in name for name in specs):
        raise PolicyError(
            f"{path} has X-VLA in the names of Microsoft's Florence-2 ({VENDORED}…), which LeRobot translates; save it "
            "in today's: XVLAPolicy.from_pretrained(FOLDER).save_pretrained(FOLDER)"
        )
    try:
        return match(stored, specs, _ties(policy), mute=mute)
    except PolicyError as error:
        raise PolicyError(
            f"{path} does not fit the policy its config.json describes: {error}; find the config.json that "
            "belongs to "
            "it, or download both again"
        ) from error


def fill(policy: torch.nn.Module, path: Path, *, mute: bool = False, device: str | None = None) -> Match:
    """Load a safetensors file into a policy and say how it fitted.

    A `mute` policy loses its language heads first. The parameters may still be on the meta device (see
    `policies.checkpoint.tensors.empty_model`): they are replaced, each tensor moved to `device` (None: the CPU) and
    cast to the policy's type as it is read. Memory: the model, and at most WINDOW or the largest tensor of the file.

    Raises:
        PolicyError: broken file, tensors that do not fit the policy, or a model that does not fit the device.
    """
    if mute:
        drop_unused_heads(policy)
    matched = check_fit(policy, path, mute=mute)
    wanted = policy.state_dict()
    dtypes = {target: wanted[target].dtype for target in matched.source}
    tensors = _read(path, matched.source, dtypes, device or "cpu")
    policy.load_state_dict(tensors, strict=True, assign=True)
    return matched


def _read(
    path: Path, source: Mapping[str, str], dtypes: Mapping[str, torch.dtype], device: str
) -> dict[str, torch.Tensor]:
    """Model name -> tensor of its dtype on `device`, owning its memory.

    safetensors maps the whole file, and the pages that were read count as this process's until it is closed: so
    it is opened anew after every WINDOW bytes.
    """
    from safetensors import safe_open

    tensors: dict[str, torch.Tensor] = {}
    copied: dict[tuple[str, torch.dtype], torch.Tensor] = {}
    for part in weight_files(path):
        inside = read_header(part)
        waiting = [target for target, name in source.items() if name in inside]
        while waiting:
            mapped = 0
            with safe_open(part, framework="pt") as file:
                while waiting and mapped < WINDOW:
                    target = waiting.pop(0)
                    key = source[target], dtypes[target]
                    if key not in copied:  # tied names share one tensor
                        stored = file.get_tensor(source[target])
                        mapped += stored.nbytes
                        copied[key] = stored.to(device, dtypes[target], copy=True)
                        del stored
                    tensors[target] = copied[key]
    return tensors


def drop_unused_heads(policy: torch.nn.Module) -> None:
    """Remove the language heads of a π0-like policy, which inference never calls."""
    for name, module in policy.named_modules():
        if getattr(module, "lm_head", None) is not None and UNUSED_HEAD.search(f"{name}.lm_head.weight"):
            module.lm_head = None


def _ties(module: torch.nn.Module) -> list[list[str]]:
    """Groups of parameter names that are one parameter."""
    groups: dict[int, list[str]] = {}
    for name, parameter in module.named_parameters(remove_duplicate=False):
        groups.setdefault(id(parameter), []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def _dtype_name(dtype: torch.dtype) -> str:
    """A torch dtype in safetensors' spelling: torch.bfloat16 -> BF16."""
    name = str(dtype).removeprefix("torch.")
    for word, letter in (("bfloat", "BF"), ("float", "F"), ("uint", "U"), ("int", "I"), ("bool", "BOOL")):
        if name.startswith(word):
            return letter + name.removeprefix(word)
    return name.upper()
