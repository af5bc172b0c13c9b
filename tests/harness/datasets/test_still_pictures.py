"""Encoded pictures of strangers: as LeRobot shows them to a policy, or a line that says what to write instead."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from harness.datasets.clips import open_picture

CORNERS = np.zeros((4, 6, 3), np.uint8)
CORNERS[0, 0], CORNERS[0, -1], CORNERS[-1, 0] = (250, 10, 10), (10, 250, 10), (10, 10, 250)


def encoded(picture: Image.Image, form: str = "PNG", **more: Any) -> bytes:
    place = io.BytesIO()
    picture.save(place, form, **more)
    return place.getvalue()


def of(mode: str) -> Image.Image:
    return Image.fromarray(CORNERS).convert(mode)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_picture_is_turned_as_its_exif_says(form: str, orientation: int) -> None:
    """Hugging Face's datasets, through which LeRobot reads pictures, turns them."""
    from datasets import Image as Feature

    exif = Image.Exif()
    exif[274] = orientation
    data = encoded(of("RGB"), form, exif=exif, lossless=True)
    expected = np.asarray(Feature().decode_example({"bytes": data, "path": None}))
    np.testing.assert_array_equal(open_picture(data)[0], expected)
    assert (orientation == 1) == np.array_equal(expected, CORNERS)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_colours_and_grey_are_taken(mode: str) -> None:
    pixels, _ = open_picture(encoded(of(mode)))
    np.testing.assert_array_equal(pixels, np.asarray(of(mode).convert("RGB")))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (encoded(of("P")), "its pixels are P: write it as RGB"),
        (encoded(of("LA")), "its pixels are LA: write it as RGB"),
        (encoded(of("CMYK"), "JPEG"), "its pixels are CMYK: write it as RGB"),
        (encoded(Image.fromarray(np.full((4, 6), 900, np.uint16))), "its pixels are I;16: write it as RGB"),
        (encoded(of("RGB"), "BMP"), "it is none of PNG, JPEG, WEBP: write it as one of them"),
        (encoded(of("RGB"), "TIFF"), "it is none of PNG, JPEG, WEBP: write it as one of them"),
        (b"nothing", "it is none of PNG, JPEG, WEBP: write it as one of them"),
    ],
)
def test_what_lerobot_would_show_as_other_numbers_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        open_picture(data)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "JPEG"])
def test_a_torn_exif_block_is_a_line_or_no_turn(form: str) -> None:
    """Pillow 12 raises struct.error for one in PNG and WebP."""
    data = encoded(of("RGB"), form, exif=b"Exif\0\0II*\0")
    try:
        pixels, _ = open_picture(data)
    except ValueError as error:
        assert "\n" not in str(error)
    else:
        assert pixels.shape == CORNERS.shape
