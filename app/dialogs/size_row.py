"""A choice of sizes, the last of which is typed in."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSpinBox, QWidget

__all__ = ["CUSTOM", "SizeRow"]

CUSTOM = "Custom..."

Size = tuple[int, int]


class SizeRow(QWidget):
    """Offers sizes with words, and two numbers for any other.

    Parameters
    ----------
    sizes : sequence of (words, (width, height))
    first : int
        Which one is chosen at first.
    largest : int
        Pixels of a side at most.
    step : int
        Of the numbers: films need even ones.

    Signals
    -------
    changed
        Another size was chosen.
    """

    changed = Signal()

    def __init__(
        self,
        sizes: Sequence[tuple[str, Size]],
        first: int,
        *,
        largest: int,
        step: int = 1,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.choices = QComboBox()
        self.choices.setAccessibleName("Size")
        for words, size in sizes:
            self.choices.addItem(words, size)
        self.choices.addItem(CUSTOM, None)
        self._width, self._height = QSpinBox(), QSpinBox()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.choices, 1)
        self._by = QLabel("x")
        for box, name in ((self._width, "Width in pixels"), (self._height, "Height in pixels")):
            box.setRange(16, largest)
            box.setSingleStep(step)
            box.setSuffix(" px")
            box.setAccessibleName(name)
            box.setToolTip(f"{name}: cells are enlarged by whole numbers, the rest is margin")
            box.valueChanged.connect(self.changed)
        for part in (self._width, self._by, self._height):
            row.addWidget(part)
        self.choices.currentIndexChanged.connect(self._chosen)
        self.choices.setCurrentIndex(first)
        self._chosen()

    def size_chosen(self) -> Size:
        """Return width and height in pixels."""
        size = self.choices.currentData()
        if size is None:
            return self._width.value(), self._height.value()
        return int(size[0]), int(size[1])

    def set_custom(self, size: Size) -> None:
        """Choose a size of one's own."""
        self.choices.setCurrentIndex(self.choices.count() - 1)
        self._width.setValue(size[0])
        self._height.setValue(size[1])

    def _chosen(self) -> None:
        size = self.choices.currentData()
        if size is not None:  # the numbers begin where the former choice was
            for box, side in ((self._width, size[0]), (self._height, size[1])):
                blocked = box.blockSignals(True)
                box.setValue(int(side))
                box.blockSignals(blocked)
        for part in (self._width, self._by, self._height):
            part.setVisible(size is None)
        self.changed.emit()
