"""`Shown` as a Rerun recording: every value under its name on the timeline `frame`.

What is logged where: `cameras/<role>` or `film`; `state/<joint>`, `action/<which>/<joint>`; `chunk/<joint>` the whole
chunk at the frame it was predicted, as a line over the frames it speaks of; `scene/<actor>` and `scene/<hand>` as
axes; `stage/<name>` 0 or 1; `notes`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from harness.core.errors import UserError
from harness.core.robot import JOINT_NAMES
from harness.core.text import one_line
from harness.files.films import open_film
from harness.files.json_files import write_atomic
from harness.view.shown import Film, Poses, Shown

TIMELINE = "frame"
AT_ONCE = 16  # pictures decoded at a time
JPEG_QUALITY = 85
AXIS_M = 0.1
COLORS = {
    "state": (150, 150, 150),
    "action/sent": (80, 160, 255),
    "action/predicted": (80, 160, 255),
    "action/recorded": (255, 160, 60),
}


def write(shown: Shown, out: Path) -> None:
    """Write the .rrd file; UserError where rerun is not installed or the file cannot be written."""
    try:
        import rerun as rr
        import rerun.blueprint as rrb
    except ModuleNotFoundError:
        raise UserError(
            "rerun is not installed: uv pip install rerun-sdk==0.41.0, or the extra `rerun`"
        ) from None
    recording = rr.RecordingStream("robotwin", recording_id=shown.title)
    # not Rerun's own writer (0.41.0), which says that a disk is full in its log, and as a RuntimeError at best
    stream = recording.binary_stream()
    recording.send_blueprint(_blueprint(rrb, shown))
    with recording:
        _log(rr, shown)
    data = stream.read() or b""
    recording.disconnect()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(out, lambda handle: handle.write(data))
    except OSError as error:
        raise UserError(f"cannot write {out}: {error.strerror}") from None


def _log(rr: Any, shown: Shown) -> None:
    without = () if shown.film is None else _film(rr, shown.film)
    rr.log("notes", rr.TextDocument("\n\n".join((shown.title, *shown.notes, *without))), static=True)
    rr.reset_time()
    _series(rr, "state", shown.states)
    for name, rows in shown.actions.items():
        _series(rr, f"action/{name}", rows)
    for replan, chunk in zip(shown.replans.tolist(), shown.chunks, strict=True):
        rr.set_time(TIMELINE, sequence=replan)
        frames = replan + np.arange(len(chunk))
        for joint, values in zip(JOINT_NAMES, chunk.T, strict=True):
            rr.log(f"chunk/{joint}", rr.LineStrips2D([np.stack([frames, -100.0 * values], axis=1)]))
    if shown.pictures is not None:
        _pictures(rr, shown)
    if shown.poses is not None:
        _poses(rr, shown.poses)


def _series(rr: Any, path: str, rows: np.ndarray) -> None:
    """A value a joint and frame, all frames in one call."""
    times = rr.TimeColumn(TIMELINE, sequence=np.arange(len(rows)))
    for joint, values in zip(JOINT_NAMES, rows.T, strict=True):
        rr.log(f"{path}/{joint}", rr.SeriesLines(names=path, colors=COLORS[path]), static=True)
        rr.send_columns(f"{path}/{joint}", [times], rr.Scalars.columns(scalars=values.astype(np.float64)))


def _pictures(rr: Any, shown: Shown) -> None:
    assert shown.pictures is not None
    frames = np.arange(max(len(rows) for rows in shown.actions.values()))
    for start in range(0, len(frames), AT_ONCE):
        some = frames[start : start + AT_ONCE]
        for role, images in shown.pictures(some).items():
            for frame, image in zip(some.tolist(), images, strict=True):
                rr.set_time(TIMELINE, sequence=frame)
                rr.log(f"cameras/{role}", rr.Image(image).compress(jpeg_quality=JPEG_QUALITY))


def _film(rr: Any, film: Film) -> tuple[str, ...]:
    """The film's pictures one by one: of a whole h264 film the viewer shows nothing unless FFmpeg is installed.

    Returns what is to be said where it cannot be read to its end.
    """
    import av

    try:
        with open_film(film.path) as container:
            for frame, picture in zip(film.frames.tolist(), container.decode(video=0), strict=False):
                rr.set_time(TIMELINE, sequence=frame)
                image = rr.Image(picture.to_ndarray(format="rgb24"))
                rr.log("film", image.compress(jpeg_quality=JPEG_QUALITY))
    except (av.FFmpegError, OSError, IndexError, ValueError) as error:  # no film, or torn by a power cut
        return (f"the film cannot be read: {one_line(str(error))[:300]}",)
    return ()


def _poses(rr: Any, poses: Poses) -> None:
    times = rr.TimeColumn(TIMELINE, sequence=poses.frames)
    for name, rows in {**poses.actors, **poses.hands}.items():
        path = f"scene/{rr.escape_entity_path_part(name)}"
        rr.log(path, rr.TransformAxes3D(axis_length=AXIS_M), static=True)
        turned = rows[:, [4, 5, 6, 3]]  # wxyz to xyzw
        rr.send_columns(path, [times], rr.Transform3D.columns(translation=rows[:, :3], quaternion=turned))
    for name, reached in poses.stages.items():
        path = f"stage/{rr.escape_entity_path_part(name)}"
        rr.send_columns(path, [times], rr.Scalars.columns(scalars=reached.astype(np.float64)))


def _blueprint(rrb: Any, shown: Shown) -> Any:
    """Pictures and words on the left, the joints on the right; poses and stages where there are any."""
    left: list[Any] = []
    if shown.film is not None:
        left.append(rrb.Spatial2DView(origin="film", name="film"))
    if shown.pictures is not None:
        left += [rrb.Spatial2DView(origin=f"cameras/{role}", name=role) for role in ("head", "left", "right")]
    if shown.poses is not None:
        left.append(rrb.Spatial3DView(origin="scene", name="hands and objects"))
    left.append(rrb.TextDocumentView(origin="notes", name="episode"))
    series = ["state", *(f"action/{name}" for name in shown.actions)]
    joints = [
        rrb.TimeSeriesView(name=joint, origin="/", contents=[f"+ /{path}/{joint}" for path in series])
        for joint in JOINT_NAMES
    ]
    right: list[Any] = [rrb.Grid(*joints, name="state and actions", grid_columns=2)]
    if len(shown.replans):
        chunks = [rrb.Spatial2DView(origin=f"chunk/{joint}", name=joint) for joint in JOINT_NAMES]
        right.append(rrb.Grid(*chunks, name="predicted chunks", grid_columns=2))
    if shown.poses is not None and shown.poses.stages:
        right.append(rrb.TimeSeriesView(origin="stage", name="stages"))
    return rrb.Blueprint(rrb.Horizontal(rrb.Vertical(*left), rrb.Tabs(*right), column_shares=[1, 1]))
