"""Moving through a trace: steps, breakpoints, and playing at a speed."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal

from app.panels.tape_session import TapeSession, steps_per_tick
from engine.core.programs import Trace

__all__ = ["TapeRun"]

TICK_MS = 25
LONGEST = 0.25
"""Seconds that one tick makes up for at most: after a stall it goes on, it does not leap."""


class TapeRun(QObject):
    """Owns the session of the trace that is shown.

    Parameters
    ----------
    speed : callable
        Says how many steps per second to play.

    Signals
    -------
    moved
        Another step, other breakpoints or another trace.
    playing_changed : bool
    """

    moved = Signal()
    playing_changed = Signal(bool)

    def __init__(self, speed: Callable[[], float], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session: TapeSession | None = None
        self._speed = speed
        self._ticked, self._rest = 0.0, 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def playing(self) -> bool:
        """Whether it runs."""
        return self._timer.isActive()

    def load(self, trace: Trace) -> None:
        """Show a trace from its start; breakpoints stay where it has addresses for them."""
        breaks = self.session.breakpoints if self.session is not None else set()
        self.session = TapeSession(trace, {at for at in breaks if at < len(trace.start)})
        self.set_playing(False)
        self.moved.emit()

    def clear(self) -> None:
        """Show nothing."""
        self.set_playing(False)
        self.session = None
        self.moved.emit()

    def go(self, step: int) -> None:
        """Show another step."""
        if self.session is not None:
            self.session.go(step)
            self.moved.emit()

    def do(self, deed: int | str) -> None:
        """Move by so many steps, or as a button says.

        "first", "last", "next stop" (the next breakpoint or the end), "last stop" (the one before,
        or the start), "back", "step", "play" (or pause).
        """
        session = self.session
        if session is None:
            return
        if deed == "play":
            self.set_playing(not self.playing)
            return
        self.set_playing(False)
        if isinstance(deed, int):
            session.move(deed)
        elif deed in ("next stop", "last stop"):
            session.run(1 if deed == "next stop" else -1)
        else:
            session.go(
                {
                    "first": 0,
                    "last": session.last,
                    "back": session.step - 1,
                    "step": session.step + 1,
                }[deed]
            )
        self.moved.emit()

    def set_playing(self, on: bool) -> None:
        """Run from here, or from the start if this is the end; or stop."""
        session = self.session
        on = on and session is not None
        if on == self.playing:
            return
        if on and session is not None:
            if session.at_end:
                session.go(0)
            self._ticked, self._rest = monotonic(), 0.0
            self._timer.start()
        else:
            self._timer.stop()
        self.playing_changed.emit(on)
        self.moved.emit()

    def toggle_breakpoint(self, address: int) -> None:
        """Set or take away a breakpoint."""
        if self.session is not None:
            self.session.toggle_breakpoint(address)
            self.moved.emit()

    def clear_breakpoints(self) -> None:
        """Take all breakpoints away."""
        if self.session is not None:
            self.session.breakpoints.clear()
            self.moved.emit()

    def _tick(self) -> None:
        session = self.session
        if session is None:
            return
        now = monotonic()
        seconds = min(now - self._ticked, LONGEST)
        due, self._rest = steps_per_tick(self._speed(), seconds, self._rest)
        self._ticked = now
        if not due:
            return
        if session.advance(due):
            self.moved.emit()
        else:
            self.set_playing(False)
