"""TensorBoard: event files in the run's folder, `tensorboard/`. Nothing is ever sent."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.trackers.animation import animation
from harness.trackers.interface import Place, Table
from harness.trackers.markdown import as_markdown


class TensorBoard:
    """A `harness.trackers.interface.Tracker` that writes TensorBoard's event files (no tensorflow, no torch)."""

    def __init__(self, place: Place):
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.summary.writer.record_writer import RecordWriter

        folder = place.folder / "tensorboard"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time_ns() // 1000}.{socket.gethostname()}.{os.getpid()}"
        # not EventFileWriter (2.21.0): on a full disk its thread prints a traceback
        self._writer = RecordWriter((folder / name).open("xb"))
        self._write(Event(wall_time=time.time(), file_version="brain.Event:2"))
        self.where = f"tensorboard --logdir {folder}"

    def configuration(self, values: Mapping[str, Any]) -> None:
        """A table under Text."""
        rows = [(name, str(value)) for name, value in values.items()]
        self.table(Table("configuration", ("setting", "value"), rows), 0)

    def numbers(self, values: Mapping[str, float], step: int) -> None:
        """Scalars."""
        from tensorboard.compat.proto.summary_pb2 import Summary

        self._add([Summary.Value(tag=name, simple_value=value) for name, value in values.items()], step)

    def table(self, table: Table, step: int) -> None:
        """Text: TensorBoard shows Markdown."""
        from tensorboard.plugins.text.summary_v2 import text_pb

        self._add(text_pb(table.name, as_markdown(table)).value, step)

    def film(self, name: str, path: Path, caption: str, step: int) -> None:
        """An animated picture, smaller and with fewer frames than the film: TensorBoard has nothing for films."""
        from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata

        drawn = animation(path)
        picture = Summary.Image(
            height=drawn.height, width=drawn.width, colorspace=3, encoded_image_string=drawn.gif
        )
        metadata = SummaryMetadata(display_name=name, summary_description=caption)
        metadata.plugin_data.plugin_name = "images"
        self._add([Summary.Value(tag=name, image=picture, metadata=metadata)], step)

    def close(self, failed: bool) -> None:
        """Flush."""
        self._writer.close()

    def _add(self, values: Any, step: int) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        self._write(Event(wall_time=time.time(), step=step, summary=Summary(value=values)))

    def _write(self, event: Any) -> None:
        self._writer.write(event.SerializeToString())
        self._writer.flush()
