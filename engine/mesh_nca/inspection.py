"""What there is to know about one vertex, and about the mesh as a whole."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from engine.core.system import Row
from engine.core.views import Pick
from engine.mesh_nca.brushes import place
from engine.mesh_nca.fields import CELLS
from engine.mesh_nca.outlook import Outlook
from engine.meshes.quality import judge
from engine.meshes.surface import Surface

__all__ = ["QUALITY", "nearest_vertex", "quality_rows", "vertex_rows"]

QUALITY = ("figure", "value", "gate", "verdict")
"""Heads of the columns of `quality_rows`."""

FloatArray = NDArray[np.float32]


def nearest_vertex(surface: Surface, pick: Pick) -> int | None:
    """Find the corner of the picked face that is nearest; None where nothing is picked."""
    at = place(surface, pick.at)
    if at is None:
        return None
    face, u, v = at
    return int(surface.faces[face][int(np.argmax((1.0 - u - v, u, v)))])


def vertex_rows(
    surface: Surface,
    vertex: int,
    names: tuple[str, ...],
    layers: Mapping[str, FloatArray],
    outlook: Outlook,
) -> tuple[Row, ...]:
    """Describe a vertex: where it is, what is there, what it sees and what it would do next."""
    cells = layers[CELLS]
    start, end = surface.starts[vertex : vertex + 2]
    lengths = surface.edge_lengths[start:end]
    x, y, z = (float(value) for value in surface.vertices[vertex])
    return (
        Row("vertex", vertex),
        Row("valence", int(end - start), "neighbours"),
        Row("perception", float(np.linalg.norm(outlook.perceived)), "norm"),
        Row("next change", float(np.linalg.norm(outlook.change)), "norm"),
        Row("chance to update", outlook.chance),
        Row("position", f"{x:.3f}, {y:.3f}, {z:.3f}"),
        Row("mean edge", float(lengths.mean()) if len(lengths) else 0.0),
        *(Row(name, float(value)) for name, value in zip(names, cells[vertex], strict=True)),
        Row("graft share", float(layers["share"][vertex])),
        Row("comb", math.degrees(float(layers["turn"][vertex])), "°"),
        Row("local scale", float(layers["scale"][vertex])),
        Row("rate", float(layers["rate"][vertex])),
    )


def quality_rows(surface: Surface) -> tuple[tuple[str, ...], ...]:
    """List the figures of the mesh: name, value, gate and verdict of each."""
    found = judge(surface)
    gated = ((figure.name, figure.text, figure.gate, figure.verdict) for figure in found.figures)
    genus = "" if found.genus is None else str(found.genus)
    plain = {
        "Pieces": str(found.pieces),
        "Edges on a border": f"{found.borders:,}",
        "Edges of more than two faces": f"{found.crowded:,}",
        "Euler characteristic": f"{found.euler:,}",
        "Handles": genus or "not closed",
        "Faces": f"{len(surface.faces):,}",
        "Mean edge, in radii": f"{surface.spacing:.4g}",
    }
    rows = (*gated, *((name, value, "", "") for name, value in plain.items()))
    return (("As a whole", "", "", found.verdict), *rows)
