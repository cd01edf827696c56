"""A whole trace as a picture, steps across and addresses down: writes red, reads green."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.painting import painting
from engine.core.programs import Trace

__all__ = ["TracePicture", "trace_cells", "trace_image"]

NOTHING, RUN, READ, WRITE = range(4)
WIDEST = 16384


def trace_cells(trace: Trace, columns: int) -> NDArray[np.uint8]:
    """Say what happened: uint8 (bytes, columns), the steps of a column together.

    Each is `NOTHING`, `RUN` (the program counter was there), `READ` or `WRITE`; the later one of
    this list where several are true.
    """
    cells = np.zeros((len(trace.start), max(1, columns)), np.uint8)
    if not trace.steps or not len(trace.start):
        return cells

    def column(steps: NDArray[Any]) -> NDArray[np.int64]:
        return np.asarray(steps, np.int64) * cells.shape[1] // trace.steps

    if trace.pointers:
        at = np.asarray(trace.states[:-1, trace.registers.index(trace.pointers[0])], np.int64)
        on = (at >= 0) & (at < len(trace.start))
        cells[at[on], column(np.arange(trace.steps))[on]] = RUN
    cells[trace.read_at, column(trace.read_step)] = READ
    cells[trace.write_at, column(trace.write_step)] = WRITE
    return cells


def trace_image(trace: Trace, columns: int) -> QImage:
    """Draw a trace in the colours of the theme in force, one pixel for each byte and column."""
    roles = ("panel", "line", "accent", "danger")
    palette = np.array([theme.colour(role).getRgb()[:3] for role in roles], np.uint8)  # type: ignore[index]
    rgb = np.ascontiguousarray(palette[trace_cells(trace, columns)])
    height, width = rgb.shape[:2]
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


class TracePicture(QWidget):
    """Shows a trace and the present step in it; a click goes to another.

    Signals
    -------
    jumped : int
        A step was clicked.
    """

    jumped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._trace: Trace | None = None
        self._step = 0
        self._image: QImage | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Picture of the run")
        self.setMouseTracking(True)

    def set_trace(self, trace: Trace | None) -> None:
        """Show another trace."""
        self._trace, self._image, self._step = trace, None, 0
        self.update()

    def set_step(self, step: int) -> None:
        """Mark the present step."""
        if step != self._step:
            self._step = step
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 128)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 64)

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            trace = self._trace
            if trace is None or not trace.steps:
                painter.setFont(theme.font("caption"))
                painter.setPen(theme.colour("dim"))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "No steps yet")
                return
            if self._image is None:
                columns = min(trace.steps, round(self.width() * self.devicePixelRatioF()))
                self._image = trace_image(trace, columns)
            painter.drawImage(self.rect(), self._image)
            wide = max(1.0, self.width() / (trace.steps + 1))
            x = min(self._step * self.width() / trace.steps, self.width() - wide)
            mark = QColor(theme.colour("text"))
            mark.setAlpha(170)
            painter.fillRect(QRectF(x, 0, min(wide, 2.0), self.height()), mark)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._trace is not None:
            self.jumped.emit(self._step_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        trace = self._trace
        if trace is None or not trace.steps:
            return
        step = self._step_at(event.position().x())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.jumped.emit(step)
        at = int(event.position().y() / max(1, self.height()) * len(trace.start))
        where = self.mapToGlobal(QPoint(event.position().toPoint()))
        QToolTip.showText(where, f"step {step:,}\naddress {at}", self)

    def resizeEvent(self, event: Any) -> None:
        self._image = None
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._image = None
            self.update()
        super().changeEvent(event)

    def _step_at(self, x: float) -> int:
        steps = self._trace.steps if self._trace is not None else 0
        return min(max(0, int(x / max(1, self.width()) * steps)), steps)
