"""Real-time chunking: a flow-matching policy that continues what is left over of its last chunk.

LeRobot's implementation and settings (lerobot.policies.rtc, RTCConfig): the denoising is guided towards the first
10 left-over actions, with a weight that falls linearly, and at most 10 times as strongly as the flow itself. The
simulator waits for the policy, so the inference delay is 0 and no action is frozen. Guidance needs gradients:
`torch.inference_mode()` is not possible here.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from policies.batch_checks import check_batch
from policies.checkpoint.statistics import ACTION_KEY
from policies.errors import PolicyError
from policies.interface import ACTION_DIM, LEFT_OVER_KEY, REAL_TIME_KEY, STATE_KEY, TASK_KEY
from policies.lerobot_policy import FLOW_TYPES, LeRobotPolicy, one_line_errors

if TYPE_CHECKING:
    import numpy as np

    from policies.interface import Policy


@dataclass(frozen=True)
class RealTimePolicy(LeRobotPolicy):
    """A LeRobotPolicy whose batch may hold `left_over`: float tensor (B, L, 14), raw units, 1 <= L <= C."""

    continues: ClassVar[bool] = True

    def describe(self) -> dict[str, Any]:
        """What identifies the policy, and how it continues a chunk."""
        config = self.model.config.rtc_config
        return super().describe() | {
            REAL_TIME_KEY: {
                "inference_delay": 0,
                "execution_horizon": config.execution_horizon,
                "max_guidance_weight": config.max_guidance_weight,
                "schedule": config.prefix_attention_schedule.value,
            }
        }

    def predict(self, batch: dict[str, Any], noise: np.ndarray | None) -> np.ndarray:
        """Chunks (B, C, 14) float32 in raw units that continue `left_over`, where there is one."""
        if LEFT_OVER_KEY not in batch:
            return super().predict(batch, noise)
        import torch

        rows = check_batch(self.name, self.images, self.model.config, batch)
        start = self._check_noise(noise, rows)
        left_over = batch[LEFT_OVER_KEY]
        length = left_over.shape[1] if left_over.ndim == 3 else 0
        if left_over.shape != (rows, length, ACTION_DIM) or not 1 <= length <= self.chunk_size:
            raise PolicyError(
                f"{LEFT_OVER_KEY} is {tuple(left_over.shape)}; expected ({rows}, 1..{self.chunk_size}, {ACTION_DIM})"
            )
        observed = {key: batch[key] for key in (STATE_KEY, *self.images)} | {TASK_KEY: list(batch[TASK_KEY])}
        # The preprocessor treats it like a recorded action: normalised, and relative where the policy's are.
        observed[ACTION_KEY] = left_over.to(torch.float32)
        with torch.no_grad(), one_line_errors(self):
            self.model.reset()
            chunks = self._chunks(observed, lambda ready: self._continue(ready, start))
        return self._checked(chunks.to("cpu", torch.float32).numpy(), rows)

    def _continue(self, ready: dict[str, Any], start: Any) -> Any:
        before = ready.pop(ACTION_KEY)
        device = self.model.config.device
        return self.model.predict_action_chunk(
            ready,
            noise=start.to(device),
            inference_delay=0,
            prev_chunk_left_over=before.to(device),
            execution_horizon=self.model.config.rtc_config.execution_horizon,
        )


def real_time(policy: Policy) -> RealTimePolicy:
    """`policy` with real-time chunking switched on; PolicyError where it does not offer it."""
    if isinstance(policy, RealTimePolicy):
        return policy
    offers = (
        isinstance(policy, LeRobotPolicy)
        and policy.type in FLOW_TYPES
        and getattr(policy.model, "supports_rtc", bool)()
    )
    if not offers or not isinstance(policy, LeRobotPolicy):
        raise PolicyError(
            f"policy {policy.name!r} does not offer real-time chunking: choose --strategy plain or ensemble"
        )
    from lerobot.policies.rtc.configuration_rtc import RTCConfig

    policy.model.config.rtc_config = RTCConfig()
    policy.model.init_rtc_processor()
    fields = {f.name: getattr(policy, f.name) for f in dataclasses.fields(LeRobotPolicy)}
    return RealTimePolicy(**fields)
