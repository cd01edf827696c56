"""The last good state of a running world, to go back to after a failure."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np

from engine.core.system import PARTS, Arrays, Mark, Scope, System

__all__ = ["LastGood", "is_small", "sound_copy"]

_INTERVAL = 5.0  # seconds of running between two copies
_PATIENCE = 50.0  # copying takes one fiftieth of the time at most
_TRAINING_LIMIT = 64 * 2**20  # bytes up to which optimiser and pool are copied too

logger = logging.getLogger(__name__)


def sound_copy(system: System, scope: Scope) -> Arrays | None:
    """Copy the state if it consists of finite numbers and there is memory for a copy."""
    try:
        arrays = system.state(scope) if system.finite() else {}
    except MemoryError:
        logger.warning("no memory for a copy of the world: the older one stays")
        return None
    finite = (a.dtype.kind != "f" or bool(np.isfinite(a).all()) for a in arrays.values())
    return arrays if arrays and all(finite) else None


class LastGood:
    """Keeps one copy of the newest state that consisted of finite numbers.

    Parameters
    ----------
    clock : callable
        Returns seconds that only grow.

    Attributes
    ----------
    step : int, optional
        The step of the copy, None while there is none.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._arrays: Arrays | None = None
        self._scope: Scope = "world"
        self._marks: tuple[Mark, ...] = ()
        self._due = 0.0
        self.step: int | None = None

    def forget(self) -> None:
        """Drop the copy: another world begins."""
        self._arrays = self.step = None

    def due(self, now: float) -> bool:
        """Whether a new copy is due while the world runs."""
        return now >= self._due

    def keep(self, system: System, *, training: bool = False) -> None:
        """Copy the state if it is finite; without the memory for a copy the old one stays.

        Optimiser and pool are copied too while `training`, if they are not too large.
        """
        start = self._clock()
        scope: Scope = "training" if training and is_small(system) else "world"
        arrays = sound_copy(system, scope)
        if arrays is not None:
            self._arrays, self._scope, self.step = arrays, scope, system.step_count
            self._marks = system.marks()
        end = self._clock()
        self._due = end + max(_INTERVAL, _PATIENCE * (end - start))

    def take(self, system: System, arrays: Arrays) -> None:
        """Use somebody's sound copy of the world as it is now, which nobody writes to."""
        self._arrays, self._scope, self.step = arrays, "world", system.step_count
        self._marks = system.marks()
        self._due = self._clock() + _INTERVAL

    def restore(self, system: System) -> int | None:
        """Write the copy back; returns its step, or None if there was none that fits."""
        if self._arrays is None:
            return None
        try:
            system.load_state(self._arrays, self._scope)
            system.recall(self._marks)
        except (Exception, SystemExit):
            logger.exception("the last good state could not be restored")
            return None
        return self.step


def is_small(system: System) -> bool:
    """Whether optimiser and pool are small enough to be copied often."""
    arrays = (array for part in PARTS["training"] for array in system.get_arrays(part).values())
    return sum(array.nbytes for array in arrays) <= _TRAINING_LIMIT
