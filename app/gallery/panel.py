"""The gallery: every preset with its picture, found by words, by family, by tag and by star."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.gallery.items import OWN, Item, items, tags_of
from app.gallery.tiles import FOLDED, Tiles
from app.gallery.user_presets import UserPresets
from app.widgets.flow import FlowLayout
from app.widgets.words_box import WordsBox

__all__ = ["GalleryPanel"]

ALL, STARRED, RECENT = "All", "Favourites", "Recent"
FOLDED_WIDTH = FOLDED + 24
_ANY_WIDTH = 16777215


class GalleryPanel(QWidget):
    """Tiles to click, to open in a new tab (middle click) or to drag onto the picture.

    Signals
    -------
    opened : str, str, bool
        Slug, preset, and whether another tab is wanted.
    starred : Item
        The star of a tile was clicked.
    menu_asked : Item or None, QPoint
        The context menu of a tile, or of none, is wanted.
    save_asked
        The world in front should become a preset.

    Attributes
    ----------
    look : WordsBox
        What there is to look at in the preset that is selected.
    """

    opened = Signal(str, str, bool)
    starred = Signal(object)
    menu_asked = Signal(object, QPoint)
    save_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._own: UserPresets | None = None
        self._items: tuple[Item, ...] = ()
        self._starred: frozenset[str] = frozenset()
        self._recent: tuple[str, ...] = ()
        self._beside = False
        self._folded = False
        self._shown = ("", "")  # slug and preset of the world in front
        self._make_search()
        self._families = QButtonGroup(self)
        self._families.setExclusive(True)
        self._families.buttonClicked.connect(self._filter)
        self._family_row, self._family_layout = _flow()
        self._tag_row, self._tag_layout = _flow()
        self._tag_row.hide()
        self._list = Tiles()
        self._list.chosen.connect(self._choose)
        self._list.starred.connect(self.starred)
        self._list.menu_asked.connect(self.menu_asked)
        self._list.currentItemChanged.connect(self._describe)
        self._empty = QLabel()
        self._empty.setWordWrap(True)
        self._empty.setProperty("dim", True)
        self._empty.hide()
        self._system = QLabel()
        self._system.setProperty("dim", True)
        self._system.setFont(theme.font("caption"))
        self._system.setWordWrap(True)
        self.look = WordsBox(self)
        self.look.setAccessibleName("What to look at")
        self._layout = QVBoxLayout(self)
        self._layout.setSpacing(2 * theme.UNIT)
        self._layout.addLayout(self._head)
        for widget in (self._family_row, self._tag_row, self._empty):
            self._layout.addWidget(widget)
        self._layout.addWidget(self._list, 1)
        self._layout.addWidget(self._system)
        self._layout.addWidget(self.look)
        self._set_margins()
        self._retint()
        self.refresh()

    def _make_search(self) -> None:
        self._search = QLineEdit()
        self._search.setClearButtonEnabled(True)
        self._search.setAccessibleName("Search presets")
        self._search.textChanged.connect(self._filter)
        self._search.installEventFilter(self)
        self._glass = QAction(self)
        self._search.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self._tags = _button("Tags", "Find presets by their tags")
        self._tags.setCheckable(True)
        self._tags.toggled.connect(self._show_tags)
        self._save = _button("Save as preset", "Save the world in front as a preset of your own")
        self._save.clicked.connect(self.save_asked)
        self._unfold = _button("Gallery", "Unfold the gallery and search it")
        self._unfold.clicked.connect(self.search)
        self._unfold.hide()
        self._head = QHBoxLayout()
        self._head.setSpacing(theme.UNIT)
        for widget in (self._search, self._tags, self._save, self._unfold):
            self._head.addWidget(widget)

    # What is listed.

    @property
    def items(self) -> tuple[Item, ...]:
        """All tiles, in the gallery's order."""
        return self._items

    def take(self, own: UserPresets) -> None:
        """Show the user's own presets as well."""
        self._own = own
        if own.all():
            self.refresh()

    def refresh(self) -> None:
        """List everything anew: presets were saved or deleted, plugins came or went."""
        self._items = items(self._own)
        chosen = {button.text() for button in self._chips() if button.isChecked()}
        self._list.fill(self._items, self._starred)
        self._fill_families()
        _empty_row(self._tag_layout)
        for tag in tags_of(self._items):
            chip = _pill(tag, tag in chosen)
            chip.clicked.connect(self._filter)
            self._tag_layout.addWidget(chip)
        self._search.setPlaceholderText(f"{len(self._items)} presets")
        self._filter()
        self.select(*self._shown)

    def mark(self, starred: Sequence[str], recent: Sequence[str]) -> None:
        """Say by their keys which tiles have a star, and which were opened last."""
        self._starred, self._recent = frozenset(starred), tuple(recent)
        self._list.mark_starred(self._starred)
        self._fill_families()
        self._filter()

    def select(self, slug: str, preset: str = "") -> None:
        """Mark the tile of the world that is shown."""
        self._shown = (slug, preset)
        for place in range(self._list.count()):
            item = self._list.item_at(place)
            # A preset may be called like another system.
            own = item.kind == "user" and item.slug == preset
            if own or (item.slug, item.preset) == (slug, preset):
                self._list.setCurrentRow(place)
                return
        self._list.setCurrentRow(-1)

    def reveal(self, slug: str, preset: str = "") -> None:
        """Mark a tile, and see to it that no search, family or tag hides it."""
        self.select(slug, preset)
        item = self._list.currentItem()
        if item is not None and item.isHidden():
            self._search.clear()
            self._families.buttons()[0].setChecked(True)
            self._tags.setChecked(False)
            self._filter()
            self._list.scrollToItem(item)

    # Finding.

    def search(self) -> None:
        """Turn to the search; what is chosen next opens beside the world in front."""
        self.set_folded(False)
        self._beside = True
        self._search.setPlaceholderText("Which world?")
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let arrows lead from the search into the tiles, and Enter open what was found."""
        if watched is self._search and isinstance(event, QKeyEvent) and event.type() == _PRESS:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose_found()
                return True
            if event.key() == Qt.Key.Key_Down:
                self._list.setFocus(Qt.FocusReason.TabFocusReason)
                if self._list.currentItem() is None or self._list.currentItem().isHidden():
                    self._list.setCurrentRow(self._first_shown())
                return True
            if event.key() == Qt.Key.Key_Escape and (self._search.text() or self._beside):
                self._search.clear()
                self._forget_beside()
                return True
        return super().eventFilter(watched, event)

    def _choose_found(self) -> None:
        first = self._first_shown()
        if first >= 0 and self._search.text():
            self._choose(self._list.item_at(first), False)

    def _first_shown(self) -> int:
        shown = (n for n in range(self._list.count()) if not self._list.item(n).isHidden())
        return next(shown, -1)

    def _filter(self) -> None:
        words = self._search.text().lower().split()
        button = self._families.checkedButton()
        family = button.text() if button is not None else ALL
        tags = {chip.text() for chip in self._chips() if chip.isChecked()}
        shown = 0
        for place in range(self._list.count()):
            item = self._list.item_at(place)
            hit = (
                self._belongs(item, family)
                and all(word in item.words for word in words)
                and tags <= {tag.lower() for tag in item.tags}
            )
            self._list.item(place).setHidden(not hit)
            shown += hit
        nothing = "Nothing is called that. Clear the search to see everything."
        if not words and not tags:
            nothing = "Nothing is here yet."
        self._empty.setText(nothing)
        self._empty.setVisible(shown == 0 and not self._folded)

    def _belongs(self, item: Item, family: str) -> bool:
        if family == STARRED:
            return item.key in self._starred
        if family == RECENT:
            return item.key in self._recent
        if family == OWN:
            return item.mine
        return family in (ALL, item.family)

    def _fill_families(self) -> None:
        """Make a pill for every family there is, and for stars and the last ones if there are."""
        keys = {item.key for item in self._items}
        names = [ALL]
        names += [STARRED] if keys & self._starred else []
        names += [RECENT] if keys & set(self._recent) else []
        own = any(item.mine for item in self._items)
        names += [OWN] if own else []
        names += sorted({item.family for item in self._items} - {OWN})
        checked = self._families.checkedButton()
        chosen = checked.text() if checked is not None and checked.text() in names else ALL
        if [button.text() for button in self._families.buttons()] == names:
            return
        for button in self._families.buttons():
            self._families.removeButton(button)
        _empty_row(self._family_layout)
        for name in names:
            button = _pill(name, name == chosen)
            self._families.addButton(button)
            self._family_layout.addWidget(button)

    def _chips(self) -> list[QPushButton]:
        return self._tag_row.findChildren(QPushButton)

    def _show_tags(self, on: bool) -> None:
        for chip in self._chips():
            chip.setChecked(chip.isChecked() and on)
        self._tag_row.setVisible(on and not self._folded)
        self._filter()

    # Opening.

    def _choose(self, item: Item, beside: bool) -> None:
        beside = beside or self._beside
        self._forget_beside()
        self.opened.emit(item.slug, item.preset, beside)

    def _forget_beside(self) -> None:
        self._beside = False
        self._search.setPlaceholderText(f"{len(self._items)} presets")

    def _describe(self) -> None:
        item = self._list.current()
        self._system.setText(item.system if item else "")
        self.look.set_text(item.look if item else "")

    # Looks.

    def set_folded(self, folded: bool) -> None:
        """Fold to a column of small pictures, for a narrow window, or back."""
        if folded == self._folded:
            return
        self._folded = folded
        self._list.set_folded(folded)
        for widget in (self._search, self._tags, self._save, self._family_row, self._system):
            widget.setVisible(not folded)
        self.look.setVisible(not folded)
        self._tag_row.setVisible(self._tags.isChecked() and not folded)
        self._unfold.setVisible(folded)
        self.setMinimumWidth(FOLDED_WIDTH if folded else 0)
        self.setMaximumWidth(FOLDED_WIDTH if folded else _ANY_WIDTH)
        self._set_margins()
        self._filter()

    @property
    def folded(self) -> bool:
        """Whether only small pictures are shown."""
        return self._folded

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._retint()
        super().changeEvent(event)

    def _set_margins(self) -> None:
        side = theme.UNIT if self._folded else theme.PADDING
        right = theme.UNIT if self._folded else 2 * theme.UNIT
        self._layout.setContentsMargins(side, theme.PADDING, right, theme.PADDING)

    def _retint(self) -> None:
        self._glass.setIcon(theme.icon("search", "dim"))
        self._tags.setIcon(theme.icon("tag", "dim"))
        self._save.setIcon(theme.icon("save", "dim"))
        self._unfold.setIcon(theme.icon("search", "dim"))


_PRESS = QEvent.Type.KeyPress


def _button(name: str, help: str) -> QToolButton:
    button = QToolButton()
    button.setAccessibleName(name)
    button.setToolTip(help)
    button.setAutoRaise(True)
    return button


def _pill(text: str, checked: bool) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName("pill")
    button.setCheckable(True)
    button.setChecked(checked)
    return button


def _flow() -> tuple[QWidget, FlowLayout]:
    row = QWidget()
    layout = FlowLayout(theme.UNIT, row)
    layout.setContentsMargins(0, 0, 0, 0)
    return row, layout


def _empty_row(layout: FlowLayout) -> None:
    while (taken := layout.takeAt(0)) is not None:
        widget = taken.widget()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
