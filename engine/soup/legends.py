"""What the colours of a soup's picture mean: hues of families of instructions, and legends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.core.programs import Alphabet, Kind
from engine.core.views import Legend

__all__ = ["families", "legend"]

Bytes = NDArray[np.uint8]
Colour = tuple[int, int, int]

HUES: Mapping[Kind, Colour] = {
    "move": (96, 158, 255),
    "arithmetic": (240, 178, 74),
    "copy": (63, 199, 160),
    "loop": (226, 110, 190),
    "null": (22, 25, 31),
}
"""The hues of the tape inspector, one for each family."""

RAMPS: Mapping[Kind, tuple[Colour, Colour]] = {
    "data": ((34, 52, 92), (150, 196, 236)),
    "none": ((60, 64, 73), (124, 130, 142)),
}
"""Bytes that are numbers are told apart by their value: the colours of 0 and of 255."""

WORDS: Mapping[Kind, str] = {
    "move": "moves a head",
    "arithmetic": "arithmetic",
    "copy": "copies a byte",
    "loop": "loops and jumps",
    "data": "numbers",
    "null": "zero",
    "none": "no instruction",
}

NOTES: Mapping[str, str] = {
    "byte": "One hue for each value of a byte",
    "species": "Equal programs, byte for byte, have equal colours",
    "lineage": "Bytes born in the same place and epoch have one colour: copies of one byte",
}

ENDS: Mapping[str, tuple[str, str]] = {
    "age": ("new", "65,536 epochs"),
    "density": ("no instruction", "instructions only"),
    "zeros": ("no zero", "zeros only"),
    "score": ("copies nothing", "copies itself whole"),
}

UNTRACED = "Needs tracers: switch them on and restart"
MOST_GLYPHS = 6


def families(alphabet: Alphabet) -> Bytes:
    """Return the colour of every byte by what it does, uint8 (256, 3)."""
    shade = np.linspace(0.0, 1.0, 256)[:, None]
    table = np.zeros((256, 3))
    for kind in dict.fromkeys(alphabet.kinds):
        here = np.array([other == kind for other in alphabet.kinds])
        if kind in RAMPS:
            low, high = (np.array(end, float) for end in RAMPS[kind])
            table[here] = (low + (high - low) * shade)[here]
        else:
            table[here] = HUES[kind]
    return table.astype(np.uint8)


def legend(
    colour: str,
    alphabet: Alphabet,
    palette: Bytes,
    *,
    traced: bool = True,
    words: Mapping[Kind, str] = WORDS,
) -> Legend:
    """Explain a colouring.

    Parameters
    ----------
    colour : str
        What the colours tell: "byte", "species", "age", "lineage", "density", "zeros", "score"; any
        other one, and what needs tracers where there are none, is that of instructions.
    alphabet : Alphabet
        Of the language.
    palette : ndarray
        uint8 (256, 3), as it is painted with.
    traced : bool
        Whether it is known where every byte was born.
    words : mapping
        What the families are called, in the order of the legend.
    """
    if colour in NOTES and (traced or colour != "lineage"):
        return Legend(note=NOTES[colour])
    if colour in ENDS and (traced or colour != "age"):
        steps = tuple((int(red), int(green), int(blue)) for red, green, blue in palette[::16])
        return Legend(ramp=steps, ends=ENDS[colour])
    kinds = _kinds(alphabet, palette, words)
    return replace(kinds, note=UNTRACED) if colour in ("age", "lineage") else kinds


def _kinds(alphabet: Alphabet, palette: Bytes, words: Mapping[Kind, str]) -> Legend:
    """Show each family by its middle shade, and the signs of its instructions."""
    entries = []
    for kind, name in words.items():
        codes = [code for code in range(256) if alphabet.kinds[code] == kind]
        if codes:
            red, green, blue = (int(part) for part in palette[codes[len(codes) // 2]])
            glyphs = dict.fromkeys(filter(None, (alphabet.glyphs[code] for code in codes)))
            signs = " ".join(list(glyphs)[:MOST_GLYPHS]) if kind in HUES else ""
            entries.append(((red, green, blue), name, signs))
    return Legend(tuple(entries))
