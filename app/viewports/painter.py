"""Draw a grid world without OpenGL: the pixels of `render.image`, by numpy and QPainter.

On a software OpenGL this is ten times faster than any OpenGL path: nothing has to be read back.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from app.viewports.camera import CRISP
from engine.core.colour import lut
from engine.core.views import ImageView

__all__ = ["ImagePainter"]

Colour = tuple[int, int, int]

# As in the shader: a point exactly between two texels must fall on the same side.
NUDGE = 1.0 / 4096.0


class ImagePainter:
    """Draws one `ImageView` through a camera, anew when view, camera, size or ground changed.

    `smooth` interpolates between texels; pictures that are made smaller are always smoothed.
    """

    def __init__(self) -> None:
        self.smooth = False
        self._view: ImageView | None = None
        self._camera = (0.0, 0.0, 1.0)
        self._texels: tuple[Colour, QImage] | None = None
        self._picture: tuple[tuple[object, ...], QImage, QPoint] | None = None

    def set_view(self, view: ImageView) -> None:
        """Take a new picture."""
        self._view = view
        self._texels = self._picture = None

    def set_camera(self, left: float, top: float, scale: float) -> None:
        """Place the world: device pixels from the top left to cell (0, 0), and pixels per cell."""
        self._camera = (left, top, scale)

    def covered(self) -> QRectF:
        """Return where the picture lies, in device pixels."""
        if self._view is None:
            return QRectF()
        left, top, scale = self._camera
        row, column, rows, columns = self._view.region
        down, across = self._view.tiles
        return QRectF(
            left + column * scale,
            top + row * scale,
            columns * across * scale,
            rows * down * scale,
        )

    def draw(
        self, painter: QPainter, width: int, height: int, background: Colour, ratio: float = 1.0
    ) -> None:
        """Paint `width` x `height` device pixels, `ratio` of them per unit of the painter."""
        ground = QColor(*background)
        area = QRectF(0, 0, width / ratio, height / ratio)
        painter.fillRect(area, ground)
        if self._view is None:
            return
        key = (self._camera, self.smooth, width, height, background)
        if self._picture is None or self._picture[0] != key:
            picture, place = self._compose(self._view, width, height, background)
            self._picture = (key, picture, place)
        _, picture, place = self._picture
        if not picture.isNull():
            picture.setDevicePixelRatio(ratio)
            painter.drawImage(QPointF(place.x() / ratio, place.y() / ratio), picture)

    def _compose(
        self, view: ImageView, width: int, height: int, background: Colour
    ) -> tuple[QImage, QPoint]:
        """Make the part of the picture that falls into the viewport, and say where it goes."""
        source = self._source(view, background)
        left, top, scale = self._camera
        row, column, rows, columns = view.region
        across = _Axis(
            left + column * scale, columns * view.tiles[1] * scale, source.width(), width
        )
        down = _Axis(top + row * scale, rows * view.tiles[0] * scale, source.height(), height)
        place = QPoint(across.first, down.first)
        if across.count <= 0 or down.count <= 0:
            return QImage(), place
        if self.smooth or max(across.step, down.step) > CRISP:
            return _smooth(source, across, down), place
        return _nearest(source, across, down), place

    def _source(self, view: ImageView, background: Colour) -> QImage:
        """Colour the texels, opaque over the ground, as 32-bit pixels."""
        if self._texels is None or self._texels[0] != background:
            self._texels = (background, _coloured(view, background))
        return self._texels[1]


class _Axis:
    """How one side of a picture lies in the viewport: first pixel, count, texels per pixel."""

    def __init__(self, origin: float, length: float, texels: int, pixels: int) -> None:
        self.origin, self.length, self.texels = origin, length, texels
        self.step = texels / length
        # A pixel belongs to the picture if its centre does.
        self.first = max(0, math.ceil(origin - 0.5))
        self.count = min(pixels, math.ceil(origin + length - 0.5)) - self.first

    def indices(self) -> NDArray[np.intp]:
        """Return the texel under the centre of every pixel."""
        at = (np.arange(self.count) + (self.first + 0.5 - self.origin)) * self.step + NUDGE
        return np.asarray(np.clip(np.floor(at), 0, self.texels - 1), np.intp)


def _coloured(view: ImageView, background: Colour) -> QImage:
    data = np.ascontiguousarray(view.data)
    height, width = data.shape[:2]
    if data.ndim == 2:
        return _image(_palette(view.colormap)[_levels(data, view.limits)])
    stride = width * data.shape[2]
    if data.shape[2] == 3:
        packed = QImage(data.data, width, height, stride, QImage.Format.Format_RGB888)
        return packed.convertToFormat(QImage.Format.Format_RGB32)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(*background))
    layer = QImage(data.data, width, height, stride, QImage.Format.Format_RGBA8888_Premultiplied)
    painter = QPainter(image)
    painter.drawImage(0, 0, layer)
    painter.end()
    return image


def _levels(data: NDArray[Any], limits: tuple[float, float]) -> NDArray[np.uint8]:
    low, high = limits
    scale = np.float32(255.0 / (high - low) if high > low else 0.0)
    levels = (np.asarray(data, np.float32) - np.float32(low)) * scale
    # fmax and fmin drop NaN in favour of the bound, so that the cast is always defined.
    np.fmax(levels, np.float32(0), out=levels)
    np.fmin(levels, np.float32(255), out=levels)
    levels += np.float32(0.5)
    return levels.astype(np.uint8)


def _palette(name: str) -> NDArray[np.uint32]:
    table = lut(name).astype(np.uint32)
    packed = table[:, 0] << 16 | table[:, 1] << 8 | table[:, 2]
    return np.asarray(packed | 0xFF000000, np.uint32)


def _image(pixels: NDArray[np.uint32]) -> QImage:
    """Wrap 32-bit pixels; the copy makes the image own them."""
    height, width = pixels.shape
    return QImage(pixels.data, width, height, width * 4, QImage.Format.Format_RGB32).copy()


def _nearest(source: QImage, across: _Axis, down: _Axis) -> QImage:
    columns, rows = across.indices(), down.indices()
    texels = np.frombuffer(source.constBits(), np.uint32)
    texels = texels.reshape(source.height(), source.bytesPerLine() // 4)
    part = texels[rows[0] : rows[-1] + 1]
    return _image(part.take(columns, axis=1).take(rows - rows[0], axis=0))


def _smooth(source: QImage, across: _Axis, down: _Axis) -> QImage:
    # 16 bits a channel: with 8, QPainter's interpolation is off by up to four levels.
    target = QImage(across.count, down.count, QImage.Format.Format_RGBX64)
    painter = QPainter(target)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.drawImage(
        QRectF(across.origin - across.first, down.origin - down.first, across.length, down.length),
        source.convertToFormat(QImage.Format.Format_RGBX64),
        QRectF(source.rect()),
    )
    painter.end()
    return target.convertToFormat(QImage.Format.Format_RGB32)
