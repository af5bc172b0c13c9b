"""Copies of the policy in processes of their own: the same chunks, and no failure of one is the server's end."""

import os
import signal
import time

import numpy as np
import pytest
from serve_samples import CHUNK, IMAGES, Toy, serving

from harness.rollout.adapter import ObservationAdapter
from harness.serve import server
from harness.serve.computing import predictors
from harness.serve.computing.batching import Batcher
from harness.serve.computing.predictors import Here, forked
from harness.serve.engine import Engine
from policies.errors import PolicyError
from policies.remote.own import batch_request
from policies.remote.rows import Row


def row(seed, task="ring", size=(6, 8)):
    random = np.random.default_rng(seed)
    images = {key: random.integers(0, 256, (3, *size), np.uint8) for key in IMAGES}
    noise = random.random((CHUNK, 14), np.float32)
    return Row(images, random.random(14, np.float32), task, seed, None, noise)


def request(*rows):
    return batch_request(rows, [*range(len(rows))], IMAGES)


@pytest.fixture
def copy():
    (found,) = forked(Toy(), 1)
    yield found
    found.close()
    assert not found.process.is_alive()


def test_a_copy_computes_what_the_policy_computes(copy):
    for rows in ([row(0)], [row(1), row(2)], [row(3, size=(240, 320))]):
        expected = Here(Toy()).chunks(request(*rows))
        assert np.array_equal(copy.chunks(request(*rows), alone=False), expected)
        assert np.array_equal(copy.chunks(request(*rows), alone=True), expected)


def test_a_request_larger_than_the_shared_memory_goes_another_way(monkeypatch):
    monkeypatch.setattr(predictors, "MEMORY", 4096)
    (copy,) = forked(Toy(), 1)
    for rows in ([row(0)], [row(1, size=(240, 320))], [row(0)]):
        assert np.array_equal(copy.chunks(request(*rows), alone=False), Here(Toy()).chunks(request(*rows)))
    copy.close()


def test_its_no_is_the_clients_and_a_bug_is_the_servers(capfd):
    (copy,) = forked(Toy(), 1)
    with pytest.raises(PolicyError, match="it says no"):
        copy.chunks(request(row(0, "refuse")), alone=False)
    with pytest.raises(PolicyError, match="task is no list"):
        copy.chunks(request(row(0)) | {"task": 3}, alone=False)
    with pytest.raises(RuntimeError, match="RuntimeError: a bug of the policy"):
        copy.chunks(request(row(0, "crash")), alone=False)
    assert "a bug of the policy" in capfd.readouterr().err
    copy.chunks(request(row(0)), alone=False)
    copy.close()


def test_where_a_copy_is_killed_the_server_computes_and_says_so(capfd):
    copies = forked(Toy(), 2)
    batcher = Batcher(copies, 2, range(2))
    expected = Here(Toy()).chunks(request(row(0), row(0)))[0]
    for copy in copies:
        os.kill(copy.process.pid, signal.SIGKILL)
    futures = [batcher.row(row(0)) for _ in range(8)]
    assert all(np.array_equal(future.result(10).chunks, expected) for future in futures)
    assert "has ended; the server goes on" in capfd.readouterr().err
    batcher.close()


def test_a_copy_ends_when_its_server_is_gone():
    copies = forked(Toy(), 3)
    for copy in copies:
        copy.pipe.close()  # what the system does for a server that is killed
    end = time.monotonic() + 10
    while any(copy.process.is_alive() for copy in copies):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_ctrl_c_in_the_terminal_leaves_what_is_being_computed(copy):
    os.kill(copy.process.pid, signal.SIGINT)
    assert copy.chunks(request(row(0)), alone=False).shape == (1, CHUNK, 14)
    assert copy.process.is_alive()


def test_a_server_ends_though_copies_were_stopped_while_they_computed(monkeypatch):
    monkeypatch.setattr(server, "LAST_S", 0.2)
    copies = forked(Toy(), 2)
    for copy in copies:
        os.kill(copy.process.pid, signal.SIGSTOP)
    batcher = Batcher(copies, 2, range(2))
    engine = Engine(Toy(), ObservationAdapter(IMAGES), batcher, 0, 2)
    answers = []
    with serving(engine, give_up=lambda: batcher.close(0.0)):
        answers += [batcher.row(row(seed)) for seed in range(5)]
        time.sleep(0.3)  # two are with copies that never answer, three wait
    assert all(answer.done() for answer in answers)
    assert not any(copy.process.is_alive() for copy in copies)
