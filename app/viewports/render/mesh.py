"""Draw a mesh with OpenGL 2.1 (GLSL 1.20): the pictures of `engine.meshes.drawing`.

Geometry stays in the card's memory; a view sends twelve bytes a vertex.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from app.viewports.orbit import Orbit
from app.viewports.render import mesh_shaders as shaders
from engine.core.views import Eye, MeshView

__all__ = ["MeshRenderer"]

Colour = tuple[float, float, float]

SHADINGS = {"plain": 0.0, "flat": 1.0, "phong": 2.0, "pbr": 3.0}
NEAR, FAR = 0.01, 20.0
WIRE = (0.04, 0.05, 0.07, 0.55)
DOT = (0.04, 0.05, 0.07, 0.8)
BARE = (128, 128, 255, 0, 128, 255)
"""The material of a mesh without one: flat normal, no height, roughness .5, nothing in shade."""

_LIVE = np.dtype([("a_colour", np.uint8, 4), ("a_map", np.uint8, 4), ("a_rest", np.uint8, 4)])


class MeshRenderer:
    """Draws one `MeshView` from an eye.

    `draw` needs the OpenGL context of its canvas to be current; one renderer belongs to one
    context.

    Attributes
    ----------
    wires, dots : bool
        What is drawn over the mesh.
    """

    def __init__(self) -> None:
        self.wires = self.dots = False
        self._view: MeshView | None = None
        self._topology = ""
        self._body = gloo.Program(shaders.VERTEX, shaders.FRAGMENT)
        self._ink = gloo.Program(shaders.INK_VERTEX, shaders.INK_FRAGMENT)
        self._ground = gloo.Program(shaders.GROUND_VERTEX, shaders.GROUND_FRAGMENT)
        corners = np.array([(-1, -1), (1, -1), (-1, 1), (1, 1)], np.float32)
        self._ground["a_position"] = gloo.VertexBuffer(corners)
        self._live: NDArray[Any] = np.zeros(0, _LIVE)
        self._live_buffer: gloo.VertexBuffer | None = None
        self._faces: gloo.IndexBuffer | None = None
        self._edges: gloo.IndexBuffer | None = None

    def set_view(self, view: MeshView) -> None:
        """Take a new view; only colours and material travel while the geometry is the same."""
        if view.topology != self._topology:
            self._load(view)
        live = self._live
        live["a_colour"][:, :3] = view.colours
        material = view.material
        if material is not None:
            live["a_map"] = material[:, :4]
            live["a_rest"][:, :2] = material[:, 4:]
        else:
            live["a_map"] = BARE[:4]
            live["a_rest"][:, :2] = BARE[4:]
        assert self._live_buffer is not None
        self._live_buffer.set_data(live)
        self._view = view

    def draw(
        self,
        width: int,
        height: int,
        eye: Eye,
        middle: Colour = (0.0, 0.0, 0.0),
        rim: Colour | None = None,
    ) -> None:
        """Draw into the framebuffer that is bound, `width` x `height` device pixels.

        The ground goes from the colour `middle` to `rim`, each part 0 to 1.
        """
        gloo.set_viewport(0, 0, width, height)
        gloo.clear(color=(*middle, 1.0), depth=True)
        gloo.set_state(blend=False, depth_test=False, cull_face=False)
        self._ground["u_middle"] = middle
        self._ground["u_rim"] = rim if rim is not None else middle
        self._ground["u_size"] = (width, height)
        self._ground.draw("triangle_strip")
        view = self._view
        if view is None:
            return
        for program in (self._body, self._ink):
            self._look(program, eye, width, height)
            program["u_bumpiness"] = view.bumpiness if view.material is not None else 0.0
        self._body["u_shading"] = SHADINGS[view.shading]
        self._body["u_light"] = view.light
        gloo.set_state(depth_test=True, polygon_offset_fill=True)
        gloo.set_polygon_offset(1.0, 1.0)
        self._body.draw("triangles", self._faces)
        gloo.set_state(
            polygon_offset_fill=False, blend=True, blend_func=("src_alpha", "one_minus_src_alpha")
        )
        if self.wires:
            self._ink["u_ink"] = WIRE
            self._ink.draw("lines", self._edge_buffer(view))
        if self.dots:
            self._ink["u_ink"] = DOT
            unit = Orbit(eye).units_per_pixel(height)
            self._ink["u_dot"] = float(np.clip(0.28 * view.spacing / unit, 1.5, 7.0))
            gloo.set_state("translucent", depth_test=True)
            self._ink.draw("points")
        gloo.set_state(blend=False, depth_test=False)

    def _load(self, view: MeshView) -> None:
        """Upload another mesh."""
        positions = gloo.VertexBuffer(np.ascontiguousarray(view.vertices, np.float32))
        normals = gloo.VertexBuffer(np.ascontiguousarray(view.normals, np.float32))
        self._live = np.zeros(len(view.vertices), _LIVE)
        self._live_buffer = gloo.VertexBuffer(self._live)
        for program in (self._body, self._ink):
            program["a_position"], program["a_normal"] = positions, normals
        for name in ("a_colour", "a_map", "a_rest"):
            self._body[name] = self._live_buffer[name]
        self._ink["a_map"] = self._live_buffer["a_map"]
        self._faces = gloo.IndexBuffer(np.ascontiguousarray(view.faces.ravel(), np.uint32))
        self._edges = None
        self._topology = view.topology

    def _edge_buffer(self, view: MeshView) -> gloo.IndexBuffer:
        """Return every edge once; made on use."""
        if self._edges is None:
            ends = np.sort(view.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
            keys = np.unique(ends[:, 0].astype(np.int64) * len(view.vertices) + ends[:, 1])
            pairs = np.stack(np.divmod(keys, len(view.vertices)), axis=1)
            self._edges = gloo.IndexBuffer(np.ascontiguousarray(pairs.ravel(), np.uint32))
        return self._edges

    @staticmethod
    def _look(program: gloo.Program, eye: Eye, width: int, height: int) -> None:
        right, up, away = Orbit(eye).axes()
        focal = height / (2 * float(np.tan(np.radians(eye.fov) / 2)))
        if eye.orthographic:
            focal /= eye.distance
        program["u_right"], program["u_up"], program["u_away"] = right, up, away
        program["u_eye"] = tuple(
            c + eye.distance * a for c, a in zip(eye.centre, away, strict=True)
        )
        program["u_scale"] = (2 * focal / width, 2 * focal / height)
        program["u_range"] = (NEAR, FAR)
        program["u_parallel"] = float(eye.orthographic)
