"""How the window speaks: toasts over the picture, and the status line below."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.status import StatusLine
from app.toasts import Toasts
from engine.core.activity import Activity, ActivityStatus
from engine.core.errors import UserError

__all__ = ["Teller"]

logger = logging.getLogger(__name__)

Offer = tuple[str, Callable[[], object]]


class Teller(QObject):
    """Says what happened, once in a toast and once in the status line."""

    def __init__(self, toasts: Toasts, status: StatusLine, parent: QObject) -> None:
        super().__init__(parent)
        self._toasts, self._status = toasts, status

    def say(self, text: str, role: str, *, details: str = "", action: Offer | None = None) -> None:
        """Say something; `action` is a button's words and what it does."""
        self._toasts.show_message(text, role, details=details, action=action)
        self._status.say(text if len(text) < 80 else text[:77] + "...")

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
        if isinstance(error, UserError):
            words = str(error)
            if error.path is not None and error.path.name:
                # The file's name is enough here, and folders wrap badly.
                words = words.replace(str(error.path), error.path.name, 1)
            self.say(words, "danger")
        else:
            logger.error("unexpected", exc_info=error)
            details = "".join(traceback.format_exception(error))
            words = f"{type(error).__name__}: {error}"
            self.say(words, "danger", details=details)
        return words

    def take_back(self, words: str) -> None:
        """Take away what was told of something that could be done after all."""
        self._toasts.take_back(words)

    def crashed(self, words: str, report: str) -> None:
        """Tell of an exception that nobody caught."""
        self._toasts.show_message(words, "danger", details=report)

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
            self.say(f"{activity.title}...", "info", action=("Cancel", activity.cancel))
