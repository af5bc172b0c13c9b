"""A process that simulates: one scene at a time, screened, run and filmed; chunks come from the process that predicts.

Nothing here imports torch: a worker starts in about a second. It ends with its parent, whatever becomes of that.
"""

from __future__ import annotations

import ctypes
import dataclasses
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from harness.core.text import one_line
from harness.engine.episode_row import episode_row, outcome_of
from harness.engine.episode_trajectory import trajectory_of
from harness.engine.messages import Answer, Ask, Broken, Finished, Going, Ready, Screened, Setup, Unwritable
from harness.engine.task_schedule import Attempt
from harness.rollout.sim_world import SimWorld
from harness.rollout.world import Trace
from harness.runs.trajectories import file_name
from harness.scenes.demonstration import demonstrate, demonstration
from harness.scenes.protocol import Verdict, screen_scene
from policies.chunking import chunker
from policies.errors import PolicyError
from policies.interface import FRAME_KEY, STATE_KEY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from robotwin_env.env import RoboTwinEnv

RENDER_THREADS = "LP_NUM_THREADS"
"""Mesa's CPU driver takes every core unless this says how many."""
PR_SET_PDEATHSIG = 1
OUT_OF_MEMORY = 71
"""Exit code of a worker that could not get memory."""


def main(pipe: Connection, render_threads: int | None) -> None:
    """What a worker process does from its start to its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then says what to do
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    _end_with_parent()
    if render_threads is not None:
        os.environ.setdefault(RENDER_THREADS, str(render_threads))
    parent = PipeParent(pipe)
    worker = Worker(parent.receive(), parent)
    parent.send(Ready())
    while True:
        worker.attempt(parent.receive())


def _end_with_parent() -> None:
    """Have the kernel end this process with its parent: a pipe that closes is not seen in a stopped process."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Parent(Protocol):
    """Whoever gives attempts and chunks."""

    def send(self, message: Any) -> None:
        """Send one of `harness.engine.messages`."""
        ...

    def receive(self) -> Any:
        """Wait for one of `harness.engine.messages`, or an Attempt."""
        ...


class PipeParent:
    """The other end of the pipe; where it is closed this process ends."""

    def __init__(self, pipe: Connection):
        self._pipe = pipe

    def send(self, message: Any) -> None:
        """See Parent."""
        try:
            self._pipe.send(message)
        except OSError:
            sys.exit()

    def receive(self) -> Any:
        """See Parent."""
        try:
            return self._pipe.recv()
        except (OSError, EOFError):
            sys.exit()


