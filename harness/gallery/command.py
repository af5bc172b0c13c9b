"""Main."""

from __future__ import annotations

from typing import get_args

from harness.core import cli, options
from harness.core.asset_labels import assets_named
from harness.core.bounds import RECORDED_SEEDS
from harness.core.errors import UserError
from harness.core.terminal.progress import Progress
from harness.gallery.config import Config
from harness.gallery.page import write_gallery
from harness.gallery.tiles import draw_tiles
from harness.scenes.task_selection import chosen_tasks


def main(config: Config) -> int:
    """Draw the gallery and say where it is; 1 where a scene could not be built."""
    from robotwin_env.asset_origin import kind_of_run
    from robotwin_env.assets.roots import open_root
    from robotwin_env.rendering.cameras import vulkan_device

    RECORDED_SEEDS.check("--seed", config.seed)
    tasks = chosen_tasks(config.task)
    settings = (config.config,) if config.config else get_args(options.Setting)
    root = open_root(config.assets)
    vulkan_device()
    kinds = {setting: assets_named(kind_of_run(root, tasks, setting)) for setting in settings}
    try:
        config.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {config.out}: {error.strerror}; name a folder that can be written") from None
    tiles = []
    with Progress("gallery", len(tasks) * len(settings), "scenes") as progress:
        for tile in draw_tiles(config, tasks, settings):
            tiles.append(tile)
            progress.update(len(tiles), f"{tile.task}: {tile.problem or 'solved'}")
    for tile in tiles:
        if tile.problem:
            print(f"{tile.task}, {tile.setting}: {tile.problem}")
    solved = sum(tile.solved for tile in tiles)
    print(f"{len(tasks)} tasks, {solved} of {len(tiles)} scenes solved by the expert")
    for path in write_gallery(config.out, tiles, kinds):
        print(path)
    return cli.FAILED if any(tile.broken for tile in tiles) else cli.DONE
