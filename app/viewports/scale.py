"""How scalars are drawn: by which colour map, between which limits, and the legend that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.remembering import flag, numbers, text
from engine.core import colour
from engine.core.errors import BadInput
from engine.core.views import ImageView, Legend

__all__ = ["Limits", "Scale"]

Limits = tuple[float, float]

STOPS = 33
SPREAD = 6  # stops of a class, so that its colour is seen and not only the way to the next


@dataclass(frozen=True)
class Scale:
    """A colour map and its limits, as a user chose them.

    Attributes
    ----------
    colormap : str
        "" leaves it to the system.
    limits : (low, high), optional
        None follows the values from picture to picture.
    swapped : bool
        Whether the map is turned round.
    """

    colormap: str = ""
    limits: Limits | None = None
    swapped: bool = False

    def wanted(self) -> Limits | None:
        """Return the limits to ask for: a map of classes needs whole numbers to begin at 0."""
        count = colour.classes(self.colormap)
        return self.limits if self.limits is not None or not count else (0.0, count - 1.0)

    def drawn(self, view: ImageView) -> ImageView:
        """Return a picture of scalars so drawn; one of colours as it is."""
        if view.data.ndim != 2:
            return view
        name = self.colormap or view.colormap
        if self.swapped:
            name = name.removesuffix("_r") if name.endswith("_r") else f"{name}_r"
        return replace(view, colormap=name, limits=self.wanted() or view.limits)

    def legend(self, view: ImageView) -> Legend | None:
        """Say what the colours of a picture that was `drawn` mean."""
        if view.legend is not None or view.data.ndim != 2:
            return view.legend
        table = colour.lut(view.colormap)
        count = colour.classes(view.colormap)
        stops = min(count * SPREAD, 256) if count else STOPS
        ramp = tuple(
            (int(r), int(g), int(b))
            for r, g, b in (table[place * 255 // (stops - 1)] for place in range(stops))
        )
        low, high = view.limits
        return Legend(ramp=ramp, ends=(f"{low:.3g}", f"{high:.3g}"))

    def memento(self) -> dict[str, Any]:
        """Return it in plain JSON values."""
        limits = list(self.limits) if self.limits is not None else None
        return {"map": self.colormap, "limits": limits, "swapped": self.swapped}

    @classmethod
    def recalled(cls, kept: Mapping[str, Any]) -> Scale:
        """Return what `memento` told of; what cannot be read is left to the system."""
        name, limits = text(kept, "map") or "", numbers(kept, "limits", 2)
        try:
            if name:
                colour.lut(name)
        except BadInput:
            name = ""
        good = limits is not None and limits[0] < limits[1]
        found = (limits[0], limits[1]) if limits is not None and good else None
        return cls(name, found, flag(kept, "swapped") or False)
