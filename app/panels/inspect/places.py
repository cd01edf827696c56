"""Fields for places in a world: so that what is drawn by hand can be typed as well."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from app import theme
from app.widgets.section import dim_label

__all__ = ["Places"]

FARTHEST = 99_999


class Places(QWidget):
    """Two pairs of whole numbers, each with a name.

    Signals
    -------
    edited : tuple of int
        All four.
    """

    edited = Signal(tuple)

    def __init__(
        self, names: tuple[str, str, str, str], least: tuple[int, int, int, int], parent: QWidget
    ) -> None:
        super().__init__(parent)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(theme.UNIT)
        layout.setVerticalSpacing(theme.UNIT)
        self._fields: list[QLineEdit] = []
        self._least = least
        for place, (name, low) in enumerate(zip(names, least, strict=True)):
            field = QLineEdit()
            field.setValidator(QIntValidator(low, FARTHEST, field))
            field.setAccessibleName(name)
            field.setToolTip(name)
            field.setMinimumWidth(44)
            field.editingFinished.connect(self._edited)
            layout.addWidget(dim_label(name), 0, place)
            layout.addWidget(field, 1, place)
            self._fields.append(field)

    def show_values(self, values: tuple[int, int, int, int]) -> None:
        """Show four numbers."""
        for field, value in zip(self._fields, values, strict=True):
            if not field.isModified() or not field.hasFocus():
                field.setText(str(value))

    def _edited(self) -> None:
        if not any(field.isModified() for field in self._fields):
            return
        for field in self._fields:
            field.setModified(False)
        pairs = zip(self._fields, self._least, strict=True)
        self.edited.emit(tuple(int(field.text() or low) for field, low in pairs))
