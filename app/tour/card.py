"""How a step of the tour looks: everything but its subject is dimmed, a card tells of it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.painting import painting

__all__ = ["Card", "Spotlight", "beside"]

WIDTH = 320
_DARKNESS = 110
_MARGIN = 4


class Spotlight(QWidget):
    """Dims a window but for one place. The mouse reaches what lies beneath: it can be tried."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._hole = QRect()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_on(self, hole: QRect) -> None:
        """Leave a place undimmed; an empty one leaves none."""
        self._hole = hole
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dark and the ring about the place."""
        with painting(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            dark = QPainterPath()
            dark.addRect(QRectF(self.rect()))
            ring = QRectF(self._hole).adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
            ring = ring.intersected(QRectF(self.rect()).adjusted(1, 1, -1, -1))
            if not self._hole.isEmpty():
                light = QPainterPath()
                light.addRoundedRect(ring, theme.RADIUS, theme.RADIUS)
                dark = dark.subtracted(light)
            painter.fillPath(dark, QColor(0, 0, 0, _DARKNESS))
            if not self._hole.isEmpty():
                painter.setPen(QPen(theme.colour("accent"), 2))
                painter.drawRoundedRect(ring, theme.RADIUS, theme.RADIUS)


class Card(QFrame):
    """Title, words, how far it is, and the buttons.

    Signals
    -------
    skipped, back, on
    """

    skipped = Signal()
    back = Signal()
    on = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("palette")
        self.setFixedWidth(WIDTH)
        self._title, self._words, self._place = QLabel(), QLabel(), QLabel()
        self._title.setFont(theme.font("title"))
        self._words.setWordWrap(True)
        self._place.setFont(theme.font("caption"))
        self._place.setProperty("dim", True)
        self.skip_button = QPushButton("Skip the tour")
        self.back_button = QPushButton("Back")
        self.on_button = QPushButton("Next")
        self.on_button.setDefault(True)
        self.skip_button.clicked.connect(self.skipped)
        self.back_button.clicked.connect(self.back)
        self.on_button.clicked.connect(self.on)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(theme.GAP,) * 4)
        layout.setSpacing(2 * theme.UNIT)
        layout.addWidget(self._title)
        layout.addWidget(self._words)
        row = QHBoxLayout()
        row.setSpacing(2 * theme.UNIT)
        row.addWidget(self._place)
        row.addStretch(1)
        for button in (self.skip_button, self.back_button, self.on_button):
            row.addWidget(button)
        layout.addSpacing(theme.UNIT)
        layout.addLayout(row)
        self.hide()

    def tell(self, title: str, words: str, place: int, count: int) -> None:
        """Show a step, the `place`-th from 0."""
        self._title.setText(title)
        self._words.setText(words)
        self._place.setText(f"{place + 1} of {count}")
        self.setAccessibleName(f"Tour, {place + 1} of {count}: {title}")
        self.setAccessibleDescription(words)
        last = place + 1 == count
        self.back_button.setVisible(place > 0)
        self.skip_button.setVisible(not last)
        self.on_button.setText("Done" if last else "Next")
        # The words wrap: their height follows from the width that is fixed.
        self.setFixedHeight(self.heightForWidth(WIDTH))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc skips, Return presses the button that has the keyboard."""
        focused = self.focusWidget()
        if event.key() == Qt.Key.Key_Escape:
            self.skipped.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if isinstance(focused, QPushButton):
                focused.click()
        else:
            super().keyPressEvent(event)


def beside(subject: QRect, card: QRect, room: QRect) -> QPoint:
    """Find a place for a card beside its subject: right, left, below, above, else upon it."""
    gap = theme.PADDING + _MARGIN
    top = min(max(subject.top(), room.top() + gap), room.bottom() - card.height() - gap)
    left = subject.center().x() - card.width() // 2
    left = min(max(left, room.left() + gap), room.right() - card.width() - gap)
    for place in (
        QPoint(subject.right() + gap, top),
        QPoint(subject.left() - gap - card.width(), top),
        QPoint(left, subject.bottom() + gap),
        QPoint(left, subject.top() - gap - card.height()),
    ):
        if room.contains(QRect(place, card.size())):
            return place
    # Upon it, in a corner: what it tells of is in the middle.
    corner = subject.intersected(room)
    top = min(corner.top() + 5 * gap, corner.bottom() - card.height() - gap)
    return QPoint(corner.right() - card.width() - gap, max(top, room.top() + gap))
