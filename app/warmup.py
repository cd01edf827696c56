"""Import what takes seconds in a thread, once something lives on the screen.

Only torch: a library that makes classes of Qt's objects (pyqtgraph) must be imported by the
window's own thread, or Qt may meet a class half made.
"""

from __future__ import annotations

import importlib
import logging
import threading
import time

from PySide6.QtCore import QObject, Signal

from app.notices import Activities
from engine.core.activity import Activity

__all__ = ["WarmUp"]

MODULES = ("torch",)
logger = logging.getLogger(__name__)


class WarmUp(QObject):
    """Loads the tensor library, so that its first use does not wait.

    Parameters
    ----------
    parent : QObject, optional
    under_way : Activities, optional
        Lists it while it lasts.

    Attributes
    ----------
    done : bool
        Whether all is loaded.

    Signals
    -------
    said : str
        What is being loaded, in words; "" at the end.
    began, ended
        `ended` comes from the thread that loads.
    """

    said = Signal(str)
    began = Signal()
    ended = Signal()

    def __init__(self, parent: QObject | None = None, under_way: Activities | None = None) -> None:
        super().__init__(parent)
        self._under_way = under_way
        self._activity = Activity("Loading the learning library", cancellable=False)
        self._begun = False
        self.done = False

    def begin(self) -> None:
        """Start; a second call does nothing."""
        if self._begun:
            return
        self._begun = True
        self.said.emit("Loading the learning library...")
        self.began.emit()
        if self._under_way is not None:
            self._under_way.add(self._activity)
        threading.Thread(target=self._work, name="warm-up", daemon=True).start()

    def _work(self) -> None:
        for name in MODULES:
            start = time.monotonic()
            try:
                importlib.import_module(name)
            except ImportError:
                # Whoever needs it says so; the window works without.
                logger.exception("%s cannot be imported", name)
            else:
                logger.info("%s was loaded in %.1f s", name, time.monotonic() - start)
        self.done = True
        try:
            self._activity.finish()
            self.ended.emit()
            self.said.emit("")
        except RuntimeError:
            # The window was closed meanwhile, and its objects with it.
            logger.info("nobody waits for the library any more")
