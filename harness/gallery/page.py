"""The gallery's page and picture, from its tiles (`harness.gallery`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.core.asset_labels import Assets
from harness.core.errors import UserError
from harness.files.json_files import write_atomic, write_text
from harness.gallery.tiles import Tile
from harness.media.encoding import jpeg_uri, png
from harness.media.fonts import fit, font
from harness.rendering.html import template_environment

if TYPE_CHECKING:
    from PIL import Image

COLUMNS, GAP, NAME = 4, 14, 30  # pairs in a row; px between pairs; px of a name above its pair
PAPER, INK, FAINT, FIELD, RULE, AMBER = (
    (255, 255, 255),
    (29, 33, 37),
    (91, 100, 110),
    (233, 236, 239),
    (205, 210, 215),
    (255, 216, 102),
)
PICTURE_BYTES = 1_500_000
WIDTHS, COLOURS = (
    (168, 152, 136, 120),
    256,
)  # px of one frame, tried in turn until the picture is small enough


@dataclass(frozen=True)
class Group:
    """One task on the page: its name and its tiles, one a setting."""

    task: str
    tiles: list[Tile]


def write_gallery(out: Path, tiles: Sequence[Tile], kinds: Mapping[str, Assets]) -> tuple[Path, Path]:
    """Write `index.html` and `gallery.png` to `out` and return their paths.

    `kinds` says by setting what the scenes were made of. The picture shows the first setting. UserError where they
    cannot be written.
    """
    page, picture = out / "index.html", out / "gallery.png"
    html = render_gallery(tiles, kinds)
    first = next(iter(kinds))
    data = small_png([tile for tile in tiles if tile.setting == first], kinds[first])
    try:
        write_text(page, html)
        write_atomic(picture, lambda handle: handle.write(data))
    except OSError as error:
        raise UserError(f"cannot write to {out}: {error.strerror or error}; name another --out") from error
    return page, picture


def render_gallery(tiles: Sequence[Tile], kinds: Mapping[str, Assets]) -> str:
    """The page as text, pictures and style inside."""
    environment = template_environment()
    environment.filters["jpeg"] = jpeg_uri
    names = dict.fromkeys(tile.task for tile in tiles)
    groups = [Group(name, [tile for tile in tiles if tile.task == name]) for name in names]
    warnings = dict.fromkeys(assets.warning for assets in kinds.values() if assets.warning)
    return environment.get_template("gallery.html.j2").render(groups=groups, kinds=kinds, warnings=warnings)


def small_png(tiles: Sequence[Tile], assets: Assets) -> bytes:
    """The picture of all tiles as PNG; where it passes PICTURE_BYTES in 256 colours, then with smaller frames too."""
    data = png(compose(tiles, assets, WIDTHS[0]))
    for width in WIDTHS:
        if len(data) <= PICTURE_BYTES:
            break
        data = png(compose(tiles, assets, width).quantize(COLOURS))
    return data


def compose(tiles: Sequence[Tile], assets: Assets, width: int) -> Image.Image:
    """A grid of start and end frames, `width` px each, under the names of their tasks."""
    from PIL import Image, ImageDraw

    height = width * 3 // 4
    columns = min(COLUMNS, max(1, len(tiles)))
    rows = -(-len(tiles) // columns)
    cell_width, cell_height = 2 * width + GAP, NAME + height + GAP
    size = (columns * cell_width + GAP, rows * cell_height + GAP + NAME)
    picture = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(picture)
    for i, tile in enumerate(tiles):
        left, top = GAP + i % columns * cell_width, GAP + i // columns * cell_height
        draw_pair(picture, tile, left, top, width, height)
    caption = f"start | after the scripted expert · {tiles[0].setting if tiles else ''} · {assets.label}"
    text = fit(caption, size[0] - 2 * GAP, 18)
    draw.text((GAP, size[1] - GAP), text, FAINT, font(18), anchor="ls")
    return picture


def draw_pair(picture: Image.Image, tile: Tile, left: int, top: int, width: int, height: int) -> None:
    """One task's name and its two frames at (left, top) px, each (width, height)."""
    from PIL import Image, ImageDraw

    draw = ImageDraw.Draw(picture)
    name = fit(tile.task, 2 * width, 20, bold=True)
    draw.text((left, top + NAME / 2 - 2), name, INK, font(20, bold=True), anchor="lm")
    for column, image in enumerate((tile.start, tile.end)):
        at = (left + column * width, top + NAME)
        if image is None:
            draw.rectangle((at[0], at[1], at[0] + width - 1, at[1] + height - 1), fill=FIELD)
        else:
            view = Image.fromarray(image).resize((width - column, height), Image.Resampling.LANCZOS)
            picture.paste(view, (at[0] + column, at[1]))
    draw.rectangle((left, top + NAME, left + 2 * width - 1, top + NAME + height - 1), outline=RULE)
    if tile.problem:
        bottom = top + NAME + height
        draw.rectangle((left, bottom - 24, left + 2 * width - 1, bottom - 1), fill=AMBER)
        caption = "no scene" if tile.broken else "not solved by the expert"
        draw.text((left + width, bottom - 12), caption, INK, font(15, bold=True), anchor="mm")
