"""The whole window by keyboard and by ear: names, tooltips, Tab, and a focus that can be seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QDialogButtonBox,
    QDockWidget,
    QLineEdit,
    QMenuBar,
    QScrollBar,
    QTextBrowser,
    QToolButton,
    QWidget,
)

MOST = 400
"""Presses of Tab after which nobody believes that it goes round."""


def _by_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value)


def _in_sight(root: QWidget) -> list[QWidget]:
    """List what is shown; to Qt, a panel that lies behind others counts as shown, too."""
    behind = [d for d in root.findChildren(QDockWidget) if d.visibleRegion().isEmpty()]
    shown = (w for w in root.findChildren(QWidget) if w.isVisible())
    return [root, *(w for w in shown if not any(d.isAncestorOf(w) for d in behind))]


def _focusable(root: QWidget) -> list[QWidget]:
    """List what Tab shall reach: seen, enabled, and not a part that another speaks for."""
    return [w for w in _in_sight(root) if _by_tab(w) and w.isEnabled() and w.focusProxy() is None]


def _name(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip() if interface is not None else ""


def _who(widget: QWidget) -> str:
    """Name a widget so that it is found: its class, its words, and those that it stands in."""
    chain, at = [], widget
    while at is not None:
        chain.append(type(at).__name__ + (f"#{at.objectName()}" if at.objectName() else ""))
        at = at.parentWidget()
    words = _name(widget) or widget.toolTip()
    return f"{' < '.join(chain[:4])} ({words[:40]})"


def _unnamed(root: QWidget) -> list[str]:
    """What can have the keyboard, or be pressed, and has no name."""
    plain = (QScrollBar, QMenuBar, QDialogButtonBox)
    asked = {w for w in _focusable(root) if not isinstance(w, plain) and not w.isWindow()}
    asked |= {w for w in _in_sight(root) if isinstance(w, QAbstractButton)}
    # Parts that Qt makes for itself: the arrows of a tab bar, the cross in a field.
    own = {w for w in asked if w.objectName().startswith("qt_") or type(w) is QAbstractButton}
    own |= {w for w in asked if type(w.parentWidget()) is QLineEdit}
    own |= {w for w in asked if type(w).__name__ in ("QScrollAreaWidget", "CloseButton")}
    own |= {w for w in asked if w.objectName() in ("ScrollLeftButton", "ScrollRightButton")}
    return sorted(_who(w) for w in asked - own if not _name(w))


def _without_tip(root: QWidget) -> list[str]:
    """Buttons with a sign and no words that do not say what they are."""
    buttons = [w for w in _in_sight(root) if isinstance(w, QAbstractButton)]
    signs = [
        b
        for b in buttons
        if (not b.text() and getattr(b, "_words", "") == "" and not b.icon().isNull())
        or (
            isinstance(b, QToolButton)
            and not b.icon().isNull()
            and b.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly
        )
        or (type(b).__name__ == "ChromeButton" and not b._words)
    ]
    own = [b for b in signs if type(b.parentWidget()) is QLineEdit or not b.parentWidget()]
    return sorted(_who(b) for b in signs if b not in own and not b.toolTip())


def _walk(start: QWidget) -> list[QWidget]:
    """Press Tab until it comes back to where it began; returns everything it came to."""
    start.setFocus(Qt.FocusReason.TabFocusReason)
    met: list[QWidget] = []
    for _ in range(MOST):
        focused = QApplication.focusWidget()
        assert focused is not None, f"Tab from {_who(met[-1])} leads nowhere"
        if focused is start and met:
            return met
        # A page goes from link to link before it lets go.
        inside = isinstance(focused, QTextBrowser) and focused is met[-1]
        way = "\n".join(_who(w) for w in met[-8:])
        assert inside or focused not in met, f"Tab goes back to {_who(focused)}, by\n{way}"
        met += [] if inside else [focused]
        QTest.keyClick(focused, Qt.Key.Key_Tab)
        QApplication.processEvents()
    pytest.fail(f"Tab does not go round; at last it was at {_who(met[-1])}")


def _pixels(widget: QWidget) -> NDArray[np.uint8]:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].astype(np.int16)


def _invisible_focus(root: QWidget, seen: set[tuple[Any, ...]]) -> list[str]:
    """Kinds of widgets, but those `seen`, that look the same with the keyboard as without."""
    found: list[str] = []
    for widget in _focusable(root):
        kind = (type(widget), widget.objectName(), getattr(widget, "_words", "") == "")
        if (
            widget is root
            or kind in seen
            or not widget.isVisible()
            or widget.visibleRegion().isEmpty()
        ):
            continue
        seen.add(kind)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        having = _pixels(widget)
        root.setFocus(Qt.FocusReason.OtherFocusReason)
        QApplication.processEvents()
        lacking = _pixels(widget)
        if having.shape == lacking.shape and (abs(having - lacking) > 24).sum() < 12:
            found.append(_who(widget))
    return sorted(found)


def _panels(desk: Any) -> Iterator[QWidget]:
    """Bring one panel after another to the front, and every leaf of the lower one."""
    window = desk.window
    for place in range(window.bottom.count()):
        window.bottom.setCurrentIndex(place)
        QApplication.processEvents()
        yield window
    for name, dock in window.docks.added.items():
        window.docks.bring(name)
        QApplication.processEvents()
        assert dock.isVisible()
        yield window


def _missed(window: QWidget, start: QWidget) -> list[str]:
    """What Tab does not come to; what a world shows meanwhile for the first time is not meant."""
    there = _focusable(window)
    met = _walk(start)
    return [
        _who(w)
        for w in _focusable(window)
        if w not in met
        and w in there
        and w is not window
        # A view's inside is reached by arrows, an area of a panel by what stands in it.
        and not (isinstance(w, QAbstractScrollArea) and not isinstance(w, QAbstractItemView))
    ]


@pytest.mark.parametrize("slug", ["soup", "in-context"])
def test_the_whole_window_is_named_reached_and_seen(desk: Any, slug: str) -> None:
    window = desk.window
    window.resize(1600, 1000)
    desk.open(slug)
    desk.settle()
    window.docks.bottom.show()
    desk.quiet(1.0)  # what a world offers is made one after another, and Tab follows the order
    found: dict[str, set[str]] = {}
    seen: set[tuple[Any, ...]] = set()
    for _ in _panels(desk):
        for what, lines in (
            ("has no name", _unnamed(window)),
            ("has no tooltip", _without_tip(window)),
            ("is not reached by Tab", _missed(window, desk.viewport)),
            ("looks the same with the keyboard", _invisible_focus(window, seen)),
        ):
            found.setdefault(what, set()).update(lines)
    lines = [f"{what}: {line}" for what, some in found.items() for line in sorted(some)]
    assert not lines, "\n".join(lines)
