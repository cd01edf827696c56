"""The order of a soup in its picture, kept up to date without holding up the run."""

from __future__ import annotations

import threading
from typing import Any, Final

from numpy.typing import NDArray

from engine.soup.ordering import Order, sort

__all__ = ["AT_ONCE", "Sorter"]

Array = NDArray[Any]
Key = tuple[Order, Any]

AT_ONCE: Final = 2**17
"""Programs that are sorted while the picture waits: 0.1 s. More are sorted by another thread."""


class _Sorting:
    """A soup that is being sorted; it is copied."""

    def __init__(self, soup: Array, key: Key) -> None:
        self.key = key
        self._order: Array | None = None
        self._error: BaseException | None = None
        self._soup = soup.copy()
        self._thread = threading.Thread(target=self._work, name="sorter", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            self._order = sort(self._soup, self.key[0])
        except BaseException as error:  # noqa: BLE001 - raised again in the asking thread
            self._error = error

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def take(self) -> Array | None:
        if self._error is not None:
            raise self._error
        return self._order


class Sorter:
    """Sorts the soups of one world; belongs to the thread that runs it."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Drop what is known: another world begins."""
        self._key: Key | None = None
        self._order: Array | None = None
        self._task: _Sorting | None = None

    @property
    def pending(self) -> bool:
        """Whether an order is being worked out that the picture does not show yet."""
        return self._task is not None and not self._task.done

    def order(self, soup: Array, order: Order, version: Any) -> Array | None:
        """Return the order of a soup, or for a large one the newest that is known.

        That of a large soup is some epochs late while it runs; when time stands still it is
        `pending` for a while, and then that of the soup as it is.

        Parameters
        ----------
        soup : ndarray
            uint8 (programs, length).
        order : {"place", "frequency", "similarity"}
        version : object
            What tells this soup from others: one that was sorted last is not sorted again.

        Returns
        -------
        ndarray or None
            int32 (programs,): which program lies at each place; None where every program stays in
            its own, and where nothing is known yet.
        """
        if order == "place":
            return None
        key = order, version
        if self._task is not None and self._task.done:
            task, self._task = self._task, None
            self._order, self._key = task.take(), task.key
        if self._key != key and len(soup) <= AT_ONCE:
            self._order, self._key = sort(soup, order), key
        elif self._key != key and self._task is None:
            self._task = _Sorting(soup, key)
        return self._order if self._key is not None and self._key[0] == order else None
