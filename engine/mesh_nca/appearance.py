"""How a mesh automaton looks: colours, material and heat-maps of its vertices.

A channel shows its value plus a half. Channels 0 to 2 are albedo; a material has height in 6, the
normal in 7 to 9, roughness in 10 and ambient occlusion in 11 (Pajouheshgar et al.,
arXiv 2311.02820, released code). The learnt normal is that of the training picture, whose axes are
t1 and t2 of `engine.meshes.surface.frame`; it turns with the pattern.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.colour import lut
from engine.core.views import Legend

__all__ = [
    "HEAT",
    "Heat",
    "albedo",
    "channel_heat",
    "channel_names",
    "heat_map",
    "map_colours",
    "material_of",
    "reading",
]

HEIGHT, NORMAL, ROUGHNESS, OCCLUSION = 6, slice(7, 10), 10, 11

FloatArray = NDArray[np.float32]
Pixels = NDArray[np.uint8]

_NAMES: Final = ("red", "green", "blue")
_MAPS: Final = {
    6: "height",
    7: "normal x",
    8: "normal y",
    9: "normal z",
    10: "roughness",
    11: "occlusion",
}
_GREYS: Final = {
    "height": (HEIGHT, ("low", "high")),
    "roughness": (ROUGHNESS, ("smooth", "rough")),
    "occlusion": (OCCLUSION, ("hidden from light", "open")),
}
_MATERIAL: Final = np.array([7, 8, 9, 6, 10, 11])
# A normal of length 1 is a half of the state; 128 stands for 0 and 255 for 1, rounded.
_GAIN: Final = np.array([254, 254, 254, 255, 255, 255], np.float32)
_MIDDLE: Final = np.array([128.5, 128.5, 128.5, 128, 128, 128], np.float32)
_RAMP = 9  # colours of a legend's scale


@dataclass(frozen=True)
class Heat:
    """How a number at every vertex is coloured.

    Attributes
    ----------
    colormap : str
    limits : (low, high), optional
        None for the largest value.
    ends : (str, str)
        What its ends stand for; "{}" is filled with the limit.
    note : str
    """

    colormap: str
    limits: tuple[float, float] | None
    ends: tuple[str, str]
    note: str = ""


HEAT: Final[dict[str, Heat]] = {
    "change": Heat("viridis", None, ("still", "{:.2g} a step"), "How far a step moves the state"),
    "graft": Heat("viridis", (0.0, 1.0), ("first model", "graft model")),
    "comb": Heat(
        "cyclic", (-180.0, 180.0), ("-180°", "180°"), "How far the pattern is turned from as learnt"
    ),
    "scale": Heat("diverging", (-1.0, 1.0), ("half as large", "double"), "Scale of the texture"),
    "rate": Heat("viridis", (0.0, 1.0), ("frozen", "free")),
    "valence": Heat("diverging", (3.0, 9.0), ("3 neighbours", "9"), "Six are best"),
    "spacing": Heat(
        "diverging", (-1.0, 1.0), ("half the mean edge", "double"), "Equal spacing is best"
    ),
}
"""The numbers at every vertex that can be shown; scale and spacing as logarithms to base 2."""


def reading(shown: str, value: float) -> str:
    """Say in words with a unit what `HEAT` shows at a vertex.

    >>> reading("valence", 6.0)
    'valence 6 neighbours'
    >>> reading("scale", -1.0)
    'scale 0.50 x'
    """
    if shown == "valence":
        return f"valence {value:.0f} neighbours"
    if shown in ("scale", "spacing"):
        return f"{shown} {2.0**value:.2f} x" + (" the mean edge" if shown == "spacing" else "")
    if shown == "comb":
        return f"comb {value:.0f}°"
    return f"{shown} {value:.2g}" + (" a step" if shown == "change" else "")


def channel_names(channels: int, maps: bool) -> tuple[str, ...]:
    """Name the channels; those of the material only where the model makes one."""
    names = [*_NAMES]
    hidden = 0
    for channel in range(3, channels):
        if maps and channel in _MAPS:
            names.append(_MAPS[channel])
        else:
            hidden += 1
            names.append(f"hidden {hidden}")
    return tuple(names)


def _shown(values: NDArray[Any]) -> Pixels:
    """Turn states into bytes: plus a half, within 0 to 1."""
    return np.asarray(np.clip(values * 255.0 + 128.0, 0.0, 255.0), np.uint8)


def albedo(cells: FloatArray) -> Pixels:
    """Return RGB (n, 3) of cells (n, C)."""
    return _shown(cells[:, :3])


def map_colours(cells: FloatArray, name: str, maps: bool) -> tuple[Pixels, Legend]:
    """Draw one map of the material as it is, RGB (n, 3), with what its colours mean."""
    note = "" if maps else "This model learnt no material: these are hidden channels"
    if name == "normal":
        words = "Red is right, green up, blue outwards, as in the training picture"
        return _shown(cells[:, NORMAL]), Legend(note=note or words)
    channel, ends = _GREYS[name]
    grey = np.repeat(_shown(cells[:, channel, None]), 3, axis=1)
    return grey, Legend(ramp=((0, 0, 0), (255, 255, 255)), ends=ends, note=note)


def material_of(cells: FloatArray, angles: FloatArray | float) -> Pixels:
    """Return the material (n, 6) as `MeshView` wants it, its normals turned by `angles` radians."""
    made = cells[:, _MATERIAL] * _GAIN
    np.clip(made[:, :3], -127.0, 127.0, out=made[:, :3])
    if np.any(angles):
        cosine, sine = np.cos(angles), np.sin(angles)
        x, y = made[:, 0].copy(), made[:, 1].copy()
        made[:, 0] = x * cosine - y * sine
        made[:, 1] = x * sine + y * cosine
    made += _MIDDLE
    np.clip(made, 0.0, 255.0, out=made)
    return made.astype(np.uint8)


def heat_map(
    values: NDArray[Any], heat: Heat, limits: tuple[float, float] | None = None
) -> tuple[Pixels, Legend]:
    """Colour numbers (n,): RGB (n, 3), and the legend."""
    low, high = limits or heat.limits or (0.0, max(float(values.max(initial=0.0)), 1e-6))
    table = lut(heat.colormap)
    scale = 255.0 / (high - low) if high > low else 0.0
    places = np.clip((np.asarray(values, np.float64) - low) * scale + 0.5, 0.0, 255.0)
    colours = np.take(table, np.nan_to_num(places).astype(np.uint8), axis=0)
    ends = heat.ends if limits is None else (f"{low:.3g}", f"{high:.3g}")
    words = (ends[0].format(low), ends[1].format(high))
    return colours, Legend(ramp=_ramp(heat.colormap), ends=words, note=heat.note)


def channel_heat(
    values: FloatArray, name: str, limits: tuple[float, float] | None
) -> tuple[Pixels, Legend]:
    """Colour one channel (n,) about zero."""
    reach = max(float(np.abs(values).max(initial=0.0)), 1e-6)
    span = limits or (-reach, reach)
    return heat_map(values, Heat("diverging", span, ("{:.2g}", "{:.2g}"), f"Channel {name}"))


def _ramp(colormap: str) -> tuple[tuple[int, int, int], ...]:
    table = lut(colormap)
    rows = table[np.linspace(0, 255, _RAMP).round().astype(int)]
    return tuple((int(r), int(g), int(b)) for r, g, b in rows)
