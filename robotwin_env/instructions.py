"""What a policy is told: a template of the task with its placeholders filled in.

`placeholders` is what a task's layout says about its scene, keys without braces: capitals are things (`"A":
"001_bottle/base13"`, a model; `"B": "Red"`, plain words), small letters arms (`"a": "left"`). The letters are
those of RoboTwin 2.0's `info` (envs/*.py, end of `play_once`), so that its own templates can be read as well:
`source` is the folder of a RoboTwin checkout (description/task_instruction, description/objects_description),
None the wording in instructions.toml; TASK_NAME instead of either is the task's name and nothing else.

Which templates fit a scene is upstream's rule (description/utils/generate_episode_instructions.py): those that
use every placeholder, or all but the arms. Upstream picks with unseeded generators; here a sentence follows
from (task, seed, split) alone, in any process and Python version.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from robotwin_env.arguments import path
from robotwin_env.errors import RoboTwinError, UnknownTaskError

SPLITS = ("seen", "unseen")
TASK_NAME = "task-name"
"""In place of a checkout: the task's name in words, which is what LeRobot's lerobot-eval tells a policy (lerobot
0.6.1, envs/robotwin.py: `task_name.replace("_", " ")`)."""
TOML = Path(__file__).with_name("instructions.toml")
MAX_BYTES = 1_000_000  # of one upstream file; the largest has 6 kB
MAX_TEXT = 500  # characters of a template or phrase; upstream's longest template has 166
MAX_TEXTS = 10_000  # in one list
PLACEHOLDER = re.compile(r"\{([A-Za-z])\}")
MODEL = re.compile(r"([0-9A-Za-z_-]+)/base[0-9]+")
PLAIN = re.compile(r"[A-Za-z0-9' -]{1,80}")
ARMS = {"left": "the left arm", "right": "the right arm", "dual": "both arms"}
# Two bottles are "one bottle" and "the other bottle", not "the bottle" twice.
DETERMINERS = {1: ("the",), 2: ("one", "the other"), 3: ("one", "another", "the third")}

Placeholders = Mapping[str, str]
Pick = Callable[[Sequence[str], str], str]  # (options, what for) -> one of them


class InstructionError(RoboTwinError):
    """Wording that is missing, malformed or does not fit the scene."""


def choose(
    task: str, seed: int, placeholders: Placeholders, split: str = "seen", source: str | Path | None = None
) -> str:
    """The sentence of the scene `seed` (int). Raises InstructionError, or UnknownTaskError without wording."""
    if isinstance(source, str) and source == TASK_NAME:
        return task.replace("_", " ")

    def pick(options: Sequence[str], what: str) -> str:
        digest = hashlib.sha256(f"{task}/{seed}/{split}/{what}".encode()).digest()
        return options[int.from_bytes(digest[:8], "big") % len(options)]

    check_placeholders(placeholders)
    template = pick(templates(task, placeholders, split, source), "template")
    return sentence(template, placeholders, split, source, pick)


def variants(
    task: str, placeholders: Placeholders, split: str = "seen", source: str | Path | None = None
) -> list[str]:
    """One sentence for every template that fits, each thing by its first phrase. Raises as `choose` does."""
    check_placeholders(placeholders)
    fitting = templates(task, placeholders, split, source)
    return [
        sentence(template, placeholders, split, source, lambda options, _: options[0]) for template in fitting
    ]


def templates(
    task: str, placeholders: Placeholders, split: str, source: str | Path | None = None
) -> list[str]:
    """The task's templates that fit `placeholders`, in file order, never none; InstructionError, UnknownTaskError."""
    if split not in SPLITS:
        raise InstructionError(f"unknown split '{split}'; available: {', '.join(SPLITS)}")
    if source is None:
        where, texts = TOML, own_templates(task, split)
    else:
        if not re.fullmatch(r"[a-z0-9_]{1,64}", task):
            raise UnknownTaskError(f"'{task}' is no task name; it may hold a-z, 0-9 and _")
        where = path(source, "source", InstructionError) / "description" / "task_instruction" / f"{task}.json"
        texts = text_list(where, read_json(where), split)
    try:
        fitting = select(texts, placeholders)
    except InstructionError as error:
        raise InstructionError(f"{where}: {error}") from None
    if not fitting:
        keys = ", ".join(sorted(placeholders)) or "none"
        raise InstructionError(
            f"no {split} template of {task} in {where} fits its placeholders ({keys}); add one"
        )
    return fitting


def select(texts: Iterable[str], keys: Collection[str]) -> list[str]:
    """The templates whose placeholders are all of `keys`, or all but the arms (small letters)."""
    wanted = {*keys}, {key for key in keys if key.isupper()}
    return [text for text in texts if placeholders(text) in wanted]


def placeholders(template: str) -> set[str]:
    """The letters in braces; InstructionError where braces hold anything but one letter."""
    if re.search(r"[{}]", PLACEHOLDER.sub("", template)):
        raise InstructionError(f"unknown placeholder in {template!r}; write one letter in braces, as {{A}}")
    return set(PLACEHOLDER.findall(template))


