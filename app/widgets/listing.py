"""A disassembly as a list: a click chooses a line, one in its margin sets a breakpoint."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QBrush, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from app import theme
from engine.core.programs import Line

__all__ = ["Listing"]

MARK, AT, CODE, TEXT, REMARK = range(5)
MOST_BYTES = 4
LEAST_WIDTH = 200
NARROW = 260
"""Below this width the bytes, which are on the tape, too, make room for what they do."""
ADDRESS = Qt.ItemDataRole.UserRole


class Listing(QTreeWidget):
    """Lines of a program; those of the second program of a pair follow the first's.

    Signals
    -------
    picked : int
        Address of a line that was chosen.
    break_asked : int
        Address whose breakpoint is to be set or taken away.
    """

    picked = Signal(int)
    break_asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(LEAST_WIDTH)
        self.setColumnCount(5)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setIndentation(0)
        self.setFont(theme.font("mono"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Disassembly")
        self.setToolTip("Click the left margin, or double-click a line, to set a breakpoint")
        header = self.header()
        header.setMinimumSectionSize(14)
        for column in (AT, CODE, TEXT):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(MARK, QHeaderView.ResizeMode.Fixed)
        self.setColumnWidth(MARK, 16)
        header.setStretchLastSection(True)
        self._lines: tuple[Line, ...] = ()
        self._items: list[QTreeWidgetItem] = []
        self._marked: dict[int, tuple[bool, bool]] = {}  # row: a breakpoint, the next instruction
        self._pc: int | None = None
        self._breaks: frozenset[int] = frozenset()
        self.itemDoubleClicked.connect(self._double)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines that are shown."""
        return self._lines

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show other lines; those that stay as they are cost nothing, nor does the scroll bar move.

        A program that changes itself is listed anew with every step.
        """
        former, self._lines = self._lines, tuple(lines)
        if self._lines == former:
            return
        for row, line in enumerate(self._lines):
            if row < len(former) and former[row] == line:
                continue
            if row == len(self._items):
                self._items.append(QTreeWidgetItem(self))
            _write(self._items[row], line)
        for item in self._items[len(self._lines) :]:
            self.takeTopLevelItem(self.indexOfTopLevelItem(item))
        del self._items[len(self._lines) :]
        self._marked = {row: mark for row, mark in self._marked.items() if row < len(self._items)}
        self._mark()

    def set_marks(self, pc: int | None, breaks: Collection[int]) -> None:
        """Show where the program counter is, and the breakpoints."""
        if (pc, frozenset(breaks)) == (self._pc, self._breaks):
            return
        self._pc, self._breaks = pc, frozenset(breaks)
        self._mark()

    def line_at(self, address: int) -> Line | None:
        """Return the line that begins at an address."""
        row = self._row(address)
        return self._lines[row] if row is not None and self._lines[row].at == address else None

    def reveal(self, address: int) -> None:
        """Choose the line of an address."""
        row = self._row(address)
        if row is not None:
            self.setCurrentItem(self._items[row])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        super().mousePressEvent(event)
        if item is None or event.button() != Qt.MouseButton.LeftButton:
            return
        address = int(item.data(MARK, ADDRESS))
        if event.position().x() < self.columnWidth(MARK):
            self.break_asked.emit(address)
        else:
            self.picked.emit(address)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the bytes out where it is narrow."""
        self.setColumnHidden(CODE, event.size().width() < NARROW)
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and self._lines:
            lines = self._lines
            self.set_lines(())
            self.set_lines(lines)
        super().changeEvent(event)

    def _double(self, item: QTreeWidgetItem, column: int) -> None:
        if column != MARK:
            self.break_asked.emit(int(item.data(MARK, ADDRESS)))

    def _row(self, address: int) -> int | None:
        for row, line in enumerate(self._lines):
            if line.at <= address < line.at + max(1, len(line.code)):
                return row
        return None

    def _mark(self) -> None:
        """Bring the signs up to date; only the lines that changed are touched."""
        stops = {row for at in self._breaks if (row := self._row(at)) is not None}
        here = self._row(self._pc) if self._pc is not None else None
        marks = {row: (True, row == here) for row in stops}
        if here is not None:
            marks[here] = (here in stops, True)
        for row in self._marked.keys() | marks.keys():
            stop, now = marks.get(row, (False, False))
            if self._marked.get(row, (False, False)) != (stop, now):
                item = self._items[row]
                item.setText(MARK, ("\u25cf" if stop else "") + ("\u25b8" if now else ""))
                item.setForeground(MARK, QBrush(theme.colour("danger" if stop else "accent")))
                item.setForeground(TEXT, QBrush(theme.colour("accent" if now else "text")))
        self._marked = marks
        if here is not None:
            self.scrollToItem(self._items[here])


def _write(item: QTreeWidgetItem, line: Line) -> None:
    for column, words in enumerate(("", str(line.at), _spelled(line.code), line.text, line.remark)):
        if column != MARK:
            item.setText(column, words)
    item.setData(MARK, ADDRESS, line.at)
    item.setTextAlignment(AT, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    for column in (AT, CODE, REMARK):
        item.setForeground(column, QBrush(theme.colour("dim")))
    for column in (AT, CODE, TEXT, REMARK):
        item.setToolTip(column, f"{line.at}  {line.text}  {line.remark}".strip())


def _spelled(code: bytes) -> str:
    """Write bytes in hex; of a run of bytes that do nothing, which is one line, only the first."""
    if len(code) <= MOST_BYTES:
        return code.hex(" ").upper()
    return f"{code[:2].hex(' ').upper()} ..."
