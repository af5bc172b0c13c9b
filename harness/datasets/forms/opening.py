"""Which form a dataset is in."""

from __future__ import annotations

from pathlib import Path

from harness.core.errors import UserError
from harness.core.text import one_line
from harness.datasets.forms.face import Form
from harness.datasets.forms.hdf5_folder import has_episodes
from harness.datasets.forms.lerobot_v2 import LeRobotV2
from harness.datasets.forms.lerobot_v3 import LeRobotV3
from harness.datasets.forms.robotwin_hdf5 import RoboTwinHdf5
from harness.datasets.info import read_info
from harness.datasets.source import Source

INFO = "meta/info.json"


def form_of(source: Source) -> Form:
    """A dataset in the form it comes in; UserError where it is in none that is read."""
    if not (source.root / INFO).is_file():
        if source.repo_id is None and has_episodes(source.root):
            return RoboTwinHdf5(source)
        near = _near(source.root)
        own = f"; did you mean {one_line(str(near))}?" if near else "; give the dataset's own directory"
        raise UserError(
            f"{one_line(str(source.root))} is not a LeRobot dataset (it has no meta/info.json) and holds no episode "
            f"files of RoboTwin (episode*.hdf5){own}"
        )
    info = read_info(source.root)
    return LeRobotV3(source, info) if info.version.startswith("v3.") else LeRobotV2(source, info)


def _near(root: Path) -> Path | None:
    """The dataset that a folder is a part of, or the only one that lies in it or one folder deeper."""
    above = [folder for folder in root.resolve().parents[:3] if (folder / INFO).is_file()]
    below = [path.parents[1] for pattern in (f"*/{INFO}", f"*/*/{INFO}") for path in root.glob(pattern)]
    return above[0] if above else below[0] if len(below) == 1 else None
