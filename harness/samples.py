"""What the commands run on when nobody says: the bundled demo policy, its tasks, and a sample dataset."""

from __future__ import annotations

from pathlib import Path

from harness.jsonio import read_json

ASSETS = Path(__file__).resolve().parents[1] / "assets"
DEMO_EPISODES = ASSETS / "demo_episodes"
SAMPLE_TASKS = ("click_bell", "click_alarmclock", "adjust_bottle", "grab_roller")
SAMPLE_EPISODES = 2


def demo_tasks() -> list[str]:
    """The tasks the demo policy is meant for (assets/demo/tasks.json)."""
    path = ASSETS / "demo" / "tasks.json"
    return list(read_json(path)["tasks"]) if path.is_file() else list(SAMPLE_TASKS)


def default_dataset() -> Path:
    """The bundled demo episodes; without them a sample in data/sample, recorded the first time it is asked for."""
    if (DEMO_EPISODES / "meta" / "info.json").is_file():
        return DEMO_EPISODES
    out = Path("data") / "sample"
    if not (out / "meta" / "info.json").is_file():
        from harness import record

        print(f"recording a sample dataset into {out} (only this once)")
        record.main(
            record.Config(task=",".join(demo_tasks()), episodes=SAMPLE_EPISODES, out=out, assets=None)
        )
    return out
