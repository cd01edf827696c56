"""One after the other: what is dragged asks the world for its newest place only."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.core.commands import Reply

__all__ = ["Dragging"]


class Dragging(QObject):
    """Sends one action at a time; of those that come meanwhile only the newest is sent.

    Signals
    -------
    send(str, dict, callable)
        An action, its arguments, and what is to be called with the world's reply.
    settled
        The world has answered, and nothing more waits.
    """

    send = Signal(str, object, object)
    settled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._busy = False
        self._waits: tuple[str, dict[str, Any]] | None = None

    def ask(self, name: str, arguments: dict[str, Any]) -> None:
        """Send an action now, or once the one before is answered."""
        if self._busy:
            self._waits = name, arguments
            return
        self._busy = True
        self.send.emit(name, arguments, self._answered)

    def _answered(self, reply: Reply) -> None:
        self._busy = False
        if self._waits is not None:
            (name, arguments), self._waits = self._waits, None
            self.ask(name, arguments)
        else:
            self.settled.emit()
