"""What a server or client claims is held against bounds before memory of that size is asked for."""

import numpy as np
import pytest

from policies.errors import PolicyError
from policies.loading import load_policy
from policies.remote.errors import WireError
from policies.remote.own import OWN, batch_answer, read_request, read_served, served_entry

HOLD = load_policy("hold", chunk_size=4)


class Looking:
    images = ("observation.images.cam_high",)
    noise_shape = None


@pytest.mark.parametrize(
    "claim", [{"chunk_size": 10**12}, {"chunk_size": 0}, {"noise_shape": [10**6, 14]}, {"n_action_steps": -1}]
)
def test_sizes_that_no_policy_has_are_refused(claim):
    with pytest.raises(PolicyError, match="is no size"):
        read_served({OWN: served_entry(HOLD, HOLD.describe()) | claim})


def test_what_a_server_says_of_itself_is_no_book():
    entry = served_entry(HOLD, HOLD.describe())
    served = read_served({OWN: entry | {"content_hash": "a" * 10**6, "images": ["key"] * 10**5}})
    assert served is not None and len(str(served)) < 10_000
    with pytest.raises(PolicyError, match="too long"):
        read_served({OWN: entry | {"description": {"many": list(range(10**5))}}})


def test_a_small_request_does_not_become_gigabytes():
    def asked(side, places):
        pictures = {Looking.images[0]: np.zeros((1, 3, side, side), np.uint8)}
        rows = {
            "state": np.zeros((1, 14), np.float32),
            "task": ["ring"],
            "frame_index": np.zeros(1, np.int64),
        }
        return rows | {OWN: 1, "images": pictures, "noise": None, "places": [0] * places}

    with pytest.raises(WireError, match="send fewer rows"):
        read_request(asked(1800, 256), Looking())
    batch, _ = read_request(asked(64, 256), Looking())
    assert batch[Looking.images[0]].shape == (256, 3, 64, 64)


@pytest.mark.parametrize("protocol", [np.ones((1, 14)), np.ones(1), [1], True, 1.0, "1", None])
def test_only_the_protocols_number_is_the_protocol(protocol):
    with pytest.raises(WireError, match="the request has protocol"):
        read_request({OWN: protocol}, Looking())
    with pytest.raises(WireError, match="not of this project's protocol"):
        batch_answer({OWN: protocol}, 1, 4)
    with pytest.raises(PolicyError, match="another version"):
        read_served({OWN: served_entry(HOLD, HOLD.describe()) | {"protocol": protocol}})