def fill(template: str, values: Placeholders) -> str:
    """Replace {X} by `values["X"]`, once; InstructionError for a letter without value."""
    unknown = placeholders(template) - set(values)
    if unknown:
        raise InstructionError(
            f"unknown placeholder {{{min(unknown)}}} in {template!r}; known: {sorted(values)}"
        )
    return PLACEHOLDER.sub(lambda match: values[match[1]], template)


def sentence(
    template: str, placeholders: Placeholders, split: str, source: str | Path | None, pick: Pick
) -> str:
    """Fill a template. Ours begins with a capital; upstream's keeps its text as it is."""
    if source is not None:
        return fill(
            template, upstream_values(path(source, "source", InstructionError), placeholders, split, pick)
        )
    text = fill(template, own_values(placeholders, pick))
    return text[:1].upper() + text[1:]


def own_values(placeholders: Placeholders, pick: Pick) -> dict[str, str]:
    """What stands for each placeholder in our templates: arms, generic names of models, plain words in lower case."""
    models = {
        key: match[1] for key, value in sorted(placeholders.items()) if (match := MODEL.fullmatch(value))
    }
    values = {}
    for key, value in placeholders.items():
        if key.islower():
            values[key] = ARMS[value]
        elif key in models:
            alike = [other for other, model in models.items() if model == models[key]]
            determiner = DETERMINERS.get(len(alike), ("the",) * len(alike))[alike.index(key)]
            values[key] = f"{determiner} {pick(own_phrases(models[key]), models[key])}"
        else:
            values[key] = value.lower()
    return values


def upstream_values(root: Path, placeholders: Placeholders, split: str, pick: Pick) -> dict[str, str]:
    """What stands for each placeholder in upstream's templates; unseen phrases fall back to seen ones, as there."""
    values = {}
    for key, value in placeholders.items():
        if key.islower():
            values[key] = f"the {value} arm"
        elif MODEL.fullmatch(value):
            path = root / "description" / "objects_description" / f"{value}.json"
            data = read_json(path)
            phrases = (text_list(path, data, split) if split in data else []) or text_list(path, data, "seen")
            if not phrases:
                raise InstructionError(f"{path} has no phrase; get the checkout again")
            values[key] = f"the {pick(phrases, key)}"
        else:
            values[key] = value
    return values


def check_placeholders(placeholders: Placeholders) -> None:
    """InstructionError unless every key is a letter, every arm known, every thing a model or plain words."""
    for key, value in placeholders.items():
        if not re.fullmatch(r"[A-Za-z]", key):
            raise InstructionError(f"placeholder {key!r} of the scene is not one letter")
        if key.islower() and value not in ARMS:
            raise InstructionError(f"arm {key} of the scene is {value!r}; known: {', '.join(ARMS)}")
        if not (MODEL.fullmatch(value) or PLAIN.fullmatch(value)):
            raise InstructionError(
                f"placeholder {key} of the scene is {value!r}; give 'model/base0' or plain words"
            )


@functools.cache
def wording() -> dict[str, Any]:
    """instructions.toml, parsed once."""
    return tomllib.loads(TOML.read_text(encoding="utf-8"))


def own_templates(task: str, split: str) -> list[str]:
    """Our templates of a task; UnknownTaskError where there are none."""
    if task not in wording()["tasks"]:
        raise UnknownTaskError(f"no instructions for task '{task}'; add [tasks.{task}] to {TOML}")
    return wording()["tasks"][task][split]


def own_phrases(model: str) -> list[str]:
    """Our names of a model, true of all its ids; InstructionError where there are none."""
    if model not in wording()["objects"]:
        raise InstructionError(f"no phrase for model '{model}'; add it to [objects] in {TOML}")
    return wording()["objects"][model]


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from an upstream checkout, of bounded size; InstructionError names the file."""
    if not path.is_file():
        raise InstructionError(f"{path} is missing; give the folder of a RoboTwin checkout")
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
        data = json.loads(text) if len(text) <= MAX_BYTES else None
    except (OSError, ValueError, RecursionError) as error:
        raise InstructionError(
            f"{path} cannot be read ({type(error).__name__}); get the checkout again"
        ) from None
    if not isinstance(data, dict):
        raise InstructionError(
            f"{path} is no JSON object of at most {MAX_BYTES} bytes; get the checkout again"
        )
    return data


def text_list(path: Path, data: Mapping[str, Any], key: str) -> list[str]:
    """The list of sentences under `key`, types and lengths checked; InstructionError names the file."""
    texts = data.get(key)
    if not isinstance(texts, list) or len(texts) > MAX_TEXTS:
        raise InstructionError(f"{path} has no list '{key}' of at most {MAX_TEXTS}; get the checkout again")
    for text in texts:
        if not isinstance(text, str) or not 0 < len(text) <= MAX_TEXT or not text.isprintable():
            raise InstructionError(
                f"{path}: '{key}' may hold one-line texts of at most {MAX_TEXT} characters; get the checkout again"
            )
    return texts
