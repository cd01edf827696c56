"""Bookmarks of a world as a row of small pictures."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QListView, QListWidget, QListWidgetItem

from app import theme
from app.context_menu import ContextMenu
from engine.core.commands import Bookmark

__all__ = ["BookmarkRow", "picture_of"]

PICTURE = 72
_MARK = Qt.ItemDataRole.UserRole


def picture_of(mark: Bookmark) -> QIcon:
    """Return the thumbnail of a bookmark; the sign of one where it has none."""
    if mark.thumbnail is None:
        return theme.icon("bookmark")
    pixels = np.ascontiguousarray(mark.thumbnail)
    height, width, depth = pixels.shape
    kind = QImage.Format.Format_RGB888 if depth == 3 else QImage.Format.Format_RGBA8888
    image = QImage(pixels.data, width, height, width * depth, kind).copy()
    fast, kept = Qt.TransformationMode.FastTransformation, Qt.AspectRatioMode.KeepAspectRatio
    return QIcon(QPixmap.fromImage(image.scaled(2 * PICTURE, 2 * PICTURE, kept, fast)))


class BookmarkRow(QListWidget):
    """A click puts the world back; the menu branches or drops.

    Signals
    -------
    recalled, branched, forgotten : Bookmark
    """

    recalled = Signal(object)
    branched = Signal(object)
    forgotten = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[Bookmark, ...] = ()
        self.setAccessibleName("Bookmarks")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(QSize(PICTURE, PICTURE))
        self.setSpacing(theme.UNIT)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setFixedHeight(PICTURE + 52)
        self.itemClicked.connect(self._chosen)
        self.itemActivated.connect(self._chosen)
        self.customContextMenuRequested.connect(self._menu)
        self.hide()

    def show_marks(self, marks: tuple[Bookmark, ...]) -> None:
        """Show other bookmarks; without any the row is away."""
        if marks is self._shown:
            return
        self._shown = marks
        self.clear()
        for mark in marks:
            step = f"step {mark.step:,}"
            words = mark.title if mark.title.lower() == step else f"{mark.title}\n{step}"
            item = QListWidgetItem(picture_of(mark), words, self)
            item.setData(_MARK, mark)
            item.setSizeHint(QSize(PICTURE + 16, PICTURE + 40))
            item.setToolTip(
                f"{mark.title}, step {mark.step:,}, {mark.bytes / 2**20:,.1f} MB\n"
                "A click puts the world back into this state"
            )
        self.setVisible(bool(marks))

    def _chosen(self, item: QListWidgetItem) -> None:
        self.recalled.emit(item.data(_MARK))

    def _menu(self, at: QPoint) -> None:
        item = self.itemAt(at)
        if item is None:
            return
        menu, mark = ContextMenu(self), item.data(_MARK)
        menu.add("Put the world back to here", partial(self.recalled.emit, mark))
        menu.add("Branch from here", partial(self.branched.emit, mark))
        menu.add("Drop this bookmark", partial(self.forgotten.emit, mark))
        menu.open(self.viewport().mapToGlobal(at))
