"""Facts about one thing: a line each of a label, a value and its unit; long values wrap."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.painting import painting
from engine.core.system import Row

__all__ = ["Facts", "facts_text", "value_words"]

FIGURES = 4
LABEL_SHARE = 0.4
"""Of the width, for the labels at most."""
LINE = 20


def value_words(value: float | int | str) -> str:
    """Write a value as one reads it: thousands parted, fractions with four figures."""
    if isinstance(value, str):
        return value
    return f"{value:.{FIGURES}g}" if isinstance(value, float) else f"{value:,d}"


def facts_text(rows: tuple[Row, ...]) -> str:
    """Write rows for the clipboard: label, value and unit with tabs between, numbers in full."""
    lines = []
    for row in rows:
        value = f"{row.value:.9g}" if isinstance(row.value, float) else str(row.value)
        lines.append("\t".join(part for part in (row.label, value, row.unit) if part))
    return "\n".join(lines)


class Facts(QWidget):
    """Draws `Row`s; programs and other long words are broken where the width ends."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[Row, ...] = ()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_rows(self, rows: tuple[Row, ...]) -> None:
        """Show these."""
        if rows != self.rows:
            self.rows = rows
            self.setAccessibleDescription(facts_text(rows))
            self.updateGeometry()
            self._fit()
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, self.height_at(self.width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.height_at(self.width()))

    def height_at(self, width: int) -> int:
        """Return the height that all rows need."""
        return sum(high for _, high in self._lines(width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break long values anew."""
        if event.size().width() != event.oldSize().width():
            self._fit()
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            column, top = self._column(self.width()), 0
            for row, (room, high) in zip(self.rows, self._lines(self.width()), strict=True):
                metrics = QFontMetrics(theme.font("caption"))
                painter.setFont(theme.font("caption"))
                painter.setPen(theme.colour("dim"))
                label = metrics.elidedText(
                    row.label, Qt.TextElideMode.ElideRight, column - theme.UNIT
                )
                first = QRect(0, top, column, LINE)
                painter.drawText(first, Qt.AlignmentFlag.AlignVCenter, label)
                face = theme.font("mono" if isinstance(row.value, str) else "number")
                painter.setFont(face)
                painter.setPen(theme.colour("text"))
                start = top + (LINE - QFontMetrics(face).height()) // 2
                place = QRect(column, start, room, high)
                words = value_words(row.value)
                painter.drawText(place, _flags(words, QFontMetrics(face), room), words)
                if row.unit:
                    taken = min(QFontMetrics(face).horizontalAdvance(words), room)
                    unit = QRect(column + taken + theme.UNIT, top, self.width(), LINE)
                    painter.setFont(theme.font("caption"))
                    painter.setPen(theme.colour("dim"))
                    painter.drawText(unit, Qt.AlignmentFlag.AlignVCenter, row.unit)
                top += high

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)

    def _fit(self) -> None:
        self.setFixedHeight(max(1, self.height_at(self.width())))

    def _column(self, width: int) -> int:
        """Return where the values begin."""
        metrics = QFontMetrics(theme.font("caption"))
        widest = max((metrics.horizontalAdvance(row.label) for row in self.rows), default=0)
        return min(widest + 3 * theme.UNIT, int(LABEL_SHARE * width))

    def _lines(self, width: int) -> list[tuple[int, int]]:
        """Return, for each row, how wide its value may be and how high it is."""
        column, lines = self._column(width), []
        units = QFontMetrics(theme.font("caption"))
        for row in self.rows:
            unit = units.horizontalAdvance(row.unit) + theme.UNIT if row.unit else 0
            room = max(width - column - unit, 1)
            face = QFontMetrics(theme.font("mono" if isinstance(row.value, str) else "number"))
            words = value_words(row.value)
            box = face.boundingRect(QRect(0, 0, room, 10_000), _flags(words, face, room), words)
            lines.append((room, max(LINE, box.height() + LINE - face.height())))
        return lines


def _flags(words: str, metrics: QFontMetrics, room: int) -> int:
    """Break between words where each of them fits, anywhere else."""
    fits = all(metrics.horizontalAdvance(word) <= room for word in words.split())
    return int(Qt.TextFlag.TextWordWrap if fits else Qt.TextFlag.TextWrapAnywhere)
