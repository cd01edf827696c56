"""From the runner's thread to the window's: engine callbacks become Qt signals.

The runner calls a listener from its own thread and must never wait. Emitting a signal of an object
that lives in the window's thread queues it there. Pictures and numbers may come faster than the
window can hear of them: the mailbox lets only one "views are ready" be under way, and numbers
gather in a batch until the window takes it.
"""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, Signal

from engine.core.commands import Failure, Reply, RunnerState

__all__ = ["Bridge", "Scalars"]

Scalars = list[tuple[str, int, dict[str, float]]]
"""Kind ("training" or "world"), x (updates or steps), and values by name, in order."""


class Bridge(QObject):
    """Signals of one runner, delivered in the window's thread.

    Signals
    -------
    views
        The mailbox has something to take.
    scalars : object
        What was told since the last time, `Scalars`.
    replied, state, failure : object
        `Reply`, `RunnerState`, `Failure`.
    """

    views = Signal()
    scalars = Signal(object)
    _gathered = Signal(object)
    replied = Signal(object)
    state = Signal(object)
    failure = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.listener = _Listener(self)
        self._gathered.connect(self._hand_over)

    def close(self) -> None:
        """Stop listening; late callbacks of the runner fall silent."""
        self.listener.bridge = None

    def _hand_over(self, batch: Scalars) -> None:
        self.listener.seal(batch)
        self.scalars.emit(batch)


class _Listener:
    """What the runner holds; silent once the bridge is closed, lest a signal meet a dead object."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge: Bridge | None = bridge
        self._lock = threading.Lock()
        self._batch: Scalars | None = None  # its signal is under way; more may join it

    def seal(self, batch: Scalars | None = None) -> None:
        """Let nothing more join a batch (or whichever is open): order matters, or it is read."""
        with self._lock:
            if batch is None or batch is self._batch:
                self._batch = None

    def views_ready(self) -> None:
        bridge = self.bridge
        if bridge is not None:
            bridge.views.emit()

    def scalars(self, step: int, kind: str, values: dict[str, float]) -> None:
        bridge = self.bridge
        if bridge is None:
            return
        with self._lock:
            batch = self._batch
            if batch is not None:
                batch.append((kind, step, values))
                return
            batch = self._batch = [(kind, step, values)]
        bridge._gathered.emit(batch)

    def replied(self, reply: Reply) -> None:
        bridge = self.bridge
        if bridge is not None:
            self.seal()
            bridge.replied.emit(reply)

    def state_changed(self, state: RunnerState) -> None:
        bridge = self.bridge
        if bridge is not None:
            self.seal()
            bridge.state.emit(state)

    def failed(self, failure: Failure) -> None:
        bridge = self.bridge
        if bridge is not None:
            self.seal()
            bridge.failure.emit(failure)
