"""Which family every opcode of the Z80 belongs to, and the colour of every byte."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from engine.core.programs import Kind
from engine.soup.z80.mnemonics import main_page

__all__ = ["COLOURS", "FAMILIES", "WORDS"]

FLOW = ("JP", "JR", "CALL", "RET", "RST", "DJNZ", "HALT")
MEMORY = ("PUSH", "POP")
TINTS: dict[Kind, tuple[int, int, int]] = {
    "null": (24, 22, 30),
    "copy": (240, 96, 64),
    "move": (86, 140, 240),
    "arithmetic": (186, 92, 208),
    "loop": (64, 190, 110),
    "data": (236, 188, 64),
    "none": (120, 124, 132),
}

WORDS: Mapping[Kind, str] = {
    "null": "zero (does nothing)",
    "copy": "reads or writes memory",
    "move": "loads a register",
    "arithmetic": "arithmetic",
    "loop": "jumps and calls",
    "data": "index prefix",
    "none": "no effect here",
}
"""What the families are called in the legend."""


def _family(op: int) -> Kind:
    text = main_page(op)
    word = text.split(" ")[0]
    if op == 0:
        return "null"
    if not text:  # CB shifts bits, ED holds the block moves, DD and FD take IX and IY for HL
        return {0xCB: "arithmetic", 0xED: "copy"}.get(op, "data")  # type: ignore[return-value]
    if word in FLOW:
        return "loop"
    if word in MEMORY or (word in ("LD", "EX") and "(" in text):
        return "copy"
    if word in ("LD", "EX", "EXX"):
        return "move"
    return "none" if word in ("IN", "OUT", "DI", "EI", "NOP") else "arithmetic"


FAMILIES: tuple[Kind, ...] = tuple(_family(op) for op in range(256))
"""Of every byte; the prefixes DD and FD are "data"."""


def _colours() -> NDArray[np.uint8]:
    """Give bytes of a family its hue, and shades of it from dark to light."""
    table = np.array([TINTS[kind] for kind in FAMILIES], np.float64)
    for kind in TINTS:
        members = np.flatnonzero([family == kind for family in FAMILIES])
        if len(members) > 1:
            table[members] *= np.linspace(0.62, 1.15, len(members))[:, None]
    return np.clip(table, 0, 255).astype(np.uint8)


COLOURS = _colours()
"""uint8 (256, 3)."""
