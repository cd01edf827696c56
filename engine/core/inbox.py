"""The queue of commands of one world: any thread puts, the world's thread takes.

Commands are taken in order. Inside a long training step some may overtake others, since a pause has
to act within 100 ms and a checkpoint cannot be written half-way through an update: see
`Inbox.take_early`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from engine.core.commands import Command

__all__ = ["Inbox"]


class Inbox:
    """A queue that its reader can sleep on; putting never waits."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._waiting: deque[Command] = deque()
        self._rung = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, command: Command) -> None:
        """Append a command and wake the reader."""
        with self._condition:
            self._waiting.append(command)
            self._condition.notify()

    def ring(self) -> None:
        """Wake the reader without a command."""
        with self._condition:
            self._rung = True
            self._condition.notify()

    def wait(self, seconds: float | None) -> None:
        """Sleep until a command or a ring comes, at most `seconds` (None: without limit)."""
        with self._condition:
            if not self._waiting and not self._rung:
                self._condition.wait(seconds)
            self._rung = False

    def take(self) -> Command | None:
        """Take the oldest command, or None."""
        with self._condition:
            return self._waiting.popleft() if self._waiting else None

    def take_early(
        self, free: tuple[type[Command], ...], ordered: tuple[type[Command], ...]
    ) -> Command | None:
        """Take a command out of turn.

        Parameters
        ----------
        free : tuple of Command types
            May overtake every other command.
        ordered : tuple of Command types
            May be taken only if nothing older waits.
        """
        with self._condition:
            for index, command in enumerate(self._waiting):
                if isinstance(command, free) or (index == 0 and isinstance(command, ordered)):
                    del self._waiting[index]
                    return command
        return None

    def holds(self, wanted: Callable[[Command], bool]) -> bool:
        """Tell whether a waiting command fulfils `wanted`."""
        with self._condition:
            return any(wanted(command) for command in self._waiting)
