"""A small picture of a mesh, coloured by how even it is; dragging turns it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QLinearGradient, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app import theme
from app.jobs import Jobs
from app.meshes import Read
from app.painting import painting
from app.widgets.section import dim_label
from engine.core.activity import Activity
from engine.core.colour import colourise, lut
from engine.core.views import Eye, ImageView, MeshView

if TYPE_CHECKING:
    from engine.meshes.drawing import MeshPainter

__all__ = ["MeshPicture"]

SIDE = 320
DEGREES_A_PIXEL = 0.5
COLOURS = "diverging"
WIRED = 3_000
"""Vertices up to which the edges of triangles can be told apart."""


@dataclass(frozen=True)
class _Heat:
    """What the colours say: limits of the values, and words for the two ends."""

    title: str
    limits: tuple[float, float]
    ends: tuple[str, str]


HEATS = (
    _Heat("Spacing", (-1.0, 1.0), ("half the mean edge", "double")),
    _Heat("Valence", (3.0, 9.0), ("3 neighbours", "9")),
)


class MeshPicture(QWidget):
    """Draws a mesh off the window's thread; of several wishes the latest is drawn."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._read: Read | None = None
        self._canvas = _Canvas()
        self._canvas.turned.connect(self._turn)
        self._heat = QComboBox()
        for heat in HEATS:
            self._heat.addItem(heat.title)
        self._heat.setAccessibleName("What the colours show")
        self._heat.currentIndexChanged.connect(self._recolour)
        self._ramp = _Ramp()
        self._low, self._high = dim_label(), dim_label()
        self._eye = Eye()
        self._view: MeshView | None = None
        self._painter: MeshPainter | None = None
        self._drawing = self._again = False
        legend = QHBoxLayout()
        legend.setSpacing(2 * theme.UNIT)
        for widget in (self._heat, self._low, self._ramp, self._high):
            legend.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * theme.UNIT)
        layout.addWidget(self._canvas)
        layout.addLayout(legend)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_mesh(self, read: Read) -> None:
        """Show a mesh."""
        self._read = read
        self._recolour()

    def _recolour(self) -> None:
        heat = HEATS[max(0, self._heat.currentIndex())]
        self._low.setText(heat.ends[0])
        self._high.setText(heat.ends[1])
        if self._read is None:
            return
        surface, quality = self._read.surface, self._read.quality
        spacing = np.log2(np.maximum(quality.spacing, 1e-6)).astype(np.float32)
        values = spacing if heat.title == "Spacing" else quality.valence
        self._view = MeshView(
            step=0,
            topology=surface.topology,
            vertices=surface.vertices,
            normals=surface.normals,
            faces=surface.faces,
            spacing=surface.spacing,
            colours=_coloured(values, heat.limits),
            shading="flat",
        )
        self._draw()

    def _turn(self, right: float, down: float) -> None:
        elevation = min(max(self._eye.elevation + down * DEGREES_A_PIXEL, -89.0), 89.0)
        turned = self._eye.turned(-right * DEGREES_A_PIXEL)
        self._eye = replace(turned, elevation=elevation)
        self._draw()

    def _draw(self) -> None:
        view, eye = self._view, self._eye
        if view is None:
            return
        if self._drawing:
            self._again = True
            return
        self._drawing, self._again = True, False
        side = round(SIDE * self.devicePixelRatioF())

        def work(activity: Activity) -> NDArray[np.uint8]:
            return self._paint(view, eye, side)

        self._jobs.start(work, self._drawn, self._undrawn)

    def _paint(self, view: MeshView, eye: Eye, side: int) -> NDArray[np.uint8]:
        """Draw; called by one thread at a time."""
        from engine.meshes.drawing import MeshPainter

        if self._painter is None:
            self._painter = MeshPainter()
        few = len(view.vertices) <= WIRED
        return self._painter.picture(view, eye, (side, side), samples=2, wireframe=few)

    def _drawn(self, pixels: NDArray[np.uint8]) -> None:
        self._drawing = False
        self._canvas.set_pixels(pixels)
        if self._again:
            self._draw()

    def _undrawn(self, error: Exception) -> None:
        self._drawing = False
        self._canvas.setToolTip(f"It could not be drawn: {error}")


class _Canvas(QWidget):
    """The picture itself.

    Signals
    -------
    turned : float, float
        It was dragged by so many pixels to the right and down.
    """

    turned = Signal(float, float)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(SIDE, SIDE)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setToolTip("Drag to turn it")
        self.setAccessibleName("Picture of the mesh")
        self._image: QImage | None = None
        self._held: QPointF | None = None

    def set_pixels(self, pixels: NDArray[np.uint8]) -> None:
        """Show premultiplied RGBA (h, w, 4)."""
        height, width = pixels.shape[:2]
        rows = np.ascontiguousarray(pixels)
        kind = QImage.Format.Format_RGBA8888_Premultiplied
        self._image = QImage(rows.data, width, height, 4 * width, kind).copy()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of it."""
        self._held = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn it."""
        if self._held is not None:
            way = event.position() - self._held
            self._held = event.position()
            self.turned.emit(way.x(), way.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of it."""
        self._held = None

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.fillRect(self.rect(), QColor(theme.current().ground))
            if self._image is not None:
                painter.drawImage(QRectF(self.rect()), self._image)


class _Ramp(QWidget):
    """The colours of the map, from low to high."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(8)
        self.setMinimumWidth(40)

    def paintEvent(self, event: QPaintEvent) -> None:
        gradient = QLinearGradient(0, 0, self.width(), 0)
        for place, (red, green, blue) in enumerate(lut(COLOURS)[::51]):
            gradient.setColorAt(place / 5, QColor(int(red), int(green), int(blue)))
        with painting(self) as painter:
            painter.fillRect(self.rect(), gradient)


def _coloured(values: NDArray[Any], limits: tuple[float, float]) -> NDArray[np.uint8]:
    """Return colours (n, 3) of numbers (n,)."""
    row = np.ascontiguousarray(values, np.float32)[None]
    whole = (0, 0, 1, row.shape[1])
    view = ImageView(
        step=0, data=row, extent=row.shape, region=whole, limits=limits, colormap=COLOURS
    )
    return np.ascontiguousarray(colourise(view)[0])
