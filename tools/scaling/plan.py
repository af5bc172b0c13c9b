"""What fifty tasks, a hundred scenes and two settings cost, by the simulation of the queue. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tools.scaling.model import Costs, Machines, Predicted, simulate

TASKS, SCENES, SETTINGS = 50, 100, 2
EPISODES = TASKS * SCENES * SETTINGS
SIMULATED = 500
"""Episodes of each simulation: the rate is the same from some hundred on."""

ACTION_S, DRAW_S, SCENE_S = 0.050, 0.064, 0.25
"""docs/benchmarks.md, "Where the time of one worker goes": (10.6 + 4.4) s / 300 actions, 4.9 s / 76 observations,
0.5 s / 2 scenes, on one core of a two-core EPYC, drawn by the CPU."""
SHARED = 2 / 1.58
"""Two workers on two cores did 1.58 times as much as one."""
MESSAGE_S, ROW_S = 0.001, 0.0005
"""The driver's processor time for a message and a row: two messages and a row take 2.3 to 2.9 ms with Ray and 0.6 ms
without (`python -m tools.scaling driver`, with `--ray local` and without it)."""
OBSERVATION_BYTES = 3 * 240 * 320 * 3 + 14 * 4
CHUNK_BYTES = 50 * 14 * 4
H200_S, FLOOR_S = 0.025, 0.0052
"""A π0 chunk on an H200: the target of docs/benchmarks.md, and the floor it computes. Neither is measured."""
GPU_ROWS = 8
GPU_ROW_S = 0.0042
"""Each further row of a batch, by the same floor."""


@dataclass(frozen=True)
class Site:
    """So many machines of so many cores, and what predicts."""

    machines: int
    cores: int
    gpus: int

    @property
    def workers(self) -> int:
        """A simulator for every core but one of each machine, which is for Ray, the driver and the policy's host."""
        return self.machines * (self.cores - 1)


def costs(actions: int, horizon: int, gpu_s: float = H200_S) -> Costs:
    """An episode of a policy that acts `horizon` actions between chunks, eight rows a call."""
    predict = gpu_s + (GPU_ROWS - 1) * GPU_ROW_S
    return Costs(SCENE_S, ACTION_S, DRAW_S, predict, actions, horizon, MESSAGE_S, ROW_S)


def predicted(site: Site, each: Costs) -> Predicted:
    """The rate of a site."""
    machines = Machines(site.workers, site.gpus, GPU_ROWS, site.workers, SHARED)
    return simulate(each, machines, max(SIMULATED, 4 * site.workers))


def sites() -> Iterator[Site]:
    """1, 8, 64 machines of 16 cores, with one H200 and with eight in all."""
    for machines in (1, 8, 64):
        for gpus in (1, 8):
            yield Site(machines, 16, gpus)


def mean_limit() -> int:
    """Actions an episode has at most, mean over the tasks."""
    from robotwin_env.registration import task_names
    from robotwin_env.tasks import load_task

    limits = [load_task(name).STEP_LIMIT for name in task_names()]
    return round(sum(limits) / len(limits))


def limit(shares: Predicted) -> str:
    """What the site waits for."""
    busiest = max((shares.driver, "the driver"), (shares.policy, "the policy"))
    return busiest[1] if busiest[0] > 0.9 else "simulators"


def table(actions: int | None = None) -> str:
    """The table of docs/scale.md."""
    actions = actions or mean_limit()
    lines = [
        f"Episodes of {actions} actions (the mean step limit of the fifty tasks), {EPISODES} in all.",
        "",
        "| machines of 16 cores | H200 | chunk every | episodes/h | hours | waits for | policy busy | driver busy "
        "| network |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for horizon in (50, 10):
        each = costs(actions, horizon)
        for site in sites():
            cost = predicted(site, each)
            traffic = cost.per_hour / 3600 * each.asks * (OBSERVATION_BYTES + CHUNK_BYTES) / 1e6
            lines.append(
                f"| {site.machines} | {site.gpus} | {horizon} | {cost.per_hour:.0f} "
                f"| {EPISODES / cost.per_hour:.1f} | {limit(cost)} | {cost.policy:.0%} | {cost.driver:.0%} "
                f"| {traffic:.1f} MB/s |"
            )
    return "\n".join(lines)


def driver_limit(actions: int, horizon: int) -> int:
    """Workers at which the driver is busy all the time, however many predict."""
    each = replace(costs(actions, horizon), predict=0.0)
    work = each.asks * 2 * each.message + each.message + each.row
    return int(SHARED * each.alone / work)
