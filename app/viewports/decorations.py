"""What is drawn upon the picture: border, lines, brush ring, pinned cells, chip at the cursor."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.painting import painting
from app.viewports.camera import Placement
from app.viewports.inks import inks
from app.viewports.measure_marks import draw_kept, draw_line, draw_region
from engine.core.readings import Line, Region

__all__ = ["LINES_FROM", "Decorations", "Marks", "draw_chip", "draw_focus", "tabular"]

LINES_FROM = 16.0
TILE_CAPTION_FROM = 56.0
CHIP_WIDTH = 152.0
CHIP_GAP = 12.0


def tabular(role: theme.FontRole) -> QFont:
    """Return a font of a role whose figures all have the same width."""
    font = theme.font(role)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


@dataclass(frozen=True)
class Marks:
    """Everything that lies upon one picture; places are (row, column) in cells.

    Attributes
    ----------
    extent : (rows, columns)
        Of what is drawn, all tiles of a mosaic included.
    tiles : (rows, columns)
    captions : tuple of str
        Names of the tiles.
    lines : bool
        Whether lines between large cells are wanted.
    ring : (row, column, radius), optional
        The brush.
    pins : tuple of (row, column)
    kept : tuple of (row, column, "#RRGGBB")
        Those that are followed beside, in their colours.
    line : (cell, cell), optional
    region : (row, column, rows, columns), optional
        What is measured.
    hover : (row, column), optional
        Where a chip is wanted: the top left of the cell under the cursor.
    words : (first line, second line)
        Of the chip.
    focus : bool
        Whether the keyboard is here and should be seen to be.
    """

    extent: tuple[int, int]
    tiles: tuple[int, int] = (1, 1)
    captions: tuple[str, ...] = ()
    lines: bool = True
    ring: tuple[float, float, float] | None = None
    pins: tuple[tuple[int, int], ...] = ()
    kept: tuple[tuple[int, int, str], ...] = ()
    line: Line | None = None
    region: Region | None = None
    hover: tuple[int, int] | None = None
    words: tuple[str, str] = ("", "")
    focus: bool = False


class Decorations(QWidget):
    """A transparent layer over the surface."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._marks: Marks | None = None
        self._place = Placement(0, 0, 1.0)

    def show_marks(self, marks: Marks | None, place: Placement) -> None:
        """Draw these from now on."""
        if (marks, place) != (self._marks, self._place):
            self._marks, self._place = marks, place
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw them."""
        marks = self._marks
        if marks is None:
            return
        with painting(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            self._border(painter, marks)
            if marks.lines and self._place.scale / self._place.ratio >= LINES_FROM:
                self._lines(painter, marks)
            if marks.tiles != (1, 1):
                self._tiles(painter, marks)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._measured(painter, marks)
            for row, column in marks.pins:
                self._outline(painter, self._rect(row, column, 1, 1).adjusted(-1, -1, 1, 1))
            if marks.ring is not None:
                self._ring(painter, *marks.ring)
            if marks.hover is not None:
                self._chip(painter, marks)
            if marks.focus:
                draw_focus(painter, QRectF(self.rect()))

    def _rect(self, row: float, column: float, rows: float, columns: float) -> QRectF:
        left, top = self._place.point_of(row, column)
        size = self._place.scale / self._place.ratio
        return QRectF(left, top, columns * size, rows * size)

    def _border(self, painter: QPainter, marks: Marks) -> None:
        frame = self._rect(0, 0, *marks.extent)
        pixel = 1.0 / self._place.ratio
        ink = theme.colour("line")
        for edge in (
            QRectF(frame.left() - pixel, frame.top() - pixel, frame.width() + 2 * pixel, pixel),
            QRectF(frame.left() - pixel, frame.bottom(), frame.width() + 2 * pixel, pixel),
            QRectF(frame.left() - pixel, frame.top(), pixel, frame.height()),
            QRectF(frame.right(), frame.top(), pixel, frame.height()),
        ):
            painter.fillRect(edge, ink)

    def _lines(self, painter: QPainter, marks: Marks) -> None:
        ink = QColor(theme.colour("dim"))
        ink.setAlpha(56)
        pixel = 1.0 / self._place.ratio
        whole = self._rect(0, 0, *marks.extent)
        seen = whole.intersected(QRectF(self.rect()))
        top, left = self._place.cell_at(seen.left(), seen.top())
        bottom, right = self._place.cell_at(seen.right(), seen.bottom())
        for column in range(max(1, int(left)), min(marks.extent[1], int(right) + 1)):
            x, _ = self._place.point_of(0, column)
            painter.fillRect(QRectF(x, seen.top(), pixel, seen.height()), ink)
        for row in range(max(1, int(top)), min(marks.extent[0], int(bottom) + 1)):
            _, y = self._place.point_of(row, 0)
            painter.fillRect(QRectF(seen.left(), y, seen.width(), pixel), ink)

    def _tiles(self, painter: QPainter, marks: Marks) -> None:
        rows, columns = marks.extent[0] / marks.tiles[0], marks.extent[1] / marks.tiles[1]
        ground = theme.colour("ground")
        painter.setFont(theme.font("caption"))
        metrics = QFontMetricsF(painter.font())
        for index in range(marks.tiles[0] * marks.tiles[1]):
            r, c = divmod(index, marks.tiles[1])
            tile = self._rect(r * rows, c * columns, rows, columns)
            painter.fillRect(QRectF(tile.right() - 1, tile.top(), 2, tile.height()), ground)
            painter.fillRect(QRectF(tile.left(), tile.bottom() - 1, tile.width(), 2), ground)
            if index < len(marks.captions) and tile.width() >= TILE_CAPTION_FROM:
                words = marks.captions[index]
                box = QRectF(0, 0, metrics.horizontalAdvance(words) + 8, metrics.height() + 2)
                box.moveTopLeft(tile.topLeft() + QPointF(4, 4))
                _panel(painter, box)
                painter.setPen(theme.colour("text"))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _measured(self, painter: QPainter, marks: Marks) -> None:
        """Draw pins, line and rectangle in every tile."""
        rows, columns = marks.extent[0] // marks.tiles[0], marks.extent[1] // marks.tiles[1]
        for index in range(marks.tiles[0] * marks.tiles[1]):
            top, left = index // marks.tiles[1] * rows, index % marks.tiles[1] * columns
            for row, column, colour in marks.kept:
                draw_kept(painter, self._rect(top + row, left + column, 1, 1), colour)
            if marks.region is not None:
                row, column, tall, wide = marks.region
                draw_region(painter, self._rect(top + row, left + column, tall, wide))
            if marks.line is not None:
                one, other = (
                    QPointF(*self._place.point_of(top + row + 0.5, left + column + 0.5))
                    for row, column in marks.line
                )
                draw_line(painter, one, other)

    def _outline(self, painter: QPainter, box: QRectF) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, ink in inks():
            painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
            painter.drawRect(box)

    def _ring(self, painter: QPainter, row: float, column: float, radius: float) -> None:
        x, y = self._place.point_of(row, column)
        reach = max(radius * self._place.scale / self._place.ratio, 3.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, ink in inks():
            painter.setPen(QPen(ink, width))
            painter.drawEllipse(QPointF(x, y), reach, reach)

    def _chip(self, painter: QPainter, marks: Marks) -> None:
        assert marks.hover is not None
        if marks.ring is not None:
            x, y = self._place.point_of(marks.ring[0], marks.ring[1])
            away = min(marks.ring[2] * self._place.scale / self._place.ratio, 120.0) + 4
        else:
            x, y = self._place.point_of(marks.hover[0] + 0.5, marks.hover[1] + 0.5)
            away = CHIP_GAP
        draw_chip(painter, QRectF(self.rect()), QPointF(x, y), away, marks.words)


def draw_chip(
    painter: QPainter, area: QRectF, at: QPointF, away: float, words: tuple[str, str]
) -> None:
    """Draw two lines beside a point, so many pixels away from it and within an area."""
    first, second = words
    fonts = tabular("strong"), tabular("body")
    for font in fonts:
        font.setPixelSize(12)
    widest = max(
        QFontMetricsF(font).horizontalAdvance(line) for font, line in zip(fonts, words, strict=True)
    )
    # Steps of 16 px, so that the chip does not tremble with the figures in it.
    width = max(CHIP_WIDTH, 16 * -(-(widest + 20) // 16))
    height = 42.0 if second else 26.0
    box = QRectF(at.x() + away, at.y() - height / 2, width, height)
    if box.right() > area.width() - 4:
        box.moveRight(at.x() - away)
    box.moveLeft(max(4.0, min(box.left(), area.width() - width - 4)))
    box.moveTop(max(4.0, min(box.top(), area.height() - height - 4)))
    _panel(painter, box)
    inner = box.adjusted(10, 4, -10, -4)
    painter.setFont(fonts[0])
    painter.setPen(theme.colour("text"))
    left = Qt.AlignmentFlag.AlignLeft
    painter.drawText(inner, left | Qt.AlignmentFlag.AlignTop, first)
    painter.setFont(fonts[1])
    painter.setPen(theme.colour("dim"))
    painter.drawText(inner, left | Qt.AlignmentFlag.AlignBottom, second)


def draw_focus(painter: QPainter, area: QRectF) -> None:
    """Draw the ring of the keyboard's focus."""
    painter.setPen(QPen(theme.colour("accent"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))


def _panel(painter: QPainter, box: QRectF) -> None:
    """Draw the translucent ground of a chip."""
    ground = theme.colour("panel")
    ground.setAlpha(232)
    painter.setPen(QPen(theme.colour("line"), 1))
    painter.setBrush(ground)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS)
