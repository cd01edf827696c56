"""The beat of the window, which worlds listen to: see `engine.core.courtesy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer

from engine.core.courtesy import BEAT, beat, beat_no_more

if TYPE_CHECKING:
    from app.lab import Lab
    from app.world import World

__all__ = ["Pulse"]


class Pulse(QObject):
    """Tells the worlds that the loop of events turns, as long as one of them runs.

    Parameters
    ----------
    lab : Lab
        Whose worlds these are.
    """

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self._lab = lab
        self._timer = QTimer(self, interval=round(1000 * BEAT))
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(beat)
        lab.closed.connect(self._mind)

    def follow(self, world: World) -> None:
        """Beat for a world that is about to be built, and whenever it runs."""
        world.state_changed.connect(self._mind)
        beat()
        self._timer.start()

    def _mind(self) -> None:
        runs = any(
            not w.state.alive or w.state.playing or w.state.training for w in self._lab.worlds
        )
        if runs and not self._timer.isActive():
            beat()
            self._timer.start()
        elif not runs and self._timer.isActive():
            self._timer.stop()
            beat_no_more()
