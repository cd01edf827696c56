"""A viewport around a solid: its eye, the gestures and keys that move it, and the turntable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QElapsedTimer, QMargins, QPointF, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app.remembering import part
from app.viewports.display import Display, Jump, Switch
from app.viewports.hand import HandViewport
from app.viewports.mementos import eye_memento, recalled_eye
from app.viewports.orbit import Orbit, Room, Vector
from engine.core.views import Eye

__all__ = ["OrbitViewport"]

NOTCH = 1.2
INSET = 12
LEAST_FREE = 160  # where the chrome leaves less, the solid lies under it
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
    Qt.Key.Key_L: "locked",
}


class OrbitViewport(HandViewport):
    """Turns a solid about; a subclass draws it in `camera_moved`.

    What moves the picture turns the solid; with Shift it moves it. Wheel: zoom to what is under the
    cursor. 1, 3, 7: from the front, the right, the top; 9: from the other side; 2, 4, 6, 8: turn;
    5 or P: perspective or parallel; O: turntable; W, V: wireframe, vertices; L: hold the camera.
    """

    display: ClassVar[Display] = Display(
        switches=(
            Switch("turntable", "Turntable", key="O", icon="rotate-3d"),
            Switch("orthographic", "Parallel projection", key="5"),
            Switch("wires", "Wireframe", key="W"),
            Switch("dots", "Vertices", key="V"),
            Switch("locked", "Lock the camera", key="L"),
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
        components=True,
        words="Wireframe, vertices, projection, sides",
    )

    def __init__(self, name: str = "world", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._orbit = Orbit()
        self._fits = True
        self._recalled = False  # whether the eye stands where it was told to, not where all is seen
        self._margins = QMargins(INSET, INSET, INSET, INSET)
        self._middle: Vector = (0.0, 0.0, 0.0)
        self._ends: NDArray[Any] = np.zeros((0, 3))
        self._on = {switch.name: switch.on for switch in self.display.switches}
        self._turner = QTimer(self, interval=TURN_MS)
        self._turner.setTimerType(Qt.TimerType.PreciseTimer)
        self._turner.timeout.connect(self._turn)
        self._since = QElapsedTimer()

    @property
    def locked(self) -> bool:
        """Whether gestures and the turntable leave the camera where it is."""
        return self._on["locked"]

    def switches(self) -> dict[str, bool]:
        """Return which of `display.switches` are on."""
        return dict(self._on)

    def memento(self) -> dict[str, Any]:
        """Return the eye, too."""
        return super().memento() | {"eye": eye_memento(self._orbit.eye, self._fits)}

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Look from where it was looked, then hold the camera if it was held."""
        eye, fits = recalled_eye(part(kept, "eye"), self._orbit.eye)
        self._recalled = True
        self.set_orbit(Orbit(eye), fits=fits)
        super().recall(kept)

    @property
    def orbit(self) -> Orbit:
        """Where the eye stands, and how it moves."""
        return self._orbit

    @property
    def seen(self) -> Orbit:
        """From where the picture here is drawn: its middle is that of what the chrome leaves."""
        return self._orbit.shifted(self._room())

    def eye(self) -> Eye:
        """Return the eye, for pictures of what is seen without the chrome."""
        return self._orbit.eye

    def point_under(self, point: QPointF) -> Vector | None:
        """Return the point of the solid under a point of the viewport, None beside it."""
        raise NotImplementedError

    def switch_changed(self, name: str) -> None:
        """Draw with a switch that is not the eye's as it is now."""
        raise NotImplementedError

    # The eye

    def set_orbit(self, orbit: Orbit, fits: bool = False) -> None:
        """Move the eye; `fits` keeps the whole solid in sight when the window is resized."""
        self._orbit, self._fits = orbit, fits
        self.camera_moved()

    def look_from(self, azimuth: float, elevation: float, distance: float | None = None) -> None:
        """Look from a place of the orbit, in degrees; as near as now if no distance is given."""
        eye = replace(self._orbit.eye, azimuth=azimuth % 360, elevation=elevation)
        if distance is not None:
            eye = replace(eye, distance=distance)
        self.set_orbit(Orbit(eye), fits=self._fits and distance is None)

    def jump(self, name: str) -> None:
        """Look from a side, or from as far as shows all of it."""
        if self.locked:
            return
        if name == "fit":
            self.fit()
        elif name == "opposite":
            self._look(self._orbit.opposite())
        else:
            self._look(self._orbit.from_side(name))

    def keep_clear(self, margins: QMargins) -> None:
        """Show the solid between what lies upon the picture."""
        if margins == self._margins:
            return
        self._margins = margins
        if self._fits:
            self.refit()
        else:
            self.camera_moved()

    def set_extent(self, middle: Vector, ends: NDArray[Any]) -> None:
        """Say what is to be seen whole: the middle of a solid, and its outermost points."""
        self._middle, self._ends = middle, ends

    def fit(self) -> None:
        """Show the whole solid, between the chrome where there is room."""
        if not self.locked:
            self.refit()

    def refit(self) -> None:
        """Show the whole solid, also while the camera is held: there is another one."""
        self.set_orbit(self._orbit.fitted(self._room(), self._middle, self._ends), fits=True)

    def one_to_one(self) -> None:
        """Look from the front."""
        self.jump("front")

    def zoom(self, notches: float, at: QPointF | None = None) -> None:
        """Come nearer by notches to what is under a point, the middle if none is given."""
        if self.locked:
            return
        point = at if at is not None else QPointF(self.width() / 2, self.height() / 2)
        about = self.point_under(point)
        if about is None:
            about = self.seen.on_plane(point.x(), point.y(), self._size())
        self.set_orbit(self._orbit.zoomed(NOTCH**notches, about))

    def pan(self, dx: float, dy: float) -> None:
        """Turn the solid about by pixels of a drag."""
        if not self.locked:
            self.set_orbit(self._orbit.turned(dx, dy), fits=self._fits)

    def drag(self, moved: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Turn it; with Shift, move it; neither while the camera is held."""
        if self.locked:
            return
        if keys & Qt.KeyboardModifier.ShiftModifier:
            self.set_orbit(self._orbit.panned(moved.x(), moved.y(), self.height()))
        else:
            self.pan(moved.x(), moved.y())

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
            self._look(self._orbit.with_projection(on))
        elif name != "locked":
            self.switch_changed(name)
        self.switched.emit(name, on)

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
        elif key in _TURNS and self.locked:
            event.accept()
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
        """Keep the whole solid in sight if it was."""
        if self._fits:
            self.refit()
        else:
            self.camera_moved()

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

    def _look(self, orbit: Orbit) -> None:
        """Look from elsewhere at all of it, if all of it was seen."""
        self._orbit = orbit
        if self._fits:
            self.refit()
        else:
            self.camera_moved()

    def _room(self) -> Room:
        taken, size = self._margins, self._size()
        room = Room(size, taken.left(), taken.top(), taken.right(), taken.bottom())
        return room if min(room.free) >= LEAST_FREE else Room(size)

    def _size(self) -> tuple[int, int]:
        return self.width(), self.height()

    def _turn(self) -> None:
        degrees = TURN_SPEED * self._since.restart() / 1000
        if self._pan_from is None and not self.locked:
            eye = self._orbit.eye.turned(-degrees)
            self.set_orbit(Orbit(eye), fits=self._fits)
