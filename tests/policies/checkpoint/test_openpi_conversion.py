"""openpi's PyTorch checkpoints: what is read from them, what is refused, and that the conversion computes the same.

The judge against openpi's own code is `tools/openpi_oracle.py`; here the reference is LeRobot's model with openpi's
formulas for the numbers around it, written out.
"""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from policies.building import load_checkpoint
from policies.checkpoint.files import open_checkpoint
from policies.checkpoint.openpi import Statistics, is_openpi, looks_adapted, looks_relative, open_openpi
from policies.checkpoint.openpi_conversion import ACTION_NAMES, Options, convert, lerobot_statistics
from policies.errors import PolicyError

JOINTS = np.arange(14)
STATE = {"mean": 0.9 + JOINTS / 20, "std": 0.3 + JOINTS / 30}
ABSOLUTE = {"mean": STATE["mean"] + 0.01, "std": 0.2 + JOINTS / 40}
OFFSETS = {"mean": 0.001 * JOINTS, "std": 0.2 + JOINTS / 40}


def listed(entry, **changes):
    quantiles = {"q01": entry["mean"] - entry["std"], "q99": entry["mean"] + entry["std"]}
    return {name: np.asarray(value).tolist() for name, value in (entry | quantiles | changes).items()}


def write_stats(folder, state=None, actions=None, asset="robotwin"):
    place = folder / "assets" / asset
    place.mkdir(parents=True)
    stats = {"state": state or listed(STATE), "actions": actions or listed(ABSOLUTE)}
    (place / "norm_stats.json").write_text(json.dumps({"norm_stats": stats}))
    return place


@pytest.fixture
def openpi(published, tmp_path):
    """The tiny π0 as openpi's trainer saves it."""
    folder = tmp_path / "openpi"
    folder.mkdir()
    weights = load_file(published[0] / "model.safetensors")
    save_file(weights, folder / "model.safetensors")
    write_stats(folder)
    (folder / "config.json").write_text(json.dumps({"action_dim": 32, "action_horizon": 6}))
    return folder


def test_a_checkpoint_is_recognised_and_read(openpi, checkpoint):
    found = open_openpi(openpi)
    assert (found.type, found.dim, found.chunk_size, found.asset) == ("pi0", 32, 6, "robotwin")
    assert is_openpi(openpi)
    assert not is_openpi(checkpoint)
    with pytest.raises(PolicyError, match=r"harness\.convert"):
        open_checkpoint(openpi)


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda c: shutil.rmtree(c / "assets"), r"no assets/\*/norm_stats.json"),
        (lambda c: write_stats(c, asset="other"), "other, robotwin.*--asset"),
        (lambda c: (c / "model.safetensors").unlink(), "no model.safetensors"),
        (
            lambda c: [(c / "model.safetensors").unlink(), (c / "params").mkdir()],
            "convert_jax_model_to_pytorch",
        ),
        (lambda c: (c / "model.safetensors").write_bytes(b"nonsense"), "not a safetensors file"),
        (lambda c: (c / "assets/robotwin/norm_stats.json").write_text("{}"), "no norm_stats"),
        (
            lambda c: [shutil.rmtree(c / "assets"), write_stats(c, listed(STATE, mean=[1.0]))],
            "14 finite numbers",
        ),
        (
            lambda c: [shutil.rmtree(c / "assets"), write_stats(c, listed(STATE, std=[-1.0] * 14))],
            "negative std",
        ),
        (lambda c: [shutil.rmtree(c / "assets"), write_stats(c, {"mean": [0.0] * 14})], "std of state"),
    ],
)
def test_what_is_missing_or_broken_is_one_line(openpi, break_it, words):
    break_it(openpi)
    with pytest.raises(PolicyError, match=words):
        open_openpi(openpi)


def statistics(entry):
    return Statistics(np.asarray(entry["mean"]), np.asarray(entry["std"]), None, None)


def test_the_statistics_say_what_the_actions_are():
    assert looks_relative(statistics(STATE), statistics(ABSOLUTE)) is False
    assert looks_relative(statistics(STATE), statistics(OFFSETS)) is True
    assert looks_relative(statistics(STATE), statistics({**STATE, "mean": STATE["mean"] / 2})) is None
    flipped = STATE["mean"] * np.array([1, -1, -1, 1, 1, 1, 1] * 2)
    assert looks_adapted(statistics({**STATE, "mean": flipped}))
    assert not looks_adapted(statistics(STATE))


