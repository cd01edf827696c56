"""Show an image view by OpenGL; imported only where that is used, since vispy takes its time."""

from __future__ import annotations

import vispy
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from vispy.app import Canvas

from app import theme
from app.viewports.camera import Placement
from app.viewports.render.image import ImageRenderer
from app.viewports.surface import Surface, device_size
from engine.core.views import ImageView

__all__ = ["GlSurface"]


class GlSurface(Surface):
    """A vispy canvas with our renderer in it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        vispy.use(app="pyside6", gl="gl2")
        self._canvas = Canvas(parent=self, show=False, vsync=True, keys=None)
        self._canvas.native.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._canvas.events.draw.connect(self._draw)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._canvas.native)
        self._renderer: ImageRenderer | None = None
        self._view: ImageView | None = None
        self._placement: Placement | None = None
        self._smooth = False

    def show_view(self, view: ImageView) -> None:
        """Take a new view and ask for a paint."""
        self._view = view
        self._fresh = True
        self._canvas.update()

    def place(self, placement: Placement) -> None:
        """Take a new camera."""
        self._placement = placement
        self._canvas.update()

    def set_smooth(self, on: bool) -> None:
        """Interpolate between cells, or not."""
        self._smooth = on
        self._canvas.update()

    def _draw(self, event: object) -> None:
        # vispy truncates the physical size, Qt rounds it: the framebuffer is Qt's.
        size = device_size(self._canvas.native)
        if self._renderer is None:
            self._renderer = ImageRenderer()
        if self._fresh and self._view is not None:
            self._renderer.set_view(self._view)
        if self._placement is not None:
            place = self._placement
            self._renderer.set_camera(place.left, place.top, place.scale)
        self._renderer.smooth = self._smooth
        self._renderer.draw(*size, theme.current().ground_rgb())
        self._was_painted()
