"""The flags of a command as its --help and completion show them, read from its dataclass and its source."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import textwrap
import types
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

PLACEHOLDERS: dict[Any, str] = {int: "N", float: "X", Path: "PATH"}


@dataclass(frozen=True)
class Flag:
    """One field: its name on the command line, what stands behind it, its help, its default as text ("" for none).

    choices: the values it takes, () for any; switch: true or false; many: several values.
    """

    name: str
    value: str
    help: str
    default: str
    choices: tuple[str, ...] = ()
    switch: bool = False
    many: bool = False
    positional: bool = False
    required: bool = False

    @property
    def key(self) -> str:
        """What is typed: `--max-actions N`, `--no-videos`, or a positional's `RUNS…`."""
        if self.positional:
            return self.name.upper().replace("_", "-") + ("…" if self.many else "")
        return self.option if self.switch else f"{self.option} {self.value}{' …' if self.many else ''}"

    @property
    def option(self) -> str:
        """`--max-actions`; of a switch that is on, what turns it off."""
        off = "no-" if self.switch and self.default == "on" else ""
        return f"--{off}{self.name.replace('_', '-')}"


def flags_of(config_type: type) -> list[Flag]:
    """The flags of a dataclass, in the order of its fields."""
    hints = typing.get_type_hints(config_type, include_extras=True)
    docs = field_docs(config_type)
    return [
        _flag(field, hints[field.name], docs.get(field.name, "")) for field in dataclasses.fields(config_type)
    ]


def _flag(field: dataclasses.Field[Any], hint: Any, text: str) -> Flag:
    positional = "Positional" in repr(getattr(hint, "__metadata__", ""))
    kind = typing.get_args(hint)[0] if hasattr(hint, "__metadata__") else hint
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        kind = next(part for part in typing.get_args(kind) if part is not type(None))
    many = typing.get_origin(kind) is tuple
    kind = typing.get_args(kind)[0] if many else kind
    choices = tuple(map(str, typing.get_args(kind))) if typing.get_origin(kind) is Literal else ()
    value = (
        "{" + ",".join(choices) + "}"
        if choices
        else PLACEHOLDERS.get(kind, field.name.upper().replace("_", "-"))
    )
    required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    return Flag(
        name=field.name,
        value=value,
        help=text,
        default=_default(field, text),
        choices=choices,
        switch=kind is bool,
        many=many,
        positional=positional,
        required=required,
    )


def _default(field: dataclasses.Field[Any], text: str) -> str:
    """The default as text, "" where there is none, or where the field's own help says it."""
    value = field.default
    if isinstance(value, bool):
        return "on" if value else ""
    if value is dataclasses.MISSING or value is None or value == "" or "Default:" in text:
        return ""
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def field_docs(config_type: type) -> dict[str, str]:
    """Field -> the string under it in the source, of a dataclass and of those it inherits from, on one line."""
    docs: dict[str, str] = {}
    for parent in reversed(config_type.__mro__):
        if dataclasses.is_dataclass(parent):
            docs |= _docs_in(parent)
    return docs


@functools.cache
def _docs_in(config_type: type) -> dict[str, str]:
    try:
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(config_type))).body
    except (OSError, TypeError, SyntaxError, ValueError):  # no source, so no help
        return {}
    assert isinstance(body, ast.ClassDef)
    pairs = zip(body.body, body.body[1:], strict=False)
    return {
        field.target.id: " ".join(doc.value.value.split())
        for field, doc in pairs
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(doc, ast.Expr)
        and isinstance(doc.value, ast.Constant)
        and isinstance(doc.value.value, str)
    }
