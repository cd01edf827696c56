"""Notice the state transition of a soup: the moment when order appears.

A soup counts as transformed when its high-order entropy passes 1 bit per byte (arXiv 2406.19108,
figure 6). It may dip below again while replicators displace each other, so that the next transition
is only noticed after it fell under a lower threshold.
"""

from __future__ import annotations

from engine.core.system import Mark

__all__ = ["THRESHOLD", "TransitionDetector"]

THRESHOLD = 1.0


class TransitionDetector:
    """Watches the logged values of the high-order entropy.

    Parameters
    ----------
    threshold : float
        Bits per byte that must be exceeded.
    release : float
        Bits per byte under which the value must fall before a further transition counts.

    Attributes
    ----------
    inside : bool
        Whether the soup is beyond a transition.
    """

    def __init__(self, threshold: float = THRESHOLD, release: float = THRESHOLD / 2) -> None:
        if release > threshold:
            raise ValueError(f"the release {release} lies above the threshold {threshold}")
        self.threshold = threshold
        self.release = release
        self._found: list[tuple[int, str]] = []
        self._last: int | None = None

    @property
    def inside(self) -> bool:
        """Whether the soup is beyond a transition."""
        return bool(self._found) and self._found[-1][1] == "transition"

    @property
    def first(self) -> int | None:
        """The first logged epoch with a value above the threshold, None before."""
        return self._found[0][0] if self._found else None

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

    def forget(self, epoch: int) -> None:
        """Forget what was found at `epoch` or later."""
        self._found = [one for one in self._found if one[0] < epoch]

    def recall(self, marks: tuple[Mark, ...]) -> None:
        """Take over what was found in a past that was not observed here."""
        titles = ("transition", "order lost")
        self._found = [(mark.step, mark.title) for mark in marks if mark.title in titles]

    def marks(self) -> tuple[Mark, ...]:
        """List the transitions, and where order was lost again, for the plots."""
        return tuple(Mark(epoch, title) for epoch, title in self._found)
