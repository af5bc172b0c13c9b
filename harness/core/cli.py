"""What every command shares: one dataclass is the whole command line, and every failure has its exit code.

    @dataclass(frozen=True)
    class Config:
        '''Score a policy on recorded episodes.'''
        policy: str = "demo"
        '''Policy name, local directory or Hub id.'''

    if __name__ == "__main__":
        cli.run(main, Config)        # main(config) -> int | None

Exit codes: 0 done, 1 the run failed, 2 bad input in one line, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import re
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from harness.core.bounds import check_names
from harness.core.errors import RunFailed
from harness.core.terminal.streams import lasting_streams, loss
from harness.core.text import one_line

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
_started_as = ""


def started_as(program: str) -> None:
    """Say what the user typed, where that is neither a module nor a script: `robotwin-pi0 openloop`."""
    global _started_as
    _started_as = program


def run[Config](
    main: Callable[[Config], int | None],
    config_type: type[Config],
    argv: Sequence[str] | None = None,
    renamed: Mapping[str, str] | None = None,
) -> NoReturn:
    """Parse `argv` (None: the process's) into `config_type`, call `main` with it and exit with its code.

    renamed: flags by an earlier release's name -> today's, alone or with a value (`--pace action`); they are
    understood, and said to be old.

    `main` returns an exit code, or None for 0. A user's mistake (an exception with `is_user_error`) is one line
    and exit 2, Ctrl-C is 130, anything else is our bug: its traceback and exit 1.
    """
    with lasting_streams() as stdout:
        try:
            code = _carried_out(main, parse(config_type, argv, renamed))
        except KeyboardInterrupt:  # tyro takes half a second to import
            code = _stop("interrupted", INTERRUPTED)
        sys.stdout.flush()
        problem = loss(stdout)
        if problem is not None and code == DONE:
            code = _stop(f"error: {problem}", FAILED)
    sys.exit(code)


def _carried_out[Config](main: Callable[[Config], int | None], config: Config) -> int:
    """What `main` makes of `config`, as an exit code."""
    try:
        if dataclasses.is_dataclass(config):
            check_names(config)
        return main(config) or DONE
    except RunFailed as error:
        return _stop(f"error: {one_line(str(error))}", FAILED)
    except Exception as error:
        if getattr(type(error), "is_user_error", False):
            return _stop(f"error: {one_line(str(error))}", BAD_INPUT)
        traceback.print_exc()
        return _stop("error: the harness itself failed (above); please report it", FAILED)


def parse[Config](
    config_type: type[Config], argv: Sequence[str] | None = None, renamed: Mapping[str, str] | None = None
) -> Config:
    """`argv` as a `config_type`. `--help` exits 0; a usage error is one line on stderr and exit 2."""
    printed = io.StringIO()
    argv = _todays(sys.argv[1:] if argv is None else argv, renamed or {})
    if "-h" in argv or "--help" in argv:
        _show_help(config_type)
    import tyro

    try:
        with contextlib.redirect_stderr(printed):
            return tyro.cli(config_type, args=argv, prog=program_name())
    except SystemExit as stop:
        if stop.code == BAD_INPUT:
            _stop(
                f"error: {one_line(usage_error(printed.getvalue()))} (see {program_name()} --help)", BAD_INPUT
            )
        raise


def _show_help(config_type: type) -> NoReturn:
    """Print the page of --help and exit 0."""
    from harness.core.terminal.examples import EXAMPLES
    from harness.core.terminal.help_page import help_page
    from harness.core.terminal.width import columns

    command = program_name().rpartition(" ")[2].removeprefix("harness.")
    try:
        print(
            help_page(config_type, program_name(), EXAMPLES.get(command, ()), columns()), end="", flush=True
        )
    except BrokenPipeError:  # `--help | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(DONE)


def _todays(argv: Sequence[str], renamed: Mapping[str, str]) -> list[str]:
    """`argv` in today's names; of `renamed`, a flag with its value goes before the flag alone."""
    words = [part for word in argv for part in _parts(word, renamed)]
    todays: list[str] = []
    while words:
        known = [taken for taken in (2, 1) if " ".join(words[:taken]) in renamed]
        if known:
            old, words = " ".join(words[: known[0]]), words[known[0] :]
            print(
                f"{old} is called {renamed[old]} now; the old name goes with the next release",
                file=sys.stderr,
            )
            todays += renamed[old].split()
        else:
            todays.append(words.pop(0))
    return todays


def _parts(word: str, renamed: Mapping[str, str]) -> list[str]:
    """A renamed flag and its value apart, where they are joined by `=`."""
    flag, equals, value = word.partition("=")
    return [flag, value] if equals and flag in renamed else [word]


def program_name() -> str:
    """What the user typed: `robotwin-pi0 openloop`, `python -m harness.openloop`, or a script's path."""
    if _started_as:
        return _started_as
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return f"python -m {spec.name.removesuffix('.__main__')}" if spec else sys.argv[0]


def usage_error(box: str) -> str:
    """tyro's framed complaint without its frame: what is wrong, and the first option it suggests."""
    lines = [line.strip("│╭╮╰╯ ") for line in box.splitlines()]
    sections: list[list[str]] = [[]]
    for line in filter(None, lines[1:]):  # the first line is the frame's title
        if set(line) <= {"─", "-"}:  # dashes where the terminal cannot show a frame
            sections.append([])
        else:
            sections[-1].append(line)
    sections = [section for section in sections if section]
    if not sections:
        return box
    complaint = " ".join(sections[0]).rstrip(".")
    for section in sections[1:]:
        meant = re.search(r"--[\w.-]+", " ".join(section)) if section[0] == "Perhaps you meant:" else None
        if meant:
            complaint += f" – did you mean {meant[0]}?"
    return complaint


def _stop(line: str, code: int) -> int:
    print(line, file=sys.stderr)
    return code
