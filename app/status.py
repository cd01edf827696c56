"""The status line: step, speeds, device, memory, and the last message."""

from __future__ import annotations

import psutil
from PySide6.QtCore import QTimer
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from app import theme
from engine.core.commands import RunnerState

__all__ = ["StatusLine"]

REFRESH_MS = 1000
STAYS_MS = 8000
"""How long a message is news."""
_WIDEST = ("step 000,000,000", "0,000,000 steps/s", "000 frames/s", "CPU, 00 threads", "000.0 GB")


class StatusLine(QStatusBar):
    """Numbers in places of fixed width, so that nothing moves while they change."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(0, 0, theme.PADDING, 0)
        self.setFixedHeight(theme.CONTROL)
        self._labels: list[QLabel] = []
        metrics = QFontMetrics(theme.font("caption"))
        for place, widest in enumerate(_WIDEST):
            label = QLabel()
            label.setFont(theme.font("caption"))
            label.setMinimumWidth(metrics.horizontalAdvance(widest) + 2 * theme.UNIT)
            label.setProperty("dim", place > 0)
            label.setContentsMargins(theme.PADDING if place == 0 else 0, 0, 0, 0)
            self._labels.append(label)
            self.addWidget(label)
        self._message = QLabel()
        self._message.setFont(theme.font("caption"))
        self.addPermanentWidget(self._message)
        self._lasting = ""
        self._fading = QTimer(self, singleShot=True, interval=STAYS_MS)
        self._fading.timeout.connect(self.forget)
        self._process = psutil.Process()
        self._frames = 0
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        self._tick()

    def set_state(self, state: RunnerState | None) -> None:
        """Show a world's numbers, or none."""
        if state is None:
            for label in self._labels[:4]:
                label.clear()
            return
        self._labels[0].setText(f"step {state.step:,}")
        rate = state.steps_per_second
        self._labels[1].setText(f"{rate:,.0f} steps/s" if rate >= 10 else f"{rate:.1f} steps/s")
        self._labels[3].setText(state.device)

    def count_frame(self) -> None:
        """Count a picture that reached the screen."""
        self._frames += 1

    @property
    def said(self) -> str:
        """The last message."""
        return self._message.text()

    def say(self, text: str) -> None:
        """Show a message for a while."""
        self._message.setText(text)
        self._fading.start()

    def say_lasting(self, text: str) -> None:
        """Show what is being done, until it is done: then say ""."""
        self._lasting = text
        self.forget()

    def forget(self) -> None:
        """Drop a message that is no longer news; what is still being done is shown again."""
        self._fading.stop()
        self._message.setText(self._lasting)

    def _tick(self) -> None:
        self._labels[2].setText(f"{self._frames} frames/s")
        self._frames = 0
        gigabytes = self._process.memory_info().rss / 2**30
        self._labels[4].setText(f"{gigabytes:.1f} GB")
