"""`--write-xpolicylab DIR`: the folder that XPolicyLab, and so RoboTwin's leaderboard, asks of a policy."""

from __future__ import annotations

import errno
import re
import tempfile
from importlib import resources
from pathlib import Path

from harness.core.errors import UserError
from harness.core.robot import map_roles
from harness.serve.config import Config
from policies import load_policy

FILES = {
    "README.md": "readme.txt",
    "deploy.py": "deploy.txt",
    "deploy.yml": "deploy_yml.txt",
    "eval.sh": "eval.txt",
    "install.sh": "install.txt",
    "model.py": "model.txt",
    "setup_eval_env_client.sh": "client.txt",
    "setup_eval_policy_server.sh": "server.txt",
}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
POLICY = re.compile(r"[\w/.@~+ -]+")


def write_folder(folder: Path, config: Config) -> str:
    """Write it, and say what comes next. UserError for a folder that is not empty, or whose name is no module's."""
    if not NAME.fullmatch(folder.name):
        raise UserError(
            f"--write-xpolicylab {folder}: XPolicyLab imports the folder by its name; use letters, digits and _ only"
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"--write-xpolicylab {folder} is there already; name a new folder")
    policy = load_policy(config.policy, device="cpu", dtype=config.dtype)
    cameras = ", ".join(map_roles(policy.images, of="the policy").values()) or "none"
    local = Path(config.policy).expanduser()
    filled = {
        "NAME": folder.name,
        "POLICY": str(local.resolve()) if local.is_dir() else config.policy,
        "CAMERAS": cameras,
        "HORIZON": "null" if config.horizon is None else str(config.horizon),
    }
    if not POLICY.fullmatch(filled["POLICY"]):
        raise UserError(
            f"--policy {filled['POLICY'][:80]!r} would stand in a program: it has signs other than letters, digits and "
            "/ . _ - @ ~ + and spaces; move the checkpoint to another folder"
        )
    try:
        _write_whole(folder, filled)
    except OSError as error:
        raise UserError(
            f"cannot write to {folder} ({error.strerror or error}); name another folder"
        ) from error
    return f"{folder}: put it under XPolicyLab's policy/ and follow its README.md"


def _write_whole(folder: Path, values: dict[str, str]) -> None:
    """All files or none: half of them would be in the way of a second try.

    A folder that is there is filled and stays what it is: a link to another disk, a mount, somebody's working folder.
    """
    there = folder.is_dir()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=f".{folder.name}-", dir=folder if there else folder.parent
    ) as made:
        new = Path(made) / folder.name
        new.mkdir()
        for name, source in FILES.items():
            path = new / name
            path.write_text(_filled(source, values))
            if name.endswith(".sh"):
                path.chmod(0o755)
        if not there:
            new.rename(folder)
            return
        if [entry.name for entry in folder.iterdir()] != [Path(made).name]:
            raise FileExistsError(errno.EEXIST, "it is no longer empty", str(folder))
        for name in FILES:
            (new / name).rename(folder / name)


def _filled(source: str, values: dict[str, str]) -> str:
    text = resources.files("harness.serve.xpolicylab_files").joinpath(source).read_text()
    # in one go: what stands in a value is no place for another
    return re.sub(rf"@({'|'.join(values)})@", lambda found: values[found[1]], text)
