"""Replication scores beside the stepping: of a few texts that are shown, or of a whole soup.

A score takes 65 runs, a whole soup of 131,072 programs several seconds. One thread works them off,
the few texts first, and leaves as much time to the epochs as it takes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.soup import scoring
from engine.soup.language import Language

__all__ = ["Scorer", "WholeScore"]

Array = NDArray[Any]

_PART: Final = 64  # programs between two looks at what else is wanted
_KEPT: Final = 4096  # texts whose scores are remembered


@dataclass(frozen=True, eq=False)
class WholeScore:
    """The scores of all programs of one soup: uint8 (n,), after `epoch` completed epochs."""

    epoch: int
    scores: Array
    version: Any = None


@dataclass(eq=False)
class _Whole:
    """A soup that is being scored."""

    version: Any
    epoch: int
    seed: int
    soup: Array
    scores: Array
    done: int = 0


class Scorer:
    """A background worker; its thread starts with the first request and ends with `close`.

    What the thread meets is raised by the next call here.

    Attributes
    ----------
    whole : WholeScore or None
        The last soup that was scored from end to end.
    """

    def __init__(self, language: Language) -> None:
        self._language = language
        self._changed = threading.Condition()
        self._known: dict[bytes, int] = {}
        self._wanted: list[bytes] = []
        self._task: _Whole | None = None
        self._working = False
        self._error: BaseException | None = None
        self._closed = False
        self._thread: threading.Thread | None = None
        self.whole: WholeScore | None = None

    @property
    def pending(self) -> bool:
        """Whether something is still being scored."""
        with self._changed:
            self._check()
            return bool(self._wanted) or self._task is not None or self._working

    def known(self, codes: Iterable[bytes]) -> dict[bytes, int]:
        """Return the scores of these texts as far as they are known; the others are worked off.

        A text is scored as `engine.soup.tracing.replication` does it.
        """
        with self._changed:
            self._check()
            asked = list(dict.fromkeys(codes))
            self._wanted = [code for code in asked if code not in self._known]
            if self._wanted:
                self._wake()
            return {code: self._known[code] for code in asked if code in self._known}

    def now(self, codes: Iterable[bytes]) -> dict[bytes, int]:
        """Return the scores of these texts, worked out on the calling thread where need be."""
        found = self.known(codes)
        for code in dict.fromkeys(codes):
            if code not in found:
                found[code] = scoring.score(self._language, code)
        return found

    def follow(self, soup: Array, epoch: int, seed: int, version: Any) -> None:
        """Score a whole soup, uint8 (n, 64), if no other one is being scored; it is copied.

        Parameters
        ----------
        epoch, seed : int
            Completed epochs and the soup's seed: the noise is that of the reference.
        version : object
            What tells this soup from others; one that was scored last is not scored again.
        """
        with self._changed:
            self._check()
            done = self.whole is not None and self.whole.version == version
            if done or self._task is not None:
                return
            scores = np.zeros(len(soup), np.uint8)
            self._task = _Whole(version, epoch, seed, soup.copy(), scores)
            self._wake()

    def forget(self) -> None:
        """Drop the whole soups: the world begins anew, goes back, or shows something else."""
        with self._changed:
            self._task = self.whole = None

    def close(self) -> None:
        """End the thread after what it is working on; twice does no harm."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _check(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="scorer", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._working = False
                while not (self._wanted or self._task or self._closed):
                    self._changed.wait()
                if self._closed:
                    return
                code = self._wanted.pop(0) if self._wanted else None
                task = self._task
                self._working = True
            begun = time.perf_counter()
            try:
                if code is not None:
                    self._remember(code, self._score(np.frombuffer(code, np.uint8)[None]))
                elif task is not None:
                    self._go_on(task)
            except BaseException as error:  # noqa: BLE001 - raised again in the asking thread
                with self._changed:
                    self._error = error
                    self._wanted.clear()
                    self._task = None
            if code is None:
                time.sleep(time.perf_counter() - begun)

    def _remember(self, code: bytes, scores: Array) -> None:
        with self._changed:
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[code] = int(scores[0])

    def _go_on(self, task: _Whole) -> None:
        """Score the next part of a soup."""
        first, last = task.done, min(task.done + _PART, len(task.soup))
        task.scores[first:last] = self._score(
            task.soup[first:last],
            seed=task.seed,
            epoch=max(task.epoch - 1, 0),
            numbers=np.arange(first, last),
            total=len(task.soup),
        )
        task.done = last
        if last == len(task.soup):
            with self._changed:
                if self._task is task:
                    self.whole = WholeScore(task.epoch, task.scores, task.version)
                    self._task = None

    def _score(self, programs: Array, **noise: Any) -> Array:
        return scoring.scores(self._language, programs, workers=1, **noise)
