"""The gallery: every preset of every system with its picture, searched by word and by family."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QDrag, QIcon, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QLabel,
    QLineEdit,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.widgets.flow import FlowLayout
from app.widgets.words_box import WordsBox
from engine.core import registry

__all__ = ["MIME", "GalleryPanel", "Item"]

MIME = "application/x-primordia-preset"
TILE = 94
CAPTION = 20
_ITEM = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Item:
    """A tile: a preset and the words it is found by."""

    slug: str
    preset: str
    title: str
    system: str
    family: str
    look: str
    thumbnail: Path | None
    words: str


def items() -> tuple[Item, ...]:
    """List the gallery's tiles from the catalogue; no system is imported."""
    found = []
    for entry in registry.catalogue():
        info = entry.info
        for preset in entry.presets:
            words = (preset.title, info.title, info.summary, info.family, *info.tags, *preset.tags)
            found.append(
                Item(
                    info.slug,
                    preset.id,
                    preset.title,
                    info.title,
                    info.family,
                    preset.look or info.summary,
                    entry.thumbnail(preset),
                    " ".join(words).lower(),
                )
            )
        if not entry.presets:
            words = (info.title, info.summary, info.family, *info.tags)
            text = " ".join(words).lower()
            item = Item(
                info.slug, "", info.title, info.title, info.family, info.summary, None, text
            )
            found.append(item)
    return tuple(found)


class GalleryPanel(QWidget):
    """Tiles to click, to open in a new tab (middle click) or to drag onto the picture.

    Signals
    -------
    opened : str, str, bool
        Slug, preset, and whether another tab is wanted.

    Attributes
    ----------
    look : WordsBox
        What there is to look at in the preset that is selected.
    """

    opened = Signal(str, str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items = items()
        self._search = QLineEdit()
        self._search.setPlaceholderText(f"Search {len(self._items)} presets")
        self._search.setClearButtonEnabled(True)
        self._search.setAccessibleName("Search presets")
        self._search.textChanged.connect(self._filter)
        self._glass = QAction(self)
        self._search.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self._families = QButtonGroup(self)
        self._families.setExclusive(True)
        self._families.buttonClicked.connect(self._filter)
        self._list = _Tiles()
        self._list.setItemDelegate(_TileDelegate(self._list))
        self._list.itemClicked.connect(self._clicked)
        self._list.itemActivated.connect(self._clicked)
        self._list.middle_clicked.connect(self._clicked_middle)
        self._list.currentItemChanged.connect(self._describe)
        self._empty = QLabel("Nothing is called that. Clear the search to see everything.")
        self._empty.setWordWrap(True)
        self._empty.setProperty("dim", True)
        self._empty.hide()
        self._system = QLabel()
        self._system.setProperty("dim", True)
        self._system.setFont(theme.font("caption"))
        self.look = WordsBox(self)
        self.look.setAccessibleName("What to look at")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.PADDING, theme.PADDING, 2 * theme.UNIT, theme.PADDING)
        layout.setSpacing(2 * theme.UNIT)
        layout.addWidget(self._search)
        layout.addLayout(self._family_row())
        layout.addWidget(self._empty)
        layout.addWidget(self._list, 1)
        layout.addWidget(self._system)
        layout.addWidget(self.look)
        self._retint()
        self._fill()

    def select(self, slug: str, preset: str = "") -> None:
        """Mark the tile of the world that is shown."""
        for place in range(self._list.count()):
            item: Item = self._list.item(place).data(_ITEM)
            if item.slug == slug and item.preset == preset:
                self._list.setCurrentRow(place)
                return
        self._list.setCurrentRow(-1)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._retint()
        super().changeEvent(event)

    def _family_row(self) -> FlowLayout:
        row = FlowLayout(theme.UNIT)
        names = sorted({item.family for item in self._items})
        for name in ("All", *names):
            button = QPushButton(name)
            button.setObjectName("pill")
            button.setCheckable(True)
            button.setChecked(name == "All")
            self._families.addButton(button)
            row.addWidget(button)
        return row

    def _fill(self) -> None:
        for item in self._items:
            tile = QListWidgetItem(item.title)
            tile.setData(_ITEM, item)
            tile.setToolTip(f"{item.system}: {item.title}\n{item.look}")
            tile.setSizeHint(QSize(TILE, TILE + CAPTION))
            if item.thumbnail is not None:
                tile.setIcon(QIcon(str(item.thumbnail)))
            self._list.addItem(tile)

    def _filter(self) -> None:
        words = self._search.text().lower().split()
        button = self._families.checkedButton()
        family = button.text() if button is not None else "All"
        shown = 0
        for place in range(self._list.count()):
            tile = self._list.item(place)
            item: Item = tile.data(_ITEM)
            hit = family in ("All", item.family) and all(word in item.words for word in words)
            tile.setHidden(not hit)
            shown += hit
        self._empty.setVisible(shown == 0)

    def _describe(self, tile: QListWidgetItem | None) -> None:
        item: Item | None = tile.data(_ITEM) if tile is not None else None
        self._system.setText(item.system if item else "")
        self.look.set_text(item.look if item else "")

    def _clicked(self, tile: QListWidgetItem) -> None:
        item: Item = tile.data(_ITEM)
        self.opened.emit(item.slug, item.preset, False)

    def _clicked_middle(self, tile: QListWidgetItem) -> None:
        item: Item = tile.data(_ITEM)
        self.opened.emit(item.slug, item.preset, True)

    def _retint(self) -> None:
        self._glass.setIcon(theme.icon("search", "dim"))


