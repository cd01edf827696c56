"""A picture of the window as the user sees it: floating panels, dialogs and menus included."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from app.painting import painting

__all__ = ["picture_of"]


def picture_of(window: QWidget) -> QPixmap:
    """Draw a window and what of it floats above, each at its place.

    Every part draws itself, so that nothing which covers the screen gets into the picture. It is
    as large as the window and what floats beside it together.
    """
    parts = [window, *_floating(window)]
    whole = QRect()
    for part in parts:
        whole = whole.united(_place(part))
    ratio = window.devicePixelRatioF()
    picture = QPixmap(whole.size() * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(window.palette().window().color())
    with painting(picture) as painter:
        for part in parts:
            painter.drawPixmap(_place(part).topLeft() - whole.topLeft(), part.grab())
    return picture


def _floating(window: QWidget) -> list[QWidget]:
    """List the visible windows that belong to a window, popups last."""
    found = [
        widget
        for widget in QApplication.topLevelWidgets()
        if widget.isVisible() and widget is not window and _belongs(widget, window)
    ]
    popup = QApplication.activePopupWidget()
    return sorted(found, key=lambda widget: (widget is popup, widget.isModal()))


def _belongs(widget: QWidget, window: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None and parent is not window:
        parent = parent.parentWidget()
    return parent is window or widget is QApplication.activePopupWidget()


def _place(widget: QWidget) -> QRect:
    return QRect(widget.mapToGlobal(widget.rect().topLeft()), widget.size())
