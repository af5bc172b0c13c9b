"""The page that --help shows: usage, what the command does, its flags in groups, three examples. Pure."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence

from harness.core.terminal.options import Flag, flags_of
from harness.core.terminal.width import wrapped

GROUPS: dict[str, str] = {
    "What": "policy task dataset episodes scenes seed config instructions instruction_split assets expert_check ablate "
    "replayed verify expert_episodes checkpoint runs a b source episode repo_id asset tokenizer evaluate "
    "evaluation_seed models frame demonstrations sampling init also beside reseal",
    "How it acts or learns": "horizon horizons strategy strategies max_actions detours noise misses dagger_policy "
    "dagger_share dagger_actions chunk_size actions trust_signs image_size width depth openings noise_draws "
    "learning_rate ema held_out steps",
    "Where it computes": "device dtype remote_format remote shader shadows host port protocol pool",
    "How fast": "workers batch_size patience shard threads copies max_clients max_request_mib minutes checkpoints",
    "On which machines": "ray simulator_cpus simulator_gpus policy_replicas replica_cpus replica_gpus",
    "Output": "out resume videos format json open upload dry_run private max_mb work write_xpolicylab textures "
    "revision track track_online track_group benchmark_id",
}
"""Title -> the fields under it, of all commands; what is in none stands under OTHERS."""
OTHERS = "More"
WIDEST = 100
KEY_COLUMN = 26
NARROW = 60
"""Below this many characters a flag's words stand under it."""


def help_page(config_type: type, program: str, examples: Sequence[str], width: int | None) -> str:
    """What `program --help` prints for a command whose flags are `config_type`, `width` characters wide at most.

    examples: command lines without the program's name.
    """
    room = min(width or WIDEST, WIDEST)
    flags = flags_of(config_type)
    positional = [flag for flag in flags if flag.positional]
    required = [flag for flag in flags if flag.required and not flag.positional]
    usage = " ".join([f"usage: {program}", *(flag.key for flag in [*positional, *required]), "[OPTIONS]"])
    parts = [wrapped(usage, room, "  "), wrapped(" ".join((inspect.getdoc(config_type) or "").split()), room)]
    for title, members in _grouped(flags):
        parts.append("\n".join([title, *(line for flag in members for line in _lines(flag, room))]))
    if examples:
        shown = (wrapped(f"  {program} {line}".rstrip(), room - 2, " " * 6) for line in examples)
        parts.append("\n".join(["Examples", *(command.replace("\n", " \\\n") for command in shown)]))
    return "\n\n".join(filter(None, parts)) + "\n"


def _grouped(flags: Sequence[Flag]) -> Iterator[tuple[str, list[Flag]]]:
    known = {name: title for title, names in GROUPS.items() for name in names.split()}
    for title in (*GROUPS, OTHERS):
        members = [flag for flag in flags if known.get(flag.name, OTHERS) == title]
        if members:
            yield title, sorted(members, key=lambda flag: not flag.positional)


def _lines(flag: Flag, room: int) -> Iterator[str]:
    notes = [flag.help]
    if flag.default and not flag.switch:
        notes.append(f"Default: {flag.default}.")
    if flag.required and not flag.positional:
        notes.append("Must be given.")
    if flag.switch and flag.default:
        notes.append("On unless this is given.")
    key, text = f"  {flag.key}", " ".join(filter(None, notes))
    indent = " " * (6 if room < NARROW else KEY_COLUMN)
    lines = wrapped(text, room - len(indent)).splitlines()
    if room >= NARROW and len(key) + 2 <= KEY_COLUMN and lines:
        yield key.ljust(KEY_COLUMN) + lines.pop(0)
    else:
        yield key
    yield from (indent + line for line in lines)
