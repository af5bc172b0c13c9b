import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from json_edits import edit_json
from refusals import refusal

from policies import PolicyError, load_policy
from policies.checkpoint import content, hub
from policies.checkpoint.files import open_checkpoint
from policies.chunking import predict_rows
from policies.noise import frame_noise

pytestmark = pytest.mark.slow


def chunks_of(policy, make_row, count=3):
    noises = [frame_noise(0, 0, i, policy.noise_shape) for i in range(count)]
    return predict_rows(policy, [make_row(i) for i in range(count)], noises, 2)


def edit_weights(directory: Path, change):
    from safetensors.torch import load_file, save_file

    path = directory / "model.safetensors"
    tensors = load_file(path)
    path.unlink()
    save_file(change(tensors), path)


def test_what_is_loaded_predicts_exactly_what_was_saved(tiny, policy, make_row):
    import torch

    from policies.chunking import stack_rows

    rows = [make_row(i) for i in range(2)]
    noise = np.stack([frame_noise(0, 0, i, policy.noise_shape) for i in range(2)])
    with torch.inference_mode():
        ready = tiny.preprocessor({k: v for k, v in stack_rows(rows).items() if k != "frame_index"})
        expected = tiny.postprocessor(tiny.policy.predict_action_chunk(ready, noise=torch.from_numpy(noise)))
    assert np.array_equal(replace(policy, sampler=None).predict(stack_rows(rows), noise), expected.numpy())


def test_a_loaded_policy_says_what_it_is(policy, checkpoint):
    facts = json.loads(json.dumps(policy.describe()))
    assert facts["type"] == "tiny_pi0" and facts["chunk_size"] == policy.chunk_size == 6
    assert facts["num_inference_steps"] == policy.num_inference_steps == 4
    assert facts["n_action_steps"] == policy.n_action_steps == 6
    assert facts["path"] == str(checkpoint) and facts["device"] == "cpu"
    assert all("lm_head" in name for name in facts["unused_weights"]) and len(facts["unused_weights"]) == 2
    assert policy.noise_shape == (6, 14)
    assert policy.images[0] == "observation.images.cam_high"


