"""Measure a soup beside the stepping: one thread, one slot, results by epoch.

Entropies and the census of a large soup take a tenth of a second, more than a tick may. A `Survey`
takes a copy, works it off in its own thread and hands the results over when they are asked for.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from engine.core.system import Mark, no_poll
from engine.soup.copying import Copy
from engine.soup.detector import TransitionDetector
from engine.soup.metrics import Entropies, measure
from engine.soup.population import Population, Report

__all__ = ["Finding", "Survey"]

Array = NDArray[Any]
_PATIENCE = 0.005
_COPYING = 0.001


@dataclass(frozen=True, eq=False)
class Finding:
    """What was found out about a soup.

    Attributes
    ----------
    epoch : int
        Completed epochs of the soup that was measured.
    entropies : Entropies
    population : Report
    transition : bool
        Whether this is where the state transition was noticed.
    due : bool
        As it was requested.
    extra : object
        As it was requested: figures of the same epoch that the caller wants back.
    """

    epoch: int
    entropies: Entropies
    population: Report
    transition: bool
    due: bool
    extra: Any = None


@dataclass(frozen=True, eq=False)
class _Request:
    epoch: int
    copy: Copy  # of programs and tokens
    due: bool = False
    extra: Any = None
    primes: bool = False

    @property
    def must(self) -> bool:
        """Whether it may not be lost."""
        return self.due or self.primes


class Survey:
    """A background worker that measures copies of a soup.

    The thread starts with the first request. What it raises is raised by the next call here.

    Parameters
    ----------
    population : Population, optional
        Follows the frequent programs; the worker alone uses it.
    detector : TransitionDetector, optional
        Gets the high-order entropies of *due* requests: the transition is a matter of the log.
    entropies : callable
        What measures a soup.
    """

    def __init__(
        self,
        population: Population | None = None,
        detector: TransitionDetector | None = None,
        entropies: Callable[[Array], Entropies] = measure,
    ) -> None:
        self._population = population or Population()
        self._detector = detector or TransitionDetector()
        self._entropies = entropies
        self._changed = threading.Condition()
        self._slot: _Request | None = None
        self._working = False
        self._copied: list[_Request] = []  # of the asking thread
        self._done: list[Finding] = []
        self._error: BaseException | None = None
        self._closed = False
        self._generation = 0
        self._forgotten = math.inf  # the worker has still to forget what lies here or later
        self._bound = math.inf  # what is measured now counts up to here
        self._recalled: tuple[Mark, ...] | None = None
        self._thread: threading.Thread | None = None

    def request(
        self,
        epoch: int,
        soup: Array,
        tokens: Array | None = None,
        *,
        due: bool = False,
        extra: Any = None,
    ) -> bool:
        """Ask for a soup to be measured; it is copied, so that stepping may go on at once.

        A large one is copied by another thread: nobody may write to the arrays before `rest`.

        A request that waits is replaced by a newer one unless it is due: such a one is never lost,
        and before another one the caller waits until the slot is `free`.

        Parameters
        ----------
        epoch : int
            Completed epochs.
        soup : ndarray
            uint8 (programs, length).
        tokens : ndarray, optional
            uint32 (2, programs, length).
        due : bool
            Whether it must be measured.
        extra : object
            Comes back with the finding.

        Returns
        -------
        bool
            False if a due request keeps the slot and this one was dropped.

        Raises
        ------
        RuntimeError
            If the slot is not free for a due request.
        """
        return self._put(epoch, soup, tokens, due=due, extra=extra)

    def prime(self, epoch: int, soup: Array) -> None:
        """Ask for a soup with an unknown past to be measured for the detector alone.

        It is never lost, as a request that is due.
        """
        self._put(epoch, soup, primes=True)

    def _put(
        self,
        epoch: int,
        soup: Array,
        tokens: Array | None = None,
        *,
        due: bool = False,
        extra: Any = None,
        primes: bool = False,
    ) -> bool:
        with self._changed:
            self._check()
            if self._slot is not None and self._slot.must:
                if due or primes:
                    raise RuntimeError("the slot of the survey is not free")
                return False
            request = self._slot = _Request(epoch, Copy(soup, tokens), due, extra, primes)
            self._copied = [one for one in self._copied if not one.copy.done] + [request]
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="survey", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return True

    def rest(self, poll: Callable[[], None] = no_poll, *, before: float = math.inf) -> None:
        """Wait until nothing is copied any more of the soups before that of epoch `before`."""
        while any(one.epoch < before and not one.copy.done for one in self._copied):
            time.sleep(_COPYING)
            poll()
        self._copied = [one for one in self._copied if not one.copy.done]

    def take(self) -> list[Finding]:
        """Hand over what became ready since the last call, in order."""
        with self._changed:
            self._check()
            done, self._done = self._done, []
            return done

    @property
    def pending(self) -> bool:
        """Whether something waits, or is being measured, or was not taken yet."""
        with self._changed:
            self._check()
            return self._slot is not None or self._working or bool(self._done)

    @property
    def free(self) -> bool:
        """Whether a due request would be taken without waiting."""
        with self._changed:
            return self._slot is None or not self._slot.must

    @property
    def busy(self) -> bool:
        """Whether something waits or is being measured."""
        with self._changed:
            return self._slot is not None or self._working

    def wait(self, poll: Callable[[], None] = no_poll) -> None:
        """Wait until everything requested is measured."""
        with self._changed:
            while self._slot is not None or self._working:
                self._check()
                self._changed.wait(_PATIENCE)
                poll()
            self._check()

    def restart(self) -> None:
        """Forget everything, for a world that begins anew; what is being measured is dropped."""
        with self._changed:
            self._check()
            self._generation += 1
            self._slot = None
            self._done.clear()
            self._forgotten = self._bound = math.inf
            self._recalled = None
            self._population = self._population.anew()
            self._detector = TransitionDetector(self._detector.threshold, self._detector.release)
            self._changed.notify_all()

    def forget(self, epoch: int) -> None:
        """Forget what lies at `epoch` or later, for a world that went back in time.

        What is being measured is dropped if it is of that time; nobody waits for it.
        """
        with self._changed:
            self._check()
            if self._slot is not None and self._slot.epoch >= epoch:
                self._slot = None
            self._done = [one for one in self._done if one.epoch < epoch]
            self._forgotten = min(self._forgotten, epoch)
            self._changed.notify_all()

    def recall(self, epoch: int, marks: tuple[Mark, ...]) -> None:
        """Go on from `epoch`, up to which these transitions were; nobody waits for it.

        What waits or is being measured of a later time is dropped: perhaps that never comes. What
        is known of the population then stays.
        """
        with self._changed:
            if self._slot is not None and self._slot.epoch > epoch:
                self._slot = None
            self._done = [one for one in self._done if one.epoch <= epoch]
            self._bound = epoch
            self._recalled = marks
            self._changed.notify_all()

    def close(self) -> None:
        """End the thread after what it is working on; twice does no harm."""
        with self._changed:
            self._closed = True
            self._slot = None
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _check(self) -> None:
        """Raise what the worker met."""
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        if self._closed:
            raise RuntimeError("the survey is closed")

    def _work(self) -> None:
        while True:
            with self._changed:
                while self._slot is None and not self._closed:
                    self._changed.wait()
                if self._slot is None:
                    return
                request, self._slot = self._slot, None
                self._working = True
                generation = self._generation
                population, detector = self._population, self._detector
                forgotten, self._forgotten = self._forgotten, math.inf
                self._bound = math.inf
                recalled, self._recalled = self._recalled, None
                self._changed.notify_all()
            finding: Finding | None = None
            error: BaseException | None = None
            try:
                if forgotten < math.inf:
                    population.forget(int(forgotten))
                    detector.forget(int(forgotten))
                if recalled is not None:
                    detector.recall(recalled)
                finding = self._measure(request, population, detector)
            except BaseException as caught:  # noqa: BLE001 - raised again in the asking thread
                error = caught
            del request
            with self._changed:
                self._working = False
                if generation == self._generation:
                    self._error = error or self._error
                    reach = min(self._forgotten - 1, self._bound)
                    if finding is not None and finding.epoch <= reach:
                        self._done.append(finding)
                self._changed.notify_all()

    def _measure(
        self, request: _Request, population: Population, detector: TransitionDetector
    ) -> Finding | None:
        soup, tokens = request.copy.take()
        assert soup is not None
        entropies = self._entropies(soup)
        if request.primes:
            detector.prime(request.epoch, entropies.high_order)
            return None
        report = population.observe(request.epoch, soup, tokens)
        risen = request.due and detector.observe(request.epoch, entropies.high_order)
        return Finding(request.epoch, entropies, report, risen, request.due, request.extra)