def test_what_nobody_can_know_is_asked_for(openpi, tmp_path):
    shutil.rmtree(openpi / "assets")
    write_stats(openpi, actions=listed({**STATE, "mean": STATE["mean"] / 2}))
    with pytest.raises(PolicyError, match="--actions"):
        convert(openpi, tmp_path / "out", Options())
    assert not (tmp_path / "out").exists()
    lines = convert(openpi, tmp_path / "out", Options(actions="relative"))
    assert any("relative to the state" in line for line in lines)
    with pytest.raises(PolicyError, match="there already"):
        convert(openpi, tmp_path / "out", Options(actions="relative"))


def test_flipped_signs_are_refused_unless_trusted(openpi, tmp_path):
    shutil.rmtree(openpi / "assets")
    flips = np.array([1, -1, -1, 1, 1, 1, 1] * 2)
    flipped = {
        key: {**entry, "mean": entry["mean"] * flips} for key, entry in (("s", STATE), ("a", ABSOLUTE))
    }
    write_stats(openpi, listed(flipped["s"]), listed(flipped["a"]))
    with pytest.raises(PolicyError, match=r"adapt_to_pi=True.*--policy ws://"):
        convert(openpi, tmp_path / "out", Options())
    lines = convert(openpi, tmp_path / "out", Options(trust_signs=True))
    assert "adapt_to_pi: False, although the statistics look like True" in lines


def test_a_chunk_size_that_nothing_says_is_openpis_and_said(openpi, tmp_path):
    (openpi / "config.json").unlink()
    lines = convert(openpi, tmp_path / "out", Options())
    assert any("50" in line and "--chunk-size" in line for line in lines)
    assert json.loads((tmp_path / "out" / "config.json").read_text())["chunk_size"] == 50


@pytest.mark.parametrize("relative", [False, True])
def test_the_conversion_computes_what_openpi_computes(openpi, published, checkpoint, tmp_path, relative):
    _, original, small = published
    actions = OFFSETS if relative else ABSOLUTE
    shutil.rmtree(openpi / "assets")
    write_stats(openpi, actions=listed(actions))
    out = tmp_path / "out"
    convert(openpi, out, Options(tokenizer=checkpoint / "tokenizer"))
    config = json.loads((out / "config.json").read_text())
    (out / "config.json").write_text(
        json.dumps(config | {"image_resolution": [56, 56], "num_inference_steps": 4})
    )
    with small():
        policy = load_checkpoint(open_checkpoint(out), name="converted")
    random = np.random.default_rng(0)
    images = {key: torch.from_numpy(random.random((2, 3, 56, 56), np.float32)) for key in policy.images}
    state, noise = random.random((2, 14), np.float32), random.standard_normal((2, 6, 32)).astype(np.float32)
    batch = {**images, "observation.state": torch.from_numpy(state), "task": ["ring", "stack"]}
    ours = policy.predict(batch, noise)

    padded = np.zeros((2, 32), np.float32)
    padded[:, :14] = (state - STATE["mean"]) / (STATE["std"] + 1e-6)
    told = policy.processors.before({**batch})
    names = list(original.config.image_features)
    sent = dict(zip(names, images.values(), strict=False)) | {
        "observation.state": torch.from_numpy(padded),
        **{key: told[key] for key in told if key.startswith("observation.language")},
    }
    with torch.no_grad():
        raw = original.predict_action_chunk(sent, noise=torch.from_numpy(noise)).numpy()[..., :14]
    expected = raw * (actions["std"] + 1e-6) + actions["mean"]
    if relative:
        arms = np.array(["gripper" not in name for name in ACTION_NAMES])
        expected = expected + np.where(arms, state, 0.0)[:, None]
    assert np.abs(ours - expected).max() < 1e-5


def test_openpis_epsilon_goes_into_the_statistics():
    found = lerobot_statistics(Statistics(JOINTS * 1.0, JOINTS * 0.0, JOINTS - 1.0, JOINTS - 1.0))
    assert np.allclose(found["std"], 1e-6, rtol=1e-6)
    assert np.all(found["q99"] >= found["q01"])
