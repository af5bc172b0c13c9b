"""The contract sheet: what a policy and a world expect of each other, in seconds, before anything is loaded.

    python -m harness.check --policy owner/pi0 --dataset owner/recording
    python -m harness.check --policy data/my-policy --task stack_blocks_two --scenes official

What each state and action number is, its range in the data against the checkpoint's statistics; which camera becomes
which input; frame rate and sampling; instructions and what of them would be cut; and what a run would refuse. Reads
config.json, the processors and their statistics, and a dataset's metadata. Exit code 2 where a run would be refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.check.config import Config, check
from harness.contract.reading import read_sheet
from harness.contract.sheet import Sheet
from harness.contract.world import WorldContract, dataset_contract, simulator_contract
from harness.core.errors import UserError
from harness.core.text import printable, short
from harness.datasets.reader import open_dataset
from harness.datasets.survey import described
from harness.files.bundled import default_dataset
from harness.scenes.sets import SceneSet, choose_scenes
from harness.scenes.task_selection import chosen_tasks
from harness.scenes.training_overlap import refuse_trained_scenes

INDENT = "  "
SHOWN = 300
"""Characters of an instruction."""


def main(config: Config) -> int:
    """Print the sheet of every world named; 0, or UserError with the first thing that a run would be refused for."""
    check(config)
    refusals = []
    if config.dataset is not None or config.task is None:
        dataset = open_dataset(config.dataset or default_dataset())
        refused, remarks = described(dataset)
        refusals += show(config, dataset_contract(dataset), more=refused, remarks=remarks)
    if config.task is not None:
        tasks = chosen_tasks(config.task)
        scenes = choose_scenes(config.scenes, config.config, config.seed, tasks, config.episodes)
        world = simulator_contract(
            tasks,
            {task: scenes.first(task, config.episodes) for task in tasks},
            config.config,
            config.instructions,
            config.instruction_split,
        )
        refusals += show(config, world, scenes, more=overlap(config, tasks, scenes))
    if refusals:
        raise UserError(refusals[0])
    return 0


def overlap(config: Config, tasks: list[str], scenes: SceneSet) -> list[str]:
    """That the checkpoint was trained on scenes that would be played, in a line; nothing where it was not."""
    try:
        refuse_trained_scenes(config.policy, tasks, scenes, config.episodes)
    except UserError as error:
        return [str(error)]
    return []


def show(
    config: Config,
    world: WorldContract,
    scenes: SceneSet | None = None,
    *,
    more: Sequence[str] = (),
    remarks: Sequence[str] = (),
) -> list[str]:
    """Print one sheet; what a run would be refused for, with `more` reasons and `remarks` that are known already."""
    sheet = read_sheet(config.policy, world)
    refusals = [*more, *sheet.refusals()]
    lines = [
        *sheet_lines(sheet, scenes),
        *[title("what a reader must know"), *bullets([*remarks, *sheet.cautions()])],
        *[title("what would be refused"), *bullets(refusals)],
    ]
    print("\n".join(printable(part) for line in lines for part in line.split("\n")))
    return refusals


def sheet_lines(sheet: Sheet, scenes: SceneSet | None) -> list[str]:
    """The sheet as plain text."""
    lines = [f"{policy_line(sheet)}", f"on {sheet.world.name}"]
    for what in ("state", "action"):
        lines += [title(f"{what} numbers (range: {sheet.world.range_source})")]
        rows = list(sheet.number_rows(what))
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        lines += [
            INDENT
            + "  ".join(
                [*(cell.ljust(width) for cell, width in zip(row[:4], widths, strict=True)), row[4]]
            ).rstrip()
            for row in rows
        ]
    lines += [title("cameras"), *(INDENT + line for line in sheet.camera_lines())]
    lines += [INDENT + f"renamed by the checkpoint: {a} -> {b}" for a, b in renamed(sheet)]
    lines += [title("rate"), INDENT + sheet.world.rate]
    lines += [title("instructions"), *(INDENT + line for line in instruction_lines(sheet))]
    return [*lines, INDENT + scenes.description] if scenes else lines


def policy_line(sheet: Sheet) -> str:
    """What the policy is."""
    policy = sheet.checkpoint
    if policy is None:
        return "a policy without a checkpoint: it has no statistics, and nothing of it can be read wrongly"
    chunk = f"chunks of {policy.chunk_size}, {policy.n_action_steps} executed of each"
    relative = ", actions relative to the state" if policy.relative else ""
    return f"policy {policy.name}: {policy.type}, {chunk}{relative}"


def renamed(sheet: Sheet) -> list[tuple[str, str]]:
    """The checkpoint's own rename of a world's keys."""
    return list(sheet.checkpoint.renamed.items()) if sheet.checkpoint else []


def instruction_lines(sheet: Sheet) -> list[str]:
    """How many there are, the longest, and how it fits."""
    texts, prompts, policy = sheet.world.instructions, sheet.prompts, sheet.checkpoint
    lines = [f"{len(texts)} different"]
    if prompts is not None and policy is not None:
        most = f"of at most {policy.max_tokens}" if policy.max_tokens else "without a limit"
        state = ", without the state that this type writes into its prompt" if policy.state_in_prompt else ""
        lines.append(
            f"the longest has {prompts.tokens} tokens {most}{state}: {short(prompts.longest, SHOWN)}"
        )
        if prompts.counted < prompts.instructions:
            lines.append(f"counted: the {prompts.counted} longest by characters")
    elif texts:
        longest = max(texts, key=len)
        lines.append(
            f"the longest has {len(longest)} characters (tokens not counted): {short(longest, SHOWN)}"
        )
    return lines


def title(text: str) -> str:
    """A heading."""
    return f"\n{text}"


def bullets(lines: list[str]) -> list[str]:
    """One line each, or that there is nothing."""
    return [f"{INDENT}- {line}" for line in lines] or [f"{INDENT}nothing"]
