"""How large a picture of the world to save."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QFormLayout, QWidget

from app import theme

__all__ = ["PictureDialog"]


class PictureDialog(QDialog):
    """Asks for a scale of 1 to 8 and, where the world has alpha, for transparency."""

    def __init__(
        self, extent: tuple[int, int], has_alpha: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Save picture")
        self._scale = QComboBox()
        rows, columns = extent
        for factor in range(1, 9):
            self._scale.addItem(f"{factor} x: {columns * factor} x {rows * factor} pixels", factor)
        self._scale.setCurrentIndex(3 if max(extent) * 4 <= 4096 else 0)
        self._clear = QCheckBox("Transparent where the world is empty")
        self._clear.setChecked(has_alpha)
        self._clear.setVisible(has_alpha)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        save = buttons.addButton("Choose file...", QDialogButtonBox.ButtonRole.AcceptRole)
        save.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        form.setSpacing(2 * theme.UNIT)
        form.addRow("Size", self._scale)
        form.addRow("", self._clear)
        form.addRow(buttons)

    def scale(self) -> int:
        """Return how many pixels a cell gets."""
        return int(self._scale.currentData())

    def transparent(self) -> bool:
        """Whether empty cells stay transparent."""
        return self._clear.isChecked()
