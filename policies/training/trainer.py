"""Training a tiny π0 on frames that are already in memory, with LeRobot's own training step and schedule.

What LeRobot's `lerobot-train` does a step (`update_policy`, the policy's own optimizer and scheduler presets, the
saved training state) is done here by the same functions; what is added is the moving average of the weights, which
is what is evaluated and kept, and images that are decoded once instead of every time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policies.training.frames import Frames, Recipe, preprocess, rows_from

if TYPE_CHECKING:
    import torch

    from policies.tiny_pi0.model import TinyPI0

LOG_EVERY = 50
AVERAGE_FILE, WEIGHTS_FILE = "average.safetensors", "weights.safetensors"


class Trainer:
    """A policy in training: `run` takes it to a step, `save` and `load` keep everything that decides the rest.

    Args:
        new: the policy and its processors, made with `frames.statistics()`.
        frames: what to learn. recipe: how.
    """

    def __init__(self, new: TinyPI0, frames: Frames, recipe: Recipe):
        import torch
        from accelerate import Accelerator
        from lerobot.utils.logging_utils import AverageMeter, MetricsTracker

        self.new, self.frames, self.recipe = new, frames, recipe
        self.step, self.seconds, self.curve = 0, 0.0, list[list[float]]()
        config = new.policy.config
        config.scheduler_decay_steps = recipe.steps
        preset = config.get_optimizer_preset()
        self.optimizer = preset.build(new.policy.get_optim_params())
        self.scheduler = config.get_scheduler_preset().build(self.optimizer, recipe.steps)
        self._clip = preset.grad_clip_norm
        self._accelerator = Accelerator(cpu=config.device == "cpu")
        meters = {name: AverageMeter(name) for name in ("loss", "grad_norm", "lr", "update_s")}
        self._metrics = MetricsTracker(recipe.batch_size, len(frames), 1, meters)
        self._weights = [p for p in new.policy.parameters() if p.requires_grad]
        self._average = [weight.detach().clone() for weight in self._weights]
        self._ready = preprocess(new, frames)
        self._rows = torch.tensor([*range(len(frames)), *(row for row, _ in frames.more)])
        self._loss = float("nan")
        torch.manual_seed(recipe.seed)

    def run(self, until: int, say: Callable[[int, str], None] = lambda step, text: None) -> None:
        """Train up to a step; `say` is told every step and the running loss."""
        import torch
        from lerobot.scripts.lerobot_train import update_policy

        policy = self.new.policy
        for draws in rows_from(self.step, until, len(self._rows), self.recipe):
            started = time.perf_counter()
            update_policy(
                self._metrics,
                policy,
                self._batch(draws),
                self.optimizer,
                self._clip,
                self._accelerator,
                self.scheduler,
            )
            # A young average follows faster: a short training must not end as an average of its random start.
            decay = min(self.recipe.ema, (1 + self.step) / (10 + self.step))
            torch._foreach_lerp_(self._average, [weight.detach() for weight in self._weights], 1 - decay)
            now = float(self._metrics.loss.val)
            self._loss = now if self.step == 0 else 0.98 * self._loss + 0.02 * now
            self.step += 1
            self.seconds += time.perf_counter() - started
            if self.step % LOG_EVERY == 0:
                self.curve.append([self.step, round(self._loss, 5)])
            say(self.step, f"loss {self._loss:.4f}")
        policy.eval()

    @contextmanager
    def averaged(self) -> Iterator[TinyPI0]:
        """The policy with the moving average of its weights, for as long as the context lasts."""
        import torch

        with torch.no_grad():
            own = [weight.detach().clone() for weight in self._weights]
            for weight, mean in zip(self._weights, self._average, strict=True):
                weight.copy_(mean)
            self.new.policy.eval()
            try:
                yield self.new
            finally:
                for weight, value in zip(self._weights, own, strict=True):
                    weight.copy_(value)

    def log(self) -> dict[str, Any]:
        """steps, seconds, samples_per_second, final_loss and the curve [[step, running loss], …]."""
        return {
            "steps": self.step,
            "seconds": round(self.seconds, 1),
            "samples_per_second": round(self.step * self.recipe.batch_size / max(self.seconds, 1e-9), 1),
            "final_loss": round(self._loss, 5),
            "losses": list(self.curve),
        }

    def save(self, directory: Path) -> None:
        """Write weights, average and LeRobot's training state (optimizer, schedule, random numbers)."""
        from lerobot.common.train_utils import save_training_state
        from safetensors.torch import save_file

        directory.mkdir(parents=True, exist_ok=True)
        for name, values in ((WEIGHTS_FILE, self._weights), (AVERAGE_FILE, self._average)):
            save_file({str(i): v.detach().contiguous() for i, v in enumerate(values)}, directory / name)
        save_training_state(directory, self.step, self.optimizer, self.scheduler)

    def load(self, directory: Path, log: dict[str, Any]) -> None:
        """Go on from what `save` wrote; `log` is what `log()` said then."""
        import torch
        from lerobot.common.train_utils import load_training_state
        from safetensors.torch import load_file

        for name, values in ((WEIGHTS_FILE, self._weights), (AVERAGE_FILE, self._average)):
            saved = load_file(directory / name)
            with torch.no_grad():
                for i, value in enumerate(values):
                    value.copy_(saved[str(i)])
        self.step, _, _ = load_training_state(directory, self.optimizer, self.scheduler)
        self.seconds, self.curve, self._loss = log["seconds"], list(log["losses"]), log["final_loss"]

    def _batch(self, draws: torch.Tensor) -> dict[str, torch.Tensor]:
        device, rows = self.new.policy.config.device, self._rows[draws]
        images = {key: values[rows].to(device).float() / 255 for key, values in self.frames.images.items()}
        return images | {key: values[draws.to(values.device)] for key, values in self._ready.items()}


def pretrained(directory: Path | str, device: str, **config_fields: Any) -> TinyPI0:
    """A tiny π0 to go on training: the weights, processors and tokenizer of a checkpoint.

    config_fields: fields of TinyPI0Config to change, of the optimizer and its schedule, say. PolicyError where the
    directory holds no tiny π0.
    """
    import torch

    from policies import PolicyError, load_policy
    from policies.lerobot_policy import LeRobotPolicy
    from policies.tiny_pi0.model import TinyPI0, TinyPI0Policy

    threads = torch.get_num_threads()
    loaded = load_policy(str(directory), device=device, dtype="float32")
    torch.set_num_threads(threads)  # loading sets it for acting; the training keeps its own
    if not isinstance(loaded, LeRobotPolicy) or not isinstance(loaded.model, TinyPI0Policy):
        raise PolicyError(f"{directory} is no tiny π0; only those can be trained on")
    old = loaded.model
    for name, value in config_fields.items():
        setattr(old.config, name, value)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        policy = TinyPI0Policy(old.config).to(device)  # its own: what is loaded shares weights with a sampler
    weights = {name: weight.clone() for name, weight in old.state_dict().items()}
    keys = policy.load_state_dict(weights, strict=False)
    if lost := [name for name in keys.missing_keys if not name.endswith("lm_head.weight")]:
        raise PolicyError(f"{directory} lacks weights of a tiny π0: {', '.join(lost)}")
    before, after = loaded.processors.before, loaded.processors.after
    tokenizer = next(step.input_tokenizer for step in before.steps if hasattr(step, "input_tokenizer"))
    return TinyPI0(policy, before, after, tokenizer)
