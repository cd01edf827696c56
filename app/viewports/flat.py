"""A viewport over a plane of cells: its camera, and how it pans and zooms."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.viewports.camera import Camera, Placement, Size
from app.viewports.hand import HandViewport
from app.viewports.strokes import Point

__all__ = ["FlatViewport"]

NOTCH = 1.25


class FlatViewport(HandViewport):
    """Pans and zooms over a plane of cells; a subclass draws it in `camera_moved`.

    1 is one to one: a cell per pixel of the screen.
    """

    def __init__(self, name: str = "world", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._camera = Camera(0.5, 0.5, 1.0)
        self._extent = (1, 1)
        self._inset: Size = (0.0, 0.0)
        self._fits = True
        self._locked = False

    @property
    def locked(self) -> bool:
        """Whether gestures leave the camera where it is."""
        return self._locked

    def set_locked(self, on: bool) -> None:
        """Hold the camera, or let it go; a world of another size is fitted all the same."""
        self._locked = on

    @property
    def camera(self) -> Camera:
        """Where the eye stands."""
        return self._camera

    def set_camera(self, camera: Camera, fits: bool = False) -> None:
        """Move the eye; `fits` keeps the whole world in sight when the window is resized."""
        self._camera, self._fits = camera, fits
        self.camera_moved()
        self.ask_soon()

    def placement(self) -> Placement:
        """Return the camera settled onto this screen's pixels."""
        return self._camera.placed(self._size(), self.devicePixelRatioF())

    def fit(self) -> None:
        """Show the whole world."""
        if not self._locked:
            self.refit()

    def refit(self) -> None:
        """Show the whole world, also while the camera is held: there is another world."""
        ratio = self.devicePixelRatioF()
        self.set_camera(Camera.fit(self._extent, self._size(), ratio, self._inset), fits=True)

    def one_to_one(self) -> None:
        """Show one cell per pixel of the screen, holding the middle still."""
        if self._locked:
            return
        scale = 1.0 / self.devicePixelRatioF()
        self.set_camera(replace(self._camera, scale=scale).clamped(self._extent))

    def zoom(self, notches: float, at: QPointF | None = None) -> None:
        """Zoom in by notches (out if negative) about a point, the middle if none is given."""
        if self._locked:
            return
        middle = QPointF(self.width() / 2, self.height() / 2)
        point = at if at is not None else middle
        self.set_camera(
            self._camera.zoomed(NOTCH**notches, (point.x(), point.y()), self._size(), self._extent)
        )

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by pixels."""
        if self._locked:
            return
        self.set_camera(self._camera.panned(dx, dy, self._extent))

    def spot(self, point: QPointF) -> Point:
        """Return the place (row, column) under a point of the viewport."""
        return self.placement().cell_at(point.x(), point.y())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the whole world in sight if it was."""
        if self._fits:
            self.refit()
        else:
            self.set_camera(self._camera)

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme or another screen's pixel ratio."""
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.DevicePixelRatioChange):
            self.set_camera(self._camera, self._fits)
            for child in self.findChildren(QWidget):
                child.update()
        super().changeEvent(event)

    def _size(self) -> Size:
        return self.width(), self.height()
