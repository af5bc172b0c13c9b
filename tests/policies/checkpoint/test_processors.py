import json

import numpy as np
import pytest
from refusals import refused

from policies import PolicyError, load_policy
from policies.checkpoint.allowed import checked_step
from policies.checkpoint.processors import adapt_steps
from policies.chunking import predict_rows
from policies.noise import frame_noise

pytestmark = pytest.mark.slow
NAMES = [
    f"{side}_{joint}"
    for side in ("left", "right")
    for joint in ("j1", "j2", "j3", "j4", "j5", "j6", "gripper")
]


def edit_steps(directory, file, change):
    path = directory / file
    saved = json.loads(path.read_text())
    for step in saved["steps"]:
        change(step)
    path.write_text(json.dumps(saved))


def test_an_older_checkpoints_delta_step_is_understood(policy, copied, make_row):
    def rename(step):
        if step["registry_name"] == "relative_actions_processor":
            step["registry_name"] = "delta_actions_processor"

    edit_steps(copied, "policy_preprocessor.json", rename)
    old = load_policy(copied)
    noise = [frame_noise(0, 0, 0, policy.noise_shape)]
    assert np.array_equal(
        predict_rows(old, [make_row(0)], noise, 1), predict_rows(policy, [make_row(0)], noise, 1)
    )


@pytest.mark.parametrize("name", ["relative_actions_processor", "delta_actions_processor"])
def test_relative_actions_are_added_to_the_state_of_their_own_row_and_chunk(policy, copied, make_row, name):
    def enable(step):
        if step["registry_name"] == "relative_actions_processor":
            step["registry_name"] = name
            step["config"] = {"enabled": True, "exclude_joints": ["gripper"], "action_names": NAMES}
        if step["registry_name"] == "absolute_actions_processor":
            step["config"]["enabled"] = True

    edit_steps(copied, "policy_preprocessor.json", enable)
    edit_steps(copied, "policy_postprocessor.json", enable)
    relative = load_policy(copied)
    rows = [make_row(i) for i in range(3)]
    noises = [frame_noise(0, 0, i, policy.noise_shape) for i in range(3)]
    added = predict_rows(relative, rows, noises, 2) - predict_rows(policy, rows, noises, 2)
    states = np.stack([row["observation.state"] for row in rows])[:, None].repeat(6, axis=1)
    states[..., [6, 13]] = 0
    assert np.abs(added - states).max() < 1e-6


def test_absolute_actions_without_a_step_that_notes_the_state_are_refused(copied):
    def enable(step):
        if step["registry_name"] == "absolute_actions_processor":
            step["config"]["enabled"] = True

    edit_steps(copied, "policy_postprocessor.json", enable)
    path = copied / "policy_preprocessor.json"
    saved = json.loads(path.read_text())
    saved["steps"] = [s for s in saved["steps"] if s["registry_name"] != "relative_actions_processor"]
    path.write_text(json.dumps(saved))
    with pytest.raises(PolicyError, match="no step that notes the state"):
        load_policy(copied)


def test_an_unknown_step_is_one_line(copied):
    edit_steps(copied, "policy_postprocessor.json", lambda step: step.update(registry_name="mystery_step"))
    with refused(PolicyError, match="mystery_step"):
        load_policy(copied)


@pytest.mark.parametrize(
    "step",
    [
        {"class": "subprocess.Popen", "config": {"args": "true"}},
        {"registry_name": "action_tokenizer_processor"},
    ],
)
def test_a_step_that_would_run_foreign_code_is_refused(step):
    with pytest.raises(PolicyError, match="processor step"):
        adapt_steps({"steps": [step]}, "cpu")


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("policy_postprocessor_step_0_unnormalizer_processor.safetensors", "action"),
        ("policy_preprocessor_step_6_normalizer_processor.safetensors", "observation.state"),
    ],
)
def test_statistics_that_are_missing_or_of_another_robot_are_refused(copied, file, key):
    from safetensors.numpy import save_file

    other = {"mean": np.zeros(14, np.float32), "std": np.ones(14, np.float32)}
    for bad, said in (
        ({f"{key}.mean": np.zeros(7, np.float32), f"{key}.std": np.ones(7, np.float32)}, "14 joints"),
        ({f"{key}.mean": np.full(14, np.nan, np.float32), f"{key}.std": np.ones(14, np.float32)}, "NaN"),
        ({f"other.{name}": value for name, value in other.items()}, "no statistics"),
    ):
        (copied / file).unlink()
        save_file(bad, copied / file)
        with pytest.raises(PolicyError, match=said):
            load_policy(copied)


def test_a_policy_without_a_normalising_step_is_refused(copied):
    edit_steps(
        copied,
        "policy_postprocessor.json",
        lambda step: (
            step.pop("state_file", None) and step.update(registry_name="device_processor", config={})
        ),
    )
    with pytest.raises(PolicyError, match=r"no step that \(un\)normalises action"):
        load_policy(copied)


@pytest.mark.parametrize("option", ["norm_map", "features"])
@pytest.mark.parametrize("value", [[{"ACTION": "MEAN_STD"}], [], "IDENTITY", 3, True])
def test_options_that_are_objects_are_such(option, value):
    step = {"registry_name": "unnormalizer_processor", "config": {option: value}}
    with pytest.raises(PolicyError, match=f"{option} .*is no object"):
        checked_step(step)
    for good in ({"ACTION": "MEAN_STD"}, {}, None):
        assert checked_step(step | {"config": {option: good}})["config"] == {option: good}
