"""How large a picture of the world to save."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QFormLayout, QWidget

from app import theme

__all__ = ["PictureDialog"]

MOST = 4096
"""The size that is chosen at first has no longer side, if there is such a one."""


class PictureDialog(QDialog):
    """Asks for one of the sizes and, where the world has alpha, for transparency.

    Parameters
    ----------
    sizes : sequence of (words, (width, height))
    first : int
        Which one is chosen at first, unless it is very large.
    has_alpha : bool
    """

    def __init__(
        self,
        sizes: Sequence[tuple[str, tuple[int, int]]],
        first: int,
        has_alpha: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Save picture")
        self._size = QComboBox()
        for words, size in sizes:
            self._size.addItem(words, size)
        self._size.setCurrentIndex(first if max(sizes[first][1]) <= MOST else 0)
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
        form.addRow("Size", self._size)
        form.addRow("", self._clear)
        form.addRow(buttons)

    def size_chosen(self) -> tuple[int, int]:
        """Return width and height in pixels."""
        width, height = self._size.currentData()
        return int(width), int(height)

    def transparent(self) -> bool:
        """Whether empty cells stay transparent."""
        return self._clear.isChecked()
