"""The history panel: what was done to the world, its bookmarks, and the memory of its past."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QBrush, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.context_menu import ContextMenu
from app.keys import tell_keys
from app.panels.bookmarks import BookmarkRow
from app.widgets.section import dim_label
from app.world import World
from engine.core.commands import Bookmark, Restore, RunnerState

if TYPE_CHECKING:
    from app.chronicle.entries import Entry
    from app.chronicle.part import Chronicles
    from app.chronicle.world_chronicle import WorldChronicle
    from app.shell import Shell

__all__ = ["HistoryPanel"]

HINT = "What you do to the world is listed here; a click takes it back to there"
NO_WORLD = "Open a world, and what you do to it is listed here"
WORDS, STEP = range(2)
_ENTRY = Qt.ItemDataRole.UserRole
MEGABYTE = 2**20
GATHER_MS = 50
"""Changes that come within this time are drawn together: a drag sends many."""


class HistoryPanel(QWidget):
    """Lists what was done to the selected world.

    Parameters
    ----------
    chronicles : Chronicles
    shell : Shell
        Whose actions the buttons do.
    """

    def __init__(self, chronicles: Chronicles, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chronicles, self._shell = chronicles, shell
        self._world: World | None = None
        self.setMinimumWidth(220)
        self.marks = BookmarkRow()
        self.list = self._make_list()
        self._hint = dim_label(NO_WORLD)
        self._hint.setWordWrap(True)
        self._memory = QProgressBar()
        self._memory.setTextVisible(False)
        self._memory.setFixedHeight(theme.UNIT)
        self._memory.setAccessibleName("Memory of the past")
        self._words = QPushButton()
        self._words.setFlat(True)
        self._words.setToolTip("Moments, states set aside and bookmarks: choose how much memory")
        self._words.clicked.connect(self._ask_memory)
        keep = self._button("Bookmark", "bookmark", "time.bookmark")
        branch = self._button("Branch", "git-branch", "time.branch")
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.UNIT)
        buttons.addWidget(keep, 1)
        buttons.addWidget(branch, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.PADDING)
        layout.setSpacing(2 * theme.UNIT)
        layout.addLayout(buttons)
        layout.addWidget(self.marks)
        layout.addWidget(self._hint)
        layout.addWidget(self.list, 1)
        layout.addWidget(self._memory)
        layout.addWidget(self._words)
        self._gather = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._gather.timeout.connect(self.refresh)
        chronicles.changed.connect(self._changed)
        shell.lab.selected.connect(self._selected)
        self.marks.recalled.connect(self._recall)
        self.marks.branched.connect(self._branch_mark)
        self.marks.forgotten.connect(self._forget)
        self._selected(shell.lab.world)

    def _make_list(self) -> QTreeWidget:
        made = QTreeWidget()
        made.setColumnCount(2)
        made.setHeaderHidden(True)
        made.setRootIsDecorated(False)
        made.setIndentation(0)
        made.setUniformRowHeights(True)
        made.setIconSize(QSize(16, 16))
        made.setAccessibleName("What was done")
        made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header = made.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(WORDS, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(STEP, QHeaderView.ResizeMode.ResizeToContents)
        made.itemClicked.connect(self._chosen)
        made.itemActivated.connect(self._chosen)
        made.customContextMenuRequested.connect(self._menu)
        return made

    def _button(self, words: str, icon: str, action: str) -> QPushButton:
        button = QPushButton(words)
        button.setIcon(theme.icon(icon))
        button.setProperty("lucide", icon)
        tell_keys(button, action)
        button.setToolTip(self._shell.window.user_actions[action].statusTip())
        button.clicked.connect(self._pressed)
        return button

    # What is shown.

    def refresh(self) -> None:
        """Draw the list, the bookmarks and the memory as they are."""
        if not self.isVisible():
            return
        chronicle = self._chronicles.of(self._world)
        self._fill(chronicle)
        self.marks.show_marks(chronicle.bookmarks if chronicle is not None else ())
        self._hint.setText(HINT if chronicle is not None else NO_WORLD)
        self._hint.setVisible(chronicle is None or not chronicle.entries.all)
        self._show_memory()

    def _fill(self, chronicle: WorldChronicle | None) -> None:
        self.list.clear()
        if chronicle is None or not chronicle.entries.all:
            return
        first = QTreeWidgetItem(self.list, ["As it was opened", ""])
        first.setIcon(WORDS, theme.icon("sprout"))
        first.setSizeHint(WORDS, QSize(0, theme.CONTROL))
        present, icon = first, "sprout"
        for place, entry in enumerate(chronicle.entries.all):
            held = place < chronicle.entries.done
            item = self._row(entry, held, chronicle.why_not(entry) if held else "")
            if held and not entry.ahead:
                present, icon = item, entry.icon
        present.setIcon(WORDS, theme.icon(icon, "on_accent"))
        self.list.setCurrentItem(present)
        self.list.scrollToItem(present)

    def _row(self, entry: Entry, held: bool, why: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem(self.list, [entry.words, f"{entry.step:,}"])
        item.setData(WORDS, _ENTRY, entry)
        item.setSizeHint(WORDS, QSize(0, theme.CONTROL))
        item.setTextAlignment(STEP, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setForeground(STEP, QBrush(theme.colour("dim")))
        lives = held and not (entry.ahead or why)
        item.setIcon(WORDS, theme.icon(entry.icon, "text" if lives else "dim"))
        if not lives:
            item.setForeground(WORDS, QBrush(theme.colour("dim")))
        clock = time.strftime("%H:%M:%S", time.localtime(entry.at))
        so = "" if held else "\nTaken back; a click does it again"
        so = "\nLater than the present: the world is back before it" if entry.ahead else so
        so = f"\n{why}" if why else so
        way_back = entry.undo if held else entry.redo
        if isinstance(way_back, Restore) and way_back.lost and not why:
            so += f"\n{'Undone' if held else 'Done again'}, {way_back.lost}"
        words = f"{entry.words}\nat step {entry.step:,}, {clock}{so}"
        item.setToolTip(WORDS, words)
        item.setData(WORDS, Qt.ItemDataRole.AccessibleDescriptionRole, words)
        return item

    def _show_memory(self) -> None:
        state = self._world.state if self._world is not None else None
        self._memory.setVisible(state is not None)
        self._words.setVisible(state is not None)
        if state is not None:
            self._memory.setRange(0, max(1, state.budget // 1024))
            self._memory.setValue(min(state.kept_bytes, state.budget) // 1024)
            kept, budget = state.kept_bytes / MEGABYTE, state.budget / MEGABYTE
            self._words.setText(f"{kept:,.1f} of {budget:,.0f} MB for its past")

    # What comes.

    def _selected(self, world: World | None) -> None:
        if self._world is not None:
            self._world.state_changed.disconnect(self._state_changed)
            self._world.closed.disconnect(self._world_closed)
        self._world = world
        if world is not None:
            world.state_changed.connect(self._state_changed)
            world.closed.connect(self._world_closed)
        self.refresh()

    def _world_closed(self) -> None:
        self._selected(None)

    def _state_changed(self, state: RunnerState) -> None:
        if self.isVisible():
            self._show_memory()

    def _changed(self, chronicle: WorldChronicle) -> None:
        if chronicle.world is self._world and self.isVisible():
            self._gather.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up on what came while nobody looked."""
        super().showEvent(event)
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for button in self.findChildren(QPushButton):
                if button.property("lucide"):
                    button.setIcon(theme.icon(str(button.property("lucide"))))
            self.refresh()

    # What is asked for.

    def _pressed(self) -> None:
        sender = self.sender()
        action = self._shell.window.user_actions[str(sender.property("action"))]
        action.trigger()

    def _ask_memory(self) -> None:
        self._shell.window.user_actions["time.memory"].trigger()

    def _chosen(self, item: QTreeWidgetItem) -> None:
        chronicle = self._chronicles.of(self._world)
        if chronicle is not None:
            chronicle.go_to(item.data(WORDS, _ENTRY))

    def _menu(self, at: QPoint) -> None:
        item = self.list.itemAt(at)
        chronicle = self._chronicles.of(self._world)
        if item is None or chronicle is None:
            return
        entry: Entry | None = item.data(WORDS, _ENTRY)
        menu = ContextMenu(self.list)
        menu.add("Go to here", partial(chronicle.go_to, entry))
        if entry is not None:
            off = partial(chronicle.branch, step=entry.step)
            menu.add(f"Branch from step {entry.step:,}", off)
        menu.open(self.list.viewport().mapToGlobal(at))

    def _recall(self, mark: Bookmark) -> None:
        chronicle = self._chronicles.of(self._world)
        if chronicle is not None:
            chronicle.recall(mark)

    def _branch_mark(self, mark: Bookmark) -> None:
        chronicle = self._chronicles.of(self._world)
        if chronicle is not None:
            chronicle.branch(bookmark=mark)

    def _forget(self, mark: Bookmark) -> None:
        chronicle = self._chronicles.of(self._world)
        if chronicle is not None:
            chronicle.forget(mark)
