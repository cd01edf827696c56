"""The built-in meshes by name, at about any number of vertices.

A body is shipped at two coarse levels, remeshed by ``python packaging/make_meshes.py``; finer ones
are cut from them and brought onto the body's formula, so that they are as smooth as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from engine.meshes.shapes.bodies import BODIES
from engine.meshes.shapes.fit import Field, refined
from engine.meshes.shapes.icosphere import icosphere
from engine.meshes.surface import Surface

__all__ = ["LEVELS", "SHAPES", "Shape", "shape"]

LEVELS = (2_560, 5_120)  # vertices of the shipped meshes; four times as many per cut
MOST_VERTICES = 700_000

Points = NDArray[np.float32]
Indices = NDArray[np.int32]


@dataclass(frozen=True)
class Shape:
    """A built-in mesh.

    Attributes
    ----------
    title : str
        As the user reads it.
    make : callable
        Wanted vertices -> vertices float32 (n, 3) and faces int32 (m, 3), n as near to what is
        wanted as there is (a factor of 1.5 at most between 2,000 and 700,000); always the same.
    """

    title: str
    make: Callable[[int], tuple[Points, Indices]]


def shape(name: str, vertices: int) -> Surface:
    """Make a built-in mesh of about this many vertices.

    Raises
    ------
    KeyError
        If there is none of that name.
    """
    return Surface.of(*SHAPES[name].make(vertices))


def _sphere(vertices: int) -> tuple[Points, Indices]:
    wanted = min(max(vertices, 12), MOST_VERTICES)
    return icosphere(max(1, round(((wanted - 2) / 10) ** 0.5)))


def _body(name: str, field: Field, vertices: int) -> tuple[Points, Indices]:
    wanted = min(max(vertices, LEVELS[0]), MOST_VERTICES)
    level, cuts = min(
        ((level, cuts) for level in LEVELS for cuts in range(5)),
        key=lambda choice: abs(np.log(choice[0] * 4 ** choice[1] / wanted)),
    )
    points, faces = _shipped(name, level)
    for _ in range(cuts):
        points, faces = refined(field, points, faces)
    return points.astype(np.float32), faces


def _shipped(name: str, level: int) -> tuple[NDArray[np.float64], Indices]:
    from safetensors.numpy import load

    arrays = load(files("resources").joinpath("meshes", f"{name}.safetensors").read_bytes())
    points = arrays[f"vertices-{level}"].astype(np.float64)
    return points, arrays[f"faces-{level}"].astype(np.int32)


SHAPES: dict[str, Shape] = {
    "icosphere": Shape("Sphere", _sphere),
    **{name: Shape(title, partial(_body, name, field)) for name, (title, field) in BODIES.items()},
}
