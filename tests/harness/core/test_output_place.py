"""--out inside a dataset or a run: what is written there would be read as recorded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.core.bounds import check_names
from harness.core.errors import UserError
from harness.core.output_place import PARTS


@dataclass(frozen=True)
class Flags:
    """Flags."""

    out: Path | None = None
    work: Path | None = None


@pytest.mark.parametrize("what", PARTS)
def test_nothing_is_written_into_a_part_of_what_was_recorded(tmp_path, what):
    mark, parts = PARTS[what]
    root = tmp_path / "recorded"
    (root / mark).parent.mkdir(parents=True)
    (root / mark).write_text("{}")
    (tmp_path / "link").symlink_to(root)
    for part in parts:
        for out in (
            root / part,
            root / part / "a" / "b",
            tmp_path / "link" / part / "x",
            root / "x" / ".." / part,
        ):
            with pytest.raises(UserError, match=f"a part of the {what} in"):
                check_names(Flags(out=out))
            with pytest.raises(UserError, match="--work"):
                check_names(Flags(work=out))
    for out in (root, root / "evaluation", tmp_path / parts[0], root.with_name("recorded-2") / parts[0]):
        check_names(Flags(out=out))
