"""Show a mesh by OpenGL; imported only where that is used, since vispy takes its time."""

from __future__ import annotations

import vispy
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from vispy.app import Canvas

from app.viewports.mesh_surface import MeshSurface, Overlays, ground
from app.viewports.render.mesh import MeshRenderer
from app.viewports.surface import device_size, is_soft
from engine.core.views import Eye, MeshView

__all__ = ["GlMeshSurface"]

SAMPLES = 4


class GlMeshSurface(MeshSurface):
    """A vispy canvas with our renderer in it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        vispy.use(app="pyside6", gl="gl2")
        config = {"samples": 1 if is_soft() else SAMPLES, "depth_size": 24}
        self._canvas = Canvas(parent=self, show=False, vsync=True, keys=None, config=config)
        self._canvas.native.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._canvas.events.draw.connect(self._draw)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._canvas.native)
        self._renderer: MeshRenderer | None = None
        self._view: MeshView | None = None
        self._eye = Eye()
        self._overlays = Overlays()

    def show_view(self, view: MeshView) -> None:
        """Take a new view and ask for a paint."""
        if view is not self._view:
            self._view = view
            self._fresh = True
            self._canvas.update()

    def look(self, eye: Eye) -> None:
        """Look from elsewhere."""
        if eye != self._eye:
            self._eye = eye
            self._canvas.update()

    def set_overlays(self, overlays: Overlays) -> None:
        """Draw wires and dots over the mesh, or not."""
        self._overlays = overlays
        self._canvas.update()

    def _draw(self, event: object) -> None:
        # vispy truncates the physical size, Qt rounds it: the framebuffer is Qt's.
        size = device_size(self._canvas.native)
        if self._renderer is None:
            self._renderer = MeshRenderer()
        renderer = self._renderer
        if self._fresh and self._view is not None:
            renderer.set_view(self._view)
        renderer.wires, renderer.dots = self._overlays.wires, self._overlays.dots
        renderer.draw(*size, self._eye, *ground())
        self._was_painted()
