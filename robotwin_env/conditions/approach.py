"""How near a scene came to success: the moment in which fewest parts of the condition were missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from robotwin_env.conditions.measuring_view import MeasuringView
from robotwin_env.conditions.parts import Condition, Part, Parts, distance, unmet
from robotwin_env.conditions.view import Bool, View

Measured = tuple[float | None, float | None, str]
"""Of a part: the value it had, the value wanted (None where it is so or not), the unit of both."""


def parts_of(success: Callable[[View], Bool], view: View) -> Parts:
    """The parts of a condition in a single scene as it is now; all of them hold if and only if the condition does."""
    parts: Parts = Condition.of(success(MeasuringView(view))).parts.item()
    return _apart(parts)


def _apart(parts: Parts) -> Parts:
    """The parts, each with a name of its own: the second "can's angle below" is number 2."""
    names = [part.name for part in parts]
    renamed = []
    for index, part in enumerate(parts):
        if names.count(part.name) > 1:
            renamed.append(replace(part, name=f"{part.name} ({names[: index + 1].count(part.name)})"))
        else:
            renamed.append(part)
    return tuple(renamed)


class Approach:
    """The nearest a scene has been to success, over the looks at it; it is asked once an action, `success` far oftener.

    Nearest is the look with the fewest parts missing, and of those the one whose parts missed least, each as a share of
    what it wants; the first of equals. Nothing of it decides anything.
    """

    def __init__(self, success: Callable[[View], Bool]):
        self._success = success
        self._parts: Parts = ()
        self._distance: tuple[int, float] | None = None
        self.at: int | None = None

    def look(self, view: View, at: int) -> None:
        """See how near the scene is now, after `at` actions."""
        parts = parts_of(self._success, view)
        now = distance(parts)
        if self._distance is None or now < self._distance:
            self._parts, self._distance, self.at = parts, now, at

    @property
    def missing(self) -> tuple[Part, ...]:
        """The parts that did not hold at the nearest look; none before the first."""
        return unmet(self._parts)

    def values(self) -> dict[str, Measured]:
        """The same as name -> (value, wanted, unit)."""
        return {part.name: (part.value, part.wanted, part.unit) for part in self.missing}

    def forget(self) -> None:
        """Begin anew, with another state of the scene."""
        self._parts, self._distance, self.at = (), None, None
