"""The guide as a panel: contents or what a search found on the left, the page on the right."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.guide.browser import GuideBrowser
from app.guide.pages import FIRST, Guide, anchor
from engine.core.courtesy import please

__all__ = ["GuidePanel"]

LIST_WIDTH, LIST_HEIGHT = 216, 160
NARROW = 560
"""Pixels of width under which the list stands above the page."""
_PLACE = Qt.ItemDataRole.UserRole

Place = tuple[str, str]
"""A page's file and the anchor of a heading, "" for its beginning."""


class GuidePanel(QWidget):
    """Shows the guide.

    Parameters
    ----------
    read : callable
        Returns the guide; it is read anew at every opening, since keys may have changed.
    """

    def __init__(self, read: Callable[[], Guide], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._read = read
        self.guide = read()
        self._seen: list[Place] = []
        self._late = False
        # Qt tells of one change of theme several times, and each time a page would be laid out.
        self._stale = QTimer(self, singleShot=True, interval=0)
        self._stale.timeout.connect(self._catch_up)
        self._at = -1
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search the guide")
        self._search.setAccessibleName("Search the guide")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._list)
        self._places = QListWidget()
        self._places.setAccessibleName("Pages of the guide")
        self._places.setWordWrap(True)
        self._places.setSpacing(theme.UNIT // 2)
        self._places.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._places.currentItemChanged.connect(self._chosen)
        self.browser = GuideBrowser(self.guide.folder)
        self.browser.followed.connect(self._follow)
        self._back = _button("chevron-left", "Page before", self.back)
        self._forth = _button("chevron-right", "Page after", self.forth)
        self._first = _button("list", "Contents", self._to_first)
        row = QHBoxLayout()
        row.setSpacing(0)
        for button in (self._back, self._forth, self._first):
            row.addWidget(button)
        row.addStretch(1)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(theme.PADDING, theme.UNIT, theme.UNIT, theme.UNIT)
        column.setSpacing(theme.UNIT)
        column.addLayout(row)
        column.addWidget(self._search)
        column.addWidget(self._places, 1)
        split = QSplitter()
        split.addWidget(side)
        split.addWidget(self.browser)
        split.setStretchFactor(1, 1)
        split.setSizes([LIST_WIDTH, 3 * LIST_WIDTH])
        split.setChildrenCollapsible(True)
        self._split = split
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)
        self._list("")
        self._step()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the list above the page where there is no room beside it."""
        super().resizeEvent(event)
        narrow = event.size().width() < NARROW
        way = Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal
        if self._split.orientation() != way:
            self._split.setOrientation(way)
            share = LIST_HEIGHT if narrow else LIST_WIDTH
            whole = event.size().height() if narrow else event.size().width()
            self._split.setSizes([share, max(share, whole - share)])

    def sizeHint(self) -> QSize:
        return QSize(900, 640)

    @property
    def place(self) -> Place:
        """The page and heading that are seen; the first page before any was."""
        return self._seen[self._at] if self._seen else (FIRST, "")

    def open(self, page: str, heading: str = "") -> None:
        """Show a page from its beginning, or from a heading by its anchor."""
        self.guide = self._read()
        place = (self.guide.page(page).name, heading)
        if not self._seen or place != self.place:
            del self._seen[self._at + 1 :]
            self._seen.append(place)
            self._at = len(self._seen) - 1
        with please():
            self._show()

    def search(self, words: str) -> None:
        """Look for words."""
        self._search.setText(words)
        self._search.setFocus()

    def back(self) -> None:
        """Go to the page seen before."""
        self._go(-1)

    def forth(self) -> None:
        """Go on again."""
        self._go(1)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._seen:
            self._stale.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._late:
            self._stale.start()

    def _catch_up(self) -> None:
        """Follow a change of theme, once it is over; what is hidden waits until it is seen."""
        self._late = not self.isVisible()
        if not self._late:
            self.retint()

    def retint(self) -> None:
        """Draw anew after the theme changed."""
        for button, name in (
            (self._back, "chevron-left"),
            (self._forth, "chevron-right"),
            (self._first, "list"),
        ):
            button.setIcon(theme.icon(name))
        self.browser.retint()

    def _go(self, step: int) -> None:
        if 0 <= self._at + step < len(self._seen):
            self._at += step
            self._show()

    def _to_first(self) -> None:
        self._search.clear()
        self.open(FIRST)

    def _show(self) -> None:
        name, heading = self.place
        self.browser.show_page(self.guide.page(name).markdown, heading)
        self._mark(name)
        self._step()

    def _mark(self, name: str) -> None:
        """Choose the page in the list without opening it once more."""
        self._places.blockSignals(True)
        for row in range(self._places.count()):
            item = self._places.item(row)
            if not self._search.text().strip() and item.data(_PLACE)[0] == name:
                self._places.setCurrentItem(item)
        self._places.blockSignals(False)

    def _step(self) -> None:
        self._back.setEnabled(self._at > 0)
        self._forth.setEnabled(self._at + 1 < len(self._seen))

    def _list(self, words: str) -> None:
        """List the pages, or what holds the words."""
        self._places.blockSignals(True)
        self._places.clear()
        if not words.strip():
            for page in self.guide.pages:
                self._add(page.title, (page.name, ""), "")
        hits = self.guide.search(words)
        for hit in hits:
            title = self.guide.page(hit.page).title
            above = "" if hit.section.heading == title else f"{title}: "
            heading = "" if not above else anchor(hit.section.heading)
            text = f"{above}{hit.section.heading}"
            self._add(f"{text}\n{hit.snippet}" if hit.snippet else text, (hit.page, heading), words)
        if words.strip() and not hits:
            item = QListWidgetItem("Nothing has all of these words")
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self._places.addItem(item)
        self._places.blockSignals(False)

    def _add(self, text: str, place: Place, words: str) -> None:
        item = QListWidgetItem(text)
        item.setData(_PLACE, (*place, words))
        self._places.addItem(item)

    def _chosen(self, item: QListWidgetItem | None) -> None:
        if item is None or item.data(_PLACE) is None:
            return
        page, heading, words = item.data(_PLACE)
        self.open(page, heading)
        self.browser.mark(words)

    def _follow(self, target: str) -> None:
        """Go where a link points: within the guide, or out to the browser."""
        if target.startswith(("https://", "http://")):
            QDesktopServices.openUrl(QUrl(target))
            return
        page, _, heading = target.partition("#")
        self.open(page or self.place[0], heading)


def _button(icon: str, words: str, do: Callable[[], None]) -> QToolButton:
    button = QToolButton()
    button.setIcon(theme.icon(icon))
    button.setIconSize(QSize(16, 16))
    button.setToolTip(words)
    button.setAccessibleName(words)
    button.clicked.connect(do)
    return button
