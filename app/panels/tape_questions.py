"""Asking the selected world about programs; of two like questions only the newest is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.world import World
from engine.core.commands import Reply
from engine.core.errors import UserError

__all__ = ["Questions"]

Done = Callable[[Any], None]


class Questions(QObject):
    """Hands answers on; what was asked of another world is forgotten.

    Signals
    -------
    refused : str
        A question was not answered, and why.
    """

    refused = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._world: World | None = None
        self._open: dict[str, tuple[int, Done]] = {}

    def set_world(self, world: World | None) -> None:
        """Ask another world from now on."""
        self._world = world
        self.forget()

    def forget(self) -> None:
        """Wait for no answer any more."""
        self._open.clear()

    def ask(self, question: str, arguments: dict[str, Any], done: Done) -> None:
        """Ask one of `engine.core.capabilities.QUESTIONS`; `done` gets the value of the answer."""
        if self._world is not None:
            self._open[question] = self._world.ask(question, arguments, self._take), done

    def waiting(self, question: str = "") -> bool:
        """Whether an answer to this question, or to any, is still to come."""
        return question in self._open if question else bool(self._open)

    def _take(self, reply: Reply) -> None:
        for question, (id, done) in self._open.items():
            if id == reply.id:
                del self._open[question]
                if reply.error is None:
                    done(reply.value)
                else:
                    self.refused.emit(_words(reply.error))
                return


def _words(error: BaseException) -> str:
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
