"""Programs by number and by content: what the soups answer when they are asked for one."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.programs import Found, Place
from engine.core.system import Row
from engine.soup.language import Language
from engine.soup.ordering import Arrangement

__all__ = ["MOST_FOUND", "found", "numbered", "place", "rows"]

Array = NDArray[Any]

MOST_FOUND: Final = 1000
"""Places of a search that are handed out at most."""


def place(programs: Array, where: Arrangement, index: int, byte: int) -> Place:
    """Return a byte of one of the programs, uint8 (n, length), and where it lies."""
    return Place(index, byte, programs[index].tobytes(), where.region_of(index))


def numbered(programs: Array, where: Arrangement, index: int, noun: str = "program") -> Place:
    """Return a program by its number; raises `BadInput` where there is none."""
    if not 0 <= index < len(programs):
        raise BadInput(
            f"there is no {noun} {index}",
            remedy=f"Choose a number from 0 to {len(programs) - 1}",
        )
    return place(programs, where, index, 0)


def found(programs: Array, where: Arrangement, first: Array) -> Found:
    """List the programs that a search found.

    Parameters
    ----------
    programs : ndarray
        uint8 (n, length).
    where : Arrangement
    first : ndarray
        int64 (n,): the byte at which the piece begins, -1 for programs without it.
    """
    indices = np.flatnonzero(first >= 0)
    some = indices[:MOST_FOUND]
    return Found(len(indices), tuple(place(programs, where, int(i), int(first[i])) for i in some))


def rows(at: Place, language: Language) -> list[Row]:
    """Say which byte of which program lies at a place, and how it is written."""
    value = at.code[at.byte]
    name = language.alphabet().names[value]
    return [
        Row("program", at.program),
        Row("byte", at.byte),
        Row("value", f"{value:02X}" + (f" {name}" if name else "")),
        Row("text", language.spell(at.code)),
    ]
