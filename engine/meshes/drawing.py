"""Pictures of meshes without OpenGL, and what lies under a pixel of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.views import Eye, MeshView
from engine.meshes.camera import Camera, Screen
from engine.meshes.dressing import Body, dress, relief
from engine.meshes.fragments import Fragments, fill, put, reduce, shade
from engine.meshes.overlays import dot, dots, wires
from engine.meshes.raster import Raster, rasterise
from engine.meshes.rims import blend, find_rims
from engine.meshes.shading import scene

__all__ = ["MeshPainter"]

Poll = Callable[[], None] | None
Colour = tuple[int, ...]

_STRIP = 192  # rows of a still drawn at once, before they are reduced


@dataclass(frozen=True, eq=False)
class _Scene:
    """What was found for one topology, eye and size."""

    key: tuple[object, ...]
    camera: Camera
    screen: Screen
    raster: Raster
    room: Fragments
    fragments: Fragments
    rims: list[tuple[Camera, Fragments]] = field(default_factory=list)  # one, once the eye rests


class MeshPainter:
    """Draws views of meshes, one after the other.

    While the topology, the eye and the size stay as they are and there is no relief, only the light
    is computed again, and from the second picture on edges are smooth. One painter serves one
    thread at a time.
    """

    def __init__(self) -> None:
        self._topology = ""
        self._body: Body | None = None
        self._scene: _Scene | None = None

    def picture(
        self,
        view: MeshView,
        eye: Eye,
        size: tuple[int, int],
        background: Colour | None = None,
        *,
        samples: int = 1,
        wireframe: bool = False,
        vertices: bool = False,
        poll: Poll = None,
    ) -> NDArray[np.uint8]:
        """Return a picture, uint8 (h, w, 4), RGBA premultiplied by alpha.

        Parameters
        ----------
        view : MeshView
        eye : Eye
        size : (width, height)
        background : (r, g, b) or (r, g, b, a), optional
            0 to 255, straight alpha; transparent by default.
        samples : int
            2 for stills and films: drawn at twice the size and reduced, which smooths edges.
        wireframe, vertices : bool
            Draw edges and vertices over it.
        poll : callable, optional
            Called every few milliseconds; what it raises is raised.
        """
        ground = _premultiplied(background)
        if samples > 1:
            return self._still(view, eye, size, ground, samples, wireframe, vertices, poll)
        found = self._found(view, eye, size, poll)
        out = np.empty((size[1], size[0], 4), np.uint8)
        fill(out, ground)
        coat = dress(self._body_of(view), view)
        put(found.fragments, self._lit(view, eye, found.camera, found.fragments, coat, poll), out)
        for camera, quarters in found.rims:
            blend(quarters, self._lit(view, eye, camera, quarters, coat, poll), ground, out)
        if wireframe:
            wires(found.fragments, found.screen, 1.0, out)
        if vertices:
            radius, opacity = _dot(view, eye, size[1])
            dots(found.screen, found.raster.near, radius, opacity, out)
        return out

    def pick(
        self, view: MeshView, eye: Eye, size: tuple[int, int], x: float, y: float
    ) -> tuple[int, float, float] | None:
        """Return (face, u, v) as in `engine.core.views.Pick` of what is seen at x, y in pixels."""
        column, row = int(np.floor(x)), int(np.floor(y))
        if not (0 <= column < size[0] and 0 <= row < size[1]):
            return None
        raster = self._found(view, eye, size, None, stale=True).raster
        face = int(raster.fid[row, column])
        if face < 0:
            return None
        return face, float(raster.bary[row, column, 1]), float(raster.bary[row, column, 2])

    def project(
        self, points: NDArray[np.float32], view: MeshView, eye: Eye, size: tuple[int, int]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the pixels (n, 2) of points (n, 3) on the surface, and which of them are seen."""
        found = self._found(view, eye, size, None, stale=True)
        places = found.camera.project(points)
        inside = (
            (places[:, 0] >= 0)
            & (places[:, 0] < size[0])
            & (places[:, 1] >= 0)
            & (places[:, 1] < size[1])
        )
        seen = inside.copy()
        x, y = np.floor(places[inside, :2]).astype(np.int64).T
        behind = _distance(found.raster.near[y, x], found.camera.perspective)
        own = _distance(places[inside, 2], found.camera.perspective)
        slack = view.spacing + abs(view.bumpiness)  # faces slope within a pixel, relief stands up
        seen[inside] = own <= behind + slack
        return places[:, :2], seen

    def _body_of(self, view: MeshView) -> Body:
        if self._body is None or self._topology != view.topology:
            self._topology = view.topology
            self._body = Body(
                np.ascontiguousarray(view.vertices, np.float32),
                np.ascontiguousarray(view.normals, np.float32),
                np.ascontiguousarray(view.faces, np.int32),
            )
            self._scene = None
        return self._body

    def _found(
        self, view: MeshView, eye: Eye, size: tuple[int, int], poll: Poll, *, stale: bool = False
    ) -> _Scene:
        """Find what is seen where; `stale` takes what was found with an earlier relief."""
        body = self._body_of(view)
        key = (eye, tuple(size))
        points = relief(body, view)
        found = self._scene
        if found is not None and found.key[:2] == key:
            still = points is body.vertices and found.key[2] is None
            if still and not stale and not found.rims:
                found.rims.append(self._rims(view, eye, size, poll))
            if stale or still:
                return found
        if found is not None and found.raster.size == tuple(size):
            buffers, room = found.raster, found.room
        else:
            buffers, room = Raster.empty(size), Fragments.room(size[0] * size[1])
        self._scene = None  # its buffers are written to from here on
        camera = Camera.of(eye, size)
        screen = camera.project(points)
        raster = rasterise(
            screen,
            body.faces,
            size,
            perspective=camera.perspective,
            cull=_culled(body, view, camera),
            out=buffers,
            poll=poll,
        )
        fragments = room.gather(raster, screen, body.faces)
        moved = None if points is body.vertices else view.bumpiness
        self._scene = _Scene((*key, moved), camera, screen, raster, room, fragments)
        return self._scene

    def _rims(
        self, view: MeshView, eye: Eye, size: tuple[int, int], poll: Poll
    ) -> tuple[Camera, Fragments]:
        body = self._body_of(view)
        camera = Camera.of(eye, (2 * size[0], 2 * size[1]))
        screen = camera.project(body.vertices)
        cull = _culled(body, view, camera)
        return camera, find_rims(camera, screen, body.faces, cull=cull, poll=poll)

    def _lit(
        self,
        view: MeshView,
        eye: Eye,
        camera: Camera,
        fragments: Fragments,
        coat: NDArray[np.float32],
        poll: Poll,
        top: int = 0,
    ) -> NDArray[np.uint32]:
        facets = self._body_of(view).facets if view.shading == "flat" else None
        strength = view.light if view.shading != "plain" else None
        vectors = scene(camera, eye)
        return shade(fragments, coat, facets, camera, vectors, strength, top=top, poll=poll)

    def _still(
        self,
        view: MeshView,
        eye: Eye,
        size: tuple[int, int],
        ground: NDArray[np.uint8],
        samples: int,
        wireframe: bool,
        vertices: bool,
        poll: Poll,
    ) -> NDArray[np.uint8]:
        """Draw at a multiple of the size in strips, so that memory does not grow with it."""
        body = self._body_of(view)
        width, height = size[0] * samples, size[1] * samples
        camera = Camera.of(eye, (width, height))
        screen = camera.project(relief(body, view))
        coat = dress(body, view)
        out = np.empty((size[1], size[0], 4), np.uint8)
        rows = max(samples, _STRIP // samples * samples)
        room, buffers = Fragments.room(rows * width), Raster.empty((width, min(rows, height)))
        for top in range(0, height, rows):
            strip = (width, min(rows, height - top))
            places = screen - (0.0, top, 0.0)
            raster = rasterise(
                places,
                body.faces,
                strip,
                perspective=camera.perspective,
                cull=_culled(body, view, camera),
                out=buffers.top(strip[1]),
                poll=poll,
            )
            fragments = room.gather(raster, places, body.faces)
            fine = np.empty((strip[1], width, 4), np.uint8)
            fill(fine, ground)
            put(fragments, self._lit(view, eye, camera, fragments, coat, poll, top), fine)
            if wireframe:
                wires(fragments, places, float(samples), fine)
            if vertices:
                radius, opacity = _dot(view, eye, size[1])
                dots(places, raster.near, radius * samples, opacity, fine)
            reduce(fine, samples, out[top // samples : (top + strip[1]) // samples], poll)
        return out


def _dot(view: MeshView, eye: Eye, height: int) -> tuple[float, float]:
    """Return radius and opacity of the dots on vertices, by how far from each other they look."""
    focal = Camera.of(eye, (height, height)).focal
    return dot(view.spacing * (focal if eye.orthographic else focal / eye.distance))


def _culled(body: Body, view: MeshView, camera: Camera) -> bool:
    """Whether the far side may be left out: only from outside of a closed mesh."""
    outside = float(np.linalg.norm(camera.position)) > body.reach + abs(view.bumpiness)
    return body.closed and (outside or not camera.perspective)


def _distance(near: NDArray[Any], perspective: bool) -> NDArray[np.float64]:
    values = np.asarray(near, np.float64)
    if not perspective:
        return -values
    with np.errstate(divide="ignore"):
        return np.asarray(1.0 / np.maximum(values, 0.0))


def _premultiplied(background: Colour | None) -> NDArray[np.uint8]:
    if background is None:
        return np.zeros(4, np.uint8)
    alpha = background[3] if len(background) > 3 else 255
    mixed = [round(value * alpha / 255) for value in background[:3]]
    return np.array([*mixed, alpha], np.uint8)
