"""The parts of `benchmark.py` that time a closed loop: `closedloop` and `lerobot-eval`.

The bundled policy with the stand-in robot and the default renderer, the expert's verdicts known. Absolute times are
this machine's; what counts are the ratios, each taken inside one run.
"""

from __future__ import annotations

from tools.benchmarks.lerobot_eval import EvalRace, race
from tools.benchmarks.measure import Config, Table
from tools.benchmarks.timed_run import Bench, prepared, seeds_of, shares

TASK = "stack_blocks_two"
"""One that the bundled policy does not solve: every episode has its whole length."""
ACTIONS_A_REPEAT = 5
SCENES = 2
WORKERS = (1, 2)
ROUNDS = 2


def measure_closedloop(config: Config, table: Table) -> str:
    """Wall time against the sum of the parts, where it goes, and episodes an hour by workers."""
    import contextlib

    from policies import load_policy

    ready = prepared(load_policy("demo"), TASK)
    limit, seeds = ACTIONS_A_REPEAT * config.repeats, seeds_of(SCENES)
    with contextlib.ExitStack() as stack:
        benches = {count: stack.enter_context(Bench(ready, count, limit=limit)) for count in WORKERS}
        rounds = [{count: bench.run(seeds) for count, bench in benches.items()} for _ in range(ROUNDS)]
        checked = benches[1].run(seeds[:1], check=True)
    best = {
        count: min((measured[count] for measured in rounds), key=lambda run: run.wall) for count in WORKERS
    }
    one = best[1]
    name = f"closed loop, {SCENES} episodes of {one.actions // SCENES} actions"
    table.add(
        f"{name}, 1 worker: wall time against the sum of its parts",
        f"{one.wall / one.least:.3f}x",
        "<= 1.05x",
    )
    for part, seconds, share in shares(one):
        table.add(f"  {part}", f"{seconds:.2f} s, {share:.1%}")
    expert = checked.seconds["check"]
    table.add("  once a scene, then remembered: the expert's check", f"{expert:.1f} s")
    for count, run in best.items():
        table.add(
            f"{name}, {count} worker{'s' * (count > 1)}",
            f"{run.per_hour:.0f} episodes/h ({run.per_hour / best[1].per_hour:.2f}x), ready after "
            f"{benches[count].start_s:.1f} s, processor time {run.processor:.1f} s",
        )
    return f"{one.wall / one.least:.3f}x"


def measure_lerobot_eval(config: Config, table: Table) -> str:
    """Actions a second against `lerobot-eval`'s rollout: with the same frames filmed, and, last, without films."""
    from policies import load_policy

    ready = prepared(load_policy("demo"), TASK)
    (seed,), actions = seeds_of(1), max(ACTIONS_A_REPEAT * config.repeats, ready.horizon)
    for film, words in (("all", "every action filmed"), ("harness", "the harness's frames filmed")):
        raced = race(ready, seed, min(actions, 100) if film == "all" else actions, film=film, rounds=1)
        table.add(f"closed loop against lerobot-eval, {words}", result(raced), ">= 1x")
    raced = race(ready, seed, actions)
    table.add("closed loop against lerobot-eval, no films", result(raced), "")
    sides = (("here", raced.harness), ("there", raced.lerobot))
    costs = "; ".join(
        f"{n} {1e3 * s.step_s:.0f} ms an action, {1e3 * s.render_s:.0f} a picture" for n, s in sides
    )
    table.add(
        f"  its ceiling at horizon {raced.horizon} ({costs})",
        f"{raced.ceiling:.2f}x; reached {raced.ratio / raced.ceiling:.2f} of it, "
        f"{raced.acting_ratio / raced.ceiling:.2f} without building the scene",
        ">= 0.9",
    )
    own = raced.ceiling_of_rounds
    table.add(
        "  with each side's own times of its fastest round",
        f"{own:.2f}x; reached {raced.ratio / own:.2f}",
        "",
    )
    return f"{raced.ratio:.1f}x"


def result(raced: EvalRace) -> str:
    """A race in words."""
    same = "the same to the bit" if raced.harness.digest == raced.lerobot.digest else "the same outcome"
    return (
        f"{raced.ratio:.2f}x ({raced.harness.per_s:.1f} against {raced.lerobot.per_s:.1f} actions/s; "
        f"{raced.acting_ratio:.2f}x without building the scene; processor time {raced.processor_ratio:.2f}x), {same}"
    )
