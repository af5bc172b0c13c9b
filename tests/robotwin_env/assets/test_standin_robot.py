"""The stand-in robot is the real one's front arms: poses, limits, inertias, and shapes within 5 mm, fingers 1 mm.

Physics only: the descriptions are loaded without their visuals, so no graphics are needed.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from standin_samples import ARM_LINKS, FINGERS, LINKS, MM, Arms, distance, in_mm, spread, support, surface

from robotwin_env.assets.roots import STANDIN_ROOT, open_root
from tools.standins.robot import HULL_FOLDER, TARGET, build, build_hulls, build_srdf

ROOT = Path(__file__).resolve().parents[3]


SHAPE_TOLERANCE = 5 * MM  # of the reach in any direction, and from the real surface to the nearest shape
FINGER_TOLERANCE = 1 * MM  # the same of a finger

PAD_PLANE, PAD_START, TIP = 24.4944 * MM, 56 * MM, 71 * MM  # |y|, first x and last x of the gripping pad


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Arms:
    return Arms(open_root(None), tmp_path_factory.mktemp("standin"))


@pytest.fixture(scope="module")
def real(real_assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Arms:
    return Arms(open_root(real_assets), tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="module")
def directions() -> np.ndarray:
    """4006 unit vectors, the axes among them."""
    random = np.random.default_rng(0).normal(size=(4000, 3))
    return np.vstack([random / np.linalg.norm(random, axis=1, keepdims=True), np.eye(3), -np.eye(3)])


def random_qpos(rng: np.random.Generator, centre: dict[str, float], spread: float) -> dict[str, float]:
    """Arm joints around `centre` (rad, by joint number, else 0); both fingers of a hand equally open."""
    qpos = {}
    for prefix in ("fl", "fr"):
        for number in "123456":
            qpos[f"{prefix}_joint{number}"] = centre.get(number, 0.0) + rng.uniform(-spread, spread)
        qpos[f"{prefix}_joint7"] = qpos[f"{prefix}_joint8"] = rng.uniform(0, 0.045)
    return qpos


def test_the_committed_description_is_what_the_generator_writes():
    assert TARGET.read_text(encoding="utf-8") == build()
    assert TARGET.with_suffix(".srdf").read_text(encoding="utf-8") == build_srdf()
    hulls = {file.name: file.read_text(encoding="utf-8") for file in (TARGET.parent / HULL_FOLDER).iterdir()}
    assert hulls == build_hulls()


def test_it_is_small_and_drawn_from_primitives_only():
    robot = ET.parse(open_root(None).urdf).getroot()
    visuals = list(robot.iter("visual"))
    assert len(visuals) < 60
    assert not [mesh for visual in visuals for mesh in visual.iter("mesh")]
    assert sum(file.stat().st_size for file in TARGET.parent.rglob("*") if file.is_file()) < 64 * 1024


def test_a_link_collides_as_one_body_as_in_the_real_one(standin: Arms, real: Arms):
    for name in LINKS:
        ours, theirs = (len(arms.links[name].collision_shapes) for arms in (standin, real))
        assert ours == theirs == 1, name


def test_its_joints_have_the_limits_that_take_effect_in_the_real_one(standin: Arms):
    limits = {name: joint.limits[0].tolist() for name, joint in standin.joints.items()}
    assert len(limits) == 16
    for name, limit in limits.items():
        assert limit == pytest.approx([0, 0.04765] if name[-1] in "78" else [-10, 10])


def test_its_configuration_has_the_keys_and_values_of_the_real_one(real_assets: Path):
    own = {"kind", "urdf_path", "srdf_path"}
    ours, theirs = (open_root(root).robot for root in (STANDIN_ROOT, real_assets))
    assert ours.keys() - theirs.keys() <= own
    assert theirs.keys() <= ours.keys()
    assert {k: ours[k] for k in theirs.keys() - own} == {k: theirs[k] for k in theirs.keys() - own}


def test_links_are_where_the_real_ones_are_at_any_configuration(standin: Arms, real: Arms):
    rng = np.random.default_rng(1)
    for _ in range(50):
        qpos = random_qpos(rng, {}, 3.0)
        standin.pose(qpos)
        real.pose(qpos)
        for name in LINKS:
            ours, theirs = standin.links[name].entity_pose, real.links[name].entity_pose
            assert np.abs(ours.p - theirs.p).max() < 1e-5, name
            assert abs(ours.q @ theirs.q) > 1 - 1e-6, name


def test_joints_and_masses_are_the_real_ones(standin: Arms, real: Arms):
    for name, joint in standin.joints.items():
        other = real.joints[name]
        assert joint.type == other.type
        assert np.array_equal(joint.limits, other.limits)
        assert (joint.friction, joint.damping) == (other.friction, other.damping)
    for name in (*LINKS, "footprint", "base_link"):
        ours, theirs = standin.links[name], real.links[name]
        assert ours.mass == pytest.approx(theirs.mass, rel=1e-6), name
        assert ours.inertia == pytest.approx(theirs.inertia, rel=1e-5), name
        assert ours.cmass_local_pose.p == pytest.approx(theirs.cmass_local_pose.p, abs=1e-7), name
        assert abs(ours.cmass_local_pose.q @ theirs.cmass_local_pose.q) > 1 - 1e-6, name


@pytest.mark.parametrize("link", ARM_LINKS)
def test_shapes_reach_as_far_as_the_real_hull_in_every_direction(
    link: str, standin: Arms, real: Arms, directions: np.ndarray
):
    for prefix in ("fl", "fr"):
        name = f"{prefix}_{link}"
        shapes, hulls = (arms.links[name].collision_shapes for arms in (standin, real))
        difference = support(shapes, directions) - support(hulls, directions)
        gaps = distance(shapes, surface(hulls[0], 4 * MM)[0])
        print(
            f"{name}: {len(shapes)} shapes, reach {difference.min() / MM:+.2f} .. {difference.max() / MM:+.2f} mm,"
            f" on its box's faces within {np.abs(difference[-6:]).max() / MM:.2f} mm,"
            f" hull surface at most {gaps.max() / MM:.2f} mm from a shape"
        )
        allowed = FINGER_TOLERANCE if link in FINGERS else SHAPE_TOLERANCE
        assert np.abs(difference).max() <= allowed
        assert gaps.max() <= allowed


@pytest.mark.parametrize("name", ["left_camera", "right_camera", "base_link"])
def test_boxes_of_the_real_one_are_taken_over(name: str, standin: Arms, real: Arms, directions: np.ndarray):
    ours, theirs = (support(arms.links[name].collision_shapes, directions) for arms in (standin, real))
    assert ours == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize("link", FINGERS)
def test_a_finger_grips_and_reaches_as_the_real_one(
    link: str, standin: Arms, real: Arms, directions: np.ndarray
):
    side = FINGERS[link]
    shapes, hulls = (arms.links[f"fl_{link}"].collision_shapes for arms in (standin, real))
    difference = support(shapes, directions) - support(hulls, directions)
    inward, forward = np.array([0, side, 0]), np.array([1, 0, 0])
    for exact, value in ((inward, PAD_PLANE), (forward, TIP)):
        assert support(hulls, exact[None])[0] == pytest.approx(value, abs=1e-5)
        assert support(shapes, exact[None])[0] == pytest.approx(value, abs=1e-5)
    near_inward, near_forward = (
        [np.abs(difference[directions @ axis > np.cos(np.radians(degrees))]).max() for degrees in (6, 15)]
        for axis in (inward, forward)
    )
    points, normals = surface(hulls[0], 1 * MM)
    gaps = distance(shapes, points)
    gripping = (normals @ inward > 0.9) & (points[:, 0] > 0)
    pad = (normals @ inward > 0.999) & (points[:, 0] > PAD_START)
    print(
        f"{link}: reach differs within 6 and 15 degrees of the gripping direction by {in_mm(near_inward)}, of the"
        f" tip's by {in_mm(near_forward)}; hull surface to the nearest shape: pad {in_mm(spread(gaps[pad]))},"
        f" whole gripping side {in_mm(spread(gaps[gripping]))} mm (mean, max)"
    )
    assert near_inward[0] <= 0.1 * MM
    assert near_forward[0] <= 0.1 * MM
    assert gaps[pad].max() <= 0.25 * MM
    assert gaps[gripping].max() <= 0.5 * MM


@pytest.mark.parametrize("opening", [0.0, 0.002, 0.005])
def test_pads_are_as_far_apart_as_the_real_ones(opening: float, standin: Arms, real: Arms):
    gap = []
    for arms in (standin, real):
        arms.pose({f"{prefix}_joint{n}": opening for prefix in ("fl", "fr") for n in "78"})
        found = arms.separations()
        gap += [found["fl_link7", "fl_link8"], found["fr_link7", "fr_link8"]]
    assert gap == pytest.approx([2 * opening] * 4, abs=0.02 * MM)


@pytest.mark.parametrize("opening", [0.0442, 0.045, 0.001])
def test_nothing_touches_at_home(opening: float, standin: Arms, real: Arms):
    for arms in (standin, real):
        arms.pose({f"{prefix}_joint{n}": opening for prefix in ("fl", "fr") for n in "78"})
        assert not {pair for pair, gap in arms.separations().items() if gap <= 0}


def test_links_touch_each_other_where_the_real_ones_do(standin: Arms, real: Arms):
    """Geometry alone: the pairs the .srdf takes out are looked at here too."""
    rng = np.random.default_rng(2)
    differing = {}
    for spread_rad in (0.5, 1.5):  # around a top-down grasp: as in ordinary work; folded through itself
        differing[spread_rad] = 0
        for _ in range(300):
            qpos = random_qpos(rng, {"2": 1.2, "3": 1.2}, spread_rad)
            touching = []
            for arms in (standin, real):
                arms.pose(qpos)
                touching.append({pair for pair, gap in arms.separations().items() if gap <= 0})
            differing[spread_rad] += touching[0] != touching[1]
    print(f"configurations of 300 in which the touching pairs differ, by spread in rad: {differing}")
    assert differing[0.5] == 0
    assert differing[1.5] <= 30
