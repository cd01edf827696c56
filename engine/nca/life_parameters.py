"""What a Life-like automaton is made from: its rule, known patterns, colours and parameters."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import field_validator

from engine.core.params import Params, live, rebuild

__all__ = ["PALETTES", "PATTERNS", "LifeParams", "normal_rule"]

# From the LifeWiki; the gun stands with an eater that swallows its gliders.
PATTERNS: dict[str, str] = {
    "glider": "bob$2bo$3o!",
    "spaceship": "bo2bo$o4b$o3bo$4o!",
    "r-pentomino": "b2o$2o$bo!",
    "acorn": "bo$3bo$2o2b3o!",
    "diehard": "6bo$2o$bo3b3o!",
    "pulsar": "2b3o3b3o2$o4bobo4bo$o4bobo4bo$o4bobo4bo$2b3o3b3o2$2b3o3b3o$o4bobo4bo$o4bobo4bo$"
    "o4bobo4bo2$2b3o3b3o!",
    "gosper-gun": "24bo$22bobo$12b2o6b2o12b2o$11bo3bo4b2o12b2o$2o8bo5bo3b2o$2o8bo3bob2o4b"
    "obo$10bo5bo7bo$11bo3bo$12b2o32$53b2o$53bo$54b3o$56bo!",
    "switch-engine": "3obo$o$3b2o$b2obo$obobo!",
    "replicator": "2b3o$bo2bo$o3bo$o2bo$3o!",
    "dot": "o!",
}

# Ground, newborn, old, and what the dead fade through from last to first.
PALETTES: dict[str, tuple[tuple[int, int, int], ...]] = {
    "embers": ((11, 13, 23), (255, 247, 224), (70, 196, 214), (74, 30, 92), (236, 94, 72)),
    "ocean": ((8, 16, 30), (240, 255, 250), (64, 150, 255), (14, 44, 92), (38, 190, 176)),
    "moss": ((14, 18, 14), (250, 255, 214), (120, 200, 88), (34, 60, 40), (196, 160, 60)),
    "paper": ((250, 247, 240), (24, 26, 34), (70, 84, 120), (238, 228, 214), (214, 132, 96)),
}


def normal_rule(text: str) -> str:
    """Write a rule as B/S with sorted digits; S/B without letters (``23/3``) is understood.

    Raises
    ------
    ValueError
        If it is not a rule.
    """
    bare = re.sub(r"\s", "", text).upper()
    named = re.fullmatch(r"B([0-8]*)/?S([0-8]*)", bare)
    plain = re.fullmatch(r"([0-8]*)/([0-8]*)", bare)
    if named:
        born, survives = named[1], named[2]
    elif plain:
        survives, born = plain[1], plain[2]
    else:
        raise ValueError("a rule reads B3/S23: B, digits 0 to 8, /, S, digits 0 to 8")
    return f"B{''.join(sorted(set(born)))}/S{''.join(sorted(set(survives)))}"


class LifeParams(Params):
    """Parameters of a Life-like automaton."""

    rule: str = live(
        "B3/S23",
        "Counts of living neighbours with which a dead cell is born (B), a living one survives (S)",
        max_length=24,
    )
    pattern: Literal[
        "soup",
        "soup-disc",
        "glider",
        "spaceship",
        "r-pentomino",
        "acorn",
        "diehard",
        "pulsar",
        "gosper-gun",
        "switch-engine",
        "replicator",
        "dot",
    ] = rebuild(
        "soup", "What the world starts with: random cells, or a known pattern in the middle"
    )
    density: float = rebuild(
        0.3, "Share of living cells in a random start; Life thrives from 0.2 to 0.5", ge=0.0, le=1.0
    )
    width: int = rebuild(320, "Columns of the world", ge=64, le=4096, unit="cells", cost="memory")
    height: int = rebuild(240, "Rows of the world", ge=64, le=4096, unit="cells", cost="memory")
    edges: Literal["wrap", "dead"] = live(
        "wrap", "What lies beyond the edge: the opposite edge (a torus), or dead cells"
    )
    trail: int = live(
        30,
        "Generations in which a dead cell fades from view; 0 shows the living only",
        ge=0,
        le=240,
    )
    palette: Literal["embers", "ocean", "moss", "paper"] = live(
        "embers", "Colours of newborn, old and fading cells"
    )

    @field_validator("rule")
    @classmethod
    def _check_rule(cls, value: str) -> str:
        return normal_rule(value)
