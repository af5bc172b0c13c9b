"""Prepared: every `auto` replaced, everything loaded."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.closedloop.config import Config
from harness.closedloop.policy import load_to_act, requested_dataset
from harness.contract.reading import head_lines
from harness.contract.world import simulator_contract
from harness.core.asset_labels import Assets, assets_named
from harness.core.errors import UserError
from harness.core.robot import ROLES
from harness.engine.messages import Setup
from harness.rollout.ablation import make_ablated_adapter
from harness.rollout.adapter import ObservationAdapter, adapter_for
from harness.rollout.environments import SceneOptions
from harness.rollout.policy_setup import check_server, default_horizon, pick_device
from harness.runs.code_digest import code_digest
from harness.runs.policy_names import IMAGES, display_name, short_name
from harness.runs.provenance import provenance
from harness.scenes.provenance import scene_facts
from harness.scenes.sets import SceneSet, choose_scenes
from harness.scenes.training_overlap import off_task_caution

if TYPE_CHECKING:
    from policies.interface import Policy

REPLAY_CHUNK = 50
SENTENCES_COUNTED = 10
"""Scenes of every task whose sentences are counted for the contract in the run's head."""
CONTROLLER = "take_action qpos: rest-to-rest ramp, 1 rad/s, 1 rad/s², 250 Hz; success at every physics step"


@dataclass(frozen=True)
class Prepared:
    """What a configuration stands for: `config` with every `auto` replaced, and what was loaded for it."""

    config: Config
    tasks: list[str]
    scenes: SceneSet
    options: SceneOptions
    policy: Policy | None
    adapter: ObservationAdapter
    horizon: int
    roles: tuple[str, ...]
    facts: dict[str, Any]

    @property
    def kind(self) -> Assets:
        """What the scenes are made of."""
        return assets_named(self.facts["assets_kind"])

    def setup(self, videos: Path | None, run: Path | None = None) -> Setup:
        """What the workers are told; `videos` is the folder for films, `run` the run's, for trajectories."""
        config, policy = self.config, self.policy
        return Setup(
            options=self.options,
            roles=self.roles,
            read=tuple(self.adapter.roles.values()),
            policy=display_name(short_name(config.policy), config.ablate),
            chunk_size=policy.chunk_size if policy else None,
            horizon=self.horizon,
            strategy=config.strategy,
            check_expert=config.expert_check,
            videos=videos,
            run=run,
            label=self.kind.label,
            max_actions=config.max_actions,
            observer=config.observer,
        )


def prepare(
    config: Config, tasks: list[str], policy: Policy | None = None, scenes: SceneSet | None = None
) -> Prepared:
    """Load and check everything a run needs before it writes anything; `scenes` where they are known already."""
    from policies.chunking import PLAIN, check_horizon, policy_for

    scenes = scenes or choose_scenes(config.scenes, config.config, config.seed, tasks, config.episodes)
    options = SceneOptions(
        config.assets,
        config.config,
        config.shader,
        config.shadows,
        config.instructions,
        config.instruction_split,
    )
    device = pick_device(config.device, config.policy)
    if config.policy == "expert":
        policy = None
        if config.strategy != PLAIN:
            raise UserError(f"--strategy {config.strategy}: the expert replays one plan; leave it out")
    else:
        policy = policy_for(policy or load_to_act(config, tasks, scenes, device), config.strategy)
    if policy is not None:
        check_server(policy, workers=config.workers)
        horizon = default_horizon(policy) if config.horizon is None else config.horizon
        check_horizon(horizon, policy.chunk_size)
    else:
        horizon = config.horizon or REPLAY_CHUNK
    adapter, ablation = make_ablated_adapter(
        adapter_for(policy),
        config.ablate,
        policy,
        tasks,
        requested_dataset(config) if config.ablate == IMAGES else None,
        config.seed,
        by_scene=True,
        config=config.config,
        instructions=config.instructions,
        instruction_split=config.instruction_split,
    )
    roles = ROLES if config.videos else tuple(adapter.roles.values())
    simulated = scene_facts(options, tasks, roles)
    drawn = {key: simulated[key] for key in ("shader", "shadows") if key in simulated}
    resolved = dataclasses.replace(
        config,
        horizon=horizon,
        device=device,
        task=",".join(tasks),
        scenes=config.scenes or scenes.name,
        **drawn,
    )
    world = simulator_contract(
        tasks,
        {task: scenes.first(task, min(config.episodes, SENTENCES_COUNTED)) for task in tasks},
        config.config,
        config.instructions,
        config.instruction_split,
    )
    contract, contract_cautions = head_lines(config.policy, policy, world)
    facts = provenance(
        contract=contract,
        contract_cautions=contract_cautions,
        checkpoint_hash=policy.content_hash if policy else None,
        policy=policy.describe() if policy else {"name": "expert", "type": "replay"},
        cameras=adapter.describe().splitlines(),
        seeds=[config.seed],
        controller=CONTROLLER,
        ablation=ablation,
        off_task=off_task_caution(policy, tasks) if policy else None,
        code=code_digest(),
        **scenes.facts(),
        **simulated,
    )
    return Prepared(resolved, tasks, scenes, options, policy, adapter, horizon, roles, facts)
