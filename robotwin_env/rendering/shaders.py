"""The shaders pictures are drawn with: `forward`, our own, and SAPIEN's without the BRDF table nobody reads.

`forward` (glsl/forward) lights every point as it is drawn and keeps nothing else, where SAPIEN's `default` first
writes seven pictures of positions, normals and materials and lights them later: the same colours (99.9 % of them to
the bit, the rest one of 255 away) in a quarter of the time on a CPU. It draws no shadows, no spot lights, no textured
lights and no environment map, and before open sky what is translucent is blended with black; its pictures are bytes.

Before its first picture with its own shaders SAPIEN integrates a BRDF lookup table for image-based lighting: 11 s of
the 12 s that a first `take_picture` costs on a CPU. The table is only multiplied with the environment map, and these
scenes have none (black), so a copy of the shaders that does not declare the table gives the same picture, bit for bit.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path
from types import MappingProxyType

from robotwin_env.errors import RenderError

FORWARD = "forward"
MEND = "set XDG_CACHE_HOME to a folder that can be written"
FORWARD_FOLDER = Path(__file__).parent / "glsl" / FORWARD
FLOATS, BYTES = "r32g32b32a32sfloat", "r8g8b8a8unorm"
# What SAPIEN stores the pictures of each pass as: light stays linear floats, so that translucent things blend right.
FORMATS = MappingProxyType({"Lighting": FLOATS, "Color": BYTES})

DECLARATION = re.compile(r"^.*uniform sampler2D samplerBRDFLUT;.*\n?", re.MULTILINE)
LOOKUP = re.compile(r"texture\(samplerBRDFLUT, [^;]*?\)\)\.xy|texture\(samplerBRDFLUT, [^;]*?\)\.xy")


def user_cache() -> Path:
    """This project's folder in the user's cache: `$XDG_CACHE_HOME/robotwin-pi0`, by default under ~/.cache.

    RenderError for a user without a home, as containers have them, who names none.
    """
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "robotwin-pi0"
    except RuntimeError:
        raise RenderError(f"this user has no home folder; {MEND}") from None


def use(shader: str) -> None:
    """Let cameras made from now on draw with a rasterising shader: `forward`, or SAPIEN's "default" or "minimal".

    Sets SAPIEN's process-wide shader folder and picture formats.
    """
    import sapien

    formats = FORMATS if shader == FORWARD else dict.fromkeys(FORMATS, FLOATS)
    for name, format_ in formats.items():
        sapien.render.set_picture_format(name, format_)
    folder = str(FORWARD_FOLDER) if shader == FORWARD else without_brdf_table(shader)
    sapien.render.set_camera_shader_dir(folder)


def without_brdf_table(name: str) -> str:
    """The folder of a copy of SAPIEN's shader `name` ("default", "minimal") for scenes without environment map.

    Made once per SAPIEN version in the user's cache; give it to `sapien.render.set_camera_shader_dir`. RenderError
    where nothing can be kept there.
    """
    import sapien

    home = user_cache()
    copies = home / f"sapien-{sapien.__version__}-shaders"
    if not copies.is_dir():
        try:
            home.mkdir(parents=True, exist_ok=True)
            _copy(Path(sapien.__file__).parent / "vulkan_shader", copies)
        except (OSError, shutil.Error) as error:
            said = getattr(error, "strerror", None) or "not all files could be copied"
            raise RenderError(f"cannot keep shaders in {home} ({said}); {MEND}") from error
    return str(copies / name)


def _copy(shaders: Path, copies: Path) -> None:
    """The whole family, since they include each other as "../common/…", changed; whole or not at all."""
    with tempfile.TemporaryDirectory(dir=copies.parent, ignore_cleanup_errors=True) as folder:
        fresh = Path(shutil.copytree(shaders, Path(folder) / "fresh"))
        for file in [*fresh.rglob("*.frag"), *fresh.rglob("*.glsl")]:
            source = file.read_text()
            if "samplerBRDFLUT" in source:
                file.write_text(LOOKUP.sub("vec2(1, 0)", DECLARATION.sub("", source)))
        try:
            fresh.rename(copies)
        except OSError:
            if not copies.is_dir():  # else another process was quicker
                raise
