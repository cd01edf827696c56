"""A choice whose list is made when it is reached: nine widgets of Qt that most never need."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

__all__ = ["Choice"]

_NOTHING = " "


class Choice(QComboBox):
    """A choice that the wheel changes only while it has the focus: panels scroll.

    Qt makes the list of a combo box as soon as an item is current. So none is, until the keyboard
    or the mouse gets here; what is chosen is kept beside, and shown as the placeholder. A panel of
    parameters is built, and follows another theme, in half the time.

    Parameters
    ----------
    parent : QWidget, optional
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._asleep = True
        self._chosen = -1
        # With words for no choice, the first item is not chosen by itself.
        self.setPlaceholderText(_NOTHING)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def setCurrentIndex(self, index: int) -> None:
        """Choose an item, -1 for none."""
        if self._asleep:
            self._chosen = index
            if index >= 0:
                self.setPlaceholderText(self.itemText(index) or _NOTHING)
            self.update()
        else:
            super().setCurrentIndex(index)

    def setCurrentText(self, text: str) -> None:
        """Choose an item by its words; others than the items' change nothing."""
        index = self.findText(text)
        if index >= 0:
            self.setCurrentIndex(index)

    def currentIndex(self) -> int:
        """Return the number of the item that is chosen, -1 for none."""
        return self._chosen if self._asleep else super().currentIndex()

    def currentText(self) -> str:
        """Return the words of the item that is chosen."""
        return self.itemText(self.currentIndex())

    def show_instead(self, words: str) -> None:
        """Choose nothing, and write this in its place."""
        self.setCurrentIndex(-1)
        self.setPlaceholderText(words or _NOTHING)

    def sizeHint(self) -> QSize:
        """Return Qt's own size, which Qt would make the list to find."""
        if not self._asleep:
            return super().sizeHint()
        words = (self.placeholderText(), *(self.itemText(i) for i in range(self.count())))
        metrics = self.fontMetrics()
        wide = max(metrics.boundingRect(text).width() for text in words)
        inner = QSize(wide, max(metrics.height(), 14) + 2)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        kind = QStyle.ContentsType.CT_ComboBox
        return self.style().sizeFromContents(kind, option, inner, self)

    def minimumSizeHint(self) -> QSize:
        """Never cut a choice that has room."""
        return super().minimumSizeHint() if not self._asleep else self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        """Follow another style; Qt would make the list to dress it."""
        if self._asleep and event.type() == QEvent.Type.StyleChange:
            QWidget.changeEvent(self, event)
        else:
            super().changeEvent(event)

    def showPopup(self) -> None:
        """Open the list."""
        self._wake()
        super().showPopup()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Be a whole combo box from now on."""
        self._wake()
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move along the list."""
        self._wake()
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the list."""
        self._wake()
        super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move along the list, with the focus only."""
        if self.hasFocus():
            self._wake()
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as usual; a choice that is too long keeps its two ends, which tell it apart."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = (
            self.style()
            .subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self)
            .width()
        )
        middle = Qt.TextElideMode.ElideMiddle
        words: str = option.currentText or self.placeholderText()
        option.currentText = self.fontMetrics().elidedText(words, middle, room)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def _wake(self) -> None:
        if self._asleep:
            self._asleep = False
            blocked = self.blockSignals(True)
            super().setCurrentIndex(self._chosen)
            self.blockSignals(blocked)
