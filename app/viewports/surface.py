"""The part of a viewport that shows the picture: by QPainter, or by OpenGL where that is faster."""

from __future__ import annotations

import os
from functools import cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QOffscreenSurface, QOpenGLContext, QPaintEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.painting import painting
from app.viewports.camera import Placement
from app.viewports.painter import ImagePainter
from app.viewports.pane import Pane
from engine.core.views import ImageView

__all__ = [
    "PainterSurface",
    "Surface",
    "device_size",
    "gl_renderer",
    "is_soft",
    "make_surface",
    "uses_gl",
]


def device_size(widget: QWidget) -> tuple[int, int]:
    """Return width and height in device pixels, halves rounded up as Qt rounds them."""
    ratio = widget.devicePixelRatioF()
    return int(widget.width() * ratio + 0.5), int(widget.height() * ratio + 0.5)


class Surface(Pane):
    """Shows an image view."""

    def show_view(self, view: ImageView) -> None:
        """Take a new view and ask for a paint."""
        raise NotImplementedError

    def place(self, placement: Placement) -> None:
        """Take a new camera."""
        raise NotImplementedError

    def set_smooth(self, on: bool) -> None:
        """Interpolate between cells, or not."""
        raise NotImplementedError


class PainterSurface(Surface):
    """Shows an image view by QPainter."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._drawer = ImagePainter()

    def show_view(self, view: ImageView) -> None:
        """Take a new view and ask for a paint."""
        before = self._drawer.covered()
        self._drawer.set_view(view)
        self._fresh = True
        covered = self._drawer.covered()
        if covered == before:
            # What lies beside the picture, chrome above all, need not be painted again.
            ratio = self.devicePixelRatioF()
            place = QRectF(covered.topLeft() / ratio, covered.size() / ratio)
            self.update(place.toAlignedRect().adjusted(-1, -1, 1, 1))
        else:
            self.update()

    def place(self, placement: Placement) -> None:
        """Take a new camera."""
        self._drawer.set_camera(placement.left, placement.top, placement.scale)
        self.update()

    def set_smooth(self, on: bool) -> None:
        """Interpolate between cells, or not."""
        self._drawer.smooth = on
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture."""
        ratio = self.devicePixelRatioF()
        with painting(self) as painter:
            self._drawer.draw(
                painter,
                *device_size(self),
                theme.current().ground_rgb(),
                ratio,
            )
            self._was_painted()


@cache
def gl_renderer() -> str:
    """Ask OpenGL what it draws with, e.g. "llvmpipe (LLVM 15.0.6)"; "" where there is none."""
    context = QOpenGLContext()
    surface = QOffscreenSurface()
    surface.create()
    if not (context.create() and surface.isValid() and context.makeCurrent(surface)):
        return ""
    try:
        return str(context.functions().glGetString(0x1F01) or "")  # GL_RENDERER
    finally:
        context.doneCurrent()


def is_soft() -> bool:
    """Whether OpenGL is there but draws by the processor."""
    return any(soft in gl_renderer().lower() for soft in ("llvmpipe", "softpipe", "swrast"))


def uses_gl() -> bool:
    """Decide how images and meshes are drawn; ``PRIMORDIA_RENDERER=gl|painter`` forces it."""
    forced = os.environ.get("PRIMORDIA_RENDERER", "")
    if forced in ("gl", "painter"):
        return forced == "gl"
    return bool(gl_renderer()) and not is_soft()


def make_surface(parent: QWidget) -> Surface:
    """Make the surface that suits this machine."""
    if uses_gl():
        from app.viewports.gl_surface import GlSurface

        return GlSurface(parent)
    return PainterSurface(parent)
