"""Closed triangle meshes from a few parameters: lofts, boxes, tubes, hulls.

A mesh is (vertices (n, 3), faces (m, 3)), faces wound outwards. Lengths in metres, models' y axis up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import ConvexHull

Vector = NDArray[np.float64]
CREASE = np.cos(np.deg2rad(35.0))  # neighbouring faces that bend more keep a hard edge


class Mesh(NamedTuple):
    """Vertices (n, 3) and triangles (m, 3)."""

    vertices: Vector
    faces: NDArray[np.int64]

    def moved(self, offset: ArrayLike) -> Mesh:
        """The mesh shifted by (3,)."""
        return Mesh(self.vertices + np.asarray(offset, float), self.faces)

    def turned(self, axis: str, degrees: float, about: ArrayLike = (0, 0, 0)) -> Mesh:
        """The mesh turned about an axis through a point, right-handed."""
        a, c, s = "xyz".index(axis), np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        matrix = np.eye(3)
        i, j = (a + 1) % 3, (a + 2) % 3
        matrix[i, i], matrix[i, j], matrix[j, i], matrix[j, j] = c, -s, s, c
        origin = np.asarray(about, float)
        return Mesh((self.vertices - origin) @ matrix.T + origin, self.faces)


def circle(n: int = 20) -> Vector:
    """Unit circle as a section (n, 2); n a multiple of 4 touches ±1 on both axes."""
    angle = 2 * np.pi * np.arange(n) / n
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def rounded_square(corner: float = 0.25, steps: int = 3, aspect: float = 1.0) -> Vector:
    """Section (4 * steps, 2) from -1 to 1 with rounded corners; `corner` is the radius as a share of u's half
    width, `aspect` = half width v / half width u, so that the corners stay round after scaling."""
    cu = min(corner, aspect, 1.0)
    cv = cu / aspect
    angles = np.deg2rad(np.linspace(0, 90, steps))
    points = []
    for quarter, (su, sv) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        for a in angles + quarter * np.pi / 2:
            points.append((su * (1 - cu) + cu * np.cos(a), sv * (1 - cv) + cv * np.sin(a)))
    outline = np.array(points)
    return outline[np.linalg.norm(outline - np.roll(outline, 1, axis=0), axis=1) > 1e-6]


def square() -> Vector:
    """Section (4, 2): the corners of [-1, 1]²."""
    return np.array([(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)])


def half_round() -> Vector:
    """Section (9, 2) within [-1, 1]²: flat below (v = -1), arched above."""
    angles = np.linspace(0.25, np.pi - 0.25, 7)
    return np.array([(1.0, -1.0), *((np.cos(a), 2 * np.sin(a) - 1) for a in angles), (-1.0, -1.0)])


def humped() -> Vector:
    """Section (10, 2) within [-1, 1]²: flat below, upright sides to half its height, rounded above."""
    side = [(1.0, -1.0), (1.0, 0.0), (0.9, 0.45), (0.65, 0.8), (0.25, 1.0)]
    return np.array([*side, *((-u, v) for u, v in reversed(side))])


def loft(
    section: Vector,
    stations: Sequence[Sequence[float]],
    axis: str = "y",
    caps: tuple[bool, bool] = (True, True),
) -> Mesh:
    """A body through scaled copies of a section (n, 2), closed by flat caps unless told otherwise.

    `stations`: (t, half_u, half_v, offset_u, offset_v), the offsets optional; t along `axis`, (u, v) are the other
    two axes in the order x, y, z. A station of zero width is a point. An open one faces outwards where t rises.
    """
    n = len(section)
    rings = []
    for station in stations:
        t, hu, hv, ou, ov = [*station, 0.0, 0.0][:5]
        rings.append(np.column_stack([section * (hu, hv) + (ou, ov), np.full(n, t)]))
    order = {"x": (2, 0, 1), "y": (0, 2, 1), "z": (0, 1, 2)}[axis]
    vertices = np.concatenate(rings)[:, order]
    triangles = strips(len(rings), n, caps)
    mesh = cleaned(Mesh(vertices, triangles[:, ::-1] if axis == "y" else triangles))
    return outwards(mesh) if all(caps) else mesh


def strips(rings: int, n: int, caps: tuple[bool, bool] = (True, True)) -> NDArray[np.int64]:
    """Faces (m, 3) that join `rings` rings of n vertices each, with a fan over either end."""
    k = np.arange(n)
    following = (k + 1) % n
    faces = []
    for r in range(rings - 1):
        a, b, c, d = r * n + k, r * n + following, (r + 1) * n + following, (r + 1) * n + k
        faces += [np.stack([a, b, c], 1), np.stack([a, c, d], 1)]
    for end, start in enumerate((0, (rings - 1) * n)):
        fan = np.stack([np.full(n - 2, start), start + k[1:-1], start + k[2:]], 1)
        if caps[end]:
            faces.append(fan if end else fan[:, ::-1])
    return np.concatenate(faces)


def lathe(
    profile: Sequence[Sequence[float]],
    n: int = 20,
    center: Sequence[float] = (0.0, 0.0),
    caps: tuple[bool, bool] = (True, True),
) -> Mesh:
    """A body of revolution about a vertical axis: `profile` is (radius, y) upwards, `center` is (x, z)."""
    return loft(circle(n), [(y, r, r, center[0], center[1]) for r, y in profile], caps=caps)


def box(low: ArrayLike, high: ArrayLike) -> Mesh:
    """The axis-aligned box between two corners."""
    lo, hi = np.asarray(low, float), np.asarray(high, float)
    half, mid = (hi - lo) / 2, (hi + lo) / 2
    return loft(square(), [(y, half[0], half[2], mid[0], mid[2]) for y in (lo[1], hi[1])])


def rounded_box(low: ArrayLike, high: ArrayLike, radius: float, steps: int = 3, axis: str = "y") -> Mesh:
    """A box with edges of `radius`, rounded around `axis` and chamfered at that axis' ends."""
    lo, hi = np.asarray(low, float), np.asarray(high, float)
    half, mid = (hi - lo) / 2, (hi + lo) / 2
    t = "xyz".index(axis)
    u, v = (i for i in range(3) if i != t)
    r = min(radius, half.min())
    section = rounded_square(r / half[u], steps, half[v] / half[u])
    ends = [(lo[t], -r * 0.6), (lo[t] + r * 0.6, 0.0), (hi[t] - r * 0.6, 0.0), (hi[t], -r * 0.6)]
    return loft(section, [(at, half[u] + d, half[v] + d, mid[u], mid[v]) for at, d in ends], axis)


