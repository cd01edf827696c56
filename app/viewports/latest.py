"""Work beside the window, the newest first: what is asked for while one is done replaces the last.

The thread lives only while there is something to do.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QObject, Signal

__all__ = ["Latest"]


class Latest(QObject):
    """Does one job at a time in a thread of its own and tells what came of it in the window's.

    Signals
    -------
    done(object)
        What the job returned, or the exception that it raised.
    """

    done = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = _Desk(self)
        self.destroyed.connect(self._desk.close)

    @property
    def busy(self) -> bool:
        """Whether something is being done."""
        return self._desk.busy

    @property
    def waited_for(self) -> bool:
        """Whether something waits until the job under way is done; from any thread."""
        return self._desk.waiting

    def ask(self, job: Callable[[], Any]) -> None:
        """Do this next, in place of what waits."""
        self._desk.ask(job)

    def close(self) -> None:
        """Do nothing more; what is under way is not told of."""
        self._desk.close()


class _Desk:
    """What the thread holds; silent once it is closed, lest a signal meet a dead object."""

    def __init__(self, teller: Latest) -> None:
        self._lock = threading.Lock()
        self._teller: Latest | None = teller
        self._waits: Callable[[], Any] | None = None
        self.busy = False

    @property
    def waiting(self) -> bool:
        return self._waits is not None or self._teller is None

    def ask(self, job: Callable[[], Any]) -> None:
        with self._lock:
            if self._teller is None:
                return
            self._waits = job
            if self.busy:
                return
            self.busy = True
        threading.Thread(target=self._work, name="picture", daemon=True).start()

    def close(self) -> None:
        with self._lock:
            self._teller = self._waits = None

    def _work(self) -> None:
        while True:
            with self._lock:
                job, self._waits = self._waits, None
                if job is None:
                    self.busy = False
                    return
            try:
                result: Any = job()
            except Exception as error:  # noqa: BLE001 (told to the window, which raises it)
                result = error
            del job
            with self._lock:
                if self._teller is not None:
                    # Qt deletes children before it says so: between the two nobody is there to
                    # hear. Slots run in the window's thread, so that no other error comes by here.
                    with suppress(RuntimeError):
                        self._teller.done.emit(result)