class _Tiles(QListWidget):
    middle_clicked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSpacing(2)
        self.setDragEnabled(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Presets")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        tile = self.itemAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.MiddleButton and tile is not None:
            self.middle_clicked.emit(tile)
        super().mouseReleaseEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:
        tile = self.currentItem()
        if tile is None:
            return
        item: Item = tile.data(_ITEM)
        data = QMimeData()
        data.setData(MIME, f"{item.slug}/{item.preset}".encode())
        data.setText(item.title)
        drag = QDrag(self)
        drag.setMimeData(data)
        picture = tile.icon().pixmap(64, 64)
        if not picture.isNull():
            drag.setPixmap(picture)
            drag.setHotSpot(QPoint(32, 32))
        drag.exec(Qt.DropAction.CopyAction)


class _TileDelegate(QStyledItemDelegate):
    """Draws a tile: the picture, a frame where it is selected, one line of caption."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: object) -> None:
        item: Item = index.data(_ITEM)  # type: ignore[attr-defined]
        tokens = theme.current()
        state = option.state  # type: ignore[attr-defined]
        rect: QRect = option.rect  # type: ignore[attr-defined]
        selected = bool(state & option.state.State_Selected)  # type: ignore[attr-defined]
        hovered = bool(state & option.state.State_MouseOver)  # type: ignore[attr-defined]
        tile = QRect(rect.x() + 2, rect.y() + 2, rect.width() - 4, rect.height() - CAPTION - 2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(tile, QColor(tokens.ground))
        icon: QIcon = index.data(Qt.ItemDataRole.DecorationRole)  # type: ignore[attr-defined]
        if icon is not None and not icon.isNull():
            picture: QPixmap = icon.pixmap(tile.size() * 2)
            painter.drawPixmap(tile, picture)
        else:
            painter.drawPixmap(tile.center() - QPoint(12, 12), theme.pixmap("sprout", "dim", 24))
        if selected or hovered:
            painter.setPen(QColor(tokens.accent if selected else tokens.line))
            painter.drawRoundedRect(tile.adjusted(-1, -1, 0, 0), theme.RADIUS, theme.RADIUS)
        painter.setPen(QColor(tokens.text))
        painter.setFont(theme.font("caption"))
        text = QRect(tile.x(), tile.bottom() + 2, tile.width(), CAPTION - 2)
        words = painter.fontMetrics().elidedText(
            item.title, Qt.TextElideMode.ElideRight, text.width()
        )
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(text, int(flags), words)
        painter.restore()
