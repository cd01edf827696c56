"""How two views of the same kind differ: a picture of it, and its size in numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.colour import colourise, lut
from engine.core.difference_figures import Apart, of_heads, of_matrices, subtract
from engine.core.errors import BadInput
from engine.core.figures import HeadsView, MatrixView
from engine.core.views import ImageView, Legend, MeshView, TapesView, View

__all__ = ["Difference", "difference", "wipe"]

Floats = NDArray[np.float32]

_MAP = "inferno"  # equal is black
_STOPS = 5  # colours of a ramp in a legend
_OPACITY = 255.0


@dataclass(frozen=True, eq=False)
class Difference:
    """What is different in two views.

    Attributes
    ----------
    view : View
        Of the kind of the two. Pictures have a legend: of a channel the difference is signed
        (second minus first) on a diverging map, of colours it is the largest of a channel. Weights
        and matrices are signed, too.
    largest, mean : float
        Of the absolute differences; in the channel's unit, of colours as shares of full brightness,
        of programs the share of bytes that differ.
    differing : int
        How many places differ at all, by however little.
    places : int
        How many were compared.
    unit : str
        What a place is, in the plural: "cells", "bytes", "vertices", "pixels",
        "weights", "entries".
    """

    view: View
    largest: float
    mean: float
    differing: int
    places: int
    unit: str

    @property
    def equal(self) -> bool:
        """Whether nothing that is shown differs, to the bit."""
        return self.differing == 0


def difference(first: View, second: View) -> Difference:
    """Compare two views, the second with the first.

    Values that are not numbers in both count as equal, in one of them only as a difference whose
    size is left out of the numbers.

    Raises
    ------
    BadInput
        If they are of different kinds, sizes or channels, or of a kind that has no picture.
    """
    if isinstance(first, MeshView) and isinstance(second, MeshView):
        return _of_meshes(first, second)
    if isinstance(first, HeadsView) and isinstance(second, HeadsView):
        return Difference(*_flat(of_heads(first, second)), "weights")
    if isinstance(first, MatrixView) and isinstance(second, MatrixView):
        return Difference(*_flat(of_matrices(first, second)), "entries")
    if not (isinstance(first, ImageView) and isinstance(second, ImageView)):
        same = type(first) is type(second)
        raise BadInput(
            "there is no difference of such views" if same else "the two show different things",
            remedy="Choose views that are pictures or meshes in both worlds",
        )
    _check_places(first, second)
    one, other = (v.codes if isinstance(v, TapesView) else None for v in (first, second))
    if isinstance(first, TapesView) and one is not None and other is not None:
        return _of_codes(first, one, other)
    if first.data.ndim == 2:
        return _of_scalars(first, second)
    return _of_colours(first, second)


def _flat(found: tuple[View, Apart]) -> tuple[View, float, float, int, int]:
    view, apart = found
    return view, *apart


def _check_places(first: ImageView, second: ImageView) -> None:
    if first.extent != second.extent or first.data.shape[:2] != second.data.shape[:2]:
        sizes = " and ".join(f"{v.extent[1]} x {v.extent[0]}" for v in (first, second))
        raise BadInput(f"the worlds are of different sizes, {sizes}", remedy="Make them equal")
    if first.region != second.region or first.tiles != second.tiles:
        raise BadInput("the two show different parts", remedy="Show the same part of both")
    if first.data.ndim != second.data.ndim or first.shown != second.shown:
        raise BadInput(
            f"one shows {first.shown}, the other {second.shown}",
            remedy="Show the same channel of both",
        )


def _of_scalars(first: ImageView, second: ImageView) -> Difference:
    signed, differs = subtract(first.data, second.data)
    signed[~differs] = 0.0  # no number in both: drawn as equal
    size = _numbers(np.abs(signed))
    largest = float(size.max(initial=0.0))
    reach = largest if largest > 0 else 1.0
    ramp = _ramp("diverging", f"-{reach:.3g}", f"+{reach:.3g}")
    view = _picture(first, signed, "diverging", (-reach, reach), ramp)
    return Difference(view, largest, _mean(size), int(differs.sum()), differs.size, _unit(first))


def _of_colours(first: ImageView, second: ImageView) -> Difference:
    one, other = _opaque(first.data), _opaque(second.data)
    apart = np.abs(one.astype(np.int16) - other.astype(np.int16)).max(axis=2)
    size = (apart / np.float32(_OPACITY)).astype(np.float32)
    largest = float(size.max(initial=0.0))
    reach = largest if largest > 0 else 1.0
    view = _picture(first, size, _MAP, (0.0, reach), _ramp(_MAP, "equal", f"{reach:.0%}"))
    return Difference(
        view, largest, _mean(size), int(np.count_nonzero(apart)), apart.size, _unit(first)
    )


def _of_codes(shown: TapesView, one: NDArray[Any], other: NDArray[Any]) -> Difference:
    differs = one != other
    share = float(differs.mean()) if differs.size else 0.0
    ramp = _ramp("grey", "equal", "different")
    view = _picture(shown, differs.astype(np.float32), "grey", (0.0, 1.0), ramp)
    count = int(differs.sum())
    return Difference(view, float(count > 0), share, count, differs.size, "bytes")


def _of_meshes(first: MeshView, second: MeshView) -> Difference:
    if first.topology != second.topology:
        raise BadInput("the worlds live on different meshes", remedy="Put both on the same one")
    if first.shown != second.shown:
        raise BadInput(
            f"one shows {first.shown}, the other {second.shown}",
            remedy="Show the same channel of both",
        )
    one, other = first.colours.astype(np.int16), second.colours.astype(np.int16)
    apart = np.abs(one - other).max(axis=1)
    if first.material is not None and second.material is not None:
        relief = np.abs(first.material.astype(np.int16) - second.material.astype(np.int16))
        apart = np.maximum(apart, relief.max(axis=1))
    size = (apart / np.float32(_OPACITY)).astype(np.float32)
    largest = float(size.max(initial=0.0))
    reach = largest if largest > 0 else 1.0
    tint = lut(_MAP)[np.rint(size / reach * 255).astype(np.intp)]
    view = replace(
        first,
        colours=np.ascontiguousarray(tint),
        material=None,
        shading="plain",
        bumpiness=0.0,
        light=1.0,
        shown="difference",
        channels=(),
        legend=_ramp(_MAP, "equal", f"{reach:.0%}"),
        readings=(),
        probes=np.zeros((0, 0), np.float32),
        probed=(),
    )
    return Difference(
        view, largest, _mean(size), int(np.count_nonzero(apart)), apart.size, "vertices"
    )


def _numbers(size: Floats) -> Floats:
    return size[np.isfinite(size)]


def _mean(size: Floats) -> float:
    return float(size.mean(dtype=np.float64)) if size.size else 0.0


def _opaque(data: NDArray[Any]) -> NDArray[np.uint8]:
    """Give pictures without transparency a full one, so that any two can be compared."""
    if data.shape[2] == 4:
        return np.asarray(data, np.uint8)
    return np.dstack([data, np.full(data.shape[:2], 255, np.uint8)])


def _unit(view: ImageView) -> str:
    """A texel is a cell only where the picture was not reduced."""
    cells = view.region[2] * view.tiles[0], view.region[3] * view.tiles[1]
    return "cells" if view.data.shape[:2] == cells else "pixels"


def _ramp(name: str, low: str, high: str) -> Legend:
    table = lut(name)
    at = np.linspace(0, 255, _STOPS).astype(int)
    colours = tuple((int(r), int(g), int(b)) for r, g, b in table[at])
    return Legend(ramp=colours, ends=(low, high))


def _picture(
    like: ImageView, data: Floats, colormap: str, limits: tuple[float, float], legend: Legend
) -> ImageView:
    """Make a picture with the places of another one; of programs it is a plain picture."""
    return ImageView(
        step=like.step,
        seconds=like.seconds,
        data=data,
        extent=like.extent,
        region=like.region,
        limits=limits,
        colormap=colormap,
        channels=like.channels,
        shown="difference",
        wraps=like.wraps,
        tiles=like.tiles,
        legend=legend,
    )


def wipe(
    first: ImageView, second: ImageView, share: float, ground: tuple[int, int, int]
) -> ImageView:
    """Return a picture whose left part is of the first view and whose right part is of the second.

    Parameters
    ----------
    first, second : ImageView
        Of equal size.
    share : float
        How much of the width the first one has, 0 to 1.
    ground : (r, g, b)
        What transparent worlds lie on.

    Raises
    ------
    BadInput
        If they do not lie on each other.
    """
    _check_places(first, second)
    left, right = colourise(first, ground), colourise(second, ground)
    at = round(min(max(share, 0.0), 1.0) * left.shape[1])
    data = np.concatenate([left[:, :at], right[:, at:]], axis=1)
    return replace(_picture(first, data, "grey", (0.0, 1.0), Legend()), shown="both", legend=None)
