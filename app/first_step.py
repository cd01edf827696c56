"""Saying so where the first step of a world lasts: its kernels may have to be compiled."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject, QTimer

from app.viewports.overlay import Overlay
from engine.core.commands import RunnerState

__all__ = ["PATIENCE_MS", "SLOW", "FirstStep"]

SLOW = "Preparing the first step; it takes a while only once"
PATIENCE_MS = 1000


class Page(Protocol):
    """What shows a world."""

    @property
    def overlay(self) -> Overlay:
        """The chrome on the viewport in front."""


class FirstStep(QObject):
    """Watches one world until it has moved.

    Parameters
    ----------
    page : Page
        Where it is said; an object of Qt.
    """

    def __init__(self, page: Page) -> None:
        assert isinstance(page, QObject)
        super().__init__(page)
        self._page = page
        self._from: int | None = None  # the step that a new world stands at
        self._done = False
        self._hint_before = ""
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._say)

    def follow(self, state: RunnerState) -> None:
        """Take in how far the world is."""
        if not state.alive or self._done:
            return
        if self._from is None:
            self._from = state.step
        overlay = self._page.overlay
        moving = state.playing or state.target_step is not None
        if moving and state.step == self._from:
            if not self._patience.isActive() and overlay.hint != SLOW:
                self._patience.start()
            return
        self._patience.stop()
        self._done = state.step != self._from
        if overlay.hint == SLOW:
            overlay.say_hint(self._hint_before)

    def _say(self) -> None:
        self._hint_before = self._page.overlay.hint
        self._page.overlay.say_hint(SLOW)
