"""How fast it is, as ratios inside one run (absolute times on a shared machine mean little).

    python -m tools.benchmarks --assets ../shared/robotwin
    python -m tools.benchmarks --only step
    python -m tools.benchmarks --against HEAD~1          # the same work in another commit, in turns

Parts: `help` (start of every command), `check` (the contract sheet, without weights), `step` (one action against
its bare physics steps, real and stand-in robot), `tasks` (layouts and resets of all tasks, the hard setting against
the easy one), `observe` (three cameras), `policy` (chunks/s by batch size, against LeRobot's sampling), `openloop`
(against loops that go frame by frame, with the same numbers), `closedloop` (wall time against its parts, where it
goes, episodes an hour by workers), `lerobot-eval` (closed loop against LeRobot's own rollout in the same scene),
`fullsize` (π0 of full size in bfloat16 on the CPU: 7 GB in the temporary directory, minutes), `gpu` (the same on a
GPU: latency, throughput, tolerance), `memory` (a closed-loop process). The last line is the ratio or figure of the
last part. `fullsize` and `gpu` run with --only.
"""

from __future__ import annotations

from harness.core import cli
from harness.core.errors import UserError
from harness.core.text import suggest
from tools.benchmarks.against import measure_against
from tools.benchmarks.closedloop import measure_closedloop, measure_lerobot_eval
from tools.benchmarks.commands import measure_check, measure_help
from tools.benchmarks.measure import Config, Table, machine
from tools.benchmarks.openloop import measure_openloop
from tools.benchmarks.policy import measure_fullsize, measure_gpu, measure_policy
from tools.benchmarks.world import measure_memory, measure_observe, measure_step, measure_tasks

PARTS = {
    "help": measure_help,
    "check": measure_check,
    "step": measure_step,
    "tasks": measure_tasks,
    "observe": measure_observe,
    "policy": measure_policy,
    "fullsize": measure_fullsize,
    "gpu": measure_gpu,
    "memory": measure_memory,
    "openloop": measure_openloop,
    "closedloop": measure_closedloop,
    "lerobot-eval": measure_lerobot_eval,
}
ON_REQUEST = ("fullsize", "gpu")


def main(config: Config) -> None:
    """Measure and print a table; the last line is the last part's figure."""
    if config.against is not None:
        table = Table()
        last = measure_against(config, table)
        print(machine())
        table.show()
        print(last)
        return
    if config.only and config.only not in PARTS:
        raise UserError(suggest(config.only, PARTS, "part"))
    if config.repeats < 1:
        raise UserError(f"--repeats {config.repeats} is not positive; measure at least once")
    table, last = Table(), ""
    for name in [config.only] if config.only else [part for part in PARTS if part not in ON_REQUEST]:
        last = PARTS[name](config, table)
    print(machine())
    table.show()
    print(last)


if __name__ == "__main__":
    cli.run(main, Config)
