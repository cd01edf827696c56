"""Draw a mesh with OpenGL 2.1 (GLSL 1.20): the pictures of `engine.meshes.drawing`.

Geometry stays in the card's memory; a view sends three floats a vertex, with a material nine.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from app.viewports.orbit import Orbit
from app.viewports.render import mesh_shaders as shaders
from engine.core.views import Eye, MeshView
from engine.meshes.camera import NEAR, Camera
from engine.meshes.overlays import dot
from engine.meshes.shading import FLAT_ROUGHNESS, PHONG_ROUGHNESS, SCENE, scene

__all__ = ["MeshRenderer"]

Colour = tuple[float, float, float]

SHADINGS = {"plain": 0.0, "flat": 1.0, "phong": 2.0, "pbr": 2.0}
FAR = 20.0
WIRE = 0.75  # share of black in an edge
DOT = (1.0, 0.69, 0.19)
SMALL = 5.0  # pixels; edges of smaller faces fade, or they would cover the colours
BARE = (128, 128, 255, 0, 128, 255)
"""The material of a mesh without one: flat normal, no height, roughness .5, nothing in shade."""

_MATERIAL = np.dtype([("a_map", np.float32, 4), ("a_rest", np.float32, 2)])


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
        self._material: NDArray[Any] = np.zeros(0, _MATERIAL)
        self._material_buffer: gloo.VertexBuffer | None = None
        self._colour_buffer: gloo.VertexBuffer | None = None
        self._shade: NDArray[Any] | None = None
        self._faces: gloo.IndexBuffer | None = None
        self._edges: gloo.IndexBuffer | None = None

    def set_view(self, view: MeshView) -> None:
        """Take a new view; only colours and material travel while the geometry is the same."""
        if view.topology != self._topology:
            self._load(view)
        assert self._colour_buffer is not None
        assert self._material_buffer is not None
        self._colour_buffer.set_data(np.ascontiguousarray(view.colours, np.float32))
        if view.material is not None:
            self._material["a_map"] = view.material[:, :4]
            self._material["a_rest"] = view.material[:, 4:]
            self._material_buffer.set_data(self._material)
        if view.shade is not self._shade:
            self._shade = view.shade
            self._body["a_shade"] = gloo.VertexBuffer(_open(view))
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
            lifts = view.material is not None and view.shading != "plain"
            program["u_bumpiness"] = view.bumpiness if lifts else 0.0
        self._light(view, eye, width, height)
        gloo.set_state(depth_test=True, polygon_offset_fill=True)
        gloo.set_polygon_offset(1.0, 1.0)
        self._body.draw("triangles", self._faces)
        gloo.set_state(
            polygon_offset_fill=False, blend=True, blend_func=("src_alpha", "one_minus_src_alpha")
        )
        apart = view.spacing / Orbit(eye).units_per_pixel(height)
        radius, opacity = dot(apart)
        self._ink["u_dot"] = np.sqrt(np.pi) * radius  # a square as large as the disc
        if self.wires:
            self._ink["u_ink"] = (0.0, 0.0, 0.0, WIRE * min(0.87 * apart / SMALL, 1.0))
            self._ink.draw("lines", self._edge_buffer(view))
        if self.dots:
            self._ink["u_ink"] = (*DOT, opacity)
            self._ink.draw("points")
        gloo.set_state(blend=False, depth_test=False)

    def _load(self, view: MeshView) -> None:
        """Upload another mesh."""
        positions = gloo.VertexBuffer(np.ascontiguousarray(view.vertices, np.float32))
        normals = gloo.VertexBuffer(np.ascontiguousarray(view.normals, np.float32))
        self._material = np.zeros(len(view.vertices), _MATERIAL)
        self._material["a_map"], self._material["a_rest"] = BARE[:4], BARE[4:]
        # As floats: vispy takes the types of attributes from the shader, which has no bytes.
        self._material_buffer = gloo.VertexBuffer(self._material)
        self._colour_buffer = gloo.VertexBuffer(np.ascontiguousarray(view.colours, np.float32))
        self._body["a_colour"] = self._colour_buffer
        self._body["a_rest"] = self._material_buffer["a_rest"]
        self._body["a_shade"] = gloo.VertexBuffer(_open(view))
        self._shade = view.shade
        for program in (self._body, self._ink):
            program["a_position"], program["a_normal"] = positions, normals
            program["a_map"] = self._material_buffer["a_map"]
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

    def _light(self, view: MeshView, eye: Eye, width: int, height: int) -> None:
        """Set the light as the view wants it."""
        body = self._body
        vectors = scene(Camera.of(eye, (width, height)), eye)
        for name, vector in zip(SCENE, vectors, strict=True):
            if name not in ("right", "up"):
                body[f"u_{name}"] = tuple(float(part) for part in vector)
        body["u_perspective"] = float(not eye.orthographic)
        body["u_strength"] = view.light
        body["u_shading"] = SHADINGS[view.shading]
        body["u_worn"] = float(view.shading == "pbr" and view.material is not None)
        body["u_roughness"] = FLAT_ROUGHNESS if view.shading == "flat" else PHONG_ROUGHNESS

    @staticmethod
    def _look(program: gloo.Program, eye: Eye, width: int, height: int) -> None:
        camera = Camera.of(eye, (width, height))
        for name in ("right", "up"):
            program[f"u_{name}"] = tuple(getattr(camera, name))
        program["u_ahead"] = tuple(camera.forward)
        program["u_origin"] = tuple(camera.position)
        program["u_scale"] = (2 * camera.focal / width, 2 * camera.focal / height)
        program["u_range"] = (NEAR, FAR)
        program["u_parallel"] = float(eye.orthographic)


def _open(view: MeshView) -> NDArray[np.float32]:
    """Return how open the surroundings of the vertices are, 0 to 255."""
    if view.shade is None:
        return np.full(len(view.vertices), 255, np.float32)
    return np.asarray(view.shade, np.float32)
