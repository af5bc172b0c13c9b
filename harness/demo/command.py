"""The first five minutes: the bundled policy, open loop and closed loop, and one page that shows both.

    python -m harness.demo

Three runs on the demo policy's own tasks: open loop on the bundled episodes, closed loop in the simulator, and
the scripted expert in the same scenes for comparison; then a report over all of them. The expert needs no policy, so
it runs beside the other two; the policy is loaded once for both.
"""

from __future__ import annotations

import time

from harness.closedloop import command as closedloop
from harness.closedloop.config import Config as ClosedLoop
from harness.core.bounds import SCENES
from harness.demo.beside import beside
from harness.demo.config import Config
from harness.files.bundled import demo_tasks
from harness.openloop import command as openloop
from harness.openloop.config import Config as OpenLoop
from harness.report.write import write_report
from harness.rollout.policy_setup import pick_device
from harness.runs.folders import result_folder
from policies import load_policy


def main(config: Config) -> None:
    """Run the three evaluations and the report; say where everything is."""
    SCENES.check("--episodes", config.episodes)
    SCENES.check("--expert-episodes", config.expert_episodes)
    out = result_folder(config.out, "demo", "both-ways", "give another --out")
    tasks = ",".join(reversed(demo_tasks()))  # the one that takes longest begins first
    started = time.monotonic()
    runs = [out / name for name in ("openloop-demo", "closedloop-demo", "closedloop-expert")]
    expert = ["--policy", "expert", "--task", tasks, "--episodes", str(config.expert_episodes)]
    with beside("harness.closedloop", *expert, "--out", str(runs[2])) as third:
        title("1/4  open loop: predicted chunks against recorded actions")
        policy = load_policy("demo", device=pick_device("auto", "demo"))
        openloop.main(OpenLoop(policy="demo", out=runs[0]), policy)
        title("2/4  closed loop: the same policy acts in the simulator")
        acting = ClosedLoop(
            policy="demo", task=tasks, episodes=config.episodes, workers=2, assets=None, out=runs[1]
        )
        closedloop.main(acting, policy)
        title("3/4  closed loop: the scripted expert in the same scenes, done meanwhile")
        print(third.finish(), end="")
    title("4/4  report")
    page = write_report(runs, out)
    print(f"done in {time.monotonic() - started:.0f} s; open {page}")


def title(text: str) -> None:
    """A heading between the parts."""
    print(f"\n=== {text}", flush=True)
