"""Hands for the window: what a user does with it, for tests, scripts, the console, the random user.

Everything goes the way of a user: events of mouse and keyboard, drags, actions by their id. Every
method belongs to the thread of the window; those that wait let the window run meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QEventLoop,
    QMimeData,
    QPoint,
    Qt,
    QTimer,
    QUrl,
)
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.viewports.drop import DropOverlay
from engine.core.spec import Spec

__all__ = ["PATIENCE", "Hands", "let_run"]

PATIENCE = 20.0
"""Seconds after which waiting is given up."""

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def let_run(milliseconds: int) -> None:
    """Let the window, and the threads beside it, run for a while.

    `QTest.qWait` keeps the interpreter all the time: a thread that imports, and lets go of it at
    every file, would advance by one file in each wait.
    """
    loop, timer = QEventLoop(), QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setSingleShot(True)
    timer.timeout.connect(loop.quit)
    timer.start(max(milliseconds, 0))
    loop.exec()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


class Hands:
    """The real window, and what a user does with it.

    Parameters
    ----------
    window : MainWindow

    Attributes
    ----------
    window, lab
        The window, and its open worlds.
    """

    def __init__(self, window: Any) -> None:
        self.window = window
        self.lab = window.lab
        self._held: list[QMimeData] = []

    # Looking.

    @property
    def world(self) -> Any:
        """The selected world, None if none is open."""
        return self.lab.world

    @property
    def state(self) -> Any:
        """What the selected world's runner said last (`engine.core.commands.RunnerState`)."""
        return self.lab.world.state

    @property
    def page(self) -> Any:
        """The page of the selected world."""
        return self.window.page

    @property
    def viewport(self) -> Any:
        """The picture in front on that page."""
        return self.window.page.viewport

    def toasts(self) -> list[str]:
        """Read the messages over the picture."""
        return [message.text for message in self.window.toasts.messages()]

    def row(self, name: str) -> Any:
        """Find the row of a parameter, also one that is folded away."""
        panel = self.window.controls.parameters
        if name not in panel._rows:
            panel._more.setChecked(True)
        return panel._rows[name]

    def pixels(self, widget: QWidget | None = None) -> NDArray[np.uint8]:
        """Read what is on the screen of a widget (the viewport): (h, w, 3)."""
        picture = (widget or self.viewport).grab().toImage()
        picture = picture.convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), -1)
        return rows[:, : 3 * picture.width()].reshape(picture.height(), picture.width(), 3).copy()

    def dialogs(self, kind: str = "") -> list[Any]:
        """List the dialogs on the screen, all or those whose class is called like `kind`."""
        found = QApplication.topLevelWidgets()
        return [
            w
            for w in found
            if w.isVisible()
            and kind in type(w).__name__
            and w.isWindow()
            and w is not self.window
            and type(w).__name__.endswith("Dialog")
        ]

    # Waiting.

    def until(self, true: Callable[[], Any], what: str = "", patience: float = PATIENCE) -> Any:
        """Let the window run until something is so; returns what `true` returned.

        Raises
        ------
        TimeoutError
            If it is not so after `patience` seconds.
        """
        deadline = time.monotonic() + patience
        while True:
            result = true()
            if result:
                return result
            if time.monotonic() > deadline:
                seen = f"state {self.state if self.world else None}, toasts {self.toasts()}"
                raise TimeoutError(f"waited in vain for {what or true}: {seen}")
            let_run(5)

    def settle(self) -> None:
        """Let everything that was sent to the world be answered."""
        self.until(lambda: not self.world.unanswered, "answers")

    def quiet(self, seconds: float) -> None:
        """Let the window run for a while, where the absence of something is to be seen."""
        let_run(round(1000 * seconds))

    # Doing.

    def open(self, slug: str, *, playing: bool = False, **params: Any) -> Any:
        """Open a world by its spec (seed 1) and wait until it lives and was drawn."""
        self.lab.open(Spec(slug, params, seed=1), slug, playing=playing, replace=False)
        return self.alive()

    def alive(self, patience: float = PATIENCE) -> Any:
        """Wait until the selected world lives and was drawn."""
        self.until(lambda: self.world is not None and self.state.alive, "a living world", patience)
        self.until(lambda: self.viewport.frames_drawn > 0, "a picture", patience)
        return self.world

    def run(self, action: str, argument: str = "") -> None:
        """Do an action by its id (Help > Shortcuts lists them)."""
        self.window.user_actions.run(action, argument)

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Click a widget with the left button, in its middle or at a place in it."""
        QTest.mouseClick(widget, LEFT, NONE, at or widget.rect().center())

    def key(self, key: Any, keys: Any = NONE, widget: QWidget | None = None) -> None:
        """Press and release a key, with `keys` (Qt.KeyboardModifier) held."""
        QTest.keyClick(widget or self.window, key, keys)

    def brush(self, *points: QPoint) -> None:
        """Drag the tool in hand over the viewport with the mouse."""
        view = self.viewport
        handle = view.window().windowHandle()

        def shift(at: QPoint) -> QPoint:
            return QPoint(view.mapTo(view.window(), at))

        QTest.mouseMove(handle, shift(points[0] + QPoint(1, 1)))
        QTest.mousePress(handle, LEFT, NONE, shift(points[0]))
        for point in points:
            QTest.mouseMove(handle, shift(point))
        QTest.mouseRelease(handle, LEFT, NONE, shift(points[-1]))

    def point_of(self, row: float, column: float) -> QPoint:
        """Where a cell lies on the viewport."""
        x, y = self.viewport.placement().point_of(row + 0.5, column + 0.5)
        return QPoint(int(x), int(y))

    # Dragging files.

    def hover(self, *paths: Path | str, data: QMimeData | None = None) -> tuple[str, bool]:
        """Drag files over the middle; returns the sentence shown and whether it is welcome."""
        if data is None:
            data = QMimeData()
            data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        self._held.append(data)
        target = self._drop_target()
        at, copy = target.rect().center(), Qt.DropAction.CopyAction
        QApplication.sendEvent(target, QDragEnterEvent(at, copy, data, LEFT, NONE))
        over = QDragMoveEvent(at, copy, data, LEFT, NONE)
        QApplication.sendEvent(target, over)
        overlay = self.overlay()
        if not overlay.isVisible():
            raise RuntimeError("nothing says what a drop would do")
        return overlay.accessibleName(), over.isAccepted()

    def leave(self) -> None:
        """Drag what was held over the middle away again."""
        QApplication.sendEvent(self._drop_target(), QDragLeaveEvent())

    def drop(self, *paths: Path | str, data: QMimeData | None = None) -> str:
        """Drag files over the middle and let go; returns the sentence that was shown."""
        words, _ = self.hover(*paths, data=data)
        held, target = self._held[-1], self._drop_target()
        at = target.rect().center().toPointF()
        event = QDropEvent(at, Qt.DropAction.CopyAction, held, LEFT, NONE)
        QApplication.sendEvent(target, event)
        if self.overlay().isVisible():
            raise RuntimeError("the drop was let go, but what it would do is still shown")
        return words

    def overlay(self) -> Any:
        """What says over the middle what a drop will do."""
        return self._drop_target().findChild(DropOverlay)

    def _drop_target(self) -> Any:
        return self.viewport if self.world is not None else self.window._empty
