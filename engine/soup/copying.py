"""Copies of arrays that are made beside the run: a soup with tokens takes a tenth of a second."""

from __future__ import annotations

import threading
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Copy"]

Array = NDArray[Any]

_SMALL: Final = 2**20  # bytes that are copied faster than a thread begins


class Copy:
    """A copy of some arrays; until it is `done`, nobody may write to them.

    Parameters
    ----------
    arrays : ndarray or None
        None stays None.
    """

    def __init__(self, *arrays: Array | None) -> None:
        self._arrays = arrays
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None
        if sum(array.nbytes for array in arrays if array is not None) <= _SMALL:
            self._make()
        else:
            self._thread = threading.Thread(target=self._make, name="copy", daemon=True)
            self._thread.start()

    def _make(self) -> None:
        try:
            self._arrays = tuple(None if one is None else np.array(one) for one in self._arrays)
        except MemoryError as error:
            self._arrays, self._error = (), error

    @property
    def done(self) -> bool:
        """Whether the arrays may be written to again."""
        return self._thread is None or not self._thread.is_alive()

    def take(self) -> tuple[Array | None, ...]:
        """Wait for the copies and hand them over, once; raises what the copying met."""
        if self._thread is not None:
            self._thread.join()
        if self._error is not None:
            raise self._error
        arrays, self._arrays = self._arrays, ()
        return arrays
