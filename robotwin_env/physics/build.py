"""Bodies of a SAPIEN scene from a layout's actors: boxes, balls, models of an asset root.

Which material, which collision shapes and which mass each gets is upstream's (RoboTwin
`envs/utils/create_actor.py`; robotwin_facts.md §3): primitives take the scene's default material, meshes and
articulations PhysX's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from robotwin_env.assets.models import Model
from robotwin_env.assets.roots import read_description
from robotwin_env.assets.shapes import Box, Described, Jointed, Mesh, Sphere
from robotwin_env.drawing.layout import Actor
from robotwin_env.errors import AssetError
from robotwin_env.numbers.pose import Pose
from robotwin_env.physics.urdf import build_articulation, urdf_loader

if TYPE_CHECKING:
    import sapien


class Builder:
    """Adds bodies to a scene; with `visible` they can be drawn."""

    def __init__(self, scene: sapien.Scene, *, visible: bool):
        self._scene, self._visible = scene, visible

    def actor(self, actor: Actor) -> Any:
        """An actor's sapien.Entity, or its PhysxArticulation for a jointed one."""
        shape = actor.shape
        if isinstance(shape, Jointed):
            return self.articulation(actor, shape)
        if isinstance(shape, Mesh):
            entity = self.mesh(actor, shape)
        elif isinstance(shape, Described):
            entity = self.described(actor, shape)
        elif isinstance(shape, Sphere):
            entity = self._primitive(actor.name, shape, actor.pose, static=actor.static)
        else:
            assert isinstance(shape, Box), f"no builder for {type(shape).__name__}"
            entity = self._primitive(actor.name, shape, actor.pose, static=actor.static)
        body = dynamic_body(entity)
        if body is not None:
            body.mass = actor.mass
        return entity

    def mesh(self, actor: Actor, shape: Mesh) -> sapien.Entity:
        """A rigid model whose collision file's pieces become one convex hull each."""
        import sapien

        model = shape.model
        builder = self._scene.create_actor_builder()
        builder.set_physx_body_type("static" if actor.static else "dynamic")
        scale = model.scale.tolist()
        collision = model.mesh_file("collision")
        builder.add_multiple_convex_collisions_from_file(str(collision), scale=scale)
        if self._visible:
            builder.add_visual_from_file(str(model.mesh_file("visual")), scale=scale)
        builder.set_initial_pose(sapien.Pose(actor.pose.p, actor.pose.q))
        with reading(model.mesh_file("visual") if self._visible else collision):
            entity = builder.build(name=actor.name)
            check_visuals(entity.components)
        check_collides(collision, entity.components)
        entity.set_pose(sapien.Pose(actor.pose.p, actor.pose.q))
        return entity

    def described(self, actor: Actor, shape: Described) -> sapien.Entity:
        """A rigid body from a jointless URDF, fixed or not as the file says."""
        import sapien

        read_description(shape.urdf)
        loader = urdf_loader(self._scene)
        loader.fix_root_link = True
        with reading(shape.urdf):
            _, bodies, _ = loader.parse(str(shape.urdf))
        if not bodies:
            raise AssetError(f"{shape.urdf} describes no single rigid body; download it again")
        builder = bodies[0]
        if not self._visible:
            builder.visual_records = []
        builder.set_initial_pose(sapien.Pose(actor.pose.p, actor.pose.q))
        with reading(shape.urdf):
            entity = builder.build(name=actor.name)
            check_visuals(entity.components)
        check_collides(shape.urdf, entity.components)
        entity.set_pose(sapien.Pose(actor.pose.p, actor.pose.q))
        return entity

    def articulation(self, actor: Actor, shape: Jointed) -> Any:
        """A jointed model, every link of the actor's mass, its joints where the layout wants them."""
        import sapien

        urdf = shape.model.folder / "mobility.urdf"
        read_description(urdf)
        scale = float(shape.model.scale[0])
        with reading(urdf):
            articulation, solid = build_articulation(
                self._scene, urdf, visible=self._visible, fixed=shape.fixed, scale=scale, several=True
            )
            for link in articulation.links:
                check_visuals(link.entity.components)
        check_fits(urdf, shape.model, articulation)
        for link in articulation.links:
            if link.name in solid:
                check_collides(urdf, [link])
        articulation.set_pose(sapien.Pose(actor.pose.p, actor.pose.q))
        if shape.model.init_qpos:
            articulation.set_qpos(np.asarray(shape.model.init_qpos))
        articulation.set_name(actor.name)
        if shape.opening is not None:
            low, high = articulation.get_qlimits()[0]
            qpos = articulation.qpos
            qpos[0] = low + (high - low) * shape.opening
            articulation.set_qpos(qpos)
        for link in articulation.links:
            link.set_mass(actor.mass)
        if shape.drive is not None:
            damping, stiffness = shape.drive
            for joint in articulation.joints:
                joint.set_drive_properties(stiffness=stiffness, damping=damping)
        return articulation

    def _primitive(self, name: str, shape: Box | Sphere, pose: Pose, *, static: bool) -> sapien.Entity:
        import sapien

        physx, render = sapien.physx, sapien.render
        entity = sapien.Entity()
        entity.name = name
        material = self._scene.default_physical_material
        if not isinstance(shape, Box) or shape.solid:
            body = physx.PhysxRigidStaticComponent() if static else physx.PhysxRigidDynamicComponent()
            if isinstance(shape, Box):
                body.attach(physx.PhysxCollisionShapeBox(half_size=shape.half_size, material=material))
            else:
                body.attach(physx.PhysxCollisionShapeSphere(radius=shape.radius, material=material))
            entity.add_component(body)
        if self._visible:
            paint = render.RenderMaterial(base_color=[*shape.color, 1])
            drawn = render.RenderBodyComponent()
            if isinstance(shape, Box):
                drawn.attach(render.RenderShapeBox(shape.half_size, paint))
            else:
                drawn.attach(render.RenderShapeSphere(radius=shape.radius, material=paint))
            entity.add_component(drawn)
        entity.set_pose(sapien.Pose(pose.p, pose.q))
        self._scene.add_entity(entity)
        return entity


