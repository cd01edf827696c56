"""The viewport of meshes: turn it about, paint along its surface, ask its vertices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app.viewports.display import Display, Jump, Switch
from app.viewports.hand import HandViewport
from app.viewports.hover import vertex_lines
from app.viewports.mesh_marks import MeshDecorations, MeshMarks
from app.viewports.mesh_pick import Hit, Picker
from app.viewports.mesh_ring import Ring
from app.viewports.mesh_surface import Overlays, make_mesh_surface
from app.viewports.orbit import Orbit, Vector
from app.viewports.strokes import MESH, Point, Sizes
from engine.core.views import Eye, MeshView, Reduce, View, ViewRequest

__all__ = ["MeshViewport"]

NOTCH = 1.2
INSET, SIDE_INSET = 32, 12
LEAST_HEIGHT = 240
SETTLE_MS = 120
TURN_MS = 16
TURN_SPEED = 24.0  # degrees per second
KEY_TURN = 15.0  # degrees

_SIDE_KEYS = {Qt.Key.Key_1: "front", Qt.Key.Key_3: "right", Qt.Key.Key_7: "top"}
_TURNS = {
    Qt.Key.Key_4: (-KEY_TURN, 0.0),
    Qt.Key.Key_6: (KEY_TURN, 0.0),
    Qt.Key.Key_8: (0.0, KEY_TURN),
    Qt.Key.Key_2: (0.0, -KEY_TURN),
}
_SWITCH_KEYS = {
    Qt.Key.Key_5: "orthographic",
    Qt.Key.Key_P: "orthographic",
    Qt.Key.Key_O: "turntable",
    Qt.Key.Key_W: "wires",
    Qt.Key.Key_V: "dots",
}


class MeshViewport(HandViewport):
    """Shows `MeshView`s; places are points of the surface, (face, u, v).

    What moves the picture turns the mesh about; with Shift it moves it. Beside the mesh the left
    button does so, whatever tool is in hand. Wheel: zoom to the cursor. 1, 3, 7: from the front,
    the right, the top; 9: from the other side; 2, 4, 6, 8: turn; 5 or P: perspective or parallel;
    O: turntable; W, V: wireframe, vertices.
    """

    hint = "Drag on it to use the brush, beside it to turn it"
    display: ClassVar[Display] = Display(
        switches=(
            Switch("turntable", "Turntable", key="O", icon="rotate-3d"),
            Switch("orthographic", "Parallel projection", key="5"),
            Switch("wires", "Wireframe", key="W"),
            Switch("dots", "Vertices", key="V"),
        ),
        jumps=(
            Jump("fit", "Fit", "F"),
            Jump("front", "From the front", "1"),
            Jump("right", "From the right", "3"),
            Jump("top", "From the top", "7"),
            Jump("back", "From the back"),
            Jump("left", "From the left"),
            Jump("bottom", "From below"),
            Jump("opposite", "From the other side", "9"),
        ),
        words="Wireframe, vertices, projection, sides",
    )
    sizes: ClassVar[Sizes] = MESH

    def __init__(self, name: str = "world", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setAccessibleName("World")
        self.setAccessibleDescription(
            "Drag on the mesh to use the tool in hand, beside it to turn it, turn the wheel to zoom"
        )
        self.view: MeshView | None = None
        self._orbit = Orbit()
        self._fits = True
        self._channels: tuple[int, ...] = ()
        self._on = {switch.name: switch.on for switch in self.display.switches}
        self._picker: Picker | None = None
        self._hit: Hit | None = None
        self._ball: tuple[Vector, float] = ((0.0, 0.0, 0.0), 1.0)
        self._surface = make_mesh_surface(self)
        self._surface.drawn.connect(self.note_painted)
        self._decorations = MeshDecorations(self)
        self._ring = Ring(self)
        self._ring.changed.connect(self._mark)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._settled)
        self._turner = QTimer(self, interval=TURN_MS)
        self._turner.setTimerType(Qt.TimerType.PreciseTimer)
        self._turner.timeout.connect(self._turn)
        self._since = QElapsedTimer()
        self._show_cursor()

    @property
    def paints(self) -> int:
        """How often the picture was painted, also when it only moved."""
        return self._surface.paints

    @property
    def orbit(self) -> Orbit:
        """Where the eye stands, and how it moves."""
        return self._orbit

    def eye(self) -> Eye:
        """Return the eye, for pictures of what is seen."""
        return self._orbit.eye

    # What is shown

    def set_view(self, view: View) -> None:
        """Show a mesh; the eye stays where it is."""
        if not isinstance(view, MeshView):
            return
        first = self.view is None
        other = first or (self.view is not None and self.view.topology != view.topology)
        self.view = view
        if other:
            self._picker = Picker(view)
            self._ring.set_mesh(view)
            self._ball = _ball(view.vertices)
        self._surface.show_view(view)
        if first or (other and self._fits):
            self.fit()
        elif other and self._cursor is not None:
            self._find_hover()
        self._mark()

    def set_mode(self, channels: tuple[int, ...] = (), reduce: Reduce = "none") -> None:
        """Choose what is shown: () is the system's colours, one channel a map."""
        if channels != self._channels:
            self._channels = channels
            self.ask_soon()

    def set_switch(self, name: str, on: bool) -> None:
        """Turn turntable, parallel projection, wireframe or vertices on or off."""
        if self._on.get(name) == on:
            return
        self._on[name] = on
        if name == "turntable":
            self._since.start()
            if on:
                self._turner.start()
            else:
                self._turner.stop()
        elif name == "orthographic":
            self.set_orbit(self._orbit.with_projection(on), fits=self._fits)
        else:
            self._surface.set_overlays(Overlays(self._on["wires"], self._on["dots"]))
        self.switched.emit(name, on)

    def jump(self, name: str) -> None:
        """Look from a side, or from as far as shows all of it."""
        if name == "fit":
            self.fit()
        elif name == "opposite":
            self.set_orbit(self._orbit.opposite(), fits=self._fits)
        else:
            self.set_orbit(self._orbit.from_side(name), fits=self._fits)

    def request(self) -> ViewRequest:
        """Return the channels that are shown and the vertices to probe: the mesh is whole."""
        probes = [] if self._hover is None else [(self._hover,)]
        probes += [(hit.vertex,) for hit in self._pinned()]
        return ViewRequest(self._channels, probes=tuple(dict.fromkeys(probes)))

    # The eye

    def set_orbit(self, orbit: Orbit, fits: bool = False) -> None:
        """Move the eye; `fits` keeps the whole mesh in sight when the window is resized."""
        self._orbit, self._fits = orbit, fits
        self.camera_moved()

    def look_from(self, azimuth: float, elevation: float, distance: float | None = None) -> None:
        """Look from a place of the orbit, in degrees; as near as now if no distance is given."""
        eye = replace(self._orbit.eye, azimuth=azimuth % 360, elevation=elevation)
        if distance is not None:
            eye = replace(eye, distance=distance)
        self.set_orbit(Orbit(eye), fits=self._fits and distance is None)

    def camera_moved(self) -> None:
        """Draw from where the eye is now; what lies under the cursor is found once it rests."""
        self._surface.look(self._orbit.eye)
        self._settle.start()
        self._mark()

    def fit(self) -> None:
        """Show the whole mesh, between the chrome where there is room."""
        width, height = self._size()
        free = (width - 2 * SIDE_INSET, max(height - 2 * INSET, LEAST_HEIGHT))
        near = self._orbit.fitted((max(free[0], 1), min(free[1], height)), *self._ball).eye
        # What fits into the free part of the picture is seen from farther off in the whole of it.
        away = near.distance * height / max(min(free[1], height), 1)
        self.set_orbit(Orbit(replace(near, distance=away)), fits=True)

    def one_to_one(self) -> None:
        """Look from the front."""
        self.jump("front")

    def zoom(self, notches: float, at: QPointF | None = None) -> None:
        """Come nearer by notches to what is under a point, the middle if none is given."""
        point = at if at is not None else QPointF(self.width() / 2, self.height() / 2)
        hit = self.pick(point)
        about = hit.point if hit is not None else None
        if about is None:
            about = self._orbit.on_plane(point.x(), point.y(), self._size())
        self.set_orbit(self._orbit.zoomed(NOTCH**notches, about))

    def pan(self, dx: float, dy: float) -> None:
        """Turn the mesh about by pixels of a drag."""
        self.set_orbit(self._orbit.turned(dx, dy), fits=self._fits)

    def drag(self, moved: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Turn it; with Shift, move it."""
        if keys & Qt.KeyboardModifier.ShiftModifier:
            self.set_orbit(self._orbit.panned(moved.x(), moved.y(), self.height()))
        else:
            self.pan(moved.x(), moved.y())

    # Places

    def pick(self, point: QPointF) -> Hit | None:
        """Return what of the mesh is under a point of the viewport."""
        if self._picker is None or min(self._size()) < 1:
            return None
        self._picker.look(self._orbit.eye, self._size())
        return self._picker.pick(point.x(), point.y())

    def place_at(self, point: QPointF) -> tuple[float, ...] | None:
        """Return (face, u, v) under a point of the viewport, None beside the mesh."""
        hit = self.pick(point)
        return hit.place if hit is not None else None

    def point_of(self, place: tuple[float, ...]) -> QPointF | None:
        """Return where a point of the surface lies on the viewport, None where it is hidden."""
        if self._picker is None:
            return None
        self._picker.look(self._orbit.eye, self._size())
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

    def clear_hover(self) -> None:
        """Forget the cursor, which has left the picture."""
        self._hit = None
        self._ring.clear()
        super().clear_hover()

    # Gestures

    def takes_key(self, key: Qt.Key) -> bool:
        """Whether a key alone is ours before it is the window's."""
        own = (*_SIDE_KEYS, *_TURNS, *_SWITCH_KEYS, Qt.Key.Key_9)
        return key in own or super().takes_key(key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Look from sides and switch by keys."""
        key = Qt.Key(event.key())
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key in _SIDE_KEYS:
            self.jump(_SIDE_KEYS[key])
        elif key == Qt.Key.Key_9:
            self.jump("opposite")
        elif key in _TURNS:
            eye, (azimuth, elevation) = self._orbit.eye, _TURNS[key]
            high = min(max(eye.elevation + elevation, -90.0), 90.0)
            self.look_from(eye.azimuth + azimuth, high)
        elif key in _SWITCH_KEYS:
            name = _SWITCH_KEYS[key]
            self.set_switch(name, not self._on[name])
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the viewport, and keep the whole mesh in sight if it was."""
        self._surface.setGeometry(self.rect())
        self._decorations.setGeometry(self.rect())
        if self._fits:
            self.fit()
        else:
            self.camera_moved()

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme or another screen's pixel ratio."""
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.DevicePixelRatioChange):
            for child in self.findChildren(QWidget):
                child.update()
        super().changeEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop turning what nobody sees."""
        self._turner.stop()
        super().hideEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Go on turning."""
        if self._on["turntable"]:
            self._since.start()
            self._turner.start()
        super().showEvent(event)

    # Inside

    def _size(self) -> tuple[int, int]:
        return self.width(), self.height()

    def _turn(self) -> None:
        degrees = TURN_SPEED * self._since.restart() / 1000
        if self._pan_from is None:
            eye = self._orbit.eye.turned(-degrees)
            self.set_orbit(Orbit(eye), fits=self._fits)

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
        picker.look(self._orbit.eye, self._size())
        ends = picker.project(segments.reshape(-1, 3))[:, :2].reshape(-1, 4)
        return ends[picker.seen(segments.mean(axis=1))]

    def _pin_points(self, picker: Picker) -> tuple[tuple[float, float], ...]:
        pinned = self._pinned()
        if not pinned:
            return ()
        picker.look(self._orbit.eye, self._size())
        points = np.array([hit.point for hit in pinned])
        seen, places = picker.seen(points), picker.project(points)
        return tuple((float(x), float(y)) for x, y, _ in places[seen])


def _ball(vertices: Any) -> tuple[Vector, float]:
    """Return the middle of the box around points (n, 3), and how far they reach from there."""
    x, y, z = (float(part) for part in (vertices.min(axis=0) + vertices.max(axis=0)) / 2)
    away = vertices - np.array((x, y, z), np.float32)
    return (x, y, z), float(np.sqrt((away**2).sum(axis=1).max()))
