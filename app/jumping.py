"""Jumps through a world's time, as fast as the hand asks and no faster than the world can go."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.world import World
from engine.core.commands import Command, Jump, Reply, RunTo

__all__ = ["Jumper"]


class Jumper(QObject):
    """Sends one jump at a time: of those that are asked for meanwhile only the last.

    A drag asks for more moments than a large world can be put back to.

    Signals
    -------
    refused
        The world could not be put where it was wanted; the reason is the reply's.
    """

    refused = Signal()

    def __init__(self, world: World, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._world = world
        self._sent: Jump | None = None
        self._next: Jump | None = None
        world.answered.connect(self._answered)

    def jump(self, step: int, *, play: bool = False) -> None:
        """Put the world back to a step and pause, or play on from the moment before it."""
        self._next = Jump(step, play)
        # What runs there would keep the hand waiting: the new jump ends it.
        if self._sent is None or self._sent.step not in self._world.state.moments:
            self._send()

    def go(self, step: int) -> None:
        """Go to any step: back to an earlier one, on to a later one."""
        if step > self._world.state.step:
            self._world.submit(RunTo(step))
        else:
            self.jump(step)

    def _send(self) -> None:
        self._sent, self._next = self._next, None
        if self._sent is not None:
            self._world.submit(self._sent)

    def _answered(self, command: Command, reply: Reply) -> None:
        if self._sent is not None and reply.id == self._sent.id:
            self._send()
            if not reply.ok and self._sent is None:
                self.refused.emit()
