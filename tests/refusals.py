"""What a user did wrong is said in one line: `pytest.raises` that holds the message to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def refused(
    error: type[BaseException], match: str | None = None
) -> Iterator[pytest.ExceptionInfo[BaseException]]:
    """`with refused(UserError, match="names the fix") as caught: ...`: raised, and its message is one line."""
    with pytest.raises(error, match=match) as caught:
        yield caught
    assert str(caught.value), "the message is empty"
    assert "\n" not in str(caught.value)


def refusal(error: type[BaseException], call: Callable[..., Any], *arguments: Any) -> str:
    """The one line with which `call(*arguments)` is refused."""
    with refused(error) as caught:
        call(*arguments)
    return str(caught.value)
