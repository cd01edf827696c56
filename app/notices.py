"""What the window tells: one kind of notice, one place that takes them from any thread.

`Notify.say` and `Notify.error` may be called in any thread; the notice is shown in the window's.
`Activities` is the one list of everything that is under way: jobs, films, experiments, worlds that
are being built, autosave, a run to a goal.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal

from engine.core.activity import Activity, ActivityStatus
from engine.core.errors import Cancelled, UserError
from engine.core.failures import report_of

__all__ = ["Activities", "Notice", "Notify", "Severity", "details_of", "words_of"]

logger = logging.getLogger(__name__)

Severity = Literal["info", "done", "warning", "error"]


@dataclass(frozen=True)
class Notice:
    """One thing to be told.

    Parameters
    ----------
    text : str
        One plain sentence.
    severity : {"info", "done", "warning", "error"}
        Errors stay until they are closed.
    details : str
        More for whoever asks: a traceback.
    source : str
        What it is about, for the log: a world's title, a file.
    action : (str, callable), optional
        One button, and what it does in the window's thread.
    key : str
        A notice takes the place of one with the same key; by it one is taken back.
    """

    text: str
    severity: Severity = "info"
    details: str = ""
    source: str = ""
    action: tuple[str, Callable[[], object]] | None = None
    key: str = ""


class Notify(QObject):
    """Takes notices in any thread and hands them to who shows them, in the window's thread.

    Signals
    -------
    told : Notice
    taken_back : str
        The key of a notice that no longer holds.
    """

    told = Signal(object)
    taken_back = Signal(str)

    def say(self, notice: Notice) -> None:
        """Tell something."""
        self.told.emit(notice)

    def error(
        self,
        error: BaseException,
        *,
        source: str = "",
        action: tuple[str, Callable[[], object]] | None = None,
    ) -> str:
        """Tell of what could not be done; faults that are our own carry their traceback.

        Returns
        -------
        str
            The key, for `take_back`; "" where nothing was told, since the user cancelled.
        """
        if isinstance(error, Cancelled):
            return ""
        words = words_of(error)
        if not isinstance(error, UserError):
            logger.error("%s%s", f"{source}: " if source else "", report_of(error))
        self.say(Notice(words, "error", details_of(error), source, action, key=words))
        return words

    def take_back(self, key: str) -> None:
        """Take away a notice that no longer holds."""
        if key:
            self.taken_back.emit(key)


def words_of(error: BaseException) -> str:
    """Return the sentence of an error; of a path only the file's name, since folders wrap badly."""
    if not isinstance(error, UserError):
        return f"{type(error).__name__}: {error}"
    words = str(error)
    if error.path is not None and error.path.name:
        words = words.replace(str(error.path), error.path.name, 1)
    return words


def details_of(error: BaseException) -> str:
    """Return more of an error: our own traceback; of a user's file its path and the cause."""
    if not isinstance(error, UserError):
        return report_of(error)
    cause = error.__cause__
    lines = [str(error)] if error.path is not None else []
    lines += [f"Cause: {type(cause).__name__}: {cause}"] if cause is not None else []
    return "\n".join(lines)


class Activities(QObject):
    """Everything that is under way, whoever does it.

    Signals
    -------
    changed
        One came, moved or ended; in the window's thread, at most 20 times a second each.
    cancelled : Activity
        The user asked to stop one: for work that cannot look by itself, as a world being built.
    """

    changed = Signal()
    cancelled = Signal(object)
    _moved = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: list[Activity] = []
        self._stops: dict[Activity, Callable[[], None]] = {}
        self._moved.connect(self._move)

    def add(self, activity: Activity) -> None:
        """List an activity until it ends; call it in the window's thread, more than once if so."""
        if activity in self._stops or activity.status.state != "running":
            return
        self._running.append(activity)
        self._stops[activity] = activity.listen(_Told(self._moved, activity))
        # It may have ended between the look and the listening.
        self._move(activity, activity.status)

    def running(self) -> tuple[Activity, ...]:
        """Return what is under way, the oldest first."""
        return tuple(self._running)

    def cancel(self, activity: Activity) -> None:
        """Ask one to stop."""
        activity.cancel()
        self.cancelled.emit(activity)

    def close(self) -> None:
        """Listen no more."""
        for stop in self._stops.values():
            stop()
        self._stops.clear()
        self._running.clear()

    def _move(self, activity: Activity, status: ActivityStatus) -> None:
        if status.state != "running" and activity in self._stops:
            self._stops.pop(activity)()
            self._running.remove(activity)
        self.changed.emit()


class _Told:
    """Hands a status on with its activity: a plain callable, so that nothing else is held."""

    def __init__(self, signal: object, activity: Activity) -> None:
        self._signal, self._activity = signal, activity

    def __call__(self, status: ActivityStatus) -> None:
        self._signal.emit(self._activity, status)  # type: ignore[attr-defined]
