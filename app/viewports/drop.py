"""What a drop will do, said before it is done."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFontMetricsF,
    QHideEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from app import theme
from app.painting import painting

__all__ = ["DropOverlay", "Judge"]

Judge = Callable[[QMimeData], tuple[bool, str]]


class DropOverlay(QWidget):
    """Tints its target while something is dragged over it, and says what would happen.

    Parameters
    ----------
    target : QWidget
        What is dropped on; the overlay covers it.
    judge : callable
        Tells of what is dragged whether it is welcome, and in one sentence what will happen or
        why it is refused.

    Signals
    -------
    dropped(QMimeData)
        Something welcome was let go; the data lives during the signal only.
    shown(bool)
        The sentence is to be read, or no longer: what floats above it may go aside.
    """

    dropped = Signal(QMimeData)
    shown = Signal(bool)

    def __init__(self, target: QWidget, judge: Judge) -> None:
        super().__init__(target)
        self._target = target
        self._judge = judge
        self._welcome, self._words = False, ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        target.setAcceptDrops(True)
        target.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow a drag over the target."""
        if isinstance(event, QDropEvent):  # drag-enter and drag-move are kinds of it
            if isinstance(event, QDragEnterEvent):
                self._enter(event)
            elif isinstance(event, QDragMoveEvent):
                self._answer(event)
            else:
                self._drop(event)
            return True
        if event.type() == QEvent.Type.DragLeave:
            self.hide()
            return True
        return False

    def showEvent(self, event: QShowEvent) -> None:
        """Say that there is something to read."""
        self.shown.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Say that there is nothing any more."""
        self.shown.emit(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw tint, edge and sentence."""
        role = "accent" if self._welcome else "danger"
        tint = theme.colour(role)
        edge = theme.colour(role)
        with painting(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            tint.setAlpha(46)
            painter.fillRect(self.rect(), tint)
            painter.setPen(QPen(edge, 2))
            frame = QRectF(self.rect()).adjusted(5, 5, -5, -5)
            painter.drawRoundedRect(frame, theme.RADIUS, theme.RADIUS)
            face = theme.font("title")
            words, wrap = self.words_box()
            width, height = words.width() + 60, words.height() + 28
            box = QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)
            painter.setPen(QPen(edge, 1))
            painter.setBrush(theme.colour("panel"))
            painter.drawRoundedRect(box, theme.RADIUS + 2, theme.RADIUS + 2)
            icon = theme.pixmap(
                "download" if self._welcome else "circle-x", role, 20, self.devicePixelRatioF()
            )
            painter.drawPixmap(int(box.left() + 16), int(box.center().y() - 10), icon)
            painter.setFont(face)
            painter.setPen(theme.colour("text"))
            middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
            painter.drawText(box.adjusted(44, 0, -8, 0), middle | wrap, self._words)

    def words_box(self) -> tuple[QRectF, int]:
        """Return the size of the sentence, in lines where one is too long, and how it is broken."""
        room = QRectF(0, 0, max(self.width() - 104.0, 40.0), self.height())
        metrics, wrap = QFontMetricsF(theme.font("title")), int(Qt.TextFlag.TextWordWrap)
        box = metrics.boundingRect(room, wrap, self._words)
        if box.width() > room.width():  # a file's name may be long, and without any blank
            wrap = int(Qt.TextFlag.TextWrapAnywhere)
            box = metrics.boundingRect(room, wrap, self._words)
        return box, wrap

    def _enter(self, event: QDragEnterEvent) -> None:
        self._welcome, self._words = self._judge(event.mimeData())
        self.setAccessibleName(self._words)
        self.setGeometry(self._target.rect())
        self.show()
        self.raise_()
        self.update()
        # What is refused must be accepted here too, or no leave would be heard; the move refuses.
        event.acceptProposedAction()

    def _answer(self, event: QDragMoveEvent) -> None:
        if self._welcome:
            event.acceptProposedAction()
        else:
            event.ignore()

    def _drop(self, event: QDropEvent) -> None:
        self.hide()
        if not self._welcome:
            event.ignore()
            return
        event.acceptProposedAction()
        self.dropped.emit(event.mimeData())
