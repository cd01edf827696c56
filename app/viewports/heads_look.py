"""How heads are drawn, as the user chose, and what a heat-map consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from numpy.typing import NDArray

from app.remembering import flag, number
from app.viewports.heads_colour import Scale, Share

__all__ = ["Cell", "Compare", "Head", "Look", "Map", "Mode", "Source", "recalled"]

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


_CHOICES: dict[str, tuple[str, ...]] = {
    "mode": get_args(Mode),
    "share": get_args(Share),
    "compare": get_args(Compare),
    "source": get_args(Source),
}


def recalled(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the choices that were kept (`dataclasses.asdict` of a look) and are still ones."""
    found: dict[str, Any] = {
        name: kept[name] for name, known in _CHOICES.items() if kept.get(name) in known
    }
    for name in ("logarithmic", "masked", "layer_flow"):
        if (on := flag(kept, name)) is not None:
            found[name] = on
    if (top := number(kept, "top", 0, 1000)) is not None:
        found["top"] = int(top)
    if (least := number(kept, "least", 0.0, 1.0)) is not None:
        found["least"] = least
    return found


@dataclass(frozen=True, eq=False)
class Map:
    """One heat-map: its values (rows, columns), their scale, and a title."""

    title: str
    values: NDArray[Any]
    scale: Scale
    source: Source = "model"