def tube(path: ArrayLike, radius: float | Sequence[float], n: int = 6, up: ArrayLike = (0, 0, 1)) -> Mesh:
    """A rod along the points of `path` (m, 3). `radius`: one number, or (across, along `up`)."""
    points = np.asarray(path, float)
    across, along = (radius, radius) if isinstance(radius, int | float) else radius
    tangents = np.gradient(points, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    rings = []
    section = circle(n)
    for point, tangent in zip(points, tangents, strict=True):
        v = np.asarray(up, float) - tangent * np.dot(up, tangent)
        v /= np.linalg.norm(v)
        u = np.cross(v, tangent)
        rings.append(point + across * section[:, :1] * u + along * section[:, 1:] * v)
    return outwards(Mesh(np.concatenate(rings), strips(len(points), n)))


def quad(corner: ArrayLike, u: ArrayLike, v: ArrayLike) -> Mesh:
    """A flat sticker: the parallelogram of two edges, seen from the side of u x v."""
    a, du, dv = (np.asarray(value, float) for value in (corner, u, v))
    return Mesh(np.array([a, a + du, a + du + dv, a + dv]), np.array([[0, 1, 2], [0, 2, 3]]))


def hull(points: ArrayLike) -> Mesh:
    """The convex hull of points (n, 3)."""
    cloud = np.unique(np.round(np.asarray(points, float), 9), axis=0)
    convex = ConvexHull(cloud)
    used = np.sort(convex.vertices)
    faces = np.searchsorted(used, convex.simplices)
    return outwards(Mesh(cloud[used], faces.astype(np.int64)), convex=True)


def outwards(mesh: Mesh, convex: bool = False) -> Mesh:
    """The mesh with its faces wound outwards: each face of a convex mesh, all or none of any other."""
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    if convex:
        inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), a - mesh.vertices.mean(0)) < 0
        faces = np.where(inward[:, None], mesh.faces[:, ::-1], mesh.faces)
        return Mesh(mesh.vertices, faces)
    volume = np.einsum("ij,ij->", a, np.cross(b, c))
    return mesh if volume >= 0 else Mesh(mesh.vertices, mesh.faces[:, ::-1])


def cleaned(mesh: Mesh) -> Mesh:
    """Coinciding vertices joined, faces without area dropped."""
    vertices, index = np.unique(np.round(mesh.vertices, 9), axis=0, return_inverse=True)
    faces = index.reshape(-1)[mesh.faces]
    keep = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 0] != faces[:, 2])
    return Mesh(vertices, faces[keep])


def creased(mesh: Mesh) -> Mesh:
    """The mesh with vertices doubled along hard edges, where faces bend by more than CREASE.

    SAPIEN's loader averages normals over the faces that share a vertex, so none need to be stored.
    """
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    across = np.cross(b - a, c - a)
    unit = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-15)
    around: list[list[tuple[int, int]]] = [[] for _ in mesh.vertices]
    for face, corners in enumerate(mesh.faces):
        for k, vertex in enumerate(corners):
            around[vertex].append((face, k))
    origins: list[int] = []
    faces = np.zeros_like(mesh.faces)
    for vertex, corners in enumerate(around):
        groups: list[list[tuple[int, int]]] = []
        for face, k in corners:
            mine = [g for g in groups if any(smooth(mesh, unit, vertex, face, other) for other, _ in g)]
            groups = [g for g in groups if g not in mine] + [[(face, k), *(item for g in mine for item in g)]]
        for group in groups:
            for face, k in group:
                faces[face, k] = len(origins)
            origins.append(vertex)
    return Mesh(mesh.vertices[origins], faces)


def smooth(mesh: Mesh, unit: Vector, vertex: int, one: int, other: int) -> bool:
    """Whether two faces at a vertex share an edge there and bend less than CREASE along it."""
    shared = set(mesh.faces[one]) & set(mesh.faces[other]) - {vertex}
    return bool(shared) and float(unit[one] @ unit[other]) > CREASE


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """Several meshes as one."""
    counts = np.cumsum([0, *(len(m.vertices) for m in meshes)])
    faces = [m.faces + shift for m, shift in zip(meshes, counts, strict=False)]
    return Mesh(np.concatenate([m.vertices for m in meshes]), np.concatenate(faces))
