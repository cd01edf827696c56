"""The palette itself: a field, and what answers to it, over the upper part of the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.palette.entries import Entry
from app.palette.likely import likely
from app.palette.lines import ENTRY, LINE, LineDelegate
from app.palette.scoring import prepare, rank

__all__ = ["PalettePopup"]

WIDTH = 640
LINES = 12
MOST = 60
_HELP = "Return does it, Esc leaves"
_NONE = "Nothing answers to that. Try fewer letters, or another word."

_ROOT = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


class _Found(QAbstractListModel):
    """The entries that answer, the best first."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._entries: list[Entry] = []

    def show(self, entries: list[Entry]) -> None:
        self.beginResetModel()
        self._entries = entries
        self.endResetModel()

    def entry(self, place: int) -> Entry | None:
        return self._entries[place] if 0 <= place < len(self._entries) else None

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self.entry(index.row())
        if entry is None:
            return None
        if role == ENTRY:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return entry.reason or None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _spoken(entry)
        return None


class PalettePopup(QFrame):
    """Finds what can be done by a few letters, and does it.

    Parameters
    ----------
    gather : callable
        Lists the entries of now; asked each time that it opens.
    recent : callable
        Lists the ids of those that were chosen last, the very last first.
    host : QWidget
        It floats over it.

    Signals
    -------
    chosen : Entry
        This is to be done; the popup has gone.
    """

    chosen = Signal(object)

    def __init__(
        self,
        gather: Callable[[], Sequence[Entry]],
        recent: Callable[[], Sequence[str]],
        host: QWidget,
    ) -> None:
        super().__init__(host)
        self._gather, self._recent, self._host = gather, recent, host
        self._entries: Sequence[Entry] = ()
        self._before: QWidget | None = None
        self.setObjectName("palette")
        self.setAccessibleName("Command palette")
        self.field = QLineEdit()
        self.field.setPlaceholderText("What do you want to do, open or see?")
        self.field.setAccessibleName("Find an action, a preset, a world or a parameter")
        self._glass = QAction(self)
        self.field.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self.found = _Found(self)
        self.list = QListView()
        self.list.setModel(self.found)
        self.list.setItemDelegate(LineDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName("Answers")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.foot = QLabel(_HELP)
        self.foot.setFont(theme.font("caption"))
        self.foot.setProperty("dim", True)
        layout = self._layout = QVBoxLayout(self)
        layout.setContentsMargins(*(2 * theme.UNIT,) * 4)
        layout.setSpacing(2 * theme.UNIT)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        layout.addWidget(self.foot)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.list.clicked.connect(self._clicked)
        self.list.selectionModel().currentChanged.connect(self._explain)
        host.installEventFilter(self)
        self.hide()

    @property
    def current(self) -> Entry | None:
        """The entry that Return would do."""
        return self.found.entry(self.list.currentIndex().row())

    def open(self, typed: str = "") -> None:
        """Come up, with something typed already."""
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        self._entries = self._gather()
        self._glass.setIcon(theme.icon("search", "dim"))
        self.field.setText(typed)
        self._search()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)
        prepare()

    def close_popup(self) -> None:
        """Go, and give the keyboard back to who had it."""
        before, self._before = self._before, None
        had = self.field.hasFocus()
        self.hide()
        self._entries = ()
        self.found.show([])
        if had and before is not None:
            before.setFocus(Qt.FocusReason.PopupFocusReason)

    def do_current(self) -> None:
        """Do what is marked, unless it cannot be done now: then its reason stays to be read."""
        entry = self.current
        if entry is None or entry.reason:
            return
        self.close_popup()
        self.chosen.emit(entry)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move through the answers from the field; follow the window's size."""
        if watched is self._host:
            if event.type() == QEvent.Type.Resize and self.isVisible():
                self._place()
            return False
        if isinstance(event, QKeyEvent) and event.type() in (
            QEvent.Type.KeyPress,
            QEvent.Type.ShortcutOverride,
        ):
            return self._key(event)
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            # Menus and other windows take the keyboard for a while only.
            passing = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
            if event.reason() not in passing and self.isVisible():
                self._before = None
                self.close_popup()
        return False

    def _key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        moves = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Tab: 1,
            Qt.Key.Key_Backtab: -1,
            Qt.Key.Key_PageDown: LINES,
            Qt.Key.Key_PageUp: -LINES,
        }
        ends = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
        if key not in moves and key not in ends:
            return False
        event.accept()
        if event.type() == QEvent.Type.ShortcutOverride:
            return True
        if key == Qt.Key.Key_Escape:
            self.close_popup()
        elif key in ends:
            self.do_current()
        else:
            self._move(moves[key])
        return True

    def _move(self, by: int) -> None:
        rows = self.found.rowCount()
        if rows:
            place = self.list.currentIndex().row() + by
            # One step goes round; a page stops at the end.
            place = place % rows if abs(by) == 1 else min(max(place, 0), rows - 1)
            self.list.setCurrentIndex(self.found.index(place))

    def _search(self) -> None:
        typed = self.field.text()
        recent = {id: place for place, id in enumerate(self._recent())}
        if typed.strip():
            ranked = rank(typed, self._entries, recent, MOST)
            answers = [self._entries[index] for _, index in ranked]
        else:
            answers = likely(self._entries, recent, MOST)
        self.found.show(answers)
        self.list.setCurrentIndex(self.found.index(0))
        self.list.scrollToTop()
        self._place()
        if not answers:
            self._explain()

    def _explain(self) -> None:
        entry = self.current
        words = _NONE if entry is None else entry.reason or _HELP
        self.foot.setText(words)
        self.field.setAccessibleDescription(_spoken(entry) if entry is not None else _NONE)

    def _clicked(self, index: QModelIndex) -> None:
        self.list.setCurrentIndex(index)
        self.do_current()

    def _place(self) -> None:
        room = self._host.size()
        width = min(WIDTH, room.width() - 2 * theme.GAP)
        margins = self._layout.contentsMargins()
        rest = self.field.sizeHint().height() + self.foot.sizeHint().height() + 4 * theme.UNIT
        rest += margins.top() + margins.bottom()
        top = min(64, room.height() // 8)
        most = min(LINES, max((room.height() - top - theme.GAP - rest) // LINE, 3))
        lines = min(max(self.found.rowCount(), 1), most)
        self.list.setFixedHeight(lines * LINE)
        self.setGeometry((room.width() - width) // 2, top, width, rest + lines * LINE)


def _spoken(entry: Entry) -> str:
    """Say an entry in one sentence, for those who hear it."""
    parts = (entry.title, entry.group, entry.key, entry.reason)
    return ", ".join(part for part in parts if part)