def test_loading_leaves_nothing_in_the_temporary_directory(checkpoint, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    load_policy(checkpoint)
    assert list(tmp_path.iterdir()) == []


def test_a_moved_copy_is_the_same_policy(policy, copied, make_row):
    moved = load_policy(copied)
    assert moved.describe()["tokenizer"] == str(copied / "tokenizer")
    assert moved.content_hash == policy.content_hash
    assert np.array_equal(chunks_of(moved, make_row), chunks_of(policy, make_row))


def digest_of(directory):
    return content.content_hash(open_checkpoint(directory), directory / "tokenizer")


@pytest.mark.parametrize("file", ["config.json", "policy_postprocessor.json", "tokenizer/tokenizer.json"])
def test_the_content_hash_covers(file, policy, copied):
    (copied / file).write_text((copied / file).read_text() + "\n")
    assert digest_of(copied) != policy.content_hash


def test_the_content_hash_covers_the_preprocessor_but_for_the_place_of_its_tokenizer(policy, copied):
    path = copied / "policy_preprocessor.json"
    saved = json.loads(path.read_text())
    (step,) = (step for step in saved["steps"] if step.get("registry_name") == "tokenizer_processor")
    step["config"]["tokenizer_name"] = "elsewhere/tokenizer"
    path.write_text(json.dumps(saved))
    assert digest_of(copied) == policy.content_hash
    step["config"]["max_length"] += 1
    path.write_text(json.dumps(saved))
    assert digest_of(copied) != policy.content_hash


def test_the_content_hash_ignores_the_model_card(policy, copied):
    (copied / "README.md").write_text("trained for minutes")
    assert digest_of(copied) == policy.content_hash


def test_a_missing_tensor_is_named(copied):
    edit_weights(copied, lambda tensors: dict(list(tensors.items())[:-1]))
    assert "1 missing (model.state_proj.weight)" in refusal(PolicyError, load_policy, copied)


def test_an_extra_tensor_is_named(copied):
    edit_weights(
        copied, lambda tensors: {**tensors, "model.surprise": tensors["model.state_proj.bias"].clone()}
    )
    assert "1 unexpected (model.surprise)" in refusal(PolicyError, load_policy, copied)


def test_a_tensor_of_another_shape_is_named(copied):
    edit_json(copied / "config.json", lambda config: config.update(max_state_dim=20))
    assert "model.state_proj.weight is [96, 14] instead of [96, 20]" in refusal(
        PolicyError, load_policy, copied
    )


def test_a_truncated_file_is_refused(copied):
    path = copied / "model.safetensors"
    whole = path.read_bytes()
    for keep in (len(whole) // 2, 100, 0):
        path.write_bytes(whole[:keep])
        assert "truncated or not a safetensors file" in refusal(PolicyError, load_policy, copied)


def test_a_git_lfs_pointer_is_recognised(copied):
    (copied / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:1\n")
    assert "git lfs pull" in refusal(PolicyError, load_policy, copied)


def test_pickled_weights_are_refused(copied):
    (copied / "model.safetensors").rename(copied / "pytorch_model.bin")
    message = refusal(PolicyError, load_policy, copied)
    assert "pickle" in message and "pytorch_model.bin" in message


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("config.json", "has no config.json"),
        ("model.safetensors", "has no model.safetensors"),
        ("policy_postprocessor.json", "has no policy_postprocessor.json"),
        (
            "policy_postprocessor_step_0_unnormalizer_processor.safetensors",
            "is missing, and the checkpoint refers to it",
        ),
    ],
)
def test_a_missing_file_is_named(copied, file, said):
    (copied / file).unlink()
    assert said in refusal(PolicyError, load_policy, copied)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": "tiny_pi1"}, "nearest is tiny_pi0"),
        ({"type": None}, "does not say its policy 'type'"),
        ({"widht": 96}, "not a valid tiny_pi0 configuration"),
        ({"chunk_size": "many"}, "not a valid tiny_pi0 configuration"),
        ({"image_resolution": [56, 42]}, "cannot be built"),
        ({"use_peft": True}, "adapter_config.json is missing"),
        ({"output_features": {"action": {"type": "ACTION", "shape": [7]}}}, "an action of 7 dimensions"),
        ({"n_obs_steps": 2}, "past observations"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_refused(copied, change, said):
    edit_json(copied / "config.json", lambda config: config.update(change))
    assert said in refusal(PolicyError, load_policy, copied)


def test_a_broken_config_file_is_refused(copied):
    (copied / "config.json").write_text('{"type": "tiny_pi0",')
    assert "config.json cannot be read" in refusal(PolicyError, load_policy, copied)


def test_the_checkpoint_inside_a_training_folder_is_pointed_out(copied, tmp_path):
    shutil.move(copied, tmp_path / "train" / "last" / "pretrained_model")
    (tmp_path / "train" / "config.json").write_text("{}")
    message = refusal(PolicyError, load_policy, tmp_path / "train")
    assert "did you mean" in message and "last/pretrained_model" in message


def test_a_device_that_is_not_here_is_refused(checkpoint):
    import torch

    with pytest.raises(PolicyError, match="unknown device 'gpu0'"):
        load_policy(checkpoint, device="gpu0")
    if not torch.cuda.is_available():
        with pytest.raises(PolicyError, match="use --device cpu"):
            load_policy(checkpoint, device="cuda")


def test_a_missing_or_broken_tokenizer_is_refused(copied):
    edit_json(copied / "policy_preprocessor.json", lambda saved: set_tokenizer(saved, "/gone/tokenizer"))
    (copied / "tokenizer" / "tokenizer.json").write_text("{")
    assert "tokenizer.json cannot be read" in refusal(PolicyError, load_policy, copied)
    shutil.rmtree(copied / "tokenizer")
    assert "put the tokenizer's files in" in refusal(PolicyError, load_policy, copied)


def test_a_hub_tokenizer_out_of_reach_is_one_line(copied, monkeypatch):
    shutil.rmtree(copied / "tokenizer")
    edit_json(copied / "policy_preprocessor.json", lambda s: set_tokenizer(s, "google/paligemma-3b-pt-224"))
    monkeypatch.setattr(hub, "why_unreachable", lambda: "no network")
    said = refusal(PolicyError, load_policy, copied)
    assert "google/paligemma-3b-pt-224" in said and "put the tokenizer's files in" in said


def set_tokenizer(saved, name):
    for step in saved["steps"]:
        if step["registry_name"] == "tokenizer_processor":
            step["config"]["tokenizer_name"] = name
