"""One slot between a world and its window, in which the latest picture wins.

The engine never waits for the window and no backlog can form: a slow window gets fewer pictures,
not older ones.
"""

from __future__ import annotations

import threading

from engine.core.views import View

__all__ = ["Mailbox"]


class Mailbox:
    """A slot for one set of views; any thread may put, any thread may take."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._views: dict[str, View] | None = None

    def put(self, views: dict[str, View]) -> bool:
        """Lay views into the slot, replacing unread ones of the same names.

        Returns
        -------
        bool
            True when the slot was empty: only then does the reader need a signal.
        """
        with self._lock:
            was_empty = self._views is None
            # Not all are made every time: an unread one that is not among the new ones stays.
            self._views = views if was_empty else {**(self._views or {}), **views}
        return was_empty

    def take(self) -> dict[str, View] | None:
        """Take the views out, or None when there are no new ones."""
        with self._lock:
            views, self._views = self._views, None
        return views

    @property
    def full(self) -> bool:
        """Whether views lie unread."""
        return self._views is not None
