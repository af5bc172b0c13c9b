"""The scenes that runs do not have yet, simulated: what is left to do, who does it, and where the rows go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.closedloop.crew import crew, queue_of
from harness.closedloop.preparation import Prepared
from harness.core.interrupt import Interrupt
from harness.core.share import read_share
from harness.core.terminal.progress import Progress
from harness.engine.dispatch import Dispatch
from harness.engine.live_status import LiveStatus
from harness.engine.messages import Setup
from harness.engine.schedule import Schedule
from harness.engine.task_schedule import Earlier, Row, TaskSchedule
from harness.files.json_files import clean
from harness.runs.directory import RunDir
from harness.runs.rows import ClosedLoopRow, latest
from harness.scenes.protocol import Verdict
from harness.scenes.verdict_cache import VerdictCache
from harness.trackers.following import RunFollower


@dataclass(frozen=True)
class Player:
    """One policy of a run and the run directory its rows go to."""

    ready: Prepared
    run: RunDir
    tracked: RunFollower | None = None

    def record(self, row: ClosedLoopRow) -> None:
        """Write a row down, and tell whoever follows the run."""
        self.run.add(row)
        if self.tracked is not None:
            self.tracked.row(row)

    def earlier(self, task: str) -> Earlier:
        """What of a task is there already."""
        mine = [row for row in latest(self.run.closed_rows()) if row.task == task]
        done = {row.seed for row in mine if row.status == "ok"}
        return Earlier(done, {row.seed for row in mine} - done)


def simulate_missing(players: Sequence[Player]) -> None:
    """Run every scene the runs do not have yet; each is written down as soon as it is final.

    All players act in the same scenes; which of them count is found out once.
    """
    ready = players[0].ready
    config, share = ready.config, read_share(ready.config.shard)
    check_expert = config.expert_check and ready.scenes.listed is None
    remembered = VerdictCache(ready.tasks, ready.options, check_expert)
    plans, total = [], 0
    for number, task in enumerate(ready.tasks):
        earlier = [player.earlier(task) for player in players]
        seeds = ready.scenes.seeds(task, config.episodes)
        verdicts = remembered.of(task, set().union(*(policy.done for policy in earlier)))
        if ready.scenes.listed is not None:  # they count because they are listed
            verdicts = {seed: Verdict(seed, True) for seed in seeds}
        mine = share.within(number, config.episodes)
        plans.append(TaskSchedule(task, seeds, config.episodes, verdicts, earlier, mine))
        total += len(players) * sum(map(mine, range(config.episodes)))
    plan = Schedule(plans)
    if plan.has_work():
        setups = [
            each.ready.setup(each.run.videos if config.videos else None, each.run.path) for each in players
        ]

        def record(row: ClosedLoopRow, policy: int) -> None:
            players[policy].record(row)

        def still_there() -> None:
            for each in players:
                each.run.check_in_place()

        readies, rows = [each.ready for each in players], [each.run.closed_rows() for each in players]
        simulate(readies, setups, plan, total, rows, record, remembered.add, still_there)


def simulate(
    readies: Sequence[Prepared],
    setups: Sequence[Setup],
    plan: Schedule,
    total: int,
    rows: Sequence[Sequence[ClosedLoopRow]],
    record: Callable[[ClosedLoopRow, int], None],
    remember: Callable[..., None] = lambda *_: None,
    still_there: Callable[[], None] = lambda: None,
) -> None:
    """Work through a plan of `total` episodes, of which `rows` of each policy are written; KeyboardInterrupt after
    Ctrl-C.

    record takes each row and the policy it is of, remember each verdict; still_there raises where there is no use in
    going on.
    """
    known = [row for each in rows for row in latest(each)]
    left = total - sum(row.status == "ok" for row in known)
    count = max(1, min(readies[0].config.workers, left))
    with (
        Progress("closed loop", total, "episodes", len(known)) as progress,
        Interrupt() as interrupt,
        crew(readies, setups, count, [queue_of(ready) for ready in readies]) as (pool, predictor),
    ):
        board = LiveStatus(progress, rows)

        def write(fields: Row, policy: int) -> None:
            note = readies[policy].adapter.note(fields["task"], fields["seed"])
            row = ClosedLoopRow.of(clean(fields | note))
            record(row, policy)
            board.add(row, policy)

        def show() -> None:
            still_there()
            board.show(pool.members)

        Dispatch(plan, pool, predictor, write, remember, show).run(interrupt)
    if interrupt.asked:
        raise KeyboardInterrupt
