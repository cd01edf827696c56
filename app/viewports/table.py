"""The viewport of tables: sort by a column, copy rows as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import floor, isfinite, log10
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import (
    QAction,
    QColor,
    QGuiApplication,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.remembering import numbers
from app.viewports.base import Viewport
from app.widgets.section import dim_label
from engine.core.figures import TableView
from engine.core.views import View

__all__ = ["TableModel", "TableViewport"]

Index = QModelIndex | QPersistentModelIndex

SORTED_BY = Qt.ItemDataRole.UserRole
PICKED = Qt.ItemDataRole.UserRole + 1
FIGURES, FEW = 4, 2
"""Significant ones of the largest broken number of a column, and of the smallest at least."""
MOST_DECIMALS = 7
WHOLE = 1e12
FRAME = 1
BETWEEN = 4
LEAST_WORDS = 120
PICK_HINT = "Click a program to load it into the inspector, double-click to see it there"
SORT_SIGN = """QHeaderView::up-arrow, QHeaderView::down-arrow {
  subcontrol-position: top center; width: 8px; height: 6px; }"""
"""Above the name of the column, which needs its width for itself."""
ROOM = "QTableView::item { padding: 0 6px; } QHeaderView::section { padding: 4px 9px; }"
"""On both sides of a cell: words may stand to the right of figures."""
_Mode = QHeaderView.ResizeMode


Cell = float | int | str


def cell_words(value: Cell, decimals: int | None = None) -> str:
    """Write a cell: whole numbers with separators, others with four figures or so many decimals."""
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:,d}"
    if decimals is None and 10**FIGURES <= abs(value) < WHOLE:
        decimals = 0  # powers of ten are for what is too long to be read
    return f"{value:,.{FIGURES}g}" if decimals is None else f"{value:,.{decimals}f}"


def is_figure(value: Cell) -> bool:
    """Whether a cell reads as a number, also one that its system wrote in its own way."""
    return (
        not isinstance(value, str)
        or value.lstrip("-").replace(",", "").replace(".", "", 1).isdecimal()
    )


def decimals_of(cells: Iterable[Cell]) -> int | None:
    """Return how many decimals the broken numbers of a column need; None if they are too unlike."""
    sizes = [abs(cell) for cell in cells if isinstance(cell, float) and isfinite(cell) and cell]
    if not sizes:
        return 0
    least = max(FIGURES - 1 - floor(log10(max(sizes))), FEW - 1 - floor(log10(min(sizes))), 0)
    if max(sizes) >= WHOLE or least > MOST_DECIMALS:
        return None
    ends = [Decimal(f"{size:.{least}f}").normalize().as_tuple().exponent for size in sizes]
    return max(0, *(-int(end) for end in ends))


def is_figures(cells: Iterable[Cell]) -> bool:
    """Whether a column is one of numbers: any word makes it one of words; "" is neither."""
    return all(is_figure(cell) for cell in cells if cell != "")


class TableModel(QAbstractTableModel):
    """The newest `TableView`; rows and columns come and go with it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = TableView(step=0, columns=(), rows=())
        self._decimals: tuple[int | None, ...] = ()
        self._figures: tuple[bool, ...] = ()
        self.picked: bytes | None = None

    def show_view(self, view: TableView) -> None:
        """Take a new table; a selection survives where the form is the same."""
        columns = [[row[column] for row in view.rows] for column in range(len(view.columns))]
        self._decimals = tuple(decimals_of(column) for column in columns)
        figures = tuple(is_figures(column) for column in columns)
        turned, self._figures = figures != self._figures, figures
        same = (view.columns, len(view.rows)) == (self._view.columns, len(self._view.rows))
        if same:
            self._view = view
            if view.rows and view.columns:
                last = self.index(len(view.rows) - 1, len(view.columns) - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            if turned and view.columns:
                across = Qt.Orientation.Horizontal
                self.headerDataChanged.emit(across, 0, len(view.columns) - 1)
            return
        self.beginResetModel()
        self._view = view
        self.endResetModel()

    @property
    def view(self) -> TableView:
        """The table that is shown."""
        return self._view

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of rows."""
        return 0 if parent is not None and parent.isValid() else len(self._view.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """Return the number of columns."""
        return 0 if parent is not None and parent.isValid() else len(self._view.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return words, alignment, font, or the value that rows are sorted by."""
        value = self._view.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return cell_words(value, self._decimals[index.column()])
        if role == SORTED_BY:
            return value
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(index.column())
        if role == Qt.ItemDataRole.FontRole and self._figures[index.column()]:
            return theme.font("number")
        if index.column() == 0 and self._view.programs and role == Qt.ItemDataRole.FontRole:
            return theme.font("mono")
        if index.column() == 0 and role == Qt.ItemDataRole.DecorationRole:
            return self._swatch(index.row())
        if role == PICKED:
            return self.picked is not None and self.program(index.row()) == self.picked
        if role == Qt.ItemDataRole.AccessibleDescriptionRole and index.data(PICKED):
            return "the picked program"
        return None

    def program(self, row: int) -> bytes | None:
        """Return the program that a row stands for, None where it stands for none."""
        return self._view.programs[row] if 0 <= row < len(self._view.programs) else None

    def _swatch(self, row: int) -> QColor | None:
        swatches = self._view.swatches
        return None if swatches is None else QColor(*(int(part) for part in swatches[row]))

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return a column's name, aligned as its cells are."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._view.columns[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(section)
        return None

    def _side(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if self._figures[column] else Qt.AlignmentFlag.AlignLeft
        return Qt.AlignmentFlag.AlignVCenter | side


class _Sorted(QSortFilterProxyModel):
    """Sorts numbers as numbers; a mixed column puts its words last."""

    def lessThan(self, left: Index, right: Index) -> bool:
        a, b = left.data(SORTED_BY), right.data(SORTED_BY)
        if isinstance(a, str) != isinstance(b, str):
            return isinstance(b, str)
        return bool(a < b)


class TableViewport(Viewport):
    """Shows `TableView`s."""

    def __init__(self, name: str = "table", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._model = TableModel(self)
        self._sorted = _Sorted(self)
        self._sorted.setSourceModel(self._model)
        self._table = _Table(self)
        self._table.setModel(self._sorted)
        self._table.setAccessibleName("Table")
        # Rows keep the order they came in until a column's head is clicked.
        self._table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self._table.setSortingEnabled(True)
        self._copy = QAction("Copy rows", self._table)
        self._copy.setShortcut(QKeySequence.StandardKey.Copy)
        self._copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._copy.triggered.connect(self.copy)
        self._table.addAction(self._copy)
        self._table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        layout = self._box = QVBoxLayout(self)
        layout.setContentsMargins(12, 56, 12, 84)  # the chrome's room
        self._hint = dim_label("Rows appear here as the world runs")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self._hint)
        layout.addWidget(self._table)
        self._table.hide()
        self._table.clicked.connect(self._pick)
        self._table.activated.connect(self._open)
        self._fresh = False

    def set_view(self, view: View) -> None:
        """Show a newer table: what is selected stays so, wherever its rows are now."""
        if not isinstance(view, TableView) or view is self._model.view:
            return
        selection = self._table.selectionModel()
        chosen = {self._row_name(index) for index in selection.selectedRows()}
        place = self._table.verticalScrollBar().value()
        self._model.show_view(view)
        if chosen:
            self._select(chosen)
        self._table.verticalScrollBar().setValue(place)
        self._table.setVisible(bool(view.rows))
        # A table that is hidden would stop whoever comes by Tab.
        self.setFocusProxy(self._table if view.rows else None)  # type: ignore[arg-type]
        self._table.setToolTip(PICK_HINT if view.programs else "")
        self._hint.setVisible(not view.rows)
        self._fresh = True
        self._table.fit_columns()
        self._table.viewport().update()

    def memento(self) -> dict[str, Any]:
        """Return by which column it is sorted, and whether downwards."""
        head = self._table.horizontalHeader()
        down = head.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
        return {"sorted": [head.sortIndicatorSection(), int(down)]}

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Sort it as it was sorted."""
        found = numbers(kept, "sorted", 2)
        if found is not None and -1 <= found[0] < 1000:
            order = Qt.SortOrder.DescendingOrder if found[1] else Qt.SortOrder.AscendingOrder
            self._table.sortByColumn(int(found[0]), order)

    def _row_name(self, index: QModelIndex) -> object:
        """Name a row by what stays its own: its program, or its first cell."""
        row = self._sorted.mapToSource(index).row()
        return self._model.program(row) or self._model.index(row, 0).data(SORTED_BY)

    def _select(self, names: set[object]) -> None:
        """Select the rows of these names; what is selected already is left alone."""
        flags = QItemSelectionModel.SelectionFlag
        wanted = QItemSelection()
        selection = self._table.selectionModel()
        for row in range(self._sorted.rowCount()):
            index = self._sorted.index(row, 0)
            if self._row_name(index) in names:
                wanted.select(index, index)
                selection.setCurrentIndex(index, flags.NoUpdate)
        selection.select(wanted, flags.ClearAndSelect | flags.Rows)

    def set_program(self, code: bytes | None) -> None:
        """Frame the row of the program that is picked, as the picture frames it."""
        self._model.picked = code
        self._table.viewport().update()

    def set_bare(self) -> None:
        """Take the whole widget."""
        self._box.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.UNIT)

    def _open(self, index: QModelIndex) -> None:
        """Show a row's program on its tape: by a double click, or by Enter."""
        self._pick(index)
        if self._model.program(self._sorted.mapToSource(index).row()) is not None:
            self.program_opened.emit()

    def _pick(self, index: QModelIndex) -> None:
        """Say which program was chosen, where rows stand for programs."""
        code = self._model.program(self._sorted.mapToSource(index).row())
        if code is not None:
            self.program_picked.emit(code, None)

    def copy(self) -> None:
        """Put the selected rows (all if none) on the clipboard, tab-separated with heads."""
        chosen = sorted({index.row() for index in self._table.selectedIndexes()})
        rows = chosen or range(self._sorted.rowCount())
        columns = range(self._sorted.columnCount())
        heads = [str(self._model.headerData(c, Qt.Orientation.Horizontal)) for c in columns]
        lines = [[str(self._sorted.index(row, c).data(SORTED_BY)) for c in columns] for row in rows]
        text = "\n".join("\t".join(line) for line in (heads, *lines))
        QGuiApplication.clipboard().setText(text)

    def table_painted(self) -> None:
        """Note that the newest view is on the screen."""
        if self._fresh:
            self._fresh = False
            self.note_painted()


class _Framed(QStyledItemDelegate):
    """Draws a frame around the whole row of the picked program."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        if not index.data(PICKED):
            return
        rect: QRect = option.rect
        ink = theme.colour("accent")
        painter.fillRect(rect.x(), rect.y(), rect.width(), FRAME, ink)
        painter.fillRect(rect.x(), rect.bottom() + 1 - FRAME, rect.width(), FRAME, ink)
        if index.column() == 0:
            painter.fillRect(rect.x(), rect.y(), 2 * FRAME, rect.height(), ink)
        if index.column() == index.model().columnCount() - 1:
            painter.fillRect(rect.right() + 1 - FRAME, rect.y(), FRAME, rect.height(), ink)


class _Table(QTableView):
    def __init__(self, viewport: TableViewport) -> None:
        super().__init__(viewport)
        self._viewport = viewport
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)  # Tab leaves it, once it has rows too
        self.setStyleSheet(ROOM)
        self.setItemDelegate(_Framed(self))
        self.setWordWrap(False)  # a program has no words to be cut at
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme.CONTROL)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setStretchLastSection(False)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setStyleSheet(SORT_SIGN)

    def sizeHintForColumn(self, column: int) -> int:
        """Leave room between columns."""
        return super().sizeHintForColumn(column) + BETWEEN

    def fit_columns(self) -> None:
        """Give figures the width they need; a first column of words makes room for them."""
        header, model = self.horizontalHeader(), self.model()
        if not model.columnCount() or header.sectionResizeMode(0) != _Mode.Interactive:
            if not model.columnCount() or not isinstance(model.index(0, 0).data(), str):
                return
            header.setSectionResizeMode(0, _Mode.Interactive)
        others = sum(header.sectionSize(column) for column in range(1, model.columnCount()))
        needed = max(self.sizeHintForColumn(0), header.sectionSizeHint(0))
        room = self.viewport().width() - others
        header.resizeSection(0, min(needed, max(room, LEAST_WORDS)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_columns()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._viewport.table_painted()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()
        super().changeEvent(event)
