"""What the colours of a picture mean, in a small panel on it."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from app import theme
from app.painting import painting
from app.viewports.chrome import FloatingPanel
from engine.core.views import Legend

__all__ = ["LegendPanel"]

PAD = 12
LINE = 20
SWATCH = 12
RAMP = 160
BAR = 8
NOTE = 190


class LegendPanel(FloatingPanel):
    """Swatches with words and signs, a scale with its two ends, or a sentence.

    Signals
    -------
    pressed
        The scale of a legend that `adjustable` was said of was pressed: its limits are to be set.
    """

    pressed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Legend")
        self.legend: Legend | None = None
        self._adjustable = False

    def set_adjustable(self, on: bool) -> None:
        """Say whether the limits of the scale can be set by hand."""
        if on != self._adjustable:
            self._adjustable = on
            self.setToolTip("Set the limits of the colour map" if on else "")
            shape = Qt.CursorShape.PointingHandCursor if on else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus if on else Qt.FocusPolicy.NoFocus)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for the limits."""
        if self._adjustable and event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask for the limits."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if self._adjustable and event.key() in keys:
            self.pressed.emit()
        else:
            super().keyPressEvent(event)

    def set_legend(self, legend: Legend | None) -> bool:
        """Show another one; tells whether it takes another room."""
        if legend == self.legend:
            return False
        before, there = self.size(), self.legend is not None
        self.legend = legend
        words = [] if legend is None else [entry[1] for entry in legend.entries]
        self.setAccessibleDescription(", ".join(words) or (legend.note if legend else ""))
        self.resize(self.sizeHint())
        self.update()
        return self.size() != before or there != (legend is not None)

    def sizeHint(self) -> QSize:
        """Return the size of what it says."""
        legend = self.legend
        if legend is None:
            return QSize(0, 0)
        width, height = 0.0, 2.0 * PAD - 6
        if legend.entries:
            width = SWATCH + 8 + self._words_width() + self._signs_width()
            height += LINE * len(legend.entries)
        if legend.ramp:
            ends = sum(_caption().horizontalAdvance(words) for words in legend.ends)
            width = max(width, RAMP, ends + 16)
            height += LINE + BAR
        if legend.note:
            box = self._note_box()
            width = max(width, box.width())
            height += box.height() + 4
        return QSize(math.ceil(width) + 2 * PAD, math.ceil(height))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw all of it."""
        super().paintEvent(event)
        legend = self.legend
        if legend is None:
            return
        with painting(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.hasFocus():
                painter.setPen(QPen(theme.colour("accent"), 1))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            top = float(PAD - 3)
            for colour, words, signs in legend.entries:
                self._entry(painter, top, QColor(*colour), words, signs)
                top += LINE
            if legend.ramp:
                top = self._ramp(painter, top + 3, legend)
            if legend.note:
                painter.setFont(theme.font("caption"))
                painter.setPen(theme.colour("dim"))
                box = self._note_box().translated(PAD, top)
                painter.drawText(box, int(Qt.TextFlag.TextWordWrap), legend.note)

    def _entry(self, painter: QPainter, top: float, colour: QColor, words: str, signs: str) -> None:
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(colour)
        box = QRectF(PAD + 0.5, top + (LINE - SWATCH) / 2 + 0.5, SWATCH - 1, SWATCH - 1)
        painter.drawRoundedRect(box, 2, 2)
        room = QRectF(PAD + SWATCH + 8, top, self.width() - 2 * PAD - SWATCH - 8, LINE)
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.colour("text"))
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeft, words)
        painter.setFont(theme.font("mono"))
        painter.setPen(theme.colour("dim"))
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignRight, signs)

    def _ramp(self, painter: QPainter, top: float, legend: Legend) -> float:
        """Draw a scale and what its ends mean; returns where it ends."""
        bar = QRectF(PAD, top, self.width() - 2 * PAD, BAR)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for index, colour in enumerate(legend.ramp):
            gradient.setColorAt(index / max(len(legend.ramp) - 1, 1), QColor(*colour))
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.colour("text"))
        room = QRectF(QPointF(bar.left(), bar.bottom()), bar.size()).adjusted(0, 0, 0, LINE - BAR)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeft, legend.ends[0])
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignRight, legend.ends[1])
        return top + BAR + LINE

    def _words_width(self) -> float:
        assert self.legend is not None
        return max(_caption().horizontalAdvance(words) for _, words, _ in self.legend.entries)

    def _signs_width(self) -> float:
        assert self.legend is not None
        metrics = QFontMetricsF(theme.font("mono"))
        widest = max(metrics.horizontalAdvance(signs) for _, _, signs in self.legend.entries)
        return widest + 16 if widest else 0.0

    def _note_box(self) -> QRectF:
        assert self.legend is not None
        flags = int(Qt.TextFlag.TextWordWrap)
        return _caption().boundingRect(QRectF(0, 0, NOTE, 400), flags, self.legend.note)


def _caption() -> QFontMetricsF:
    return QFontMetricsF(theme.font("caption"))
