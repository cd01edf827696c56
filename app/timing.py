"""When things happened in the window: what ``primordia bench gui`` reads.

``PRIMORDIA_TRACE=FILE`` asks for it. A timer of 16 ms runs in the event loop; whenever it comes
late, something kept the loop from turning. All times are `time.monotonic`, which every process of a
machine shares, so that the one that started this program can count from the start.
"""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer

if TYPE_CHECKING:
    from app.warmup import WarmUp
    from app.window import MainWindow

__all__ = ["PERIOD_MS", "Trace"]

PERIOD_MS = 16


class Trace(QObject):
    """Notes marks and the beats of a timer, and writes them when the program ends.

    The file is JSON: ``marks`` is a list of [seconds, name], ``beats`` of [seconds, pictures drawn
    so far in the world in front, the step of the last one, paints], ``period`` the seconds from
    beat to beat, ``viewport`` its size in pixels (0, 0 without one).
    """

    def __init__(self, window: MainWindow, path: Path) -> None:
        super().__init__(window)
        self._window = window
        self._path = path
        self._marks: list[tuple[float, str]] = []
        self._beats: list[tuple[float, int, int, int]] = []
        self._viewport = (0, 0)
        self._painted = False
        window.installEventFilter(self)
        window.first_frame.connect(self._first_frame)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.write)

    def follow(self, warm_up: WarmUp) -> None:
        """Mark the beginning and the end of the imports, which stall the loop most."""
        warm_up.began.connect(partial(self.mark, "warm-up"))
        warm_up.ended.connect(partial(self.mark, "warm"))

    def mark(self, name: str) -> None:
        """Note that something happened now; from any thread."""
        self._marks.append((time.monotonic(), name))

    def write(self) -> None:
        """Write what was noted."""
        found = {
            "period": PERIOD_MS / 1000,
            "viewport": self._viewport,
            "marks": self._marks,
            "beats": self._beats,
        }
        self._path.write_text(json.dumps(found))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and not self._painted:
            self._painted = True
            # The window is seen when this round of painting has gone out.
            QTimer.singleShot(0, self, self._shown)
        return False

    def _shown(self) -> None:
        self.mark("window")

    def _first_frame(self) -> None:
        self.mark("frame")

    def _beat(self) -> None:
        page = self._window.page
        drawn = step = paints = 0
        if page is not None:
            viewport = page.viewport
            drawn = viewport.frames_drawn
            self._viewport = (viewport.width(), viewport.height())
            view = page.world.views.get(viewport.name)
            step = view.step if view is not None else 0
            paints = viewport.paints
        self._beats.append((time.monotonic(), drawn, step, paints))