def dynamic_body(entity: sapien.Entity) -> Any:
    """An entity's dynamic rigid body, None where it has none."""
    import sapien

    return entity.find_component_by_type(sapien.physx.PhysxRigidDynamicComponent)


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """What SAPIEN raises while it reads a file, as an AssetError naming the file."""
    try:
        yield
    except (RuntimeError, ValueError, TypeError, OSError, SyntaxError) as error:  # lxml raises SyntaxErrors
        reason = " ".join(str(error).split()).replace(str(file), file.name)
        raise AssetError(f"{file} cannot be used ({reason}); download it again") from None


def check_visuals(components: Iterable[Any]) -> None:
    """Read the pictures of a body now, which SAPIEN puts off to the first frame; RuntimeError for a broken file."""
    import sapien

    for component in components:
        if isinstance(component, sapien.render.RenderBodyComponent):
            for shape in component.render_shapes:
                if isinstance(shape, sapien.render.RenderShapeTriangleMesh):
                    _ = shape.parts


def check_collides(file: Path, components: Iterable[Any]) -> None:
    """AssetError where no body among these has a collision shape: SAPIEN only logs a mesh that it cannot use."""
    if not any(getattr(component, "collision_shapes", None) for component in components):
        raise AssetError(f"{file} gives a body that collides with nothing (see above); download it again")


def check_fits(urdf: Path, model: Model, articulation: Any) -> None:
    """AssetError unless the description has the links and as many joints as the model's data speak of."""
    links = {link.name for link in articulation.links}
    for point in (point for points in model.points.values() for point in points):
        if point.link not in links:
            raise AssetError(
                f"{urdf} has no link {point.link!r}, which its model data names; download it again"
            )
    if model.init_qpos and len(model.init_qpos) != articulation.dof:
        raise AssetError(
            f"{urdf} has {articulation.dof} joints, its model data {len(model.init_qpos)}; download it again"
        )
