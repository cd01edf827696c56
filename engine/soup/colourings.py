"""What the colour of a byte in the picture of a soup means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.views import Legend
from engine.soup import drawing
from engine.soup.epoch import Soup
from engine.soup.language import HALF
from engine.soup.legends import families, legend
from engine.soup.scorer import WholeScore

__all__ = ["Colouring", "colour_soup", "shares"]

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Colouring:
    """How a soup is painted.

    Attributes
    ----------
    keys : ndarray
        uint8 (programs, 64), or (programs, 1) where a program has one colour.
    palette : ndarray
        uint8 (256, 3).
    legend : Legend
    shown : str
        What is shown, in words.
    """

    keys: NDArray[Any]
    palette: Bytes
    legend: Legend
    shown: str


def colour_soup(
    colour: str, soup: Soup, span: range | None, scored: WholeScore | None = None
) -> Colouring:
    """Colour the programs in sight.

    Parameters
    ----------
    colour : str
        "byte", "species", "age", "lineage", "density", "zeros", "score", "paper"; any other one,
        and what needs tracers where there are none, is that of instructions.
    soup : Soup
    span : range, optional
        The programs in sight; None for all.
    scored : WholeScore, optional
        For "score"; without it all programs are shown as if they had none.
    """
    keys, palette, shown = _painted(colour, soup, span, scored)
    alphabet, traced = soup.language.alphabet(), soup.tokens is not None
    meaning = legend(colour, alphabet, palette, traced=traced)
    if colour == "score":
        words = "Being computed" if scored is None else f"As of epoch {scored.epoch:,}"
        meaning = replace(meaning, note=words)
    return Colouring(keys, palette, meaning, shown)


def _painted(
    colour: str, soup: Soup, span: range | None, scored: WholeScore | None
) -> tuple[Bytes, Bytes, str]:
    """Return keys, palette and what they show."""
    programs, tokens, alphabet = soup.soup, soup.tokens, soup.language.alphabet()
    rising = drawing.ramp()[::-1]  # dark for none
    if colour == "byte":
        return programs, drawing.hues(), colour
    if colour == "species":
        return drawing.species(programs, span), drawing.hues(), colour
    if colour == "age" and tokens is not None:
        return drawing.ages(tokens[0], soup.epoch, span), drawing.ramp(), colour
    if colour == "lineage" and tokens is not None:
        return drawing.lineages(tokens, span), drawing.hues(), colour
    if colour == "density":
        instructions = np.array([kind not in ("none", "null") for kind in alphabet.kinds])
        return shares(programs, instructions, span), rising, colour
    if colour == "zeros":
        return shares(programs, np.arange(256) == 0, span), rising, colour
    if colour == "score":
        if scored is None:
            return np.zeros((len(programs), 1), np.uint8), rising, colour
        keys = np.minimum(scored.scores.astype(np.int64) * 255 // HALF, 255).astype(np.uint8)
        return keys[:, None], rising, colour
    if colour == "paper":
        return programs, alphabet.colours, colour
    return programs, families(alphabet), "instruction"


def shares(programs: Bytes, which: NDArray[np.bool_], span: range | None = None) -> Bytes:
    """Return the share of some bytes, bool (256,), in every program: uint8 (programs, 1)."""
    keys = np.zeros((len(programs), 1), np.uint8)
    part = span or range(len(programs))
    _count(programs, which, keys, part.start, part.stop)
    return keys


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _count(programs: Any, which: Any, keys: Any, first: int, last: int) -> None:
    length = programs.shape[1]
    for program in range(first, last):
        count = 0
        for byte in range(length):
            count += which[programs[program, byte]]
        keys[program, 0] = np.uint8(count * 255 // length)
