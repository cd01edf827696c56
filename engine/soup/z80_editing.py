"""What can be done to a Z80 soup by hand: actions, brushes, and what they write."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from engine.core.errors import BadInput
from engine.core.grid import disc_cells
from engine.core.system import Action, BrushTool
from engine.core.views import Stroke
from engine.soup.layout import Layout

__all__ = ["ACTIONS", "BRUSHES", "COPIERS", "stroke"]

RAYS: Final = 0.1  # share of bytes that the brush of cosmic rays replaces
COPIERS: Final = {
    "stack copier": bytes.fromhex("01c5" * 8),
    "LDIR copier": bytes.fromhex("210000111000011000edb00000000000"),
}


class Injection(BaseModel):
    """Which program to write into the soup, and how often."""

    program: str = Field(
        "stack copier",
        description="Instructions or hex:..., or 'stack copier' or 'LDIR copier'",
    )
    copies: int = Field(1, ge=1, le=2**20, description="How many copies, scattered at random")


class Rewrite(BaseModel):
    """One program and its new text."""

    program: int = Field(0, ge=0, le=2**20, description="Which program")
    text: str = Field("", description="Its new instructions, or hex:...")


ACTIONS: Final = {
    "inject": Action("Inject a program", Injection),
    "rewrite": Action("Rewrite a program", Rewrite, target="program"),
}
BRUSHES: Final = (
    BrushTool("erase", "Sterilise", "eraser", "Fill with zeros", radius=24.0),
    BrushTool("rays", "Cosmic rays", "zap", "Replace bytes at random", radius=24.0),
    BrushTool("infect", "Infect", "sprout", "Write stack copiers", radius=6.0),
)


def stroke(
    drawn: Stroke, layout: Layout, rng: np.random.Generator
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.uint8]]:
    """Return which bytes a stroke writes, and what.

    Returns
    -------
    tuple of ndarray
        Programs and bytes in them, integers (k,), and their new values, uint8 (k,).

    Raises
    ------
    BadInput
        If there is no such brush.
    """
    if drawn.tool not in {tool.name for tool in BRUSHES}:
        raise BadInput(f"there is no brush {drawn.tool!r}")
    rows, columns = disc_cells(drawn.points, drawn.radius, layout.extent, False)
    high, wide = layout.tile
    programs, at = (
        rows // high * layout.across + columns // wide,
        rows % high * wide + columns % wide,
    )
    if drawn.tool == "rays":
        hit = rng.random(programs.shape) < RAYS
        programs, at = programs[hit], at[hit]
        return programs, at, rng.integers(0, 256, programs.shape, np.uint8)
    if drawn.tool == "erase":
        return programs, at, np.zeros(programs.shape, np.uint8)
    return programs, at, np.frombuffer(COPIERS["stack copier"], np.uint8)[at]
