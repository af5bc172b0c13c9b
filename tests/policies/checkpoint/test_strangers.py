"""A checkpoint is parsed and never obeyed, whichever way it comes in."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock

import pytest
from refusals import refusal

from policies import PolicyError, load_policy
from policies.checkpoint import allowed
from policies.checkpoint.content import hash_of
from policies.checkpoint.files import open_checkpoint
from policies.checkpoint.places import file_inside
from policies.checkpoint.processors import adapt_steps


class Witness:
    """A harmless stand-in for what a file should not be able to call: it only notes that it was asked for."""

    asked: ClassVar[list[Any]] = []

    def __init__(self, **options: Any):
        Witness.asked.append(options)


@pytest.fixture(autouse=True)
def nobody_was_asked() -> Any:
    Witness.asked.clear()
    yield
    assert Witness.asked == []


def edit(path: Path, change: Callable[[Any], Any]) -> None:
    value = json.loads(path.read_text())
    new = change(value)
    path.write_text(json.dumps(value if new is None else new))


def add_step(directory: Path, step: Any, file: str = "policy_preprocessor.json") -> None:
    edit(directory / file, lambda saved: saved["steps"].append(step))


HERE = f"{__name__}.Witness"
STEPS: list[Any] = [
    {"class": HERE, "config": {"a": 1}},
    {"class": "subprocess.Popen", "config": {"args": "true"}},
    {"class": "lerobot.processor.tokenizer_processor.ActionTokenizerProcessorStep"},
    {"class": "lerobot.processor.device_processor.DeviceProcessorStep"},
    {"registry_name": HERE},
    {"registry_name": None, "class": HERE},
    {"registry_name": "action_tokenizer_processor"},
    {"registry_name": ["device_processor"]},
    {"registry_name": "tokenizer_processor", "config": {"tokenizer": HERE}},
    {"registry_name": "tokenizer_processor", "config": {"trust_remote_code": True}},
    {"registry_name": "normalizer_processor", "config": {"stats": {}}},
    {"registry_name": "device_processor", "config": None},
    {"registry_name": "device_processor", "config": ["cpu"]},
    {"registry_name": "device_processor", "state_file": 7},
    {},
    7,
    None,
    "device_processor",
]


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_only_listed_steps_with_listed_options_are_taken(step: Any) -> None:
    with pytest.raises(PolicyError, match="processor step"):
        adapt_steps({"steps": [step]}, "cpu")


@pytest.mark.slow
@pytest.mark.parametrize("file", ["policy_preprocessor.json", "policy_postprocessor.json"])
def test_a_step_named_by_its_import_path_is_not_even_looked_up(copied: Path, file: str) -> None:
    add_step(copied, {"class": "policies_of_a_stranger.Step", "config": {}}, file)
    assert "nothing that a checkpoint names is imported" in refusal(PolicyError, load_policy, copied)
    assert "policies_of_a_stranger" not in sys.modules


@pytest.mark.slow
def test_a_name_that_somebody_registered_anew_is_not_used(copied: Path, monkeypatch: Any) -> None:
    from lerobot.processor import ProcessorStepRegistry

    monkeypatch.setitem(ProcessorStepRegistry._registry, "device_processor", Witness)
    assert "registered anew" in refusal(PolicyError, load_policy, copied)


@pytest.mark.slow
def test_a_class_that_leaves_the_process_is_one_line(copied: Path, monkeypatch: Any) -> None:
    from lerobot.processor import ProcessorStepRegistry

    def leave(self: Any, **_: Any) -> None:
        raise SystemExit(3)

    monkeypatch.setattr(ProcessorStepRegistry.get("to_batch_processor"), "__init__", leave)
    assert "policy_preprocessor.json cannot be used" in refusal(PolicyError, load_policy, copied)


@pytest.mark.slow
def test_a_tokenizer_that_brings_code_is_refused(copied: Path) -> None:
    edit(
        copied / "tokenizer" / "tokenizer_config.json",
        lambda about: about.update(auto_map={"AutoTokenizer": ["x.Y", None]}),
    )
    assert "auto_map" in refusal(PolicyError, load_policy, copied)


@pytest.mark.slow
@pytest.mark.parametrize("file", ["policy_preprocessor.json", "policy_postprocessor.json"])
@pytest.mark.parametrize("config", [{"tokenizer_name": "who/ever"}, {"max_length": 8}])
def test_a_second_tokenizer_is_not_fetched_by_its_name(
    copied: Path, file: str, config: dict[str, Any], monkeypatch: Any
) -> None:
    from lerobot.processor import tokenizer_processor

    fetched = mock.Mock()
    monkeypatch.setattr(tokenizer_processor, "AutoTokenizer", fetched)
    add_step(copied, {"registry_name": "tokenizer_processor", "config": config}, file)
    assert "a tokenizer step beside the checkpoint's own" in refusal(PolicyError, load_policy, copied)
    fetched.from_pretrained.assert_not_called()


@pytest.mark.slow
def test_transformers_runs_no_code_of_a_folder(tmp_path: Path) -> None:
    from transformers import AutoConfig

    mark = tmp_path / "was_run"
    (tmp_path / "own.py").write_text(f"open({str(mark)!r}, 'w')\nclass C: pass\n")
    (tmp_path / "config.json").write_text('{"model_type": "own", "auto_map": {"AutoConfig": "own.C"}}')
    with allowed.no_foreign_code(), pytest.raises(PolicyError, match="never done"):
        AutoConfig.from_pretrained(tmp_path, trust_remote_code=True)
    assert not mark.exists()


@pytest.mark.slow
@pytest.mark.parametrize("policy_type", ["groot", "wall_x", "pi0_fast", "gaussian_actor"])
def test_types_that_trust_remote_code_are_not_built(copied: Path, policy_type: str) -> None:
    edit(copied / "config.json", lambda config: config.update(type=policy_type))
    assert "could run code" in refusal(PolicyError, load_policy, copied)


@pytest.mark.slow
@pytest.mark.parametrize("way", [load_policy, open_checkpoint, hash_of], ids=["load", "open", "hash"])
@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "policy_preprocessor.json"])
def test_links_out_of_the_folder_are_refused_on_every_way_in(
    copied: Path, tmp_path: Path, file: str, way: Callable[[Path], Any]
) -> None:
    outside = tmp_path / file
    shutil.move(copied / file, outside)
    (copied / file).symlink_to(outside)
    assert "link out of the checkpoint's folder" in refusal(PolicyError, way, copied)
    outside.unlink()
    assert "link to nothing" in refusal(PolicyError, way, copied) or file == "config.json"
    (copied / file).unlink()
    (copied / file).mkdir()
    assert "is not a file" in refusal(PolicyError, way, copied)


def test_a_snapshot_of_the_hubs_cache_may_link_into_its_repository(tmp_path: Path) -> None:
    repository = tmp_path / "models--a--b"
    for folder in ("blobs", "snapshots/0123"):
        (repository / folder).mkdir(parents=True)
    (repository / "blobs" / "x").write_text("{}")
    (repository / "snapshots" / "0123" / "config.json").symlink_to("../../blobs/x")
    assert file_inside(repository / "snapshots" / "0123", "config.json", 10)


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "", ".", "a\0b"])
def test_paths_out_of_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PolicyError, match="not in its folder"):
        file_inside(tmp_path, name)


def test_a_file_larger_than_such_files_are_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "config.json").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(PolicyError, match="bytes; no such file has more"):
        file_inside(tmp_path, "config.json", 1 << 20)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["/etc/hostname", "../model.safetensors", "gone.safetensors"])
def test_statistics_are_read_from_the_folder_only(copied: Path, name: str) -> None:
    edit(
        copied / "policy_preprocessor.json",
        lambda saved: (
            [step.update(state_file=name) for step in saved["steps"] if "state_file" in step] and None
        ),
    )
    message = refusal(PolicyError, load_policy, copied)
    assert "not in its folder" in message or "is missing" in message


@pytest.mark.parametrize(
    "change",
    [
        {"chunk_size": 10**12},
        {"chunk_size": True},
        {"n_action_steps": 0},
        {"chunk_size": 4, "n_action_steps": 5},
        {"num_inference_steps": 0},
        {"num_inference_steps": -3},
        {"num_inference_steps": 10**6},
        {"depth": 10**9},
        {"tokenizer_max_length": 10**9},
        {"output_features": {"action": {"type": "ACTION", "shape": []}}},
        {"output_features": {"action": {"type": "ACTION", "shape": [10**12]}}},
        {"vlm_model_name": "/etc"},
        {"vlm_model_name": "../model"},
    ],
    ids=str,
)
def test_numbers_and_names_of_a_config_have_bounds(change: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match=r"c\.json (has|gives|executes|names)"):
        allowed.check_config(Path("c.json"), change)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_config_holds_numbers_that_json_has(copied: Path, number: float) -> None:
    edit(copied / "config.json", lambda config: config.update(n_obs_steps=number))
    assert "which is no number" in refusal(PolicyError, open_checkpoint, copied)


@pytest.mark.slow
@pytest.mark.parametrize("name", [7, ["x"], "/gone", "../../x", "a" * 5000, "\0"])
def test_a_tokenizer_name_that_is_none(copied: Path, name: Any) -> None:
    shutil.rmtree(copied / "tokenizer")
    edit(
        copied / "policy_preprocessor.json",
        lambda saved: (
            [
                step["config"].update(tokenizer_name=name)
                for step in saved["steps"]
                if step["registry_name"] == "tokenizer_processor"
            ]
            and None
        ),
    )
    assert "put" in refusal(PolicyError, load_policy, copied)