@dataclass
class DemonstrationRecorder:
    """A scene for `screen_scene`, which keeps the actions (T, 14) of the expert's demonstration in it."""

    env: RoboTwinEnv
    frames: NDArray[np.float32] | None = None

    def reset(self, *, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """See RoboTwinEnv."""
        return self.env.reset(seed=seed)

    def demonstrate(self) -> tuple[bool, str | None]:
        """See RoboTwinEnv."""
        taken = demonstrate(self.env)
        self.frames = taken.actions
        return taken.solved, taken.reason


class Worker:
    """Makes attempts, one after the other. setups: one for each policy of the run."""

    def __init__(self, setups: Sequence[Setup], parent: Parent):
        self._setups, self.setup, self._parent = setups, setups[0], parent
        self._scenes: dict[tuple[str, tuple[str, ...], bool], RoboTwinEnv] = {}

    def attempt(self, work: Attempt) -> None:
        """Screen a scene, if that is not done yet, and run it where it counts and the attempt says so."""
        self.setup = self._setups[work.policy]
        try:
            frames = None
            if not work.screened:
                verdict, frames = self._screen(work)
                self._parent.send(Screened(verdict))
                if not (verdict.ok and work.runs):
                    return
            trace = self.run(work, frames)
            row = episode_row(work.task, trace) | {"digest": trace.world.digest}
            try:
                row["video"] = self._film(work, trace.world, outcome_of(row))
                row["trajectory"] = self._keep(work, trace)
            except OSError as error:
                folder = self.setup.run or self.setup.videos
                self._parent.send(Unwritable(f"cannot write to {folder}: {_why(error)}"))
                return
            finally:
                trace.world.env.close()
            self._parent.send(Finished(row))
        except MemoryError:
            os._exit(OUT_OF_MEMORY)  # nothing is sure to work any more
        except Exception as error:
            expected = getattr(type(error), "is_user_error", False)
            reason = one_line(str(error)) or type(error).__name__
            self._parent.send(Broken(reason, None if expected else traceback.format_exc()))

    def _screen(self, work: Attempt) -> tuple[Verdict, NDArray[np.float32] | None]:
        """Whether a scene counts; and the expert's actions there, where those are what will be replayed."""
        env, check = self._scene(work.task, ()), self.setup.check_expert
        if self.setup.chunk_size is not None:
            return screen_scene(env, work.seed, check), None
        recorder = DemonstrationRecorder(env)
        return screen_scene(recorder, work.seed, check), recorder.frames  # type: ignore[arg-type]

    def run(self, work: Attempt, frames: NDArray[np.float32] | None = None) -> Trace[SimWorld]:
        """One episode from its first observation to its end.

        frames (T, 14): what the expert did when the scene was screened, which is what it replays; None: not known.
        """
        setup = self.setup
        plan = None
        chunk_size, ask = setup.chunk_size, self._ask
        if chunk_size is None:
            if frames is None:
                frames = demonstration(self._scene(work.task, ()), work.seed)
            chunk_size, ask, plan = setup.horizon, self._replay(frames), len(frames)
            self._parent.send(Going(0))
        env = self._scene(work.task, setup.roles, setup.observer and setup.videos is not None)
        world = SimWorld(env, work.seed, max_actions=setup.max_actions, plan=plan)
        world.film = setup.options.film_every(world.time_limit) if setup.videos else 0
        trace = Trace(world, chunk_size, chunker(setup.strategy, setup.horizon))
        world.start()
        while not trace.finished:
            trace.take(ask(trace), setup.policy)
        return trace

    def _ask(self, trace: Trace[SimWorld]) -> NDArray[np.float32] | PolicyError:
        """The policy's chunk for what the robot sees now."""
        seen = trace.world.observe()
        images = {role: seen.images[role] for role in self.setup.read if role in seen.images}
        observation = dataclasses.replace(seen, images=images)
        self._parent.send(Ask(observation, trace.chunker.left_over))
        answer: Answer = self._parent.receive()
        trace.inference_s += answer.seconds
        return answer.chunk

    def _replay(self, frames: NDArray[np.float32]) -> Callable[..., NDArray[np.float32] | PolicyError]:
        """The expert as a policy: what it recorded for this scene, sent like any other policy's actions."""
        from policies.baselines import Replay

        policy = Replay(chunk_size=self.setup.horizon, frames=frames)

        def ask(trace: Trace[SimWorld]) -> NDArray[np.float32] | PolicyError:
            seen = trace.world.observe()
            self._parent.send(Going(seen.frame_index))
            try:
                return policy.predict({STATE_KEY: seen.state[None], FRAME_KEY: np.array([seen.frame_index])})[
                    0
                ]
            except PolicyError as error:
                return error

        return ask

    def _film(self, work: Attempt, world: SimWorld, outcome: str) -> str | None:
        """Write the video, if there is one, and have it on disk; its name in the run's folder."""
        if self.setup.videos is None or not world.pictures:
            return None
        name = f"{work.task}-{work.seed}-{outcome}.mp4"
        note = f"{self.setup.policy} · seed {work.seed} · {self.setup.label}"
        path = self.setup.videos / name
        save = self.setup.options.around("film", world.save_film)
        save(path, task=work.task, note=note, outcome=outcome)
        _sync(path)
        return f"{self.setup.videos.name}/{name}"

    def _keep(self, work: Attempt, trace: Trace[SimWorld]) -> str | None:
        """Write the trajectory, where the run keeps any; its name in the run's folder."""
        if self.setup.run is None:
            return None
        name = file_name(work.task, work.seed)
        path = self.setup.run / name
        path.parent.mkdir(exist_ok=True)
        trajectory_of(trace).save(path)
        return name

    def _scene(self, task: str, roles: tuple[str, ...], observer: bool = False) -> RoboTwinEnv:
        """An environment of the task; one is kept for screening and one for running."""
        wanted = task, roles, observer
        if wanted not in self._scenes:
            self._scenes = {key: env for key, env in self._scenes.items() if key[0] == task}
            self._scenes[wanted] = self.setup.options.make(*wanted)
        return self._scenes[wanted]


def _why(error: OSError) -> str:
    return error.strerror or one_line(str(error)) or type(error).__name__


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
