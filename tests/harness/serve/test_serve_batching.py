"""Several clients at once: fewer calls of the policy, the same answers as alone, and nobody's mistake is another's."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from serve_samples import CHUNK, IMAGES, Toy, engine_of, observation, serving
from websockets.sync.client import connect

from harness.serve.command import batch_line, shape_of
from harness.serve.computing import batching
from harness.serve.computing.batching import Batcher
from harness.serve.computing.places import equal_places
from harness.serve.computing.predictors import Here
from policies.errors import PolicyError
from policies.remote.rows import Row
from policies.remote.wire.codec import OPENPI


def row(seed, task="ring", size=(4, 4)):
    random = np.random.default_rng(seed)
    images = {key: random.random((3, *size), np.float32) for key in IMAGES}
    noise = random.random((CHUNK, 14), np.float32)
    return Row(images, random.random(14, np.float32), task, 0, None, noise)


def test_rows_that_wait_share_a_batch_of_the_one_shape():
    toy = Toy(seconds=0.05)
    batcher = Batcher([Here(toy)], 4, range(4))
    futures = [batcher.row(row(i)) for i in range(9)]
    found = [future.result(10).chunks for future in futures]
    assert set(toy.sizes) == {4}
    assert len(toy.sizes) <= 4
    for i, chunks in enumerate(found):
        assert np.array_equal(chunks, batcher.row(row(i)).result(10).chunks)
    assert batcher.idle
    batcher.close()


def test_clients_that_were_just_answered_are_waited_for_so_that_batches_are_full():
    toy = Toy(seconds=0.2)
    batcher = Batcher([Here(toy)], 4, range(4))

    def ask(seed):
        for look in range(5):
            batcher.row(row(10 * seed + look)).result(10)
            time.sleep(0.002 * seed)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(4)))
    batcher.close()
    assert (
        len(toy.sizes) <= 7
    )  # one row, three, then five full ones but for the last; without waiting it is ten


def test_a_client_that_does_not_come_back_is_waited_for_once():
    toy = Toy(seconds=0.4)
    batcher = Batcher([Here(toy)], 4, range(4))
    alone = batcher.row(row(0))
    time.sleep(0.05)
    both = [batcher.row(row(1)), batcher.row(row(2))]
    alone.result(10)
    for future in both:
        future.result(10)
    waited = []
    for _ in range(2):
        begun = time.perf_counter()
        batcher.row(row(3)).result(10)
        waited.append(time.perf_counter() - begun)
    batcher.close()
    assert 0.4 < waited[0] < 0.4 + 0.25 * 0.4 + 0.1
    assert waited[1] < 0.4 + 0.07


def test_a_row_that_is_refused_or_breaks_takes_no_other_with_it():
    toy = Toy(seconds=0.05)
    batcher = Batcher([Here(toy)], 4, range(4))
    first = batcher.row(row(0))
    futures = [batcher.row(row(1)), batcher.row(row(2, "refuse")), batcher.row(row(3))]
    assert first.result(10).chunks.shape == (CHUNK, 14)
    assert np.array_equal(futures[0].result(10).chunks, batcher.row(row(1)).result(10).chunks)
    with pytest.raises(PolicyError, match="it says no"):
        futures[1].result(10)
    futures[2].result(10)
    with pytest.raises(RuntimeError):
        batcher.row(row(4, "crash")).result(10)
    batcher.row(row(5)).result(10)
    batcher.close()


def test_rows_with_pictures_of_other_sizes_do_not_share_a_batch():
    toy = Toy(seconds=0.1)
    batcher = Batcher([Here(toy)], 4, range(4))
    rows = [row(1), row(2, size=(6, 2)), row(3), row(4, size=(6, 2))]
    found = [future.result(10).chunks for future in [batcher.row(each) for each in rows]]
    assert len(toy.sizes) >= 2
    for each, chunks in zip(rows, found, strict=True):
        assert np.array_equal(chunks, batcher.row(each).result(10).chunks)
    batcher.close()


def test_a_client_that_went_takes_no_thread_with_it():
    toy = Toy(seconds=0.1)
    batcher = Batcher([Here(toy)], 2, range(2))
    batcher.row(row(0))
    time.sleep(0.05)
    gone, stays = batcher.row(row(1)), batcher.row(row(2))
    assert gone.cancel()
    assert stays.result(10).chunks.shape == (CHUNK, 14)
    assert batcher.row(row(3)).result(10).chunks.shape == (CHUNK, 14)
    batcher.close()


def test_what_still_waits_at_the_end_is_told():
    batcher = Batcher([Here(Toy(seconds=0.2))], 1, [0])
    running, waiting = batcher.row(row(0)), batcher.row(row(1))
    time.sleep(0.05)
    batcher.close()
    running.result(1)
    for late in (waiting, batcher.row(row(2))):
        with pytest.raises(PolicyError, match="stopping"):
            late.result(1)


def test_where_places_differ_rows_go_alone():
    assert equal_places(Toy(), 3) == (0, 1, 2)
    assert equal_places(Toy(by_place=True), 3) == (0,)
    assert shape_of(Toy(), 3) == (3, (0, 1, 2))
    assert shape_of(Toy(by_place=True), 3) == (1, (0,))
    assert "one row at a time" in batch_line(1, 0, 2) and "up to 4 clients in one batch" in batch_line(
        4, 0, 2
    )


def play(url, seed, looks=4):
    """What a client gets for its looks."""
    with connect(url, compression=None) as socket:
        socket.recv()
        found = []
        for look in range(looks):
            socket.send(OPENPI.pack(observation(100 * seed + look)))
            found.append(OPENPI.unpack(socket.recv())["actions"])
        return np.stack(found)


def test_eight_clients_at_once_get_what_each_gets_alone():
    toy = Toy(seconds=0.02)
    with serving(engine_of(toy, copies=2)) as url:
        alone = [play(url, seed) for seed in range(8)]
        toy.sizes.clear()
        with ThreadPoolExecutor(8) as pool:
            together = list(pool.map(lambda seed: play(url, seed), range(8)))
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))
    assert len(toy.sizes) < 8 * 4


def test_a_request_that_is_being_computed_is_answered_before_the_server_goes():
    toy = Toy(seconds=0.3)
    found = []
    with serving(engine_of(toy)) as url:
        client = threading.Thread(target=lambda: found.append(play(url, 1, looks=1)))
        client.start()
        time.sleep(0.15)
    client.join(5)
    assert found[0].shape == (1, CHUNK, 14)


def test_a_copy_that_never_answers_does_not_keep_the_server_from_ending(monkeypatch):
    monkeypatch.setattr(batching, "END_S", 0.1)
    asked, answer = threading.Event(), threading.Event()

    class Stopped:
        def chunks(self, request, alone):
            asked.set()
            answer.wait()
            raise PolicyError("it was stopped")

        def close(self):
            answer.set()

    batcher = Batcher([Stopped()], 1, [0])
    waiting = batcher.batch({})
    assert asked.wait(10)
    batcher.close()
    with pytest.raises(PolicyError, match="it was stopped"):
        waiting.result(10)
