"""Notice the state transition of a soup: the moment when order appears.

A soup counts as transformed when its high-order entropy passes 1 bit per byte (arXiv 2406.19108,
figure 6). It may dip below again while replicators displace each other, so that the next transition
is only noticed after it fell under a lower threshold.
"""

from __future__ import annotations

from engine.core.system import Mark
from engine.soup.metrics import TRANSITION

__all__ = ["TransitionDetector"]

_PRIMED = "primed"  # of a soup that was transformed when it was first met


class TransitionDetector:
    """Watches the logged values of the high-order entropy.

    Parameters
    ----------
    threshold : float
        Bits per byte that must be exceeded.
    release : float, optional
        Bits per byte under which the value must fall before a further transition counts; half the
        threshold if it is not given.

    Attributes
    ----------
    inside : bool
        Whether the soup is beyond a transition.
    """

    def __init__(self, threshold: float = TRANSITION, release: float | None = None) -> None:
        release = threshold / 2 if release is None else release
        if release > threshold:
            raise ValueError(f"the release {release} lies above the threshold {threshold}")
        self.threshold = threshold
        self.release = release
        self._found: list[tuple[int, str]] = []
        self._last: int | None = None

    @property
    def inside(self) -> bool:
        """Whether the soup is beyond a transition."""
        return bool(self._found) and self._found[-1][1] in ("transition", _PRIMED)

    @property
    def first(self) -> int | None:
        """The first logged epoch with a value above the threshold, None before."""
        marks = self.marks()
        return marks[0].step if marks else None

    def observe(self, epoch: int, value: float) -> bool:
        """Take the value logged after `epoch` completed epochs; True if it is a transition.

        An epoch that is not later than the last one means that time went back.
        """
        if self._last is not None and epoch <= self._last:
            self.forget(epoch)
        self._last = epoch
        if not self.inside and value > self.threshold:
            self._found.append((epoch, "transition"))
            return True
        if self.inside and value < self.release:
            self._found.append((epoch, "order lost"))
        return False

    def prime(self, epoch: int, value: float) -> None:
        """Take the value of a soup with an unknown past: if it is transformed, that is no news."""
        self._last = epoch
        self._found = [(epoch, _PRIMED)] if value > self.threshold else []

    def forget(self, epoch: int) -> None:
        """Forget what was found at `epoch` or later."""
        self._found = [one for one in self._found if one[0] < epoch]

    def recall(self, marks: tuple[Mark, ...]) -> None:
        """Take over what was found in a past that was not observed here."""
        titles = ("transition", "order lost")
        first = [one for one in self._found if one[1] == _PRIMED]
        self._found = first + [(mark.step, mark.title) for mark in marks if mark.title in titles]

    def marks(self) -> tuple[Mark, ...]:
        """List the transitions, and where order was lost again, for the plots."""
        return tuple(Mark(epoch, title) for epoch, title in self._found if title != _PRIMED)
