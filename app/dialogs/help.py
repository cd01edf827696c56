"""Help that needs no page: the shortcuts, the program itself, and what a report should contain."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.actions import ACTIONS

__all__ = ["ShortcutsDialog", "about_text", "diagnostics"]

PACKAGES = ("primordia", "PySide6-Essentials", "vispy", "numpy", "torch", "numba", "av", "pillow")


class ShortcutsDialog(QDialog):
    """All actions, what they do and their keys, searched by word."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Shortcuts")
        self.resize(620, 560)
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search actions")
        self._search.textChanged.connect(self._filter)
        shown = [spec for spec in ACTIONS if spec.menu]
        self._table = QTableWidget(len(shown), 3)
        self._table.setHorizontalHeaderLabels(["Action", "Keys", "Does"])
        self._table.verticalHeader().hide()
        self._table.setShowGrid(False)
        self._table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self._table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        for row, spec in enumerate(shown):
            keys = ", ".join(key for key in (spec.shortcut, spec.also) if key)
            for column, text in enumerate((spec.text, keys, spec.help)):
                self._table.setItem(row, column, QTableWidgetItem(text))
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        layout.addWidget(self._search)
        layout.addWidget(self._table)
        note = QLabel(
            "On the picture: wheel zooms at the cursor, middle drag or Space and drag pans, "
            "Ctrl+wheel or [ ] change the brush, double click fits. Solids turn instead of moving."
        )
        note.setWordWrap(True)
        note.setProperty("dim", True)
        layout.addWidget(note)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        for row in range(self._table.rowCount()):
            cells = (self._table.item(row, column) for column in range(3))
            line = " ".join(cell.text() for cell in cells if cell is not None).lower()
            self._table.setRowHidden(row, not all(word in line for word in words))


def about_text() -> str:
    """Say what the program is, for the About box."""
    return (
        f"<b>Primordia {_version('primordia')}</b><br><br>"
        "A desktop laboratory in which people watch and shape self-organising systems.<br><br>"
        "Apache License 2.0. Fonts: Inter and JetBrains Mono (OFL). Icons: Lucide (ISC). "
        "Qt for Python under the LGPL."
    )


def diagnostics(renderer: str, device: str) -> str:
    """List versions, devices and renderer as text, without anything private."""
    lines = [
        f"Primordia {_version('primordia')}",
        f"Python {sys.version.split()[0]} on {platform.system()} {platform.machine()}",
        f"Qt {qVersion()}, picture drawn by {renderer}",
        f"Computing on {device or 'nothing yet'}",
    ]
    lines += [f"{name} {_version(name)}" for name in PACKAGES[1:]]
    return "\n".join(lines)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
