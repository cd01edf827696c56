"""From the runner's thread to the window's: engine callbacks become Qt signals.

The runner calls a listener from its own thread and must never wait. Emitting a signal of an object
that lives in the window's thread queues it there, and the mailbox lets only one "views are ready"
be under way.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.core.commands import Failure, Reply, RunnerState

__all__ = ["Bridge"]


class Bridge(QObject):
    """Signals of one runner, delivered in the window's thread.

    Signals
    -------
    views
        The mailbox has something to take.
    scalars : str, int, object
        Kind ("training" or "world"), x (updates or steps), dict of values.
    replied, state, failure : object
        `Reply`, `RunnerState`, `Failure`.
    """

    views = Signal()
    scalars = Signal(str, int, object)
    replied = Signal(object)
    state = Signal(object)
    failure = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.listener = _Listener(self)

    def close(self) -> None:
        """Stop listening; late callbacks of the runner fall silent."""
        self.listener.bridge = None


class _Listener:
    """What the runner holds; silent once the bridge is closed, lest a signal meet a dead object."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge: Bridge | None = bridge

    def views_ready(self) -> None:
        bridge = self.bridge
        if bridge is not None:
            bridge.views.emit()

    def scalars(self, step: int, kind: str, values: dict[str, float]) -> None:
        bridge = self.bridge
        if bridge is not None:
            bridge.scalars.emit(kind, step, values)

    def replied(self, reply: Reply) -> None:
        bridge = self.bridge
        if bridge is not None:
            bridge.replied.emit(reply)

    def state_changed(self, state: RunnerState) -> None:
        bridge = self.bridge
        if bridge is not None:
            bridge.state.emit(state)

    def failed(self, failure: Failure) -> None:
        bridge = self.bridge
        if bridge is not None:
            bridge.failure.emit(failure)
