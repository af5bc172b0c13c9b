"""What a server is sent: keys, layout and size as its dialect has them, or as the user says."""

import numpy as np
import pytest

from policies.errors import PolicyError
from policies.remote.dialects.form import IMAGE_KEYS, OPENPI, SGLANG, VLLM, resized
from policies.remote.dialects.openpi import form_of
from policies.remote.dialects.xpolicylab import FORM as XPOLICYLAB
from policies.remote.dialects.xpolicylab import observation
from policies.remote.options import RemoteOptions
from policies.remote.rows import Pixels, Row, rows_of

RANDOM = np.random.default_rng(0)
IMAGES = {key: RANDOM.integers(0, 256, (3, 6, 8), np.uint8) for key in IMAGE_KEYS.values()}
ROW = Row(IMAGES, np.arange(14, dtype=np.float32), "ring", 3, ("click_bell", 7), None)


def test_openpi_gets_maps_of_channels_first():
    found = OPENPI.observation(ROW)
    assert set(found) == {"images", "state", "prompt"}
    assert np.array_equal(found["images"]["cam_left_wrist"], IMAGES["observation.images.cam_left_wrist"])


@pytest.mark.parametrize(
    ("form", "key", "state", "prompt"),
    [
        (VLLM, "observation.images.base_0_rgb", "state", "prompt"),
        (SGLANG, "observation.images.cam_high", "observation.state", "task"),
    ],
)
def test_the_flat_dialects_get_channels_last(form, key, state, prompt):
    found = form.observation(ROW)
    assert np.array_equal(found[key], IMAGES["observation.images.cam_high"].transpose(1, 2, 0))
    assert found[state] is ROW.state
    assert found[prompt] == "ring"


def test_keys_layout_and_size_can_be_said():
    options = RemoteOptions(
        keys={"head": "observation/image", "left": "", "right": "", "prompt": "text"},
        layout="hwc",
        size=(4, 4),
    )
    form = OPENPI.with_options(options)
    found = form.observation(ROW)
    assert set(found) == {"observation/image", "state", "text"}
    assert found["observation/image"].shape == (4, 4, 3)
    assert form.images == ("observation.images.cam_high",)
    assert any("observation/image" in line and "4x4" in line for line in form.describe())


def test_one_key_for_two_things_is_refused():
    with pytest.raises(PolicyError, match="--remote gives"):
        OPENPI.with_options(RemoteOptions(keys={"head": "a", "left": "a"}))


@pytest.mark.parametrize(
    ("path", "metadata", "asked", "form", "size"),
    [
        ("", {}, "auto", OPENPI, None),
        ("/openpi/policy", {}, "auto", SGLANG, None),
        ("/v1/realtime/robot/openpi", {"image_resolution": [180, 320]}, "auto", VLLM, (180, 320)),
        ("", {"needs_session_id": False, "image_resolution": [0, 5]}, "auto", VLLM, None),
        ("", {"needs_session_id": False, "image_resolution": [180, True]}, "auto", VLLM, None),
        ("/openpi/policy", {}, "openpi", OPENPI, None),
    ],
)
def test_the_dialect_is_guessed_from_path_and_metadata(path, metadata, asked, form, size):
    found = form_of(path, metadata, RemoteOptions(format=asked))
    assert (found.cameras, found.layout, found.size) == (form.cameras, form.layout, size)


def test_xpolicylab_gets_its_data_format():
    found = observation(XPOLICYLAB, ROW)
    assert np.array_equal(found["state"]["right_arm_joint_state"], ROW.state[7:13])
    assert found["vision"]["cam_head"]["color"].shape == (6, 8, 3)
    assert found["vision"]["cam_head"]["shape"] == [6, 8]


def test_a_picture_is_scaled_into_black_bars_as_openpis_client_does():
    image = RANDOM.integers(0, 256, (3, 240, 320), np.uint8)
    found = resized(image, (224, 224))
    assert found.shape == (3, 224, 224)
    assert not found[:, :28].any()
    assert not found[:, 196:].any()
    assert abs(found[:, 28:196].mean() - image.mean()) < 1


def test_pixels_are_bytes_again_where_they_were_bytes():
    pixels = Pixels()
    every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    assert np.array_equal(pixels.of(every.astype(np.float32) / np.float32(255)), every)
    other = np.full((1, 16, 16), 0.1234, np.float32)
    assert pixels.of(other) is other
    nan = np.full((1, 16, 16), np.nan, np.float32)
    assert pixels.of(nan) is nan


def test_a_repeated_row_is_asked_for_once():
    batch = {
        "observation.state": np.zeros((3, 14), np.float32),
        "task": ["a", "b", "a"],
        "frame_index": np.array([0, 0, 0]),
        **{key: np.zeros((3, 3, 4, 4), np.float32) for key in IMAGES},
    }
    rows, places = rows_of(batch, tuple(IMAGES), None, Pixels())
    assert [row.prompt for row in rows] == ["a", "b"]
    assert places == [0, 1, 0]
