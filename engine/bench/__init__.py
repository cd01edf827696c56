"""What ``primordia bench`` times: one module per pillar, found by being in this folder.

A module has ``BENCHES``, a tuple of `Bench`, and imports what is slow to import only while it runs.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from engine.core.activity import Activity
from engine.core.errors import BadInput

__all__ = ["Bench", "Row", "benches", "choose"]


@dataclass(frozen=True)
class Row:
    """One figure beside that of the plain way to compute the same.

    Attributes
    ----------
    name : str
        ``pillar.what.size``, e.g. ``"growing.forward.512"``.
    value : float
        A median over repeats; larger is better where the unit is one of speed.
    unit : str
        With the threads, e.g. ``"steps/s, 2 threads"``.
    baseline : str
        What it is compared with, in words; empty where there is nothing.
    baseline_value : float, optional
        In the same unit.
    """

    name: str
    value: float
    unit: str
    baseline: str = ""
    baseline_value: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times better than the baseline: less is better of seconds and bytes."""
        if not self.baseline_value or not self.value:
            return None
        speed = "/s" in self.unit
        return self.value / self.baseline_value if speed else self.baseline_value / self.value

    def as_dict(self) -> dict[str, Any]:
        """Write the row as the JSON of ``primordia bench`` has it."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "baseline": self.baseline,
            "baseline_value": self.baseline_value,
            "ratio": self.ratio,
        }


@dataclass(frozen=True)
class Bench:
    """Something to time: its name (that of its rows, or what they begin with) and how."""

    name: str
    run: Callable[[str, Activity], Iterable[Row]]


def benches() -> tuple[Bench, ...]:
    """Load all benches, sorted by name."""
    found: list[Bench] = []
    for module in pkgutil.iter_modules(__path__):
        found += getattr(importlib.import_module(f"{__name__}.{module.name}"), "BENCHES", ())
    return tuple(sorted(found, key=lambda bench: bench.name))


def choose(names: Iterable[str]) -> tuple[Bench, ...]:
    """Find benches by name or by what their names begin with; all where no name is given.

    Raises
    ------
    BadInput
        If a name fits none; the known ones are named.
    """
    known = benches()
    wanted = list(names)
    for name in wanted:
        if not any(_fits(bench, name) for bench in known):
            raise BadInput(
                f"there is no bench {name!r}",
                remedy="Use one of: " + ", ".join(bench.name for bench in known),
            )
    return tuple(b for b in known if not wanted or any(_fits(b, name) for name in wanted))


def _fits(bench: Bench, name: str) -> bool:
    return bench.name == name or bench.name.startswith(f"{name}.")
