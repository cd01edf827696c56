"""Shows one page: Markdown in the program's type and colours, pictures as wide as the column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QFont,
    QImage,
    QImageReader,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFragment,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import QTextBrowser, QWidget
from shiboken6 import isValid

from app import theme
from app.guide.pages import anchor

__all__ = ["GuideBrowser"]

WIDEST = 760
"""Pixels of a picture and of a line of text; longer lines are hard to read."""
SETTLE_MS = 120
CODE_SIZE = 11
LINE_HEIGHT = 135.0  # per cent
_Property = QTextFormat.Property


class GuideBrowser(QTextBrowser):
    """Shows Markdown.

    Signals
    -------
    followed : str
        A link was clicked: its target as it is written.
    """

    followed = Signal(str)

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._markdown = ""
        self._document: QTextDocument | None = None
        self._width = 0
        self.setOpenLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setAccessibleName("Page of the guide")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.anchorClicked.connect(self._clicked)
        # Pictures are drawn anew once a width lasts.
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._lay_out)

    def show_page(self, markdown: str, heading: str = "") -> None:
        """Show a page from its beginning, or from a heading by its anchor."""
        self._markdown = markdown
        self._fill()
        self.verticalScrollBar().setValue(0)
        if heading:
            self.go_to(heading)

    def go_to(self, heading: str) -> bool:
        """Scroll to a heading by its anchor; False if there is none."""
        block = self.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel() and anchor(block.text()) == heading:
                top = self.document().documentLayout().blockBoundingRect(block).top()
                self.verticalScrollBar().setValue(int(top) - theme.PADDING)
                return True
            block = block.next()
        return False

    def mark(self, words: str) -> None:
        """Select the first occurrence of the first of the words below what is seen."""
        first = next(iter(words.split()), "")
        if first:
            at = self.verticalScrollBar().value()
            self.setTextCursor(self.cursorForPosition(self.viewport().rect().topLeft()))
            if not self.find(first):
                self.verticalScrollBar().setValue(at)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Load pictures of the guide's folder only, as wide as the column; nothing else."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return None
        path = self._folder / Path(QUrl(name).path()).name
        reader = QImageReader(str(path))
        size = reader.size()
        if not size.isValid():
            return QImage()
        ratio = self.devicePixelRatioF()
        width = min(self._column(), size.width())
        wanted = QSize(
            round(width * ratio), max(1, round(size.height() * width * ratio / size.width()))
        )
        image = reader.read().scaled(
            wanted,
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        image.setDevicePixelRatio(ratio)
        return image

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._markdown and self._column() != self._width:
            self._settle.start()

    def retint(self) -> None:
        """Draw the page anew after the theme changed."""
        self._lay_out()

    def _column(self) -> int:
        bar = self.verticalScrollBar()
        hidden = 0 if bar.isVisible() else bar.sizeHint().width()  # it comes with a long page
        room = self.viewport().width() - hidden - 4 * theme.GAP
        return max(120, min(WIDEST, room))

    def _lay_out(self) -> None:
        bar = self.verticalScrollBar()
        share = bar.value() / max(1, bar.maximum())
        self._fill()
        bar.setValue(round(share * bar.maximum()))

    def _fill(self) -> None:
        self._width = self._column()
        side = max(theme.GAP, (self.viewport().width() - WIDEST) // 2)
        # Dressed before it is shown: a document that is seen is laid out at every change.
        document = QTextDocument(self)
        document.setDefaultFont(theme.font("body"))
        document.setMarkdown(self._markdown)
        root = document.rootFrame()
        space = QTextFrameFormat()
        space.setMargin(theme.PADDING)
        space.setLeftMargin(side)
        space.setRightMargin(side)
        root.setFrameFormat(space)
        _dress_text(document)
        for frame in root.childFrames():
            if isinstance(frame, QTextTable):
                _dress_table(frame)
        former, self._document = self._document, document
        self.setDocument(document)
        if former is not None and isValid(former):
            former.deleteLater()

    def _clicked(self, url: QUrl) -> None:
        self.followed.emit(url.toString())


def _dress_text(document: QTextDocument) -> None:
    """Give headings, code and links the program's type and colours, and lines some air."""
    cursor = QTextCursor(document)
    cursor.beginEditBlock()
    block = document.begin()
    while block.isValid():
        cursor.setPosition(block.position())
        cursor.mergeBlockFormat(_block_look(block))
        pieces = block.begin()
        while not pieces.atEnd():
            piece = pieces.fragment()
            look = _piece_look(piece, block.blockFormat().headingLevel())
            if look.propertyCount():
                cursor.setPosition(piece.position())
                end = piece.position() + piece.length()
                cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
                cursor.mergeCharFormat(look)
            pieces += 1
        block = block.next()
    cursor.endEditBlock()


def _block_look(block: QTextBlock) -> QTextBlockFormat:
    form = QTextBlockFormat()
    level = block.blockFormat().headingLevel()
    if level:
        form.setTopMargin(theme.GAP if level > 1 else 0)
        form.setBottomMargin(2 * theme.UNIT)
    elif block.blockFormat().hasProperty(_Property.BlockCodeFence):
        form.setBackground(theme.colour("control"))
        form.setLeftMargin(theme.UNIT)
        form.setNonBreakableLines(False)  # a column has no scroll bar at the bottom
    else:
        if not _has_picture(block):  # which would be followed by a third of its height
            kind = QTextBlockFormat.LineHeightTypes.ProportionalHeight
            form.setLineHeight(LINE_HEIGHT, kind.value)
        if block.textList() is None and QTextCursor(block).currentTable() is None:
            form.setBottomMargin(2 * theme.UNIT)
    return form


def _has_picture(block: QTextBlock) -> bool:
    pieces = block.begin()
    while not pieces.atEnd():
        if pieces.fragment().charFormat().isImageFormat():
            return True
        pieces += 1
    return False


def _piece_look(piece: QTextFragment, level: int) -> QTextCharFormat:
    look = QTextCharFormat()
    if level:
        look.setProperty(_Property.FontSizeAdjustment, max(0, 3 - level))
        look.setFontWeight(QFont.Weight.DemiBold)
    elif piece.charFormat().fontFixedPitch():
        look.setFontFamilies(theme.font("mono").families())
        look.setProperty(_Property.FontPixelSize, CODE_SIZE)
    if piece.charFormat().isAnchor():
        look.setForeground(theme.colour("info"))
    return look


def _dress_table(table: QTextTable) -> None:
    form = table.format()
    form.setBorder(0.5)
    form.setBorderBrush(theme.colour("line"))
    form.setBorderCollapse(True)
    form.setCellPadding(theme.UNIT)
    form.setCellSpacing(0)
    form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    table.setFormat(form)
