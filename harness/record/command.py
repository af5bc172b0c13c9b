"""Record scripted demonstrations as a LeRobotDataset v3.

    python -m harness.record --task stack_blocks_two --episodes 20 --out data/stack
    python -m harness.record --task all --episodes 10 --out data/all

Scenes are seeds 0, 1, 2, … (never the evaluation range); those that do not come to rest or that the expert
does not solve are skipped. Frames are upstream's: one before each motion, one every 15 physics steps and one
after; `action[t] == state[t+1]`. Every episode keeps its scene seed, and for a few of its frames the full
simulator state, so that it can be replayed and looked at again.

With `--sampling per_action` a frame is what a policy meets: one for each action of `step`, pictures of an arm at rest,
the next waypoint as the action. There the expert can be led astray, so that the data show the way back:

    python -m harness.record --task click_bell --sampling per_action --detours 0.5 --noise 0.02 --misses 0.3
    python -m harness.record --task click_bell --sampling per_action --dagger-policy data/mine --dagger-share 0.8

In the second a policy acts first, unrecorded, and the expert shows the way from wherever that has led (DAgger).
"""

from __future__ import annotations

import sys
from pathlib import Path

from harness.core import cli
from harness.core.asset_labels import assets_named
from harness.core.errors import RunFailed
from harness.core.interrupt import Interrupt
from harness.core.terminal.progress import Progress
from harness.datasets.recording.seal import reseal
from harness.datasets.recording.writer import DatasetWriter
from harness.record.config import Config, check
from harness.record.dagger import Dagger
from harness.record.episodes import record_task, scene_options, task_line
from harness.runs.resume import explained_stop
from harness.scenes.provenance import scene_facts
from harness.scenes.task_selection import chosen_tasks

STOPPING = "stopping after this episode, what is recorded is kept; Ctrl-C again stops at once"


def main(config: Config) -> int:
    """Record what `config` asks for and say what was made; 1 where a task could not be recorded, 130 after Ctrl-C."""
    check(config)
    if config.reseal is not None:
        print("\n".join(reseal(config.reseal)))
        return cli.DONE
    tasks = chosen_tasks(config.task)
    out = config.out or Path("data") / (tasks[0] if len(tasks) == 1 else "demonstrations")
    facts = scene_facts(scene_options(config), tasks, ("head", "left", "right"))
    facts.pop("assets_root")
    disturbed = {
        name: getattr(config, name)
        for name in ("detours", "noise", "misses")
        if config.sampling == "per_action"
    }
    dagger = None
    if config.dagger_policy is not None:
        dagger = Dagger.load(config.dagger_policy, config.dagger_share, config.dagger_actions, config.seed)
        disturbed |= {
            "dagger_policy": dagger.about(),
            "dagger_share": config.dagger_share,
            "dagger_actions": config.dagger_actions,
        }
    config_of = {"scenes": config.config, **disturbed, **facts}
    writer = DatasetWriter(out, config=config_of, sampling=config.sampling)
    try:
        with (
            explained_stop(writer.folder, lambda: writer.kept),
            writer,
            Progress("record", config.episodes * len(tasks), "episodes") as progress,
            Interrupt(STOPPING) as interrupt,
        ):
            lines, failed = record_all(config, tasks, writer, progress, dagger, interrupt)
    except RunFailed:
        raise
    except Exception:
        if writer.episodes:
            print(writer.kept, file=sys.stderr)
        raise
    print("\n".join(lines))
    for remark in writer.said:
        print(f"note: {remark}")
    kind = assets_named(facts["assets_kind"])
    print(f"dataset: {out} ({kind.label})")
    if interrupt.asked:
        return cli.INTERRUPTED
    return cli.FAILED if failed else cli.DONE


def record_all(
    config: Config,
    tasks: list[str],
    writer: DatasetWriter,
    progress: Progress,
    dagger: Dagger | None,
    interrupt: Interrupt,
) -> tuple[list[str], int]:
    """Record every task; a line about each, and how many stopped early. UserError where the only one did."""
    lines, failed = [], 0
    for task in tasks:
        before = writer.episodes
        try:
            skipped = record_task(config, task, writer, progress, dagger, interrupt)
        except ValueError as error:
            if len(tasks) == 1 or not getattr(type(error), "is_user_error", False):
                raise
            failed += 1
            lines.append(f"{task}: stopped after {writer.episodes - before} episodes: {error}")
        else:
            lines.append(task_line(task, writer.episodes - before, skipped))
        if interrupt.asked:
            lines.append("stopped by Ctrl-C; what was recorded is kept")
            break
    if interrupt.asked and not writer.episodes:
        raise KeyboardInterrupt
    return lines, failed
