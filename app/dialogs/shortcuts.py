"""The shortcut page: every action with its keys, which can be changed, and those of the picture."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.deeds import ACTIONS
from app.keymap import RESERVED, portable
from app.shell import Shell
from engine.core.errors import BadInput

__all__ = ["KeyField", "ShortcutsDialog"]

_ID = Qt.ItemDataRole.UserRole
_NATIVE = QKeySequence.SequenceFormat.NativeText
_PICTURE = "On the picture"
_NOTE = (
    "Wheel zooms at the cursor, middle drag or Space and drag moves the picture, Ctrl+wheel "
    "changes the brush, double click fits. Solids turn instead of moving."
)


class KeyField(QKeySequenceEdit):
    """Takes one key by pressing it; Tab still goes on and Esc still leaves.

    Signals
    -------
    pressed : str
        A key was pressed, in Qt's portable notation.
    left
        It shows none, since nothing but a modifier was pressed, and waits no more.
    """

    pressed = Signal(str)
    left = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMaximumSequenceLength(1)
        self.setAccessibleName(name)
        self.setToolTip("Press the key that it shall have")
        self.keySequenceChanged.connect(self._changed)
        self.editingFinished.connect(self._finished)

    def show_key(self, key: str) -> None:
        """Show a key without telling of it."""
        blocked = self.blockSignals(True)
        self.setKeySequence(QKeySequence.fromString(key))
        self.blockSignals(blocked)

    def event(self, event: QEvent) -> bool:
        """Leave Tab to the dialog, and Esc."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) and not (
                event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
            ):
                return self.focusNextPrevChild(key == Qt.Key.Key_Tab)
            if key == Qt.Key.Key_Escape:
                event.ignore()
                return False
        return super().event(event)

    def _changed(self, sequence: QKeySequence) -> None:
        # Qt empties it when the first key, be it a modifier, goes down.
        if not sequence.isEmpty():
            self.pressed.emit(sequence.toString(QKeySequence.SequenceFormat.PortableText))

    def _finished(self) -> None:
        if self.keySequence().isEmpty():
            self.left.emit()


