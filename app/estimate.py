"""How long something will still take, told only once it can be known."""

from __future__ import annotations

from collections import deque

__all__ = ["TimeLeft"]

SKIPPED = 3
"""Of the first updates: they compile kernels and fill pools."""
ENOUGH = 4.0
"""Seconds of steady work before anything is promised."""
LOOKED_BACK = 60.0


class TimeLeft:
    """Watches a count grow towards its goal."""

    def __init__(self) -> None:
        self._first: int | None = None
        self._seen: deque[tuple[float, int]] = deque()

    def restart(self) -> None:
        """Forget the past: the work was interrupted."""
        self._first = None
        self._seen.clear()

    def seconds(self, now: float, done: int, planned: int) -> float | None:
        """Estimate the seconds that are left.

        Parameters
        ----------
        now : float
            Seconds of any clock.
        done, planned : int

        Returns
        -------
        float or None
            None as long as too little was seen.
        """
        if self._first is None or done < self._first:
            self.restart()
            self._first = done
        if done - self._first < SKIPPED:
            return None
        if not self._seen or done > self._seen[-1][1]:
            self._seen.append((now, done))
        while now - self._seen[0][0] > LOOKED_BACK and len(self._seen) > 2:
            self._seen.popleft()
        (began, start), (last, _) = self._seen[0], self._seen[-1]
        if last - began < ENOUGH or done - start < 2:
            return None
        return max(planned - done, 0) * (last - began) / (done - start)
