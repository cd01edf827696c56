"""Long work that shows how far it is and can be stopped.

An `Activity` is handed to everything that may last over a second. The worker reports into it and
asks it at every step whether to go on; the activity list of the window and the bars of the command
line listen to the same object. It knows neither.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self, TypeVar

from engine.core.errors import Cancelled

__all__ = ["Activity", "ActivityState", "ActivityStatus", "null_activity"]

ActivityState = Literal["running", "finished", "failed", "cancelled"]
Item = TypeVar("Item")

_NOTIFY_INTERVAL = 0.05  # seconds between two calls of the listeners: 20 a second
_RATE_WINDOW = 30.0  # seconds of progress from which the remaining time is judged
_RATE_SAMPLES = 128

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ActivityStatus:
    """How far an activity is, at one moment.

    Parameters
    ----------
    title : str
        What is done, as the user reads it.
    state : {"running", "finished", "failed", "cancelled"}
        Where it stands.
    done, total : float
        Work done and work to do in any unit; `total` is None where nobody knows.
    note : str
        What is done right now.
    elapsed : float
        Seconds since the start.
    eta : float or None
        Seconds that remain, None while unknown.
    error : BaseException or None
        What ended it, when it failed.
    """

    title: str
    state: ActivityState
    done: float
    total: float | None
    note: str
    elapsed: float
    eta: float | None
    error: BaseException | None = None

    @property
    def fraction(self) -> float | None:
        """Part of the work that is done, 0 to 1; None where the total is unknown."""
        if not self.total:
            return None
        return min(max(self.done / self.total, 0.0), 1.0)


Listener = Callable[[ActivityStatus], None]


class Activity:
    """Progress, remaining time and cancellation of one piece of work; safe to use from any thread.

    Parameters
    ----------
    title : str
        What is done, as the user reads it.
    clock : callable
        Seconds that only grow; tests put their own here.
    cancellable : bool
        Whether the work ever asks; a display offers no Cancel for work that does not.
    stop : str
        What stopping it does, in a word for its button: "Finish" where what is there is kept.

    Notes
    -----
    As a context manager it ends itself: finished, cancelled when `Cancelled` leaves the block,
    failed on any other exception (which goes on upwards).
    """

    def __init__(
        self,
        title: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        cancellable: bool = True,
        stop: str = "Cancel",
    ) -> None:
        self.title = title
        self.cancellable = cancellable
        self.stop = stop
        self._clock = clock
        self._lock = threading.Lock()
        self._cancel = threading.Event()
        self._listeners: list[Listener] = []
        self._started = clock()
        self._ended: float | None = None
        self._notified = float("-inf")
        self._state: ActivityState = "running"
        self._error: BaseException | None = None
        self._done = 0.0
        self._total: float | None = None
        self._note = ""
        self._samples: deque[tuple[float, float]] = deque(maxlen=_RATE_SAMPLES)

    def progress(self, done: float, total: float | None, note: str | None = None) -> None:
        """Report `done` of `total` units, and what is done now; None keeps the last note.

        Raises
        ------
        Cancelled
            When the user stopped the work: reporting is also asking.
        """
        self.check()
        with self._lock:
            now = self._clock()
            if done < self._done or total != self._total:
                self._samples.clear()  # another phase: its speed says nothing about this one
            spacing = _RATE_WINDOW / _RATE_SAMPLES
            if not self._samples or now - self._samples[-1][0] >= spacing:
                self._samples.append((now, float(done)))
            while len(self._samples) > 2 and now - self._samples[0][0] > _RATE_WINDOW:
                self._samples.popleft()
            self._done, self._total = float(done), None if total is None else float(total)
            if note is not None:
                self._note = note
            due = now - self._notified >= _NOTIFY_INTERVAL
        if due:
            self._notify()

    def track(
        self, items: Iterable[Item], total: int | None = None, note: str | None = None
    ) -> Iterator[Item]:
        """Yield the items one by one, reporting and checking between them.

        `total` is taken from the length of `items` where it has one.
        """
        if total is None and isinstance(items, Sized):
            total = len(items)
        self.progress(0, total, note)
        for done, item in enumerate(items, start=1):
            yield item
            self.progress(done, total)

    def check(self) -> None:
        """Raise `Cancelled` when the user stopped the work."""
        if self._cancel.is_set():
            raise Cancelled(self.title)

    def cancel(self) -> None:
        """Ask the work to stop; it does so at its next `check` or `progress`."""
        self._cancel.set()

    def finish(self) -> None:
        """Say that the work is done; what comes after the first ending is ignored."""
        self._end("finished", None)

    def fail(self, error: BaseException) -> None:
        """Say that the work ended with `error`, or was stopped when that is `Cancelled`."""
        self._end("cancelled" if isinstance(error, Cancelled) else "failed", error)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with the status, from the worker's thread, at most 20 times a second.

        The last status of all is always delivered. Returns a function that ends the listening.
        """
        with self._lock:
            self._listeners.append(listener)

        def stop() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return stop

    def elapsed(self) -> float:
        """Seconds since the start; it stands still once the work has ended."""
        with self._lock:
            return self._elapsed()

    def eta(self) -> float | None:
        """Seconds that remain at the speed of the last half minute; None while unknown."""
        with self._lock:
            return self._eta()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancel.is_set()

    @property
    def finished(self) -> bool:
        """Whether the work came to its good end."""
        return self._state == "finished"

    @property
    def failed(self) -> bool:
        """Whether the work ended with an error."""
        return self._state == "failed"

    @property
    def status(self) -> ActivityStatus:
        """Everything about the activity at this moment."""
        with self._lock:
            return ActivityStatus(
                title=self.title,
                state=self._state,
                done=self._done,
                total=self._total,
                note=self._note,
                elapsed=self._elapsed(),
                eta=self._eta(),
                error=self._error if self._state == "failed" else None,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.finish()
        else:
            self.fail(error)

    def _elapsed(self) -> float:
        return (self._clock() if self._ended is None else self._ended) - self._started

    def _eta(self) -> float | None:
        if self._state == "finished":
            return 0.0
        if self._state != "running" or not self._total or not self._samples:
            return None
        since, before = self._samples[0]
        gained, passed = self._done - before, self._clock() - since
        if gained <= 0 or passed <= 0:
            return None
        return max(self._total - self._done, 0.0) * passed / gained

    def _end(self, state: ActivityState, error: BaseException | None) -> None:
        with self._lock:
            if self._state != "running":
                return
            self._ended = self._clock()
            self._state, self._error = state, error
            if state == "finished" and self._total is not None:
                self._done = self._total
        self._notify()

    def _notify(self) -> None:
        with self._lock:
            self._notified = self._clock()
            listeners = tuple(self._listeners)
        if not listeners:
            return
        status = self.status
        for listener in listeners:
            try:
                listener(status)
            except Exception:
                # A broken display must not end an hour of work; the log keeps what happened.
                logger.exception("a listener of the activity %r failed", self.title)


def null_activity() -> Activity:
    """Return an activity that nobody watches, for work that is called without one."""
    return Activity("")
