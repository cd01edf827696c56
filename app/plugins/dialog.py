"""The plugins there are: what state each is in, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from engine.core.plugin_folder import Plugins, State
from engine.core.plugins import PluginFile

__all__ = ["PluginsDialog", "words_for"]

WIDTH, HEIGHT = 760, 420
SIGNS: dict[State, tuple[str, str]] = {
    "new": ("lock", "train"),
    "changed": ("lock", "train"),
    "allowed": ("check", "dim"),
    "running": ("circle-check", "accent"),
    "broken": ("triangle-alert", "danger"),
}


def words_for(plugins: Plugins, file: PluginFile) -> str:
    """Say how things stand with a file."""
    error = plugins.error(file)
    if error is not None:
        return str(error).replace(str(file.path), file.name, 1)
    return {
        "new": "Not allowed yet",
        "changed": "Changed since it was allowed",
        "allowed": "Allowed, not loaded yet",
        "running": "Loaded",
    }.get(plugins.state(file), "")


class PluginsDialog(QDialog):
    """A table of the files; not modal.

    Signals
    -------
    allow_asked, withdraw_asked, look_asked : PluginFile
    reload_asked, folder_asked, example_asked
    """

    allow_asked = Signal(object)
    withdraw_asked = Signal(object)
    look_asked = Signal(object)
    reload_asked = Signal()
    folder_asked = Signal()
    example_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Plugins")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(WIDTH, HEIGHT)
        self._plugins: Plugins | None = None
        title = QLabel("Plugins")
        title.setFont(theme.font("title"))
        self._where = QLabel()
        self._where.setWordWrap(True)
        self._where.setProperty("dim", True)
        self._where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.table = self._make_table()
        self._nothing = QLabel(
            "There is no plugin yet. Add an example, or put a file of your own into the folder "
            "and press Reload."
        )
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setWordWrap(True)
        self._nothing.setProperty("dim", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        layout.setSpacing(theme.PADDING)
        layout.addWidget(title)
        layout.addWidget(self._where)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._nothing, 1)
        layout.addLayout(self._make_buttons())

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, 3)
        table.setHorizontalHeaderLabels(["File", "Systems", "State"])
        table.setAccessibleName("Files of the plugin folder")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setWordWrap(True)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        table.itemSelectionChanged.connect(self._judge)
        table.itemActivated.connect(self._look)
        return table

    def _make_buttons(self) -> QHBoxLayout:
        self.allow = _button("Allow...", "Look at the file and let it run")
        self.withdraw = _button("Withdraw consent", "It runs no more; open worlds of it go on")
        self.look = _button("Look", "Read the file; an error's line is marked")
        example = _button("Add an example", "Put a small system into the folder, to begin with")
        folder = _button("Open folder", "Show the folder in the file manager")
        reload = _button("Reload", "Look for new and changed files, without a restart")
        self.allow.clicked.connect(self._allow)
        self.withdraw.clicked.connect(self._withdraw)
        self.look.clicked.connect(self._look)
        example.clicked.connect(self.example_asked)
        folder.clicked.connect(self.folder_asked)
        reload.clicked.connect(self.reload_asked)
        row = QHBoxLayout()
        row.setSpacing(2 * theme.UNIT)
        for button in (self.allow, self.withdraw, self.look):
            row.addWidget(button)
        row.addStretch(1)
        for button in (example, folder, reload):
            row.addWidget(button)
        return row

    def show_files(self, plugins: Plugins) -> None:
        """List what the folder holds now."""
        chosen = self.chosen()
        self._plugins = plugins
        self._where.setText(
            f"A system in one Python file, put into {plugins.folder}, appears in the gallery. It "
            "is code that can do anything on this computer: nothing of it runs before you allow it."
        )
        self.table.setRowCount(0)
        for file in plugins.files:
            row = self.table.rowCount()
            self.table.insertRow(row)
            icon, role = SIGNS[plugins.state(file)]
            name = QTableWidgetItem(_sign(icon, role), file.name)
            name.setData(Qt.ItemDataRole.UserRole, file)
            systems = ", ".join(glimpse.info.title for glimpse in file.systems)
            state = QTableWidgetItem(words_for(plugins, file))
            state.setToolTip(state.text())
            for column, item in enumerate((name, QTableWidgetItem(systems), state)):
                self.table.setItem(row, column, item)
            if chosen is not None and file.path == chosen.path:
                self.table.selectRow(row)
        self.table.setVisible(self.table.rowCount() > 0)
        self._nothing.setVisible(self.table.rowCount() == 0)
        if self.table.rowCount() and self.chosen() is None:
            self.table.selectRow(0)
        self._judge()

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        if event.type() == QEvent.Type.PaletteChange and self._plugins is not None:
            self.show_files(self._plugins)
        super().changeEvent(event)

    def chosen(self) -> PluginFile | None:
        """Return the file whose row is selected."""
        rows = self.table.selectionModel().selectedRows() if self.table.rowCount() else []
        if not rows:
            return None
        found: PluginFile = rows[0].data(Qt.ItemDataRole.UserRole)
        return found

    def _judge(self) -> None:
        file, plugins = self.chosen(), self._plugins
        state = plugins.state(file) if file is not None and plugins is not None else None
        allowed = file is not None and plugins is not None and plugins.allows(file)
        none = "Choose a file first" if file is None else ""
        done = "It is broken: mend it and press Reload" if state == "broken" else "It is allowed"
        _enable(self.allow, state in ("new", "changed"), none or done)
        _enable(self.withdraw, allowed, none or "It was not allowed")
        _enable(self.look, file is not None, none)

    def _allow(self) -> None:
        self._emit(self.allow_asked)

    def _withdraw(self) -> None:
        self._emit(self.withdraw_asked)

    def _look(self) -> None:
        self._emit(self.look_asked)

    def _emit(self, signal: object) -> None:
        file = self.chosen()
        if file is not None:
            signal.emit(file)  # type: ignore[attr-defined]


def _sign(name: str, role: str) -> QIcon:
    """Make a sign that is seen on a selected row as well, which is filled with the accent."""
    sign = QIcon(theme.icon(name, role))
    for size in (16, 32):
        sign.addPixmap(theme.pixmap(name, "ground", size), QIcon.Mode.Selected)
    return sign


def _button(words: str, help: str) -> QPushButton:
    button = QPushButton(words)
    button.setToolTip(help)
    button.setProperty("help", help)
    button.setAutoDefault(False)
    return button


def _enable(button: QPushButton, on: bool, why_not: str) -> None:
    """Enable a button, or say in its tooltip why it is not."""
    button.setEnabled(on)
    button.setToolTip(str(button.property("help")) if on else why_not)
