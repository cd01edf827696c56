"""Run by `test_scale`: a window at the scale of QT_SCALE_FACTOR; prints what is wrong with it."""

from __future__ import annotations

import sys
import time
from itertools import combinations
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

LEAST = 11
"""Pixels of the smallest words."""


def main(factor: float, theme_name: str) -> list[str]:
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    application = QApplication(sys.argv[:1])
    from app import theme
    from app.settings import Settings
    from app.window import MainWindow
    from engine.core.spec import Spec

    theme.apply(application, theme_name)
    window = MainWindow(Settings(), persist=False)
    window.show()
    window.lab.open(Spec("life", {}, seed=1), "Life", playing=False)
    patience = time.monotonic() + 90
    while window.page is None or not window.page.viewport.frames_drawn:
        application.processEvents()
        time.sleep(0.005)  # the world needs the interpreter
        if time.monotonic() > patience:
            return ["no picture"]
    window.docks.bottom.show()
    window.shell.run("palette.open", "res")
    for _ in range(3):
        application.processEvents()
    found = [f"the ratio is {window.devicePixelRatioF()}"] * (window.devicePixelRatioF() != factor)
    found += _cut(window) + _small(window) + _overlapping(window.page) + _sizes(window, factor)
    found += _icons(theme, factor)
    window.close()
    return found


def _seen(window: QWidget, kind: Any) -> list[Any]:
    return [w for w in window.findChildren(kind) if w.isVisible() and w.width() > 1]


def _cut(window: QWidget) -> list[str]:
    """Words that do not fit into the room that they have."""
    found = []
    for label in _seen(window, QLabel):
        plain = not label.wordWrap() and not label.pixmap() and "<" not in label.text()
        wide = QFontMetrics(label.font()).horizontalAdvance(label.text())
        if plain and label.text() and wide > label.contentsRect().width() + 1:
            found.append(f"label {label.text()!r} needs {wide}, has {label.width()}")
    for button in _seen(window, QAbstractButton):
        needs = button.minimumSizeHint().width()
        if button.text() and button.width() < min(needs, button.sizeHint().width()):
            found.append(f"button {button.text()!r} needs {needs}, has {button.width()}")
    return found


def _small(window: QWidget) -> list[str]:
    """Words below the least size."""
    labels = [label for label in _seen(window, QLabel) if label.text()]
    return [f"{label.text()!r} is tiny" for label in labels if label.fontInfo().pixelSize() < LEAST]


def _overlapping(page: Any) -> list[str]:
    """Parts of the chrome that lie upon each other."""
    overlay = page.overlay
    parts = (overlay.title, overlay.modes, overlay.tools, overlay.transport)
    boxes = {type(part).__name__: QRect(part.geometry()) for part in parts if part.isVisible()}
    return [
        f"{one} lies on {other}"
        for (one, a), (other, b) in combinations(boxes.items(), 2)
        if a.intersects(b)
    ]


def _sizes(window: Any, factor: float) -> list[str]:
    """Pictures that have not as many pixels as the screen shows of them."""
    view = window.page.viewport
    shot = view.grab()
    found = []
    for have, logical in ((shot.width(), view.width()), (shot.height(), view.height())):
        if abs(have - logical * factor) >= 1:
            found.append(f"the viewport has {have} pixels for {logical} at {factor}")
    image = shot.toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    if len(np.unique(rows[:, : 3 * image.width()].reshape(-1, 3), axis=0)) < 8:
        found.append("the picture is empty")
    return found


def _icons(theme: Any, factor: float) -> list[str]:
    """Signs that would be stretched on this screen."""
    found = []
    for size in (12, 16):
        have = theme.icon("search", "text", size).pixmap(QSize(size, size), factor).width()
        if have != round(size * factor):
            found.append(f"an icon of {size} has {have} pixels at {factor}")
    return found


if __name__ == "__main__":
    for line in main(float(sys.argv[1]), sys.argv[2]):
        sys.stdout.write(f"{line}\n")
