"""The gallery's tiles: a list of pictures to click, to star and to drag."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDrag, QIcon, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from app import theme
from app.gallery.items import MIME, Item

__all__ = ["CAPTION", "FOLDED", "TILE", "Tiles"]

TILE = 92
FOLDED = 48
CAPTION = 20
STAR = 20
_ITEM = Qt.ItemDataRole.UserRole
_STARRED = Qt.ItemDataRole.UserRole + 1


class Tiles(QListWidget):
    """Tiles of items.

    Signals
    -------
    chosen : Item, bool
        A tile was clicked or activated; whether another tab is wanted for it.
    starred : Item
        The star of a tile was clicked.
    menu_asked : Item or None, QPoint
        The context menu is wanted, at a place of the screen.
    """

    chosen = Signal(object, bool)
    starred = Signal(object)
    menu_asked = Signal(object, QPoint)

    def __init__(self) -> None:
        super().__init__()
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSpacing(2)
        self.setDragEnabled(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Presets")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_menu)
        self._side, self._caption = TILE, CAPTION
        self.setItemDelegate(_Painter(self))
        self.itemClicked.connect(self._clicked)

    @property
    def caption(self) -> int:
        """Pixels for the words below a tile; 0 when folded."""
        return self._caption

    def fill(self, found: tuple[Item, ...], starred: frozenset[str]) -> None:
        """Show other tiles."""
        self.clear()
        for item in found:
            tile = QListWidgetItem(item.title)
            tile.setData(_ITEM, item)
            tile.setData(_STARRED, item.key in starred)
            tile.setToolTip(f"{item.system}: {item.title}\n{item.look}")
            tile.setSizeHint(self._size())
            if item.thumbnail is not None:
                tile.setIcon(QIcon(str(item.thumbnail)))
            self.addItem(tile)

    def set_folded(self, folded: bool) -> None:
        """Show small pictures without words, or tiles."""
        self._side, self._caption = (FOLDED, 0) if folded else (TILE, CAPTION)
        for place in range(self.count()):
            self.item(place).setSizeHint(self._size())
        self.doItemsLayout()

    def mark_starred(self, starred: frozenset[str]) -> None:
        """Draw stars on the tiles of these keys."""
        for place in range(self.count()):
            tile = self.item(place)
            tile.setData(_STARRED, tile.data(_ITEM).key in starred)

    def item_at(self, place: int) -> Item:
        """Return the item of a tile."""
        found: Item = self.item(place).data(_ITEM)
        return found

    def current(self) -> Item | None:
        """Return the item of the tile that is selected."""
        tile = self.currentItem()
        found: Item | None = tile.data(_ITEM) if tile is not None else None
        return found

    def star_rect(self, rect: QRect) -> QRect:
        """Where the star of the tile in `rect` is clicked."""
        return QRect(rect.right() - STAR - 2, rect.top() + 3, STAR, STAR)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        tile = self.itemAt(at)
        if tile is not None and event.button() == Qt.MouseButton.MiddleButton:
            self.chosen.emit(tile.data(_ITEM), True)
        left = event.button() == Qt.MouseButton.LeftButton
        if tile is not None and left and self._on_star(tile, at):
            self.blockSignals(True)  # the star is no way to open the tile
            super().mouseReleaseEvent(event)
            self.blockSignals(False)
            self.starred.emit(tile.data(_ITEM))
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        tile = self.currentItem()
        if tile is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            beside = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.chosen.emit(tile.data(_ITEM), beside)
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()
        super().changeEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:
        tile = self.currentItem()
        if tile is None:
            return
        drag = QDrag(self)
        drag.setMimeData(data_of(tile.data(_ITEM)))
        picture = tile.icon().pixmap(64, 64)
        if not picture.isNull():
            drag.setPixmap(picture)
            drag.setHotSpot(QPoint(32, 32))
        drag.exec(Qt.DropAction.CopyAction)

    def _size(self) -> QSize:
        return QSize(self._side, self._side + self._caption)

    def _on_star(self, tile: QListWidgetItem, at: QPoint) -> bool:
        return bool(self._caption) and self.star_rect(self.visualItemRect(tile)).contains(at)

    def _clicked(self, tile: QListWidgetItem) -> None:
        self.chosen.emit(tile.data(_ITEM), False)

    def _ask_menu(self, at: QPoint) -> None:
        tile = self.itemAt(at)
        if tile is None and self.viewport().rect().contains(at) and not self.underMouse():
            tile = self.currentItem()  # the key for menus names no place
        if tile is not None:
            self.setCurrentItem(tile)
        where = self.viewport().mapToGlobal(at)
        self.menu_asked.emit(tile.data(_ITEM) if tile is not None else None, where)


def data_of(item: Item) -> QMimeData:
    """Return what a drag of a tile carries."""
    data = QMimeData()
    data.setData(MIME, f"{item.slug}/{item.preset}".encode())
    data.setText(item.title)
    return data


class _Painter(QStyledItemDelegate):
    """Draws a tile: the picture, its signs, a frame where it is selected, one line of caption."""

    def __init__(self, tiles: Tiles) -> None:
        super().__init__(tiles)
        self._tiles = tiles

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: object) -> None:
        item: Item = index.data(_ITEM)  # type: ignore[attr-defined]
        tokens = theme.current()
        state = option.state
        rect: QRect = option.rect
        caption = self._tiles.caption
        selected = bool(state & option.state.State_Selected)
        hovered = bool(state & option.state.State_MouseOver)
        tile = QRect(rect.x() + 2, rect.y() + 2, rect.width() - 4, rect.height() - caption - 2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(tile, QColor(tokens.ground))
        icon: QIcon = index.data(Qt.ItemDataRole.DecorationRole)  # type: ignore[attr-defined]
        if icon is not None and not icon.isNull():
            painter.drawPixmap(tile, icon.pixmap(tile.size() * 2))
        else:
            sign = item.badge or ("puzzle" if item.kind == "plugin" else "sprout")
            painter.drawPixmap(tile.center() - QPoint(12, 12), theme.pixmap(sign, "dim", 24))
        if selected or hovered:
            painter.setPen(QColor(tokens.accent if selected else tokens.line))
            painter.drawRoundedRect(tile.adjusted(-1, -1, 0, 0), theme.RADIUS, theme.RADIUS)
        starred = bool(index.data(_STARRED))  # type: ignore[attr-defined]
        if caption and (starred or hovered):
            self._draw_star(painter, self._tiles.star_rect(rect), starred)
        if caption:
            painter.setPen(QColor(tokens.text))
            painter.setFont(theme.font("caption"))
            text = QRect(tile.x(), tile.bottom() + 2, tile.width(), caption - 2)
            words = painter.fontMetrics().elidedText(
                item.title, Qt.TextElideMode.ElideRight, text.width()
            )
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(text, int(flags), words)
        painter.restore()

    def _draw_star(self, painter: QPainter, at: QRect, starred: bool) -> None:
        ground = theme.colour("panel")
        ground.setAlpha(200)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawEllipse(at)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        role = "train" if starred else "dim"
        painter.drawPixmap(at.topLeft() + QPoint(3, 3), theme.pixmap("star", role, 14))
