"""The outline of a brush on a surface: all points so far from its middle along the surface."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.viewports.latest import Latest
from app.viewports.mesh_pick import Hit
from engine.core.views import MeshView

__all__ = ["Ring"]

Segments = NDArray[np.float32]

CORNERS = 48


class Ring(QObject):
    """Follows the cursor over one mesh; distances are found beside the window.

    Signals
    -------
    changed()
        `segments` has become newer.

    Attributes
    ----------
    segments : ndarray, optional
        float32 (k, 2, 3): the outline; None where there is none to be drawn.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.segments: Segments | None = None
        self._view: MeshView | None = None
        self._surface: Any = None
        self._place: tuple[tuple[int, float, float], float] | None = None
        self._geometry = Latest(self)
        self._geometry.done.connect(self._prepared)
        self._outlines = Latest(self)
        self._outlines.done.connect(self._found)

    def set_mesh(self, view: MeshView) -> None:
        """Draw on another mesh from now on."""
        self._view, self._surface = view, None
        self.clear()
        topology, vertices, faces = view.topology, view.vertices, view.faces

        def prepare() -> tuple[str, Any]:
            from engine.meshes.surface import Surface

            return topology, Surface.of(vertices, faces)

        self._geometry.ask(prepare)

    def clear(self) -> None:
        """Draw nothing."""
        self.segments = self._place = None

    def follow(self, hit: Hit, radius: float) -> None:
        """Outline a disc about a point of the mesh."""
        place = (hit.place, radius)
        if place == self._place:
            return
        self._place = place
        surface = self._surface
        if surface is None:
            self.segments = self._circle(hit, radius)
            return

        def outline() -> tuple[Any, Segments]:
            from engine.meshes.geodesic import outline

            return place, np.asarray(outline(surface, *hit.place, radius), np.float32)

        if self.segments is None:
            self.segments = self._circle(hit, radius)
        self._outlines.ask(outline)

    def _circle(self, hit: Hit, radius: float) -> Segments:
        """Return a flat circle, until distances along the surface are known."""
        from engine.meshes.surface import frame

        assert self._view is not None
        normal = self._view.normals[hit.vertex]
        first, second = (axis[0] for axis in frame(normal[None]))
        angles = np.linspace(0, 2 * np.pi, CORNERS + 1)[:, None]
        rim = np.asarray(hit.point) + radius * (np.cos(angles) * first + np.sin(angles) * second)
        return np.asarray(np.stack([rim[:-1], rim[1:]], axis=1), np.float32)

    def _prepared(self, found: Any) -> None:
        topology, surface = _checked(found)
        if self._view is not None and topology == self._view.topology:
            self._surface = surface

    def _found(self, found: Any) -> None:
        place, segments = _checked(found)
        if self._place is not None and (place == self._place or place[1] == self._place[1]):
            self.segments = segments
            self.changed.emit()


def _checked(found: Any) -> Any:
    if isinstance(found, Exception):
        raise found
    return found
