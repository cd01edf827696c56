"""The figures that decide whether a mesh is good to live on, each with its gate and verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from app import theme
from app.widgets.section import dim_label

if TYPE_CHECKING:
    from engine.meshes.quality import Figure, Quality, Verdict

__all__ = ["GateTable"]

_SIGNS = {
    "good": ("circle-check", "accent"),
    "usable": ("triangle-alert", "train"),
    "poor": ("circle-x", "danger"),
}


class GateTable(QWidget):
    """A small table; a sign and a word say what the colour says."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figures: tuple[Figure, ...] = ()
        self._verdict: Verdict = "good"
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.GAP)
        self._grid.setVerticalSpacing(theme.UNIT)
        self._grid.setColumnStretch(4, 1)
        self.setAccessibleName("Quality of the mesh")

    def set_quality(self, quality: Quality) -> None:
        """Show these figures, and what they come to."""
        self._figures, self._verdict = quality.figures, quality.verdict
        words = [f"{f.name} {f.text}, asked {f.gate}: {f.verdict}" for f in self._figures]
        self.setAccessibleDescription("\n".join([*words, f"altogether: {self._verdict}"]))
        self._fill()

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme: the signs are tinted."""
        if event.type() == QEvent.Type.PaletteChange:
            self._fill()
        super().changeEvent(event)

    def _fill(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for column, head in enumerate(("Figure", "Value", "Asked")):
            self._grid.addWidget(dim_label(head), 0, column, _side(column))
        for row, figure in enumerate(self._figures, start=1):
            self._grid.addWidget(QLabel(figure.name), row, 0)
            value = QLabel(figure.text)
            value.setFont(theme.font("number"))
            self._grid.addWidget(value, row, 1, _side(1))
            self._grid.addWidget(dim_label(figure.gate, "body"), row, 2, _side(2))
            self._grid.addWidget(_sign(figure.verdict), row, 3)
        last = len(self._figures) + 1
        whole = QLabel("Altogether")
        whole.setFont(theme.font("strong"))
        self._grid.addWidget(whole, last, 0)
        self._grid.addWidget(_sign(self._verdict), last, 3)


def _side(column: int) -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignRight if column == 1 else Qt.AlignmentFlag.AlignLeft


def _sign(verdict: Verdict) -> QWidget:
    """Make the sign and the word of a verdict."""
    cell = QWidget()
    row = QHBoxLayout(cell)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.UNIT)
    name, role = _SIGNS[verdict]
    sign = QLabel()
    sign.setPixmap(theme.pixmap(name, role, ratio=cell.devicePixelRatioF()))
    row.addWidget(sign)
    row.addWidget(QLabel(verdict))
    row.addStretch(1)
    return cell
