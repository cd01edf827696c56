"""Short messages at the bottom right of the picture: one sentence and one action each."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme

__all__ = ["Toasts"]

MOST = 3
SHOWN_MS = 6000
WIDTH = 360
ABOVE = 96  # pixels for the transport bar and the hint over it
_ICONS = {"info": "info", "accent": "circle-check", "train": "triangle-alert", "danger": "circle-x"}


class Toasts(QWidget):
    """Stacks up to three messages in the corner of `host`; errors stay until they are closed.

    Signals
    -------
    details_asked, report_asked : str, str
        The words and the details of a message: to be shown, or copied with what a report needs.
    log_asked
        The log should be shown.
    """

    details_asked = Signal(str, str)
    report_asked = Signal(str, str)
    log_asked = Signal()

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self._aside = False
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2 * theme.UNIT)
        self.setFixedWidth(WIDTH)
        host.installEventFilter(self)
        self.hide()

    def show_message(
        self,
        text: str,
        role: str = "info",
        *,
        details: str = "",
        action: tuple[str, Callable[[], object]] | None = None,
        key: str = "",
    ) -> None:
        """Say something.

        Parameters
        ----------
        text : str
            One plain sentence.
        role : "info", "accent" (done), "train" (warning) or "danger" (error)
        details : str
            More, for "Details" and "Copy report".
        action : (str, callable), optional
            One button.
        key : str
            The message takes the place of one with the same key; the text where none is given.
        """
        times = 1
        for toast in self.messages():
            if toast.key == (key or text):
                times += toast.times if toast.text == text else 0
                toast.close_now()
        toast = _Toast(text, role, details, action, self, times)
        toast.key = key or text
        self._layout.addWidget(toast)
        while len(self.messages()) > MOST:
            self.messages()[0].close_now()
        self.setVisible(not self._aside)
        self.raise_()
        self.place()

    def set_aside(self, on: bool) -> None:
        """Make room for a while for what is to be read beneath."""
        self._aside = on
        self.setVisible(not on and bool(self.messages()))

    def messages(self) -> list[_Toast]:
        """Return the messages that are shown, the oldest first."""
        places = (self._layout.itemAt(place) for place in range(self._layout.count()))
        widgets = (place.widget() for place in places if place is not None)
        return [widget for widget in widgets if isinstance(widget, _Toast)]

    def take_back(self, key: str) -> None:
        """Take away a message that no longer holds, by its key or its text."""
        for toast in self.messages():
            if key in (toast.key, toast.text):
                toast.close_now()

    def place(self) -> None:
        """Move to the corner, and hide when there is nothing to say."""
        if not self.messages():
            self.hide()
            return
        heights = [toast.settle() for toast in self.messages()]
        self.resize(WIDTH, sum(heights) + self._layout.spacing() * (len(heights) - 1))
        self._layout.activate()
        x = self._host.width() - self.width() - theme.PADDING
        y = self._host.height() - self.height() - theme.PADDING - ABOVE
        self.move(max(0, x), max(0, y))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.place()
        return False


class _Toast(QFrame):
    def __init__(
        self,
        text: str,
        role: str,
        details: str,
        action: tuple[str, Callable[[], object]] | None,
        stack: Toasts,
        times: int,
    ) -> None:
        super().__init__(stack)
        self.setObjectName("toast")
        self.text = self.key = text
        self.times = times
        self.role = role
        self._stack = stack
        self._details = details
        self._action = action[1] if action else None
        mark = QLabel()
        mark.setPixmap(theme.pixmap(_ICONS[role], role, 16, self.devicePixelRatioF()))
        mark.setAlignment(Qt.AlignmentFlag.AlignTop)
        words = QLabel(text if times == 1 else f"{text} ({times:,} times)")
        words.setWordWrap(True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QToolButton()
        close.setIcon(theme.icon("x", "dim", 14))
        close.setIconSize(QSize(14, 14))
        close.setAccessibleName("Close message")
        close.setToolTip("Close")
        close.clicked.connect(self.close_now)
        top = QHBoxLayout()
        top.setSpacing(2 * theme.UNIT)
        top.addWidget(mark)
        top.addWidget(words, 1)
        top.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.PADDING, 2 * theme.UNIT, 2 * theme.UNIT, 2 * theme.UNIT)
        layout.addLayout(top)
        offers: list[tuple[str, Callable[[], None]]] = []
        if details:
            offers += [
                ("Details", self._show_details),
                ("Copy report", self._copy),
                ("Open log", self._open_log),
            ]
        if action:
            offers.append((action[0], self._act))
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.UNIT)
        buttons.addStretch(1)
        for words_of, do in offers:
            button = QPushButton(words_of)
            button.clicked.connect(do)
            buttons.addWidget(button)
        if offers:
            layout.addLayout(buttons)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.close_now)
        if role != "danger":
            self._timer.start(SHOWN_MS)

    def settle(self) -> int:
        """Take the height that the words need, wrapped as they are, and return it."""
        for part in (self, *self.findChildren(QWidget)):
            part.ensurePolished()
        layout = self.layout()
        assert layout is not None
        layout.invalidate()
        height = layout.totalHeightForWidth(WIDTH)
        self.setFixedHeight(height)
        return height

    def close_now(self) -> None:
        """Take the message away."""
        self._timer.stop()
        self._stack._layout.removeWidget(self)
        self.hide()
        self.deleteLater()
        self._stack.place()

    def _show_details(self) -> None:
        self._stack.details_asked.emit(self.text, self._details)

    def _copy(self) -> None:
        self._stack.report_asked.emit(self.text, self._details)

    def _open_log(self) -> None:
        self._stack.log_asked.emit()

    def _act(self) -> None:
        self.close_now()  # first: what it does may ask for a file, and the message goes meanwhile
        if self._action is not None:
            self._action()
