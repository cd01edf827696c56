"""How large a picture of the world to save."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QFormLayout, QWidget

from app import theme
from app.dialogs.size_row import SizeRow
from app.dialogs.sizes import LARGEST

__all__ = ["PictureDialog"]

MOST = 4096
"""The size that is chosen at first has no longer side, if there is such a one."""


class PictureDialog(QDialog):
    """Asks for a size and for what belongs to the picture.

    Parameters
    ----------
    sizes : sequence of (words, (width, height))
    first : int
        Which one is chosen at first, unless it is very large.
    has_alpha : bool
        Whether something of it may be transparent.
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
        first = first if max(sizes[first][1]) <= MOST else 0
        self.size_row = SizeRow(sizes, first, largest=LARGEST)
        self._clear = QCheckBox("Transparent where the world is empty")
        self._clear.setChecked(has_alpha)
        self._clear.setVisible(has_alpha)
        self._legend = QCheckBox("Legend and scale below it")
        self._legend.setToolTip("Writes the step, how long a number of cells is, and the colours")
        self._sidecar = QCheckBox("Write beside it how it was made")
        self._sidecar.setToolTip(
            "A file NAME.png.json, from which `primordia render` makes the same picture again"
        )
        self._sidecar.setChecked(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        save = buttons.addButton("Choose file...", QDialogButtonBox.ButtonRole.AcceptRole)
        save.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        form.setSpacing(2 * theme.UNIT)
        form.addRow("Size", self.size_row)
        for box in (self._clear, self._legend, self._sidecar):
            form.addRow("", box)
        form.addRow(buttons)

    def size_chosen(self) -> tuple[int, int]:
        """Return width and height in pixels."""
        return self.size_row.size_chosen()

    def transparent(self) -> bool:
        """Whether empty cells stay transparent."""
        return self._clear.isChecked()

    def legend(self) -> bool:
        """Whether the legend is drawn."""
        return self._legend.isChecked()

    def sidecar(self) -> bool:
        """Whether it is written how the picture was made."""
        return self._sidecar.isChecked()
