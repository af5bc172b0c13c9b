"""A policy of ours behind a server of ours: the results of in process, to the bit, and what it says of itself."""

import json

import numpy as np
import pytest
import torch
from serve_samples import CHUNK, IMAGES, Toy, batch_of, engine_of, serving

from harness.core.errors import UserError
from harness.scenes.sets import PROTOCOL, SceneSet
from harness.scenes.training_overlap import refuse_trained_scenes
from policies import load_policy
from policies.chunking import policy_for
from policies.errors import PolicyError
from policies.noise import frame_noise
from policies.provenance.training_record import intended_tasks, training_record_of
from policies.remote.options import RemoteOptions


def noise_of(rows):
    return np.stack([frame_noise(0, 7, i, (CHUNK, 14)) for i in range(rows)])


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_a_batch_gets_what_it_gets_in_process(rows):
    toy = Toy(by_place=True)
    with serving(engine_of(toy)) as url:
        remote = load_policy(url)
        batch, noise = batch_of(3, rows), noise_of(rows)
        assert np.array_equal(remote.predict(batch, noise), toy.predict(batch, noise))
        remote.close()


def test_a_repeated_row_is_sent_once_and_stands_at_each_of_its_places():
    toy = Toy(by_place=True)
    with serving(engine_of(toy)) as url:
        remote = load_policy(url)
        batch, noise = batch_of(3, 1), noise_of(1)
        wide = {
            key: np.repeat(np.asarray(value), 3, axis=0) if not isinstance(value, list) else value * 3
            for key, value in batch.items()
        }
        found = remote.predict(wide, np.repeat(noise, 3, axis=0))
        assert np.array_equal(found, toy.predict(wide, np.repeat(noise, 3, axis=0)))
        assert not np.array_equal(found[0], found[1])
        remote.close()


def test_pictures_of_bytes_get_what_their_floats_get():
    toy = Toy()
    with serving(engine_of(toy)) as url:
        remote = load_policy(url)
        batch, noise = batch_of(3, 2), noise_of(2)
        as_bytes = {key: (np.asarray(batch[key]) * 255.01).astype(np.uint8) for key in IMAGES}
        assert all(
            np.array_equal(image / np.float32(255), np.asarray(batch[key])) for key, image in as_bytes.items()
        )
        assert np.array_equal(remote.predict(batch | as_bytes, noise), toy.predict(batch, noise))
        remote.close()


def test_pictures_that_never_were_bytes_are_sent_as_they_are():
    toy = Toy()
    with serving(engine_of(toy)) as url:
        remote = load_policy(url)
        batch = batch_of(3, 1)
        batch[IMAGES[0]] = batch[IMAGES[0]] * 0.777
        assert np.array_equal(remote.predict(batch, noise_of(1)), toy.predict(batch, noise_of(1)))
        remote.close()


def test_it_says_what_it_is_and_no_folder_of_its_machine():
    with serving(engine_of(Toy())) as url:
        remote = load_policy(url)
        assert (remote.chunk_size, remote.n_action_steps) == (CHUNK, 2)
        assert (remote.images, remote.noise_shape, remote.content_hash) == (IMAGES, (CHUNK, 14), "abc")
        described = remote.describe()
        assert described["name"] == url
        assert described["served_name"] == "toy"
        assert "path" not in described
        remote.close()


def test_it_is_held_to_what_it_was_trained_on(tmp_path):
    log = {
        "scene_seeds": {"click_bell": [100_001]},
        "datasets": [{"dataset_hash": "d", "trained_episodes": [2]}],
    }
    (tmp_path / "training_log.json").write_text(json.dumps(log))
    (tmp_path / "tasks.json").write_text(json.dumps({"tasks": ["click_bell"]}))
    toy = Toy()
    toy.describe = lambda: {"path": str(tmp_path)}
    with serving(engine_of(toy)) as url:
        remote = load_policy(url)
        assert training_record_of(remote).scene_seeds == training_record_of(toy).scene_seeds
        assert training_record_of(remote).episodes == {"d": frozenset({2})}
        assert intended_tasks(remote) == ["click_bell"]
        with pytest.raises(UserError, match="100001 of click_bell"):
            refuse_trained_scenes(remote, ["click_bell"], SceneSet(PROTOCOL, 0), 10)
        remote.close()


