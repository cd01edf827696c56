"""How heads are drawn, as the user chose, and what a heat-map consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

from app.viewports.heads_colour import Scale, Share

__all__ = ["Cell", "Compare", "Head", "Look", "Map", "Mode", "Source"]

Head = tuple[int, int]
Cell = tuple[int, int]
Mode = Literal["all", "focus", "arcs", "grid"]
Source = Literal["model", "other", "difference"]
Compare = Literal["both", "difference", "off"]


@dataclass(frozen=True)
class Look:
    """How heads are drawn: the user's choices, none of which the system need know.

    Attributes
    ----------
    mode : "all", "focus", "arcs" or "grid"
        Which parts are seen.
    share : Share
        Which heads share a scale.
    logarithmic, masked : bool
        Colours by powers of ten; keys after the query are hidden.
    top : int
        Lines of each token among the arcs; 0 for all.
    least : float
        The weakest line, as a share of the scale.
    layer_flow : bool
        Lines of all heads of the layer, not only of the chosen ones.
    compare : "both", "difference" or "off"
        Beside the head in focus: the other model's, and the difference too.
    source : "model", "other" or "difference"
        What the tiles show.
    """

    mode: Mode = "all"
    share: Share = "head"
    logarithmic: bool = False
    masked: bool = False
    top: int = 5
    least: float = 0.1
    layer_flow: bool = False
    compare: Compare = "both"
    source: Source = "model"


@dataclass(frozen=True, eq=False)
class Map:
    """One heat-map: its values (rows, columns), their scale, and a title."""

    title: str
    values: NDArray[Any]
    scale: Scale
    source: Source = "model"
