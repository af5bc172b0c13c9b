"""Open loop: replay recorded episodes, let the policy predict, score its chunks against what was done.

    python -m harness.openloop                                       the demo policy on the demo episodes
    python -m harness.openloop --policy hold --dataset data/stack --episodes 0:25
    python -m harness.openloop --policy owner/pi0 --dataset owner/recording --horizon 10 --videos 4

At t = 0, k, 2k, ... the policy sees the recorded observation and predicts a chunk; frame t + j is scored with
chunk[j], j < k. The `hold` and `mean` baselines are scored on the same frames, always.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.contract.reading import head_lines
from harness.contract.world import dataset_contract
from harness.core.robot import ROLES
from harness.core.share import read_share
from harness.core.terminal.width import say
from harness.datasets.reader import open_dataset
from harness.datasets.selection import select
from harness.datasets.survey import data_remarks, survey
from harness.files.bundled import default_dataset
from harness.openloop.config import Config, check
from harness.openloop.evaluation import Evaluation
from harness.openloop.policy import load_to_replay, make_adapter
from harness.report.write import write_report
from harness.rollout.input_remarks import input_remarks
from harness.rollout.policy_setup import check_server, default_horizon, pick_device
from harness.runs.directory import RunDir
from harness.runs.latency import note_latency
from harness.runs.policy_names import display_name
from harness.runs.provenance import provenance
from harness.runs.resume import resumable, resume_command
from harness.scenes.training_overlap import overlap_caution
from harness.trackers.following import follow
from harness.trackers.opening import check_tracker

if TYPE_CHECKING:
    from policies.interface import Policy


def main(config: Config, policy: Policy | None = None, goes_on: str | None = None) -> None:
    """Run the evaluation `config` describes and print what came out; `policy` saves loading it again.

    goes_on: the command that goes on after an interruption, where it is not this one.
    """
    check(config)
    check_tracker(config)
    device = pick_device(config.device, config.policy)
    from policies.chunking import check_horizon, policy_for

    dataset = open_dataset(config.dataset or default_dataset())
    indices = select(dataset, config.episodes, config.task)
    share = read_share(config.shard)
    share.require(len(indices), "episodes")
    scored = survey(dataset, indices)
    remarks = data_remarks(dataset, scored)
    policy = policy or load_to_replay(config, dataset, indices, scored.mean_action)
    check_server(policy, batch_size=config.batch_size)
    policy = policy_for(policy, config.strategy)
    horizon = check_horizon(
        default_horizon(policy) if config.horizon is None else config.horizon, policy.chunk_size
    )
    adapter, ablation = make_adapter(config, policy, dataset, indices)
    scored.require(adapter.roles.values())
    sizes = [dataset.info.cameras[camera].size for camera in adapter.roles.values()]
    remarks += input_remarks(policy, scored.instructions, [size for size in sizes if size is not None])
    remarks += [f"not needed here, but not whole: {why}" for why in scored.broken.values()]
    resolved = dataclasses.replace(config, horizon=horizon, device=device, dataset=str(dataset.source))
    contract, contract_cautions = head_lines(config.policy, policy, dataset_contract(dataset, scored))
    facts = provenance(
        contract=contract,
        contract_cautions=contract_cautions,
        **dataset.provenance(),
        checkpoint_hash=policy.content_hash,
        policy=policy.describe(),
        cameras=adapter.describe().splitlines(),
        seeds=[config.seed],
        instructions="dataset",
        mean_action_source=f"the {scored.frames} scored frames",
        ablation=ablation,
        training_overlap=overlap_caution(policy, dataset, indices),
        remarks=remarks,
    )
    name = display_name(config.policy, config.ablate)
    say(f"{name} on {dataset.source}: {len(indices)} episodes, horizon {horizon}")
    say(*adapter.describe().splitlines(), *[contract, *contract_cautions])
    say(*filter(None, [facts["training_overlap"]]), *(f"note: {remark}" for remark in remarks))
    with (
        RunDir.create(
            "openloop", name, config=resolved, provenance=facts, out=config.out, resume=config.resume
        ) as run,
        follow(config, run) as tracked,
    ):
        evaluation = Evaluation(
            dataset,
            policy,
            adapter,
            run,
            scored.mean_action,
            horizon=horizon,
            batch_size=config.batch_size,
            seed=config.seed,
            strategy=config.strategy,
            name=name,
            tracked=tracked,
            filmed=[role for role in ROLES if role in dataset.cameras and role not in scored.broken],
        )
        goes_on = goes_on or resume_command(config, run.path, "harness.openloop")
        here = [index for number, index in enumerate(indices) if share.has(number)]
        with resumable(run, len(here), goes_on):
            evaluation.evaluate(here, filmed=indices[: config.videos])
            evaluation.conclude()
            note_latency(policy, run.path)
    print(f"report: {write_report([run.path], run.path)}")
