"""Show a mesh without OpenGL: pictures of `engine.meshes.drawing`, made beside the window."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRectF, QTimer
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.painting import painting
from app.viewports.latest import Latest
from app.viewports.mesh_surface import MeshSurface, Overlays, backdrop
from app.viewports.pace import Pace
from app.viewports.surface import device_size
from engine.core.views import Eye, MeshView
from engine.meshes.drawing import MeshPainter

__all__ = ["CpuMeshSurface"]

STILL_MS = 160
"""After so long without another eye or another view the picture is made as well as it can be."""

MOVING = 0.3
"""Seconds after the last move for which the eye counts as moving."""

BEST = 2.0
"""Pixels of the finest picture in a row of one on the screen, for smooth edges."""


@dataclass(frozen=True, eq=False)
class _Wish:
    """What shall be drawn."""

    view: MeshView
    eye: Eye
    size: tuple[int, int]
    overlays: Overlays
    scale: float = 1.0
    moving: bool = False

    def same(self, other: _Wish) -> bool:
        """Tell whether it is for the same picture, whatever the resolution."""
        return (
            self.view is other.view
            and self.eye == other.eye
            and self.size == other.size
            and self.overlays == other.overlays
        )


class _StaleError(Exception):
    """Something newer is wanted."""


@dataclass(frozen=True, eq=False)
class _Made:
    """What was drawn, and how long it took."""

    wish: _Wish
    pixels: NDArray[np.uint8]
    seconds: float


class CpuMeshSurface(MeshSurface):
    """Draws in a thread of its own, the newest view and eye first.

    While the eye moves the resolution is as high as keeps up. An eye at rest sees every pixel of
    the screen, whatever that costs in pictures a second; once nothing changes edges are smoothed.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._painter = MeshPainter()
        self._worker = Latest(self)
        self._worker.done.connect(self._take)
        self._pace = Pace()
        self._view: MeshView | None = None
        self._eye = Eye()
        self._overlays = Overlays()
        self._shown: _Made | None = None
        self._painted: _Made | None = None
        self._ground: QPixmap | None = None
        self._ground_for: tuple[object, ...] = ()
        self._moved = -MOVING
        self._still = QTimer(self, singleShot=True, interval=STILL_MS)
        self._still.timeout.connect(self._rest)

    def show_view(self, view: MeshView) -> None:
        """Draw another view."""
        if view is not self._view:
            self._view = view
            self._draw()

    def look(self, eye: Eye) -> None:
        """Draw from elsewhere."""
        if eye != self._eye:
            self._eye = eye
            self._moved = time.monotonic()
            self._draw()

    def set_overlays(self, overlays: Overlays) -> None:
        """Draw wires and dots over the mesh, or not."""
        if overlays != self._overlays:
            self._overlays = overlays
            self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw as large as it is now."""
        self._draw()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show the newest picture there is on the ground."""
        with painting(self) as painter:
            painter.drawPixmap(QPoint(), self._backdrop())
            made = self._shown
            if made is None:
                return
            height, width = made.pixels.shape[:2]
            form = QImage.Format.Format_RGBA8888_Premultiplied
            image = QImage(made.pixels.data, width, height, 4 * width, form)
            full = (width, height) == device_size(self)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not full)
            painter.drawImage(self._place(made.wish), image)
            if made.wish.size != device_size(self) and not self._still.isActive():
                self._draw()  # on another screen
            if made is self._painted:
                return  # what lies over it was painted
            self._fresh = self._painted is None or made.wish.view is not self._painted.wish.view
            self._painted = made
            self._was_painted()

    def _place(self, wish: _Wish) -> QRectF:
        """Return where a picture goes: one of another size of the window stays in the middle."""
        ratio = self.devicePixelRatioF()
        wide, high = wish.size[0] / ratio, wish.size[1] / ratio
        if wish.size == device_size(self):
            return QRectF(0, 0, wide, high)
        share = self.height() / max(high, 1.0)  # the field of view is that of the height
        left = (self.width() - wide * share) / 2
        return QRectF(left, 0, wide * share, self.height())

    def _wish(self, view: MeshView) -> _Wish:
        return _Wish(view, self._eye, device_size(self), self._overlays)

    def _draw(self) -> None:
        """Ask for a picture at a resolution that comes in time."""
        if self._view is None or min(self.width(), self.height()) < 1:
            return
        moving = time.monotonic() - self._moved < MOVING
        scale = self._pace.scale if moving else 1.0
        self._send(replace(self._wish(self._view), scale=scale, moving=moving))
        self._still.start()

    def _rest(self) -> None:
        """Nothing changes any more: ask for the whole resolution, then for smooth edges."""
        if self._view is None:
            return
        wish = self._wish(self._view)
        shown = self._shown.wish if self._shown is not None else None
        known = shown.scale if shown is not None and shown.same(wish) else 0.0
        if known < BEST:
            self._send(replace(wish, scale=1.0 if known < 1.0 else BEST))

    def _send(self, wish: _Wish) -> None:
        painter, worker = self._painter, self._worker

        def poll() -> None:
            # A picture that nobody waited for gives way to one that somebody does.
            if wish.scale == BEST and worker.waited_for:
                raise _StaleError

        def job() -> _Made | None:
            begun = time.perf_counter()
            try:
                pixels = _picture(painter, wish, poll)
            except _StaleError:
                return None
            return _Made(wish, pixels, time.perf_counter() - begun)

        worker.ask(job)

    def _take(self, made: Any) -> None:
        if isinstance(made, Exception):
            raise made
        if made is None:
            return
        if made.wish.moving:
            self._pace.note(made.wish.scale, made.seconds)
        self._shown = made
        self.update()
        if not self._still.isActive():
            self._rest()

    def _backdrop(self) -> QPixmap:
        """Return the ground, drawn once for each size and theme."""
        ratio = self.devicePixelRatioF()
        key = (device_size(self), ratio, theme.current().name)
        if self._ground is None or self._ground_for != key:
            ground = QPixmap(*device_size(self))
            ground.setDevicePixelRatio(ratio)
            painter = QPainter(ground)
            painter.fillRect(QRectF(self.rect()), backdrop(self.width(), self.height()))
            painter.end()
            self._ground, self._ground_for = ground, key
        return self._ground


def _picture(painter: MeshPainter, wish: _Wish, poll: Callable[[], None]) -> NDArray[np.uint8]:
    fine = wish.scale == BEST
    scale = 1.0 if fine else wish.scale
    size = (max(round(wish.size[0] * scale), 1), max(round(wish.size[1] * scale), 1))
    return painter.picture(
        wish.view,
        wish.eye,
        size,
        samples=int(BEST) if fine else 1,
        wireframe=wish.overlays.wires,
        vertices=wish.overlays.dots,
        poll=poll,
    )