def test_the_policys_no_comes_through_and_the_connection_stays():
    toy = Toy()
    with serving(engine_of(toy)) as url:
        remote = load_policy(url)
        batch = batch_of(3, 1)
        for text, words in (("refuse", "it says no"), ("crash", "server itself failed")):
            with pytest.raises(PolicyError, match=words):
                remote.predict(batch | {"task": [text]}, noise_of(1))
        assert np.array_equal(remote.predict(batch, noise_of(1)), toy.predict(batch, noise_of(1)))
        remote.close()


def test_a_restarted_server_is_found_again_if_it_serves_the_same():
    toy = Toy()
    batch, noise = batch_of(3, 1), noise_of(1)
    with serving(engine_of(toy)) as url:
        remote = load_policy(url)
        remote.predict(batch, noise)
    with pytest.raises(PolicyError, match="closed the connection"):
        remote.predict(batch, noise)
    with pytest.raises(PolicyError, match="start the server"):
        remote.predict(batch, noise)


def test_as_a_plain_openpi_server_it_is_a_policy_of_unknown_noise():
    with serving(engine_of(Toy())) as url:
        remote = load_policy(url, remote=RemoteOptions(format="openpi"))
        assert (remote.noise_shape, remote.content_hash, remote.chunk_size) == (None, None, CHUNK)
        first = remote.predict(batch_of(3, 2), None)
        assert np.array_equal(remote.predict(batch_of(3, 2), None), first)
        remote.close()


def test_a_chunk_is_continued_as_in_process_and_described_only_where_it_is():
    toy = Toy(by_place=True, offers=True).continuing()
    with serving(engine_of(toy)) as url:
        plain = load_policy(url)
        assert "real_time_chunking" not in plain.describe()
        remote = policy_for(plain, "rtc")
        assert policy_for(remote, "rtc") is remote
        assert remote.describe()["real_time_chunking"] == {"inference_delay": 0}
        assert "real_time_chunking" not in plain.describe()
        batch, noise = batch_of(3, 2), noise_of(2)
        assert np.array_equal(remote.predict(batch, noise), toy.predict(batch, noise))
        rest = torch.from_numpy(np.stack([noise[0, 2:] * 3, noise[1, 2:] * 5]))
        found = remote.predict({**batch, "left_over": rest}, noise)
        assert np.array_equal(found, toy.predict({**batch, "left_over": rest}, noise))
        same = {key: value[:1] for key, value in batch.items()} | {"left_over": rest[:1]}
        other = {**same, "left_over": rest[1:]}
        both = {
            key: torch.cat([same[key], other[key]])
            if isinstance(same[key], torch.Tensor)
            else [*same[key]] * 2
            for key in same
            if key != "frame_index"
        }
        found = remote.predict(both, noise)
        assert np.array_equal(found, toy.predict(both, noise))
        remote.close()


@pytest.mark.parametrize("how", [None, "openpi"])
def test_real_time_chunking_is_refused_in_one_line_where_the_server_cannot(how):
    with serving(engine_of(Toy())) as url:
        remote = load_policy(url, remote=RemoteOptions(format=how) if how else None)
        with pytest.raises(PolicyError, match="does not offer real-time chunking: choose") as said:
            policy_for(remote, "rtc")
        assert "\n" not in str(said.value)
        remote.close()


def test_what_is_left_over_is_said_no_to_where_nothing_continues():
    with serving(engine_of(Toy())) as url:
        remote = load_policy(url)
        rest = torch.zeros(1, 2, 14)
        with pytest.raises(PolicyError, match="continues no chunks"):
            remote.predict({**batch_of(3, 1), "left_over": rest}, noise_of(1))
        remote.close()
