"""What a dataset knows of its own recording: meta/robotwin.json, and the columns of its frames where that is gone.

LeRobot's tools drop meta/robotwin.json without a word (split, delete, merge), or leave it beside other episodes. The
columns `robotwin.*` of the frames stay; what they say is believed against the file.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from harness.core.robot import JOINT_NAMES
from harness.datasets.format import EXTRAS, read_extras
from harness.datasets.forms.face import Form
from harness.datasets.frame_columns import FEATURES
from harness.datasets.source import Source

DROPPED = "LeRobot's edit tools drop it"
IDENTITY = ("task", "scene_seed")
OUR_ROBOT = "aloha-agilex"
"""The robot_type that this project's recorder writes."""


def _scene(episode: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(episode.get(name) for name in IDENTITY)


class Memory:
    """What is known of the recording of a dataset that lies at `source` in `form`.

    extras: what meta/robotwin.json says; its episodes are left out where they are not this dataset's.
    """

    def __init__(self, source: Source, form: Form):
        self._form, self._on_hub = form, source.repo_id is not None
        extras = read_extras(source.root)
        listed = extras.get("episodes", {})
        self._stale = bool(listed) and listed.keys() != {str(i) for i in range(form.total_episodes)}
        self.extras: Mapping[str, Any] = {**extras, "episodes": {}} if self._stale else extras
        self._by_scene = {_scene(episode): episode for episode in extras.get("episodes", {}).values()}

    def record(self, index: int) -> Mapping[str, Any]:
        """What is known of an episode; empty where nothing is."""
        recorded: Mapping[str, Any] = self.extras.get("episodes", {}).get(str(index), {})
        if recorded and self._on_hub:  # its frames are not fetched for this
            return recorded
        marks = self._form.marks(index)
        if not marks or (recorded and _scene(recorded) == _scene(marks)):
            return recorded
        return self._by_scene.get(_scene(marks), marks) if None not in _scene(marks) else marks

    @functools.cached_property
    def sampling(self) -> str | None:
        """How frames follow each other: `dense`, `action`, both where datasets were merged; None where not known."""
        return self.extras.get("sampling") or self._marked("sampling")

    @functools.cached_property
    def assets_kind(self) -> str | None:
        """Which 3D models were recorded; None where that is not known."""
        return self.extras.get("config", {}).get("assets_kind") or self._marked("assets")

    def _marked(self, name: str) -> str | None:
        """What the frames say under a name, all of it."""
        if self._on_hub:
            return None
        values = {self._form.marks(index).get(name) for index in range(self._form.total_episodes)} - {None}
        return "mixed" if len(values) > 1 else next(iter(values), None)

    @functools.cached_property
    def lost(self) -> list[str]:
        """What is no longer known, in sentences; none for a recording as it was made, or of another recorder."""
        ours = self._form.info.recorder == OUR_ROBOT and self._form.info.state_names == JOINT_NAMES
        marked = any(name in self._form.info.features for name in FEATURES)
        if self._stale:
            gone = f"{EXTRAS} lists other episodes than the dataset has, so it is not believed"
        elif ours and not self.extras.get("episodes"):
            gone = f"{EXTRAS} lists no episodes" if self.extras else f"{EXTRAS} is gone ({DROPPED})"
        else:
            return []
        if marked:
            return [
                f"{gone}: task and scene of each episode are read from its frames; success, kept simulator states and "
                "how it was recorded are not known any more"
            ]
        return [
            f"{gone}: this dataset no longer says of which scenes it is, so whether a policy was trained on them is "
            "not known"
        ]
