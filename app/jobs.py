"""Work off the window's thread: reading files, importing torch, asking a class for its options.

A job runs a function in the application's thread pool and hands its result or exception back to the
window's thread. Long jobs carry an `Activity`, which the window lists and can cancel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal

from app.callbacks import deliver
from app.notices import Activities
from engine.core.activity import Activity
from engine.core.errors import Cancelled

__all__ = ["Jobs"]

LONG = 2.0
"""Seconds after which a job is told of by itself."""
WATCH_MS = 500
_PATIENCE_MS = 5000
_APART = 16  # jobs that may never end, at once


class Jobs(QObject):
    """The jobs of one window.

    Attributes
    ----------
    activities : dict of int to Activity
        The titled jobs.
    under_way : Activities
        Those, and whatever else lasts and was added by others.

    Signals
    -------
    progressed : ActivityStatus
        A titled job moved; delivered in the window's thread.
    lasted : Activity
        A titled job has been going on for a while, so that one may wish to stop it.
    ended
        A job is over, however it went.
    """

    progressed = Signal(object)
    lasted = Signal(object)
    ended = Signal()
    _ended = Signal(int, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._apart = QThreadPool(self)
        self._apart.setMaxThreadCount(_APART)
        self._next = 0
        self._waiting: dict[int, tuple[Callable[[Any], object], Callable[[Exception], object]]] = {}
        self.activities: dict[int, Activity] = {}
        self.under_way = Activities(self)
        self._ended.connect(self._deliver)
        self._long: set[int] = set()
        # Work that reports nothing for a while is the one to be told of.
        self._watch = QTimer(self, interval=WATCH_MS)
        self._watch.timeout.connect(self._look)

    def start(
        self,
        work: Callable[[Activity], Any],
        done: Callable[[Any], object],
        failed: Callable[[Exception], object],
        *,
        title: str = "",
        apart: bool = False,
    ) -> Activity:
        """Run `work(activity)`; then `done(result)` or `failed(exception)` in this thread.

        A title lists the job among the activities; a cancelled job calls neither. What runs others'
        code, which may never end, runs apart: it keeps no other job waiting. Returns the activity,
        to follow and to cancel it.
        """
        self._next += 1
        activity = Activity(title or "work")
        if title:
            self.activities[self._next] = activity
            activity.listen(self.progressed.emit)
            self.under_way.add(activity)
            self._watch.start()
        self._waiting[self._next] = (done, failed)
        pool = self._apart if apart else self._pool
        pool.start(_Job(self._next, work, activity, self._ended))
        if title:
            self.progressed.emit(activity.status)
        return activity

    @property
    def busy(self) -> bool:
        """Whether a job is under way whose end somebody waits for."""
        return bool(self._waiting)

    def close(self) -> None:
        """Cancel everything and wait for it to end."""
        self._waiting.clear()
        self._watch.stop()
        for activity in self.activities.values():
            activity.cancel()
        self.under_way.close()
        for pool in (self._pool, self._apart):
            pool.clear()
            pool.waitForDone(_PATIENCE_MS)

    def _look(self) -> None:
        """Tell once of every job that lasts."""
        for number, activity in self.activities.items():
            if number not in self._long and activity.elapsed() > LONG:
                self._long.add(number)
                self.lasted.emit(activity)

    def _deliver(self, number: int, result: Any, error: Exception | None) -> None:
        self.activities.pop(number, None)
        self._long.discard(number)
        if not self.activities:
            self._watch.stop()
        self.ended.emit()
        done, failed = self._waiting.pop(number, (None, None))
        if error is None and done is not None:
            deliver(done, result)
        elif error is not None and failed is not None and not isinstance(error, Cancelled):
            deliver(failed, error)


class _Job(QRunnable):
    def __init__(
        self, number: int, work: Callable[[Activity], Any], activity: Activity, ended: Any
    ) -> None:
        super().__init__()
        self._number, self._work, self._activity, self._ended = number, work, activity, ended

    def run(self) -> None:
        result, error = None, None
        try:
            with self._activity:
                result = self._work(self._activity)
        except Exception as caught:  # noqa: BLE001 (delivered to whoever asked)
            error = caught
        self._ended.emit(self._number, result, error)
