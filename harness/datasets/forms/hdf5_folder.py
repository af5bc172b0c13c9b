"""Where RoboTwin's recordings lie: `<task>/<setting>/data/episode*.hdf5`, with seed.txt and sentences beside."""

from __future__ import annotations

import contextlib
import functools
import re
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import UserError
from harness.core.text import one_line
from harness.files.reading import parse_json, read_bytes

EPISODE = re.compile(r"episode_?(\d{1,9})\.hdf5")
DEEPEST = 5
MOST_FOLDERS = 10_000
MOST_TEXT = 1 << 24


@dataclass(frozen=True)
class EpisodeFile:
    """A file of one episode. name: relative to the dataset. task: RoboTwin's name, seed: of its scene, if known."""

    name: str
    number: int
    task: str | None
    seed: int | None


def has_episodes(root: Path) -> bool:
    """Whether such files lie in a folder or below it."""
    return any(True for folder in _folders(root) if _in(folder))


def find_episodes(root: Path) -> list[EpisodeFile]:
    """The episodes below a folder, by folder and number. UserError where seed.txt is none."""
    return [episode for folder in _folders(root) for episode in _episodes(root, folder)]


def beside(root: Path, episode: EpisodeFile) -> list[str]:
    """The sentences that lie beside an episode: those of the split `seen`, or what else there is."""
    folder = (root / episode.name).parent.parent / "instructions"
    for name in (f"episode{episode.number}.json", f"episode_{episode.number:07d}.json"):
        if (folder / name).is_file():
            try:
                value = parse_json(read_bytes(folder / name, MOST_TEXT))
            except ValueError as error:
                raise UserError(f"{folder / name} is not valid JSON: {error}") from error
            if isinstance(value, dict):
                value = next((value[key] for key in ("seen", "unseen", "instructions") if value.get(key)), [])
            items = value if isinstance(value, list) else [value]
            return [" ".join(item.split()) for item in items if isinstance(item, str) and item.strip()]
    return []


def _folders(root: Path) -> list[Path]:
    """A folder and what lies in it, at most DEEPEST deep, in order; a link is followed to episodes and no further.

    UserError for more folders than a dataset has: somebody's whole disk was given.
    """
    folders, level = [root], [root]
    known = {root.resolve()}
    for _ in range(DEEPEST):
        inner: list[Path] = []
        for folder in level:
            inner += _folders_in(folder)
            if len(folders) + len(inner) > MOST_FOLDERS:
                raise UserError(
                    f"{one_line(str(root))} holds more than {MOST_FOLDERS:,} folders; give the dataset's own directory"
                )
        level = [entry for entry in inner if not entry.is_symlink()]
        folders += level
        folders += [entry for entry in inner if entry.is_symlink() and _brings_episodes(entry, known)]
    return sorted(folders)


def _folders_in(folder: Path) -> list[Path]:
    """The folders right in a folder and links to such, in order; none that is hidden or may not be read."""
    found = []
    for entry in _entries(folder):
        with contextlib.suppress(OSError):
            if entry.is_dir() and not entry.name.startswith("."):
                found.append(entry)
    return found


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder, in order; nothing where it may not be read."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _brings_episodes(link: Path, known: set[Path]) -> bool:
    """Whether a link leads to episodes that lie in none of the `known` folders, to which it adds where it leads.

    What may not be read is none.
    """
    with contextlib.suppress(OSError):
        target = link.resolve()
        if any(target.is_relative_to(folder) for folder in known):
            return False
        known.add(target)
        return bool(_in(link))
    return False


def _in(folder: Path) -> list[tuple[int, Path]]:
    matches = ((EPISODE.fullmatch(path.name), path) for path in _entries(folder))
    return sorted((int(match[1]), path) for match, path in matches if match)


def _episodes(root: Path, folder: Path) -> list[EpisodeFile]:
    files = _in(folder)
    if not files:
        return []
    named, real = folder.absolute(), folder.resolve()  # a link may lie in the folder that names the task
    homes = (named, *named.parents, real, *real.parents)
    task = next((home.name for home in homes if home.name in _tasks()), None)
    seeds = _seeds(folder.parent / "seed.txt")
    return [
        EpisodeFile(
            path.relative_to(root).as_posix(), number, task, seeds[number] if number < len(seeds) else None
        )
        for number, path in files
    ]


def _seeds(path: Path) -> list[int]:
    """The scene seeds of a collection, by episode; none where they are not there."""
    if not path.is_file():
        return []
    words = read_bytes(path, MOST_TEXT).split()
    if not all(re.fullmatch(rb"\d{1,9}", word) for word in words):
        raise UserError(
            f"{path} must hold whole numbers, the scene seed of each episode; correct or remove it"
        )
    return [int(word) for word in words]


@functools.cache
def _tasks() -> frozenset[str]:
    from robotwin_env.tasks import task_names

    return frozenset(task_names())
