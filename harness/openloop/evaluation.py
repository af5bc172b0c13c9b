"""An open-loop run: episodes go through the loop; each leaves its numbers, its plot and perhaps a video."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.errors import UserError
from harness.core.interrupt import LAST_S, Interrupt
from harness.core.robot import ROLES
from harness.core.terminal.progress import Progress
from harness.datasets.reader import Dataset, Episode
from harness.media import figure_style
from harness.media.overlay import overlay
from harness.media.replay_frame import OpenLoopVideo
from harness.media.video_writer import VideoWriter
from harness.metrics import action_error
from harness.metrics.episode_scores import episode_fields
from harness.metrics.openloop_summary import summarize_openloop
from harness.openloop.lockstep import rollout
from harness.openloop.replay import replay
from harness.rendering.console import print_openloop
from harness.report.figures import replay_figures
from harness.rollout.adapter import ObservationAdapter
from harness.rollout.dataset_world import DECODE_AHEAD, DatasetWorld
from harness.rollout.world import Trace
from harness.runs.directory import RunDir
from harness.runs.policy_names import short_name
from harness.runs.predictions import Prediction
from harness.runs.rows import OpenLoopRow, latest
from harness.trackers.following import RunFollower
from policies.chunking import PLAIN, REAL_TIME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from policies.interface import Policy


@dataclass(frozen=True)
class Evaluation:
    """One run: who is scored on what, how, and where the results go.

    mean_action: (14,), see `score`. horizon, batch_size, seed, strategy: see `harness.rollout.world`. name: what the
    policy is called, None by its own name. filmed: the cameras that videos show.
    """

    dataset: Dataset
    policy: Policy
    adapter: ObservationAdapter
    run: RunDir
    mean_action: NDArray[np.float32]
    horizon: int
    batch_size: int
    seed: int
    strategy: str = PLAIN
    name: str | None = None
    filmed: Sequence[str] = ROLES
    tracked: RunFollower | None = None

    @property
    def shown(self) -> str:
        """What the policy is called where its results stand."""
        return self.name or self.policy.name

    def evaluate(self, indices: Sequence[int], filmed: Collection[int]) -> None:
        """Score the episodes that the run does not have yet, each written down as soon as it is finished.

        `filmed` are those that get a video.

        Raises UserError, naming episode and frame, where the policy fails.
        """
        rows = self.run.open_rows()
        finished = {row.episode for row in rows}
        todo = [index for index in indices if index not in finished]
        frames = sum(self.dataset.length(index) for index in todo)
        # A chunk of real-time chunking continues the one before, so that none can be predicted ahead.
        loop = rollout if self.strategy == REAL_TIME else replay
        with Progress("open loop", frames, "frames") as progress, Interrupt() as interrupt:

            def step(active: Sequence[Trace[DatasetWorld]]) -> None:
                progress.update(consumed + sum(trace.world.frame for trace in active), note)
                if interrupt.seconds > LAST_S:
                    raise KeyboardInterrupt

            traces = loop(
                self.worlds(todo, interrupt),
                self.policy,
                self.adapter,
                horizon=self.horizon,
                run_seed=self.seed,
                batch_size=self.batch_size,
                strategy=self.strategy,
                on_step=step,
            )
            consumed, note = 0, ""
            for trace in traces:
                if trace.error:
                    raise UserError(trace.error)
                rows.append(self.record(trace, film=trace.world.episode in filmed))
                consumed += rows[-1].frames
                mae = np.average([row.mae for row in rows], weights=[row.frames for row in rows])
                note = f"{len(rows)} of {len(indices)} episodes, MAE {mae:.4f}"
            if interrupt.asked and len(rows) < len(finished) + len(todo):
                raise KeyboardInterrupt

    def worlds(self, indices: Sequence[int], interrupt: Interrupt) -> Iterator[DatasetWorld]:
        """The episodes one after the other; no more of them once the run is to end."""
        for index in indices:
            if interrupt.asked:
                return
            yield self.world(index)

    def world(self, index: int) -> DatasetWorld:
        """Episode `index` as a world that shows what the policy looks at."""
        return DatasetWorld(self.dataset.episode(index), self.horizon, list(self.adapter.roles.values()))

    def record(self, trace: Trace[DatasetWorld], *, film: bool) -> OpenLoopRow:
        """Write down a finished episode: predictions, plot, video and, last, its line. Returns the line."""
        episode = trace.world.recorded
        prediction, row = score(trace, self.mean_action)
        row |= self.adapter.note(episode.task_name, episode.index)
        name = f"episode_{episode.index:06d}"
        policy = short_name(self.shown)
        title = f"episode {episode.index} · {episode.task_name or episode.task} · {policy}"
        hold = (
            action_error.hold_prediction(episode.states, prediction.replan)
            if self.policy.name != "hold"
            else None
        )
        figure = overlay(prediction.pred, prediction.gt, prediction.replan, title=title, hold=hold)
        figure_style.save(figure, self.run.plots / f"{name}.png")
        row["plot"] = f"plots/{name}.png"
        if film:
            film_episode(
                episode, prediction, self.run.videos / f"{name}.mp4", title, self.dataset.fps, self.filmed
            )
            row["video"] = f"videos/{name}.mp4"
        self.dataset.check_unchanged(episode.index)
        self.run.save_prediction(episode.index, prediction)
        added = self.run.add(row)
        assert isinstance(added, OpenLoopRow)
        if self.tracked is not None:
            self.tracked.row(added)
        return added

    def conclude(self) -> None:
        """Summary and plots of a run that has all its episodes, and the table that says what came out."""
        rows = latest(self.run.open_rows())
        summary = summarize_openloop(rows, self.run.predictions)
        self.run.save_summary(summary)
        if self.tracked is not None:
            self.tracked.summary(summary)
        drawn = replay_figures(summary, rows, short_name(self.shown), self.horizon)
        for name, (_, figure) in drawn.items():
            figure_style.save(figure, self.run.plots / f"{name}.png")
        print_openloop(summary, self.shown)


def film_episode(
    episode: Episode, prediction: Prediction, path: Path, title: str, fps: float, cameras: Sequence[str]
) -> None:
    """The recorded `cameras` over the action trace as a video, DECODE_AHEAD frames in memory at a time."""
    trace = OpenLoopVideo(prediction.gt, prediction.pred, prediction.replan, title=title)
    with VideoWriter(path, fps=fps) as video:
        for start in range(0, episode.length, DECODE_AHEAD):
            frames = range(start, min(start + DECODE_AHEAD, episode.length))
            views = episode.images(frames, cameras)
            for i, t in enumerate(frames):
                video.add(trace.frame({role: images[i] for role, images in views.items()}, t))


def score(trace: Trace[DatasetWorld], mean_action: NDArray[np.float32]) -> tuple[Prediction, dict[str, Any]]:
    """What a finished trace leaves: its `Prediction` and its line of episodes.jsonl (`harness.runs.rows`).

    mean_action (14,): what the `mean` baseline always sends.
    """
    episode = trace.world.recorded
    replan = np.zeros(episode.length, dtype=bool)
    replan[trace.replans] = True
    prediction = Prediction(trace.actions, episode.actions, replan, trace.chunks, episode.states)
    row = {
        "episode": episode.index,
        "task": episode.task,
        "task_name": episode.task_name,
        "scene_seed": episode.meta.get("scene_seed"),
        **episode_fields(prediction, mean_action),
    }
    return prediction, row
