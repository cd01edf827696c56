"""Which widget the user goes into, with the mouse or with the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QMouseEvent, QWindow
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

__all__ = ["Entering"]


class Entering(QObject):
    """Tells of clicks into a widget, and of the keyboard that goes anywhere.

    Clicks are heard at the window of the screen system, which gets each of them once: buttons take
    no focus, and a filter on the application would run at every event of the program.

    Signals
    -------
    entered : QWidget
    """

    entered = Signal(QWidget)

    def __init__(self, home: QWidget) -> None:
        super().__init__(home)
        self._home = home
        self._on = False
        self._handle: QWindow | None = None

    def watch(self, on: bool) -> None:
        """Begin to listen, or stop."""
        application = QApplication.instance()
        if on == self._on or not isinstance(application, QApplication):
            return
        self._on = on
        if on:
            application.focusChanged.connect(self._focus_moved)
            self.find_window()
        else:
            application.focusChanged.disconnect(self._focus_moved)
            if self._handle is not None and isValid(self._handle):
                self._handle.removeEventFilter(self)
            self._handle = None

    def find_window(self) -> None:
        """Listen to the window, which there is only once the widget was shown."""
        handle = self._home.window().windowHandle()
        if self._on and self._handle is None and handle is not None:
            self._handle = handle
            handle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell what is clicked into."""
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            at = self._home.mapFromGlobal(event.globalPosition()).toPoint()
            hit = self._home.childAt(at)
            if hit is not None:
                self.entered.emit(hit)
        return False

    def _focus_moved(self, old: QWidget | None, new: QWidget | None) -> None:
        if new is not None:
            self.entered.emit(new)
