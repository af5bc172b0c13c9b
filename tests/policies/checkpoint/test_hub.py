"""Against a local server that speaks the Hub's protocol, in a process of its own: huggingface_hub reads its
environment when it is imported."""

import contextlib
import json
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hub_server import COMMIT, environment, serving

from policies import load_policy
from policies.checkpoint.hub import is_hub_id
from policies.chunking import predict_rows
from policies.noise import frame_noise


def repository(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in directory.rglob("*") if p.is_file()}


@pytest.fixture
def serve():
    """Starts a server for {repo id: {file: bytes}}; returns its `Hub`."""
    with contextlib.ExitStack() as running:
        yield lambda repositories: running.enter_context(serving(repositories))


PROGRAM = """
import json, sys, time
from huggingface_hub import HfApi, errors, snapshot_download, utils
from policies import PolicyError
from policies.checkpoint.files import fetch_checkpoint

for spec in sys.argv[1:]:
    start = time.monotonic()
    try:
        found = fetch_checkpoint(spec)
        said = f"{found.directory} {found.repo_id} {found.revision}"
    except PolicyError as error:
        said = f"PolicyError: {error}"
    print(json.dumps([said, time.monotonic() - start]))
"""


def fetch(endpoint: str, home: Path, *specs: str, **more: str) -> list[tuple[str, float]]:
    """What `fetch_checkpoint` gives for each spec in a process of its own: directory, id and revision, or the
    error; and the seconds it took."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *specs],
        env=environment(endpoint, home, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(said) == len(specs) and not any("\n" in words for words, _ in said)
    return said


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("a/b", True),
        ("lerobot/pi0_base", True),
        ("a/b@v2.0", True),
        ("a", False),
        ("a/b/c", False),
        ("./a/b", False),
    ],
)
def test_a_hub_id_is_told_from_a_path(text, yes):
    assert is_hub_id(text) is yes


@pytest.mark.slow
def test_a_checkpoint_on_the_hub_is_the_one_that_was_uploaded(serve, checkpoint, policy, make_row, tmp_path):
    files = repository(checkpoint) | {
        "pytorch_model.bin": b"pickle",
        "checkpoints/1/model.safetensors": b"old",
    }
    hub = serve({"acme/tiny": files})
    [(said, _)] = fetch(hub.url, tmp_path, "acme/tiny")
    directory, *rest = said.split()
    assert rest == ["acme/tiny", COMMIT]
    assert not any("pytorch_model" in path or "checkpoints/1" in path for path in hub.asked)
    downloaded = load_policy(directory)
    assert downloaded.content_hash == policy.content_hash
    noise = [frame_noise(0, 0, 0, policy.noise_shape)]
    row = [make_row(0)]
    assert np.array_equal(predict_rows(downloaded, row, noise, 1), predict_rows(policy, row, noise, 1))
    # without a network it comes from the cache
    assert fetch("http://127.0.0.1:9", tmp_path, "acme/tiny")[0][0] == said


def test_what_the_hub_does_not_have_is_one_line(serve, tmp_path):
    hub = serve({"acme/pickled": {"config.json": b"{}", "pytorch_model.bin": b"x"}, "acme/empty": {"a": b""}})
    expected = {
        "acme/none": "no model acme/none on the Hub",
        "acme/empty@v9": "has no revision 'v9'",
        "acme/empty": "has no config.json",
        "acme/pickled": "pickle",
    }
    for (said, _), words in zip(fetch(hub.url, tmp_path, *expected), expected.values(), strict=True):
        assert said.startswith("PolicyError:") and words in said


def test_without_a_network_it_says_so_within_seconds(tmp_path):
    refusing = "http://127.0.0.1:9"
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, never answers
        for endpoint, settings, words in (
            (refusing, {}, refusing),
            (f"http://127.0.0.1:{silent.getsockname()[1]}", {}, "timed out"),
            (refusing, {"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE is set"),
        ):
            [(said, seconds)] = fetch(endpoint, tmp_path, "acme/tiny", **settings)
            assert said.startswith("PolicyError:") and words in said and "local checkpoint directory" in said
            assert seconds < 15  # huggingface_hub alone: 24 to 47
