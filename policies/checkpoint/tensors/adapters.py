"""A LoRA adapter laid on its base: W + scale · B A, computed once, so that what acts is an ordinary policy.

PEFT's files (0.21): `adapter_config.json`, `adapter_model.safetensors` with `base_model.model.<module>.lora_A.weight`
(r, in), `lora_B.weight` (out, r), and whole tensors of modules that were trained whole. LeRobot writes them beside
its own config.json with `use_peft` and the processors. What PEFT can do beyond plain LoRA on linear layers is refused.

The base is found in the adapter's folder (`base/`), or on the Hub by the name the adapter gives. A path that it
names is not opened: nothing outside a checkpoint is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policies.checkpoint import hub
from policies.checkpoint.places import JSON_BYTES, file_inside
from policies.checkpoint.tensors.shards import INDEX, SHARDS_PATTERN, weights_of
from policies.checkpoint.tensors.shards import WEIGHTS as POLICY_WEIGHTS
from policies.checkpoint.tensors.specs import read_header
from policies.errors import PolicyError, one_line
from policies.json_files import read_json

if TYPE_CHECKING:
    import torch

CONFIG, WEIGHTS, BASE = "adapter_config.json", "adapter_model.safetensors", "base"
PREFIX = "base_model.model."
A, B = ".lora_A.weight", ".lora_B.weight"
LARGEST_RANK, LARGEST_ALPHA = 4096, 1e9
PLAIN: Mapping[str, tuple[Any, ...]] = {
    "peft_type": ("LORA",),
    "bias": (None, "none"),
    "use_dora": (None, False),
    "fan_in_fan_out": (None, False),
    "lora_bias": (None, False),
    "init_lora_weights": (None, True, False, "gaussian"),
    "rank_pattern": (None, {}),
    "alpha_pattern": (None, {}),
    "layer_replication": (None, []),
    "target_parameters": (None, []),
    "trainable_token_indices": (None, [], {}),
}
"""What these options of an adapter may be; anything else computes something else than W + scale · B A."""


@dataclass(frozen=True)
class Adapter:
    """An adapter: its files' folder, how much it counts (`scale`), its rank, and what it says its base is."""

    directory: Path
    scale: float
    rank: int
    base: str
    revision: str | None = None


def read_adapter(directory: Path) -> Adapter:
    """The adapter in a folder; PolicyError for one that is more than LoRA on linear layers, or none."""
    path = file_inside(directory, CONFIG, JSON_BYTES)
    config = read_json(path)
    for option, allowed in PLAIN.items():
        if config.get(option) not in allowed:
            value = one_line(str(config.get(option)), 40)
            raise PolicyError(
                f"{path} has {option} {value}; only plain LoRA on linear layers is laid on its base here: merge "
                "this one with peft's merge_and_unload and save the policy"
            )
    rank, alpha = config.get("r"), config.get("lora_alpha")
    if (
        not isinstance(rank, int)
        or not isinstance(alpha, int | float)
        or not (1 <= rank <= LARGEST_RANK and 0 < alpha < LARGEST_ALPHA)
    ):
        raise PolicyError(
            f"{path} has r {rank!r} and lora_alpha {alpha!r}; both must be numbers: copy it again"
        )
    scale = alpha / (rank**0.5 if config.get("use_rslora") else rank)
    base = config.get("base_model_name_or_path")
    revision = config.get("revision")
    return Adapter(
        directory,
        float(scale),
        rank,
        base if isinstance(base, str) else "",
        revision if isinstance(revision, str) and hub.is_hub_id(f"a/b@{revision}") else None,
    )


def base_weights(adapter: Adapter) -> Path:
    """The file that stands for the base's weights (`shards.weights_of`), downloaded where need be.

    PolicyError where it is neither in the adapter's folder nor on the Hub.
    """
    inside = weights_of(adapter.directory / BASE)
    if inside.exists():
        file_inside(adapter.directory, f"{BASE}/{inside.name}")
        return inside
    advice = f"put the base's {POLICY_WEIGHTS} into {adapter.directory / BASE}"
    if not hub.is_hub_id(adapter.base):
        named = f" of {one_line(adapter.base, 120)!r}" if adapter.base else ""
        raise PolicyError(
            f"{adapter.directory} is a LoRA adapter{named}, and no path that a checkpoint names is opened; {advice}"
        )
    spec = f"{adapter.base}@{adapter.revision}" if adapter.revision else adapter.base
    what = f"the base {spec} of the adapter {adapter.directory}"
    return weights_of(
        hub.download(spec, (POLICY_WEIGHTS, INDEX, SHARDS_PATTERN), what=what, otherwise=advice)
    )


def lay_on(policy: torch.nn.Module, adapter: Adapter) -> list[str]:
    """Change the weights of the policy by the adapter, in float32; returns the names of those it changed.

    PolicyError where a tensor of the adapter belongs to no linear layer of the policy, or is of another shape.
    """
    import torch
    from safetensors import safe_open

    path = file_inside(adapter.directory, WEIGHTS)
    weights = dict(policy.named_parameters(remove_duplicate=False))
    specs = {name: spec.shape for name, spec in read_header(path).items()}
    changed = []
    with safe_open(path, framework="pt") as file, torch.no_grad():
        for target, parts in _targets(path, specs):
            weight = weights.get(target)
            wanted = _shape(specs, parts)
            if weight is None or wanted != tuple(weight.shape) or not _ranks(specs, parts, adapter.rank):
                problem = "no such tensor" if weight is None else f"it is {list(weight.shape)}"
                raise PolicyError(
                    f"{path} changes {one_line(target, 100)} ({list(wanted)}, rank {adapter.rank}), but of the base "
                    f"{problem}: it is another base's adapter"
                )
            values = [file.get_tensor(name).to(weight.device, torch.float32) for name in parts]
            new = values[0] if len(values) == 1 else weight.float() + adapter.scale * values[1] @ values[0]
            weight.copy_(new.to(weight.dtype))
            changed.append(target)
    return changed


def _targets(path: Path, specs: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(policy tensor, adapter tensors): A and B of a linear layer, or one whole tensor."""
    for name in sorted(specs):
        if not name.startswith(PREFIX):
            raise PolicyError(f"{path} has the tensor {one_line(name, 100)}, whose name is none of PEFT's")
        bare = name.removeprefix(PREFIX)
        if name.endswith(A):
            other = name.removesuffix(A) + B
            if other not in specs:
                raise PolicyError(f"{path} has {one_line(name, 100)} without its lora_B; copy it again")
            yield f"{bare.removesuffix(A)}.weight", (name, other)
        elif name.endswith(B):
            if name.removesuffix(B) + A not in specs:
                raise PolicyError(f"{path} has {one_line(name, 100)} without its lora_A; copy it again")
        elif "lora_" in bare:
            raise PolicyError(
                f"{path} has {one_line(name, 100)}, which is no linear layer's; merge it with peft"
            )
        else:
            yield bare, (name,)


def _shape(specs: Mapping[str, tuple[int, ...]], parts: tuple[str, ...]) -> tuple[int, ...]:
    """The shape of the tensor that the parts change."""
    shapes = [specs[name] for name in parts]
    if len(shapes) == 1:
        return shapes[0]
    return (shapes[1][0], shapes[0][1]) if all(len(shape) == 2 for shape in shapes) else (0,)


def _ranks(specs: Mapping[str, tuple[int, ...]], parts: tuple[str, ...], rank: int) -> bool:
    return len(parts) == 1 or specs[parts[0]][0] == specs[parts[1]][1] == rank
