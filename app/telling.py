"""How the window speaks: toasts over the picture, the status line below, and a line in the log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.notices import Notice, Notify, Severity
from app.status import StatusLine
from app.toasts import Toasts
from engine.core.activity import Activity, ActivityStatus

__all__ = ["Teller"]

logger = logging.getLogger("primordia.told")

Offer = tuple[str, Callable[[], object]]
_ROLES: dict[Severity, str] = {
    "info": "info",
    "done": "accent",
    "warning": "train",
    "error": "danger",
}
_SEVERITIES: dict[str, Severity] = {role: severity for severity, role in _ROLES.items()}
_LEVELS = {"warning": logging.WARNING, "error": logging.ERROR}
_SHORT = 80


class Teller(QObject):
    """Says what happened, once in a toast and once in the status line.

    Attributes
    ----------
    notify : Notify
        Where any thread hands in what is to be told.
    ways_on : dict of type of error to callable
        A part knows what to do about errors of a kind: what it returns is offered as a button.
    """

    def __init__(self, toasts: Toasts, status: StatusLine, parent: QObject) -> None:
        super().__init__(parent)
        self._toasts, self._status = toasts, status
        self.notify = Notify(self)
        self.ways_on: dict[type[BaseException], Callable[[Any], Offer | None]] = {}
        self.notify.told.connect(self._show)
        self.notify.taken_back.connect(self.take_back)

    def say(self, text: str, role: str, *, details: str = "", action: Offer | None = None) -> None:
        """Say something; `action` is a button's words and what it does."""
        self.notify.say(Notice(text, _SEVERITIES[role], details, action=action))

    def said(self, text: str, role: str, action: Offer | None) -> None:
        """Say what a signal brings."""
        self.say(text, role, action=action)

    def tell(self, error: BaseException) -> str:
        """Tell the user of something that could not be done; our own faults carry details.

        Returns
        -------
        str
            The words, for `take_back`.
        """
        ways = (way for kind, way in self.ways_on.items() if isinstance(error, kind))
        way = next(ways, None)
        return self.notify.error(error, action=way(error) if way is not None else None)

    def take_back(self, words: str) -> None:
        """Take away what was told of something that could be done after all."""
        self._toasts.take_back(words)

    def crashed(self, words: str, report: str) -> None:
        """Tell of an exception that nobody caught."""
        self.notify.say(Notice(words, "error", report, key=words))

    def _show(self, notice: Notice) -> None:
        lead = f"{notice.source}: " if notice.source else ""
        level = _LEVELS.get(notice.severity, logging.INFO)
        logger.log(level, "%s%s", lead, notice.text)
        self._toasts.show_message(
            notice.text,
            _ROLES[notice.severity],
            details=notice.details,
            action=notice.action,
            key=notice.key,
        )
        text = notice.text
        self._status.say(text if len(text) < _SHORT else text[: _SHORT - 3] + "...")

    def progressed(self, status: ActivityStatus) -> None:
        """Say how far a job is."""
        share = f"  {status.fraction:.0%}" if status.fraction is not None else ""
        note = f"  {status.note}" if status.note else ""
        done = {"finished": "  done", "cancelled": "  stopped"}.get(status.state, f"{share}{note}")
        if status.state != "running":
            self._status.say_lasting("")
            self._status.say(f"{status.title}{done}")
        else:
            self._status.say_lasting(f"{status.title}{done}")

    def lasted(self, activity: Activity) -> None:
        """Offer to stop a job that lasts."""
        if QApplication.activeModalWidget() is None:  # a dialog shows its own progress
            self.say(f"{activity.title}...", "info", action=(activity.stop, activity.cancel))
