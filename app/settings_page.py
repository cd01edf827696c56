"""The settings page: one row for every choice that `Settings` describes, found by word."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.settings import SECTIONS, Row, Settings, rows
from app.widgets.section import dim_label

__all__ = ["SettingsPage", "SettingsRow"]

LABEL_WIDTH = 190
FIELD_WIDTH = 190
_WHEN = {
    "now": "",
    "next world": "Counts for worlds opened from now on.",
    "next start": "Counts from the next start.",
}


class SettingsRow(QWidget):
    """One choice: its name, a control, and what it means.

    Signals
    -------
    chosen : str, object
        Name of the field and the value that the user chose.
    """

    chosen = Signal(str, object)

    def __init__(self, name: str, row: Row, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.row = name, row
        self._default = getattr(Settings(), name)
        title = QLabel(row.title)
        title.setFixedWidth(LABEL_WIDTH)
        title.setWordWrap(True)
        self.control = self._make_control()
        self.control.setAccessibleName(row.title)
        self.control.setAccessibleDescription(row.help)
        title.setBuddy(self.control)
        self._back = QToolButton()
        self._back.setIcon(theme.icon("rotate-ccw", "dim", 14))
        self._back.setAutoRaise(True)
        self._back.setToolTip("Back to the default")
        self._back.setAccessibleName(f"{row.title}: back to the default")
        self._back.clicked.connect(self._reset)
        # A row without it must not move.
        policy = self._back.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._back.setSizePolicy(policy)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2 * theme.UNIT)
        line.addWidget(title)
        line.addWidget(self.control)
        if row.kind == "folder":
            choose = QPushButton("Choose...")
            choose.setAccessibleName(f"{row.title}: choose a folder")
            choose.clicked.connect(self._choose)
            line.addWidget(choose)
        line.addWidget(self._back)
        line.addStretch(1)
        words = " ".join(part for part in (row.help, _WHEN[row.when]) if part)
        note = dim_label(words)
        note.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.UNIT, 0, 2 * theme.UNIT)
        layout.setSpacing(theme.UNIT)
        layout.addLayout(line)
        layout.addWidget(note)
        self._words = f"{row.section} {row.title} {words} {row.unit}".lower()

    def matches(self, words: list[str]) -> bool:
        """Tell whether all words are in what it says."""
        return all(word in self._words for word in words)

    def show_value(self, value: Any) -> None:
        """Show a value without choosing it."""
        blocked = self.control.blockSignals(True)
        if isinstance(self.control, QComboBox):
            self.control.setCurrentIndex(max(0, self.control.findData(value)))
        elif isinstance(self.control, QSpinBox):
            self.control.setValue(value)
        elif isinstance(self.control, QLineEdit):
            self.control.setText(value)
        self.control.blockSignals(blocked)
        self._back.setVisible(value != self._default)

    def _make_control(self) -> QWidget:
        row = self.row
        if row.choices:
            box = QComboBox()
            for value, words in row.choices:
                box.addItem(words, value)
            box.setFixedWidth(FIELD_WIDTH)
            box.activated.connect(self._combo_chosen)
            return box
        if isinstance(self._default, int):
            spin = QSpinBox()
            spin.setRange(int(row.low or 0), int(row.high if row.high is not None else 2**31 - 1))
            spin.setSuffix(f" {row.unit}" if row.unit else "")
            spin.setSpecialValueText(row.zero if row.low == 0 else "")
            spin.setKeyboardTracking(False)
            spin.setFixedWidth(FIELD_WIDTH)
            spin.valueChanged.connect(self._tell)
            return spin
        field = QLineEdit()
        field.setPlaceholderText("The program's own" if row.kind == "folder" else "")
        field.setMinimumWidth(FIELD_WIDTH)
        field.editingFinished.connect(self._text_chosen)
        return field

    def _combo_chosen(self) -> None:
        assert isinstance(self.control, QComboBox)
        self._tell(self.control.currentData())

    def _text_chosen(self) -> None:
        assert isinstance(self.control, QLineEdit)
        if self.control.isModified():
            self.control.setModified(False)
            self._tell(self.control.text().strip())

    def _choose(self) -> None:
        assert isinstance(self.control, QLineEdit)
        folder = QFileDialog.getExistingDirectory(self, self.row.title, self.control.text())
        if folder:
            self._tell(folder)

    def _reset(self) -> None:
        self._tell(self._default)

    def _tell(self, value: Any) -> None:
        self.chosen.emit(self.name, value)


class SettingsPage(QDialog):
    """All settings, in sections, with a search field above.

    Signals
    -------
    chosen : str, object
        Name of a field and its new value; who has it applied calls `refresh`.
    reset_asked
    deed_asked : str
        Id of an action that is about settings, too: shortcuts, plugins.
    """

    chosen = Signal(str, object)
    reset_asked = Signal()
    deed_asked = Signal(str)

    def __init__(
        self, settings: Settings, links: dict[str, str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.resize(640, 620)
        self._settings = settings
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search settings")
        self.search.setAccessibleName("Search settings")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.rows: dict[str, SettingsRow] = {}
        self._heads: dict[str, QLabel] = {}
        inside = QWidget()
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, 0, theme.GAP, 0)
        self._list.setSpacing(0)
        for section in SECTIONS:
            self._add_section(section)
        self._none = dim_label("No setting has these words.", "body")
        self._none.hide()
        self._list.addWidget(self._none)
        self._list.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        layout.setSpacing(2 * theme.UNIT)
        layout.addWidget(self.search)
        layout.addWidget(area, 1)
        layout.addLayout(self._foot(links))
        self.refresh()

    def refresh(self) -> None:
        """Show the settings as they are now."""
        for name, row in self.rows.items():
            row.show_value(getattr(self._settings, name))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.search.setFocus()

    def _add_section(self, section: str) -> None:
        head = QLabel(section)
        head.setFont(theme.font("strong"))
        head.setContentsMargins(0, theme.GAP, 0, theme.UNIT)
        self._heads[section] = head
        self._list.addWidget(head)
        for name, row in rows().items():
            if row.section == section:
                self.rows[name] = SettingsRow(name, row)
                self.rows[name].chosen.connect(self.chosen)
                self._list.addWidget(self.rows[name])

    def _foot(self, links: dict[str, str]) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(2 * theme.UNIT)
        for id, words in links.items():
            button = QPushButton(words)
            button.setAutoDefault(False)
            button.clicked.connect(partial(self.deed_asked.emit, id))
            foot.addWidget(button)
        foot.addStretch(1)
        reset = QPushButton("Reset all...")
        reset.setAutoDefault(False)
        reset.clicked.connect(self.reset_asked)
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        foot.addWidget(reset)
        foot.addWidget(close)
        return foot

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        shown: set[str] = set()
        for row in self.rows.values():
            on = row.matches(words)
            row.setVisible(on)
            if on:
                shown.add(row.row.section)
        for section, head in self._heads.items():
            head.setVisible(section in shown)
        self._none.setVisible(not shown)
