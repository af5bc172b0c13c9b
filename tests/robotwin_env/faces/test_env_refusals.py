"""What an environment refuses, in one line."""

from __future__ import annotations

import shutil

import gymnasium
import numpy as np
import pytest
from refusals import refused
from test_env import SEED, nudge

from robotwin_env import draw_layout
from robotwin_env.assets.roots import STANDIN_ROOT
from robotwin_env.errors import ActionError, AssetError, RenderError, RoboTwinError
from robotwin_env.numbers.action_checks import HIGH, LOW
from robotwin_env.rendering.cameras import RenderSettings


def test_bounds_are_the_true_ones(blind_env):
    np.testing.assert_array_equal(blind_env.action_space.low, LOW)
    np.testing.assert_array_equal(blind_env.action_space.high, HIGH)
    assert (LOW[0], HIGH[0], LOW[6], HIGH[6]) == (-10, 10, 0, 1)


@pytest.mark.parametrize(
    "action",
    (np.full(14, np.nan), np.zeros(13), np.zeros((1, 14)), "left", [[0.0], [0.0, 1.0]], np.full(14, 11.0)),
)
def test_a_broken_action_is_one_clear_line(blind_env, action):
    blind_env.reset(seed=SEED)
    with refused(ActionError):
        blind_env.step(action)
    assert blind_env.actions_taken == 0


@pytest.mark.parametrize(
    ("options", "error", "said"),
    (
        ({"assets": "/nowhere"}, AssetError, "embodiments"),
        ({"config": "demo_hard"}, RoboTwinError, "demo_clean"),
        ({"cameras": ("front",)}, RenderError, "head_camera"),
        ({"shader": "crayon"}, RenderError, "default"),
    ),
)
def test_a_wrong_option_is_one_clear_line(options, error, said):
    with pytest.raises(error, match=said):
        gymnasium.make("RoboTwin/stack_blocks_two-v0", disable_env_checker=True, **options)


@pytest.mark.parametrize("seed", (-1, 2**32, 5.0, "5"))
def test_what_is_no_scene_seed_is_refused(blind_env, seed):
    with pytest.raises(RoboTwinError, match="seed"):
        blind_env.reset(seed=seed)
    with pytest.raises(RoboTwinError, match="seed"):
        draw_layout("stack_blocks_two", seed)


def test_numpy_seeds_and_plain_lists_are_welcome(blind_env):
    _, info = blind_env.reset(seed=np.int64(SEED))
    assert info["seed"] == SEED
    blind_env.step(nudge(blind_env).tolist())
    assert blind_env.actions_taken == 1


def test_a_root_without_one_of_its_meshes_is_refused(tmp_path, real_assets):
    root = tmp_path / "root"
    shutil.copytree(real_assets / "embodiments", root / "embodiments")
    mesh = next(root.rglob("link7.STL"))
    mesh.parent.chmod(0o755)
    mesh.unlink()
    with pytest.raises(AssetError, match=r"link7\.STL"):
        gymnasium.make("RoboTwin/stack_blocks_two-v0", assets=str(root), disable_env_checker=True)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    (
        ("joint_stiffness: 1000\n", "", "joint_stiffness"),
        ("fl_joint3", "fl_elbow", "fl_elbow"),
        ("-0.01", "-0.02", "gripper_scale"),
        ("urdf_path:", "urdf_path: [", "config.yml"),
    ),
)
def test_a_damaged_configuration_is_one_clear_line(tmp_path, old, new, said):
    root = tmp_path / "root"
    shutil.copytree(STANDIN_ROOT, root)
    config = next(root.rglob("config.yml"))
    config.write_text(config.read_text().replace(old, new))
    with refused(AssetError, match=said):
        gymnasium.make("RoboTwin/stack_blocks_two-v0", assets=str(root), disable_env_checker=True)


def test_unknown_shadows_list_the_known():
    with pytest.raises(RenderError, match="full"):
        RenderSettings(shadows="some")
