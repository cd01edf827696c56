"""What was measured in one world over time: pins, profiles of a line, means of a region."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.measures import Measures
from app.series import Series
from engine.core.readings import Line, Profile, Region, Summary

__all__ = ["MOST_ROWS", "Records"]

MOST_ROWS = 512
"""Profiles that are kept of a line."""

MOST_BYTES = 8 * 2**20
"""Of these; long lines of many channels keep fewer rows."""

CAPACITY = 2048
"""Points of a curve."""


class Records:
    """Keeps what was read while the panel looked at a world, in bounded memory.

    Attributes
    ----------
    pins : dict of probe to dict of channel to Series
    means : dict of channel to Series
        Of the region.
    """

    def __init__(self) -> None:
        self.pins: dict[tuple[int, ...], dict[str, Series]] = {}
        self.means: dict[str, Series] = {}
        self._rows: deque[tuple[int, Profile]] = deque()
        self._line: Line | None = None
        self._region: Region | None = None

    def follow(self, measures: Measures) -> None:
        """Forget what is measured no longer."""
        probes = {pin.probe for pin in measures.pins}
        for probe in [probe for probe in self.pins if probe not in probes]:
            del self.pins[probe]
        if measures.line != self._line:
            self._line = measures.line
            self._rows.clear()
        if measures.region != self._region:
            self._region = measures.region
            self.means.clear()

    def take_pin(
        self, step: int, probe: tuple[int, ...], names: tuple[str, ...], values: NDArray[Any]
    ) -> None:
        """Keep the channels of a pin at a step."""
        curves = self.pins.setdefault(probe, {})
        for name, value in zip(names, values.tolist(), strict=False):
            curves.setdefault(name, Series(CAPACITY)).append(step, float(value))

    def take_profile(self, step: int, profile: Profile) -> None:
        """Keep a profile; those of the same step and later ones make way for it."""
        while self._rows and self._rows[-1][0] >= step:
            self._rows.pop()
        if self._rows and not np.array_equal(self._rows[-1][1].cells, profile.cells):
            self._rows.clear()  # the world has another size
        self._rows.append((step, profile))
        size = profile.values.nbytes + profile.cells.nbytes
        while len(self._rows) > min(MOST_ROWS, max(2, MOST_BYTES // size)):
            self._rows.popleft()

    def take_summary(self, step: int, names: tuple[str, ...], summary: Summary) -> None:
        """Keep the means of a region at a step."""
        for name, mean in zip(names, summary.mean.tolist(), strict=False):
            self.means.setdefault(name, Series(CAPACITY)).append(step, float(mean))

    @property
    def profile(self) -> Profile | None:
        """The newest profile."""
        return self._rows[-1][1] if self._rows else None

    def steps(self) -> tuple[int, ...]:
        """Return the steps of the profiles that are kept, the oldest first."""
        return tuple(step for step, _ in self._rows)

    def history(self, channel: int) -> NDArray[np.float32]:
        """Return one channel of all profiles, (steps, places); the oldest is the first row."""
        rows = [profile.values[:, channel] for _, profile in self._rows]
        return np.stack(rows) if rows else np.zeros((0, 0), np.float32)
