"""The viewport of meshes: turn it about, paint along its surface, ask its vertices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.remembering import numbers, text
from app.viewports.brush import INSPECT
from app.viewports.hover import vertex_lines
from app.viewports.mesh_marks import MeshDecorations, MeshMarks
from app.viewports.mesh_pick import Hit, Picker
from app.viewports.mesh_ring import Ring
from app.viewports.mesh_surface import Overlays, make_mesh_surface
from app.viewports.orbit import Vector
from app.viewports.orbiting import OrbitViewport
from app.viewports.strokes import MESH, Point, Sizes
from engine.core.reducing import Steady
from engine.core.views import MeshView, Reduce, View, ViewRequest

__all__ = ["MeshViewport", "outermost"]

SETTLE_MS = 120
WAYS = 160  # directions in which a mesh is measured


class MeshViewport(OrbitViewport):
    """Shows `MeshView`s; places are points of the surface, (face, u, v).

    Beside the mesh the left button turns it, whatever tool is in hand.
    """

    hint = "Drag on it to use the brush, beside it to turn it"
    sizes: ClassVar[Sizes] = MESH

    def __init__(self, name: str = "world", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setAccessibleName("World")
        self.setAccessibleDescription(
            "Drag on the mesh to use the tool in hand, beside it to turn it, turn the wheel to zoom"
        )
        self.view: MeshView | None = None
        self._channels: tuple[int, ...] = ()
        self._reduce: Reduce = "none"
        self._steady = Steady()
        self._picker: Picker | None = None
        self._hit: Hit | None = None
        self._surface = make_mesh_surface(self)
        self._surface.drawn.connect(self.note_painted)
        self._decorations = MeshDecorations(self)
        self._ring = Ring(self)
        self._ring.changed.connect(self._mark)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._settled)
        self._show_cursor()

    @property
    def paints(self) -> int:
        """How often the picture was painted, also when it only moved."""
        return self._surface.paints

    # What is shown

    def set_view(self, view: View) -> None:
        """Show a mesh; the eye stays where it is."""
        if not isinstance(view, MeshView):
            return
        view = self._steady.mesh(view)
        first = self.view is None
        other = first or (self.view is not None and self.view.topology != view.topology)
        self.view = view
        if other:
            self._picker = Picker(view)
            self._ring.set_mesh(view)
            self.set_extent(*outermost(view.vertices))
            self._hit = None  # its face is one of the mesh before
            self._set_hover(None)
        self._surface.show_view(view)
        if (first and not self._recalled) or (other and self._fits):
            self.refit()
        elif first:
            self.camera_moved()
        elif other and self._cursor is not None:
            self._find_hover()
        self._mark()

    def set_mode(self, channels: tuple[int, ...] = (), reduce: Reduce = "none") -> None:
        """Choose what is shown: () is the system's colours, one channel a map, or "pca"."""
        reduce = "pca" if reduce == "pca" else "none"
        if (channels, reduce) != (self._channels, self._reduce):
            self._channels, self._reduce = channels, reduce
            self.ask_soon()

    def memento(self) -> dict[str, Any]:
        """Return what is shown, too."""
        return super().memento() | {"channels": list(self._channels), "reduce": self._reduce}

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Show what was shown."""
        count = len(kept["channels"]) if isinstance(kept.get("channels"), list) else 0
        channels = tuple(map(int, numbers(kept, "channels", count) or ()))
        self.set_mode(channels, "pca" if text(kept, "reduce") == "pca" else "none")
        self.mode_changed.emit(self._channels, self._reduce)
        super().recall(kept)

    def request(self) -> ViewRequest:
        """Return the channels that are shown and the vertices to probe: the mesh is whole."""
        probes = [] if self._hover is None else [(self._hover,)]
        probes += [(hit.vertex,) for hit in self._pinned()]
        places = tuple(dict.fromkeys(probes))
        return ViewRequest(self._channels, reduce=self._reduce, probes=places)

    def switch_changed(self, name: str) -> None:
        """Draw with or without wires and dots."""
        self._surface.set_overlays(Overlays(self._on["wires"], self._on["dots"]))

    # The eye

    def camera_moved(self) -> None:
        """Draw from where the eye is now; what lies under the cursor is found once it rests."""
        self._surface.look(self.seen.eye)
        self._settle.start()
        self._mark()

    # Places

    def pick(self, point: QPointF) -> Hit | None:
        """Return what of the mesh is under a point of the viewport."""
        if self._picker is None or min(self._size()) < 1:
            return None
        self._picker.look(self.seen.eye, self._size())
        return self._picker.pick(point.x(), point.y())

    def point_under(self, point: QPointF) -> Vector | None:
        """Return the point of the mesh under a point of the viewport, None beside it."""
        hit = self.pick(point)
        return hit.point if hit is not None else None

    def place_at(self, point: QPointF) -> tuple[float, ...] | None:
        """Return (face, u, v) under a point of the viewport, None beside the mesh."""
        hit = self.pick(point)
        return hit.place if hit is not None else None

    def point_of(self, place: tuple[float, ...]) -> QPointF | None:
        """Return where a point of the surface lies on the viewport, None where it is hidden."""
        if self._picker is None:
            return None
        self._picker.look(self.seen.eye, self._size())
        hit = self._picker.hit(place)
        if hit is None or not self._picker.seen(np.array([hit.point]))[0]:
            return None
        x, y, _ = self._picker.project(np.array([hit.point]))[0]
        return QPointF(float(x), float(y))

    def about(self, place: Any) -> tuple[str, dict[str, Any]]:
        """Name the vertex that is nearest to a place."""
        assert self._picker is not None
        hit = self._picker.hit(place)
        if hit is None:
            return "place", {}
        return f"vertex {hit.vertex:,}", {"vertex": hit.vertex}

    def probe_of(self, place: tuple[float, ...]) -> tuple[int, ...] | None:
        """Return the vertex that is nearest to a place."""
        hit = self._picker.hit(place) if self._picker is not None else None
        return (hit.vertex,) if hit is not None else None

    def spot(self, point: QPointF) -> Point:
        """Return the point itself: strokes are evenly spaced on the screen."""
        return point.x(), point.y()

    def spacing(self) -> float:
        """Return the brush's radius in pixels, where the cursor is."""
        depth = self._hit.depth if self._hit is not None else self._orbit.eye.distance
        unit = self._orbit.units_per_pixel(self.height())
        if not self._orbit.eye.orthographic:
            unit *= depth / self._orbit.eye.distance
        return self.tools.radius / max(unit, 1e-9)

    def hover_at(self, point: QPointF) -> int | None:
        """Return the vertex under a point, None beside the mesh."""
        self._hit = self.pick(point)
        return self._hit.vertex if self._hit is not None else None

    def steers(self, point: QPointF) -> bool:
        """Whether a press turns the mesh: beside it there is nothing else to do."""
        return self.pick(point) is None

    def chip_wanted(self) -> bool:
        """Tell of vertices only where one asks: beside a brush it would hide what is painted."""
        return self.tools.tool == INSPECT and self._pan_from is None

    def clear_hover(self) -> None:
        """Forget the cursor, which has left the picture."""
        self._hit = None
        self._ring.clear()
        super().clear_hover()

    # Gestures

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the viewport, and keep the whole mesh in sight if it was."""
        self._surface.setGeometry(self.rect())
        self._decorations.setGeometry(self.rect())
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme or another screen's pixel ratio."""
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.DevicePixelRatioChange):
            for child in self.findChildren(QWidget):
                child.update()
        super().changeEvent(event)

    # Inside

    def _settled(self) -> None:
        if self._cursor is not None and self._pan_from is None:
            self._find_hover()
        self._mark()

    def _stroke(self, points: tuple[Point, ...]) -> None:
        """Send those points of a stroke that hit the mesh."""
        if self.tools.brush is None:
            return
        hits = [self.pick(QPointF(*point)) for point in points]
        places = tuple(hit.place for hit in hits if hit is not None)
        if places:
            self.stroked.emit(self.tools.stroke(self.name, places))

    def _pinned(self) -> list[Hit]:
        if self._picker is None:
            return []
        hits = [self._picker.hit(place) for place in self._pins]
        return [hit for hit in hits if hit is not None]

    def _mark(self) -> None:
        view, picker = self.view, self._picker
        if view is None or picker is None:
            self._decorations.show_marks(None)
            return
        chip, words = None, ("", "")
        moving = self._settle.isActive()
        if self.chip_wanted() and not moving and self._hit is not None and self._cursor is not None:
            chip = (self._cursor.x(), self._cursor.y())
            words = vertex_lines(view, self._hit.vertex)
        self._decorations.show_marks(
            MeshMarks(
                ring=self._outline(picker) if not moving else np.zeros((0, 4)),
                pins=self._pin_points(picker),
                kept=self._kept_points(picker),
                chip=chip,
                words=words,
                axes=self._orbit.axes(),
                focus=self._keyboard,
            )
        )

    def _outline(self, picker: Picker) -> Any:
        """Return the pieces of the brush's outline that are seen, (k, 4) in pixels."""
        none = np.zeros((0, 4))
        hit = self._hit
        if hit is None or self._cursor is None or self.tools.brush is None or self._space:
            self._ring.clear()
            return none
        self._ring.follow(hit, self.tools.radius)
        segments = self._ring.segments
        if segments is None or not len(segments):
            return none
        picker.look(self.seen.eye, self._size())
        ends = picker.project(segments.reshape(-1, 3))[:, :2].reshape(-1, 4)
        return ends[picker.seen(segments.mean(axis=1))]

    def _pin_points(self, picker: Picker) -> tuple[tuple[float, float], ...]:
        return tuple((x, y) for x, y, _ in self._points_of(picker, self._pins))

    def _kept_points(self, picker: Picker) -> tuple[tuple[float, float, str], ...]:
        pins = self.measures.pins if self.measures is not None else ()
        colours = [pin.colour for pin in pins]
        points = self._points_of(picker, tuple(pin.place for pin in pins))
        return tuple((x, y, colours[index]) for x, y, index in points)

    def _points_of(
        self, picker: Picker, places: tuple[Any, ...]
    ) -> tuple[tuple[float, float, int], ...]:
        """Return where places of the surface that are seen lie, (x, y), and which they are."""
        hits = [(index, picker.hit(place)) for index, place in enumerate(places)]
        known = [(index, hit.point) for index, hit in hits if hit is not None]
        if not known:
            return ()
        picker.look(self.seen.eye, self._size())
        points = np.array([point for _, point in known])
        seen, spots = picker.seen(points), picker.project(points)
        return tuple(
            (float(x), float(y), index)
            for (index, _), (x, y, _), visible in zip(known, spots, seen, strict=True)
            if visible
        )


def outermost(vertices: Any) -> tuple[Vector, NDArray[Any]]:
    """Return the middle of the box around points (n, 3), and those farthest out each way."""
    middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    # evenly over a sphere: a spiral by the golden angle
    height = 1 - (2 * np.arange(WAYS) + 1) / WAYS
    angle = np.pi * (3 - np.sqrt(5)) * np.arange(WAYS)
    flat = np.sqrt(1 - height**2)
    ways = np.stack([flat * np.cos(angle), height, flat * np.sin(angle)]).astype(np.float32)
    # One way after another in memory: the search for the greatest runs along a row.
    ends = vertices[np.unique((ways.T @ vertices.T).argmax(axis=1))]
    x, y, z = (float(part) for part in middle)
    return (x, y, z), ends
