"""The form of the files we write and read again, as types: what a field is, and one line for what is not so.

Records are strict (a number as text is no number), keep fields they do not know, and become JSON schemas
(`python -m tools.schemas`). pydantic takes 0.1 s to import: the flags of commands (`config.py`) do without.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

LARGEST = 1e12
"""No number in a file of ours is larger: what is must come from a broken or hostile one."""

Count = Annotated[int, Field(ge=0, lt=LARGEST)]
Number = Annotated[float, Field(gt=-LARGEST, lt=LARGEST, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Joints = Annotated[list[Number], Field(min_length=14, max_length=14)]
"""A number for each joint, in the order of `harness.core.robot.JOINT_NAMES`."""
Interval = Annotated[list[Number], Field(min_length=2, max_length=2)]
"""[low, high] at 95 %."""
Sampling = Annotated[str, BeforeValidator(lambda value: "per_action" if value == "action" else value)]
"""At which moments a demonstration was recorded, "dense" or "per_action" ("action" until 0.1)."""

WANTED = {
    "missing": "must be given",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "list_type": "must be a list",
}
"""What is said of a value, by the kind of pydantic's error; of other kinds, pydantic's own words."""


class Record(BaseModel):
    """An object in a file: strict, unchangeable, and with whatever else stands in it."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)
    file: ClassVar[str] = ""
    """Where such objects stand, for the list of schemas."""
    earlier: ClassVar[Mapping[str, str]] = {}
    """Names of fields in files of earlier versions -> today's; both are read."""

    @model_validator(mode="before")
    @classmethod
    def _in_todays_names(cls, value: Any) -> Any:
        if not isinstance(value, dict) or cls.earlier.keys().isdisjoint(value):
            return value
        return {cls.earlier.get(name, name): field for name, field in value.items()}

    @classmethod
    def of(cls, value: Any) -> Self:
        """`value` as a record; ValueError, one line that names the field, where it is none."""
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            raise ValueError(_problem(error)) from None
        except OverflowError:
            raise ValueError("a number is too large") from None

    def named(self, name: str) -> Any:
        """A field by its name, one that is not listed here too; None where it was not given."""
        listed = name in type(self).model_fields
        return getattr(self, name) if listed else (self.__pydantic_extra__ or {}).get(name)

    def gives(self, name: str) -> bool:
        """Whether a field was given, one that is not listed here too."""
        return name in self.model_fields_set

    def plain(self) -> dict[str, Any]:
        """The object as JSON has it, in today's names, with the fields that were given."""
        return self.model_dump(by_alias=True, exclude_unset=True)


def _problem(error: ValidationError) -> str:
    """The first thing wrong, in one line: `'critical.frames' must be a whole number, not 'x'`."""
    first = error.errors(include_url=False)[0]
    if first["type"] == "value_error":
        return " ".join(str(first["ctx"]["error"]).split())
    name = ".".join(str(part)[:40] for part in first["loc"]) or "it"
    message = first["msg"]
    problem = WANTED.get(first["type"]) or message.removeprefix("Input ")
    problem = problem if problem != message else f"is wrong: {message}"
    given = "" if first["type"] == "missing" else f", not {str(first['input'])[:40]!r}"
    return " ".join(f"{name!r} {problem}{given}".split())
