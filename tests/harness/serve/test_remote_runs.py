"""Runs whose policy is a server: the rows of in process, and a server's failure as an error, never as a bad score."""

import json

import pytest
from openloop_samples import command, rows_of
from serve_samples import Toy, engine_of, serving

from harness.core import cli
from harness.results.cautions import warnings
from harness.results.views import read_runs
from harness.runs.directory import RunDir
from harness.runs.latency import LATENCY
from harness.serve.openpi import OpenPIProtocol
from harness.serve.vla_eval import VlaEvalProtocol
from policies import loading

SHARED = ("--videos", 0, "--horizon", 6, "--batch-size", 2)
TIMES = ("seconds", "inference_seconds")


@pytest.fixture(autouse=True)
def plain_pictures(no_pictures):
    """Nothing here is about plots."""


def rows(run):
    return {
        index: {key: value for key, value in row.plain().items() if key not in TIMES}
        for index, row in rows_of(run).items()
    }


def test_open_loop_of_a_served_policy_has_the_rows_of_in_process(recorded, tmp_path, monkeypatch):
    toy = Toy(by_place=True)
    monkeypatch.setattr(loading, "found_checkpoint", lambda spec: spec)
    monkeypatch.setattr(loading, "load_checkpoint", lambda *args, **kwargs: toy)
    shared = ("--dataset", recorded, *SHARED)
    assert command("--policy", "toy", *shared, "--out", tmp_path / "here") == cli.DONE
    with serving(engine_of(toy)) as url:
        assert command("--policy", url, *shared, "--out", tmp_path / "there") == cli.DONE
    assert rows(tmp_path / "there") == rows(tmp_path / "here")
    facts = RunDir.load(tmp_path / "there").run["provenance"]
    assert (facts["checkpoint_hash"], facts["policy"]["served_name"]) == ("abc", "toy")
    noted = json.loads((tmp_path / "there" / LATENCY).read_text())
    assert noted["requests"] > 0
    assert 0 <= noted["server_ms"] <= noted["total_ms"]


def test_real_time_chunking_has_the_rows_of_in_process_or_is_refused_before_anything_is_written(
    recorded, tmp_path, monkeypatch, capsys
):
    toy = Toy(by_place=True, offers=True)
    monkeypatch.setattr(loading, "found_checkpoint", lambda spec: spec)
    monkeypatch.setattr(loading, "load_checkpoint", lambda *args, **kwargs: toy)
    shared = ("--dataset", recorded, *SHARED, "--horizon", 4, "--strategy", "rtc")
    assert command("--policy", "toy", *shared, "--out", tmp_path / "here") == cli.DONE
    with serving(engine_of(toy.continuing())) as url:
        assert command("--policy", url, *shared, "--out", tmp_path / "there") == cli.DONE
    assert rows(tmp_path / "there") == rows(tmp_path / "here")
    facts = RunDir.load(tmp_path / "there").run["provenance"]["policy"]
    assert facts["real_time_chunking"] == {"inference_delay": 0}
    with serving(engine_of(Toy())) as url:
        assert command("--policy", url, *shared, "--out", tmp_path / "no") == cli.BAD_INPUT
    assert "does not offer real-time chunking" in capsys.readouterr().err.strip().splitlines()[-1]
    assert not (tmp_path / "no").exists()


class Breaking(OpenPIProtocol):
    """Closes the connection instead of answering the third look of a client."""

    async def serve(self, connection):
        served = 0

        class Counted:
            send = staticmethod(connection.send)

            async def __aiter__(self):
                nonlocal served
                async for frame in connection:
                    served += 1
                    if served == 3:
                        await connection.close(1011, "out of memory")
                        return
                    yield frame

        await super().serve(Counted())


def test_a_server_that_breaks_ends_a_replay_with_one_line_and_nothing_scored(recorded, tmp_path, capsys):
    with serving(engine_of(Toy()), Breaking) as url:
        shared = ("--dataset", recorded, *SHARED, "--remote-format", "openpi", "--out", tmp_path / "run")
        assert command("--policy", url, *shared, "--batch-size", 1) == cli.BAD_INPUT
    assert rows_of(tmp_path / "run") == {}
    assert RunDir.load(tmp_path / "run").run["status"] != "done"
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert "failed at episode 0, frame 12" in last
    assert "it closed the connection (1011: out of memory)" in last


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--policy", "ws://me:secret@host:1"), "ROBOTWIN_POLICY_API_KEY"),
        (("--policy", "ws://localhost:1"), "start the server"),
        (("--policy", "ws://localhost:1", "--remote", "chunk=many"), "chunk=many"),
        (("--policy", "ws://localhost:1", "--remote-format", "grpc"), "remote-format"),
    ],
)
def test_bad_input_is_one_line(argv, said, recorded, tmp_path, capsys):
    assert command(*argv, "--dataset", recorded, "--out", tmp_path / "run") == cli.BAD_INPUT
    last = capsys.readouterr().err.strip().splitlines()
    assert said in last[-1]
    assert "secret" not in last[-1]
    assert not (tmp_path / "run").exists()


def test_a_server_that_remembers_is_asked_in_order_or_not_at_all(recorded, tmp_path, capsys):
    with serving(engine_of(Toy()), VlaEvalProtocol) as url:
        shared = ("--policy", url, "--dataset", recorded, "--videos", 0, "--episodes", "0:1")
        assert command(*shared, "--out", tmp_path / "no") == cli.BAD_INPUT
        assert "--batch-size 1" in capsys.readouterr().err
        assert command(*shared, "--batch-size", 1, "--out", tmp_path / "yes") == cli.DONE
    run = RunDir.load(tmp_path / "yes").run
    assert run["provenance"]["policy"]["unknown"] == ["weights", "noise"]
    assert run["config"]["horizon"] == 1
    assert any("cannot be repeated exactly" in line for line in warnings(read_runs([tmp_path / "yes"])))
