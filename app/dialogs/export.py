"""Which of a system's own kinds of file to write."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app import theme

__all__ = ["ExportDialog"]


class ExportDialog(QDialog):
    """Shows all kinds at once; the filters of a file dialog hide all but one.

    Parameters
    ----------
    kinds : sequence of (ending, title)
        The first one is chosen at first.
    """

    def __init__(self, kinds: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export")
        self._kinds = tuple(kinds)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        layout.setSpacing(2 * theme.UNIT)
        title = QLabel("Export")
        title.setFont(theme.font("title"))
        layout.addWidget(title)
        self._group = QButtonGroup(self)
        for number, (ending, words) in enumerate(self._kinds):
            button = QRadioButton(f"{words}  ({ending})")
            button.setChecked(number == 0)
            self._group.addButton(button, number)
            layout.addWidget(button)
        layout.addSpacing(theme.GAP)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        choose = buttons.addButton("Choose file...", QDialogButtonBox.ButtonRole.AcceptRole)
        choose.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)

    def kind(self) -> tuple[str, str]:
        """Return ending and title of what is chosen."""
        return self._kinds[self._group.checkedId()]
