"""What somebody new is told upon a picture: what teaches a world, and what the hand can do here."""

from __future__ import annotations

from typing import Protocol

from app.viewports.base import Viewport
from app.viewports.overlay import Overlay
from engine.core.commands import RunnerState

__all__ = ["TEACH", "TEACH_WITH", "Newcomer"]

TEACH = "Press Train (T) to teach it"
TEACH_WITH = "Press Train (T) to teach it, or drop a picture of your own"


class Page(Protocol):
    """What shows a world."""

    @property
    def viewport(self) -> Viewport:
        """The viewport in front."""

    @property
    def overlay(self) -> Overlay:
        """The chrome on it."""


class Newcomer:
    """Follows one world and gives hints on its page.

    Parameters
    ----------
    page : Page
    hint : bool
        Whether to say once what the hand can do; what teaches a world is always said.
    """

    def __init__(self, page: Page, *, hint: bool) -> None:
        self._page = page
        self._hint = hint
        self._invited = ""  # to teach it, in these words

    def follow(self, state: RunnerState) -> None:
        """Take in what a living world can do and whether it learned."""
        self._invite(state)
        if self._hint and state.capabilities is not None and state.capabilities.brushes:
            self._hint = False
            self._page.overlay.say_hint(self._page.viewport.hint)

    def _invite(self, state: RunnerState) -> None:
        """Say what teaches a world that knows nothing yet, until it learns."""
        can, overlay = state.capabilities, self._page.overlay
        untaught = state.spec.model is None and state.updates == 0 and not state.training
        if can is None or not can.trainable or not untaught:
            if self._invited and overlay.hint == self._invited:
                overlay.say_hint("")
        elif not self._invited:
            self._invited = TEACH_WITH if can.targets else TEACH
            self._hint = False
            overlay.say_hint(self._invited)
