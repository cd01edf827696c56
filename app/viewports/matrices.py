"""The viewport of matrices: learned, constructed, difference; layers by positions."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.context_menu import ContextMenu
from app.viewports.base import Viewport
from app.viewports.chrome import ChromeButton
from app.viewports.matrix_files import KINDS, as_text, save
from app.viewports.matrix_sheet import MatrixSheet
from app.widgets.section import dim_label
from engine.core.errors import UserError
from engine.core.figures import MatrixView
from engine.core.views import View

__all__ = ["MatricesViewport"]

EDGE = 12
"""From the corner to its button, as the chrome of pictures has it."""


class MatricesViewport(Viewport):
    """Shows `MatrixView`s; a corner menu and the right button copy and save them."""

    hint = "Point at a cell: its fellows in the other matrices tell their values, too"

    def __init__(self, name: str = "matrices", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._view: MatrixView | None = None
        self.sheet = MatrixSheet()
        self.sheet.drawn.connect(self.note_painted)
        self.sheet.menu_asked.connect(self._open_menu)
        self._area = QScrollArea()
        self._area.setWidget(self.sheet)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusProxy(self.sheet)
        self._area.viewport().installEventFilter(self)
        self._area.hide()
        self.setFocusProxy(self.sheet)
        self._hint = dim_label("Matrices appear here once there is something to show")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(EDGE, 56, EDGE, 84)  # the chrome's room
        self._box.addWidget(self._hint)
        self._box.addWidget(self._area, 1)
        self._edge = EDGE
        self.corner = ChromeButton("ellipsis", name="Copy and save", parent=self)
        self.corner.clicked.connect(self._open_corner)
        self.corner.hide()
        self._copy = QAction("Copy values", self.sheet)
        self._copy.setShortcut(QKeySequence.StandardKey.Copy)
        self._copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._copy.triggered.connect(self._copy_here)
        self.sheet.addAction(self._copy)

    def set_bare(self) -> None:
        """Take the whole widget."""
        unit = theme.UNIT
        self._box.setContentsMargins(theme.PADDING, unit, theme.PADDING + theme.ROW, unit)
        self._edge = unit

    def set_view(self, view: View) -> None:
        """Show matrices."""
        if not isinstance(view, MatrixView) or view is self._view:
            return
        self._view = view
        shown = any(matrix.values.size for matrix in view.matrices)
        self._area.setVisible(shown)
        self.corner.setVisible(shown)
        self._hint.setVisible(not shown)
        if shown:
            self.sheet.set_view(view)

    def copy(self, index: int | None = None) -> str:
        """Put the values of a matrix, or of all, on the clipboard and return them."""
        if self._view is None:
            return ""
        chosen = self._view.matrices if index is None else (self._view.matrices[index],)
        words = [as_text(m) if index is not None else f"{m.title}\n{as_text(m)}" for m in chosen]
        text = "\n\n".join(words)
        QGuiApplication.clipboard().setText(text)
        return text

    def save(self, path: Path) -> None:
        """Write what is seen as PNG or SVG, or every value as CSV."""
        if self._view is not None:
            try:
                save(self._view, path, self._area.viewport().size())
            except UserError as error:
                self.problem.emit(error)

    def menu(self, index: int | None = None) -> ContextMenu:
        """Make the menu of a matrix, or of all."""
        menu = ContextMenu(self)
        assert self._view is not None
        if index is not None:
            title = self._view.matrices[index].title
            menu.add(f"Copy values of {title}", partial(self.copy, index))
        menu.add("Copy all values", partial(self.copy, None))
        menu.addSeparator()
        menu.add("Save as PNG, SVG or CSV...", self._save_as)
        return menu

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Give the sheet the room that is seen."""
        if event.type() == QEvent.Type.Resize:
            self._give_room()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the button in its corner."""
        self.corner.move(self.width() - self._edge - self.corner.sizeHint().width(), self._edge)
        self.corner.raise_()

    def _give_room(self) -> None:
        # Of the width that is left beside a scroll bar, whether there is one or not: else a sheet
        # that just needs one would make it come and go for ever.
        bar = self._area.verticalScrollBar()
        wide = self._area.viewport().width() + (bar.width() if bar.isVisible() else 0)
        room = max(wide - bar.sizeHint().width(), 1)
        self.sheet.set_room(QSize(room, max(self._area.viewport().height(), 1)))

    def _copy_here(self) -> None:
        self.copy(self.sheet.at[0] if self.sheet.at is not None else None)

    def _open_corner(self) -> None:
        corner = QPoint(self.corner.width(), self.corner.height() + theme.UNIT)
        self._open_menu(self.corner.mapToGlobal(corner), None)

    def _open_menu(self, where: QPoint, index: int | None) -> None:
        self.menu(index).open(where)

    def _save_as(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, "Save matrices", "matrices.png", KINDS)
        if chosen:
            self.save(Path(chosen))
