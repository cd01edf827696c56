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
    QLineEdit,
    QMenuBar,
    QScrollBar,
    QToolButton,
    QWidget,
)

MOST = 400
"""Presses of Tab after which nobody believes that it goes round."""


def _by_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value)


def _in_sight(root: QWidget) -> list[QWidget]:
    return [root, *(w for w in root.findChildren(QWidget) if w.isVisible())]


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


def _walk(desk: Any, start: QWidget, key: Qt.Key = Qt.Key.Key_Tab) -> list[QWidget]:
    """Press Tab until it comes back to where it began; returns everything it came to."""
    start.setFocus(Qt.FocusReason.TabFocusReason)
    met: list[QWidget] = []
    for _ in range(MOST):
        focused = QApplication.focusWidget()
        assert focused is not None, f"Tab from {_who(met[-1])} leads nowhere"
        if focused in met:
            return met
        met.append(focused)
        QTest.keyClick(focused, key)
        QApplication.processEvents()
    pytest.fail(f"Tab does not go round; at last it was at {_who(met[-1])}")


def _pixels(widget: QWidget) -> NDArray[np.uint8]:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].astype(np.int16)


def _invisible_focus(root: QWidget, met: list[QWidget]) -> list[str]:
    """Kinds of widgets that look the same with the keyboard as without."""
    found, seen = [], set()
    for widget in met:
        kind = (type(widget), widget.objectName(), getattr(widget, "_words", "") == "")
        if kind in seen or not widget.isVisible() or widget.visibleRegion().isEmpty():
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


def _expect_none(found: list[str]) -> None:
    assert not found, "\n".join(found)


@pytest.fixture(scope="module", params=["growing-nca", "soup", "in-context"])
def opened(request: pytest.FixtureRequest, new_desk: Any, tmp_path_factory: Any) -> Iterator[Any]:
    """A window with every panel open upon one kind of world."""
    patch = pytest.MonkeyPatch()
    windows = new_desk(tmp_path_factory.mktemp("accessible"), patch)
    desk = next(windows)
    desk.window.resize(1600, 1000)
    desk.open(request.param)
    desk.settle()
    desk.window.docks.bottom.show()
    for dock in desk.window.docks.added.values():
        dock.show()
    QApplication.processEvents()
    yield desk
    next(windows, None)
    patch.undo()


def test_everything_has_a_name(opened: Any) -> None:
    _expect_none(_unnamed(opened.window))


def test_every_sign_without_words_has_a_tooltip(opened: Any) -> None:
    _expect_none(_without_tip(opened.window))


def test_tab_reaches_everything_and_goes_round(opened: Any) -> None:
    met = _walk(opened, opened.viewport)
    areas = (QAbstractScrollArea,)
    missed = [
        w
        for w in _focusable(opened.window)
        if w not in met
        and w is not opened.window
        # A view's inside is reached by arrows, an area of a panel by what stands in it.
        and not (isinstance(w, areas) and not isinstance(w, QAbstractItemView))
    ]
    _expect_none([_who(w) for w in missed])


def test_what_has_the_keyboard_is_seen(opened: Any) -> None:
    met = _walk(opened, opened.viewport)
    _expect_none(_invisible_focus(opened.window, met))