class ShortcutsDialog(QDialog):
    """All actions, what they do and their keys, searched by word and changed one at a time."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._shell, self._actions = shell, shell.window.user_actions
        self._refused: tuple[int, str, str] | None = None  # which key, what, and whose it is
        self._cells: dict[str, QTableWidgetItem] = {}
        self.setWindowTitle("Shortcuts")
        self.resize(720, 620)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search actions and keys")
        self.search.setAccessibleName("Search actions and keys")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.table = self._make_table()
        self.fields = (KeyField("Key"), KeyField("Second key"))
        self.clear = (QToolButton(), QToolButton())
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.take = QPushButton("Take it")
        self.reset_one = QPushButton("Reset")
        self.reset_all = QPushButton("Reset all")
        self.copy = QPushButton("Copy as text")
        words = QLabel(_NOTE)
        words.setWordWrap(True)
        words.setProperty("dim", True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        for button in (self.reset_all, self.copy):
            button.setAutoDefault(False)
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ResetRole)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        layout.addWidget(self.search)
        layout.addWidget(self.table, 1)
        layout.addLayout(self._make_editor())
        layout.addWidget(self.note)
        layout.addWidget(words)
        layout.addWidget(buttons)
        buttons.rejected.connect(self.reject)
        self.take.clicked.connect(self._take)
        self.reset_one.clicked.connect(self._reset)
        self.reset_all.clicked.connect(self._reset_all)
        self.copy.clicked.connect(self._copy)
        for place, field in enumerate(self.fields):
            field.pressed.connect(partial(self._press, place))
            field.left.connect(self._show_chosen)
            self.clear[place].clicked.connect(partial(self._clear, place))
        self.table.currentItemChanged.connect(self._show_chosen)
        self.table.selectRow(0)
        self._show_chosen()

    @property
    def chosen(self) -> str:
        """Id of the action in the marked row; "" where the row is no action."""
        item = self.table.item(self.table.currentRow(), 0)
        return str(item.data(_ID) or "") if item is not None else ""

    def choose(self, id: str) -> None:
        """Mark the row of an action."""
        for row in range(self.table.rowCount()):
            item = self.table.item(row, 0)
            if item is not None and item.data(_ID) == id:
                self.table.setCurrentItem(item)

    def _make_table(self) -> QTableWidget:
        shown = [spec for spec in ACTIONS if not spec.scripted]
        table = QTableWidget(len(shown) + len(RESERVED), 3)
        table.setAccessibleName("Actions")
        table.setHorizontalHeaderLabels(["Action", "Keys", "Does"])
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        for row, spec in enumerate(shown):
            where = f"{spec.menu}: " if spec.menu else ""
            named, cell = QTableWidgetItem(where + spec.text.rstrip(".")), QTableWidgetItem()
            named.setData(_ID, spec.id)
            for column, item in enumerate((named, cell, QTableWidgetItem(spec.help))):
                table.setItem(row, column, item)
            self._cells[spec.id] = cell
        for row, (key, does) in enumerate(RESERVED.items(), len(shown)):
            shown_key = QKeySequence.fromString(key).toString(_NATIVE)
            for column, text in enumerate((_PICTURE, shown_key, does)):
                table.setItem(row, column, QTableWidgetItem(text))
        self._write_keys()
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        return table

    def _make_editor(self) -> QHBoxLayout:
        row = QHBoxLayout()
        for words, field, clear in zip(("&Key", "&Or"), self.fields, self.clear, strict=True):
            label = QLabel(words)
            label.setBuddy(field)
            clear.setIcon(theme.icon("x", "dim", 12))
            clear.setAccessibleName(f"Take away the {field.accessibleName().lower()}")
            clear.setToolTip("Take this key away")
            row.addWidget(label)
            row.addWidget(field, 1)
            row.addWidget(clear)
        for button in (self.take, self.reset_one):
            button.setAutoDefault(False)
            row.addWidget(button)
        return row

    def _write_keys(self) -> None:
        """Write the keys of now; those of the user's own are set off."""
        keymap = self._actions.keymap
        for id, cell in self._cells.items():
            keys = (QKeySequence.fromString(key).toString(_NATIVE) for key in keymap.keys(id))
            cell.setText(", ".join(keys))
            own = keymap.is_changed(id)
            cell.setFont(theme.font("strong" if own else "body"))
            cell.setToolTip("Changed by you" if own else "")

    def _show_chosen(self) -> None:
        id = self.chosen
        keys = self._actions.keymap.keys(id) if id else ()
        for place, field in enumerate(self.fields):
            field.setEnabled(bool(id))
            field.show_key(keys[place] if place < len(keys) else "")
            self.clear[place].setEnabled(place < len(keys))
        self.reset_one.setEnabled(bool(id) and self._actions.keymap.is_changed(id))
        self.reset_all.setEnabled(bool(self._actions.keymap.changes()))
        none = self.table.currentRow() < 0
        self._say("" if id or none else "This key belongs to the picture and cannot be changed")

    def _press(self, place: int, key: str) -> None:
        """Give the action the key that was pressed, or say why not."""
        id = self.chosen
        objection = self._actions.keymap.objection(id, key)
        if objection:
            owner = "" if portable(key) in RESERVED else self._actions.keymap.owner(key, but=id)
            self._say(objection, (place, key, owner) if owner else None)
            return
        keys = list(self._actions.keymap.keys(id))
        keys[place : place + 1] = [key]
        self._set(id, keys)

    def _clear(self, place: int) -> None:
        keys = list(self._actions.keymap.keys(self.chosen))
        del keys[place : place + 1]
        self._set(self.chosen, keys)

    def _take(self) -> None:
        """Take the key from the action that has it."""
        if self._refused is None:
            return
        place, key, owner = self._refused
        keymap = self._actions.keymap
        kept = [k for k in keymap.keys(owner) if keymap.owner(k, but=owner) != self.chosen]
        wanted = portable(key)
        self._set(owner, [k for k in kept if k != wanted and not k.startswith(f"{wanted}, ")])
        self._press(place, key)

    def _reset(self) -> None:
        try:
            self._actions.reset_keys(self.chosen)
        except BadInput as error:
            self._say(str(error))
            return
        self._keep()

    def _reset_all(self) -> None:
        self._actions.reset_keys()
        self._keep()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._actions.keymap.text())
        self._say("Copied the list of actions and keys")

    def _set(self, id: str, keys: list[str]) -> None:
        self._actions.set_keys(id, keys)
        self._keep()

    def _keep(self) -> None:
        """Show and save what is so now."""
        self._write_keys()
        self._show_chosen()
        self._shell.settings.shortcuts = dict(self._actions.keymap.changes())
        self._shell.save_settings()

    def _say(self, words: str, refused: tuple[int, str, str] | None = None) -> None:
        self._refused = refused
        self.note.setText(words)
        self.take.setVisible(refused is not None)
        if refused is not None:
            self.take.setText(f"Take it from {self._actions[refused[2]].text().rstrip('.')}")

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        for row in range(self.table.rowCount()):
            cells = (self.table.item(row, column) for column in range(3))
            line = " ".join(cell.text() for cell in cells if cell is not None).lower()
            self.table.setRowHidden(row, not all(word in line for word in words))
        row = self.table.currentRow()
        if row < 0 or self.table.isRowHidden(row):  # nobody edits what is not seen
            rows = (n for n in range(self.table.rowCount()) if not self.table.isRowHidden(n))
            self.table.setCurrentCell(next(rows, -1), 0)
