"""Checking the counters of a saved soup before any of it is taken over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from numpy.typing import NDArray

from engine.core.errors import BadInput

__all__ = ["check_counters"]

_MOST: Final = 2**62  # what is counted on from there still fits 64 bits
_MOST_EPOCHS: Final = 2**48  # random streams number 1,024 threads or more in each of them
_MOST_TRACED: Final = 2**31  # a tracer token holds its epoch in 32 bits


def check_counters(
    arrays: Mapping[str, NDArray[Any]],
    names: tuple[str, ...],
    *,
    not_above: Mapping[str, str] | None = None,
) -> None:
    """Refuse a saved state with counters that no world has.

    What is missing or has another form is left to `engine.core.system.System.load_state`.

    Parameters
    ----------
    arrays : mapping
        As `System.state` names them.
    names : tuple of str
        What ``world/counters`` holds, the completed ticks first.
    not_above : mapping, optional
        Counters that are never above another one.

    Raises
    ------
    BadInput
        If one is negative or too large, the ticks are not those of the clock, or one is above
        another that it cannot exceed.
    """
    counters, clock = arrays.get("world/counters"), arrays.get("clock/step")
    if counters is None or clock is None or clock.shape != (1,):
        return
    if counters.shape != (len(names),) or "i" not in (counters.dtype.kind, clock.dtype.kind):
        return
    values = dict(zip(names, counters.tolist(), strict=True))
    most = _MOST_TRACED if "world/tokens" in arrays else _MOST_EPOCHS
    for name, value in values.items():
        limit = most if name == names[0] else _MOST
        if not 0 <= value <= limit:
            raise _wrong(f"its counter of {name} is {value:,}, not from 0 to {limit:,}")
    if values[names[0]] != int(clock[0]):
        raise _wrong(f"its clock shows {int(clock[0])}, not its {values[names[0]]} {names[0]}")
    for name, other in (not_above or {}).items():
        if values[name] > values[other]:
            raise _wrong(f"its {name} ({values[name]:,}) exceed its {other} ({values[other]:,})")


def _wrong(problem: str) -> BadInput:
    return BadInput(f"the saved world is damaged: {problem}", remedy="Use an earlier checkpoint")
