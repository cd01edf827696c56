"""Where a mesh automaton begins: its surface, and its fields as the parameters lay them out."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.spec import Asset
from engine.mesh_nca.brushes import comb_angles
from engine.mesh_nca.fields import fresh_fields
from engine.mesh_nca.parameters import MeshNcaParams
from engine.mesh_nca.surface_parameters import CombPlace, GraftPlace
from engine.mesh_nca.targets import EXAMPLES, pixels_of
from engine.mesh_nca.words import words_asset
from engine.meshes.asset import unpack
from engine.meshes.shapes import shape
from engine.meshes.subdivide import subdivided
from engine.meshes.surface import Surface

__all__ = ["MOST_FACES", "combed", "fields", "grafted", "makes_material", "surface", "target"]

MOST_FACES = 2_000_000
"""Faces of a subdivided mesh; more of them neither step nor are drawn in useful time."""

_SEAM = 0.12  # width of the seam between two models, in radii
_BANDS = 3.0  # bands of a grafted surface per radius

FloatArray = NDArray[np.float32]


def surface(mesh: Asset | None, name: str, vertices: int, subdivisions: int) -> Surface:
    """Make the surface to live on: the user's mesh, or a built-in body, cut finer if wanted.

    Raises
    ------
    BadInput
        If the mesh is broken, or would have too many faces.
    """
    made = unpack(mesh) if mesh is not None else None
    faces = (2 * vertices if made is None else len(made.faces)) * 4**subdivisions
    if subdivisions and faces > MOST_FACES:
        raise BadInput(
            f"cut finer, the mesh would have about {faces:,} faces",
            remedy=f"Choose fewer subdivisions: {MOST_FACES:,} faces can live",
        )
    made = shape(name, vertices) if made is None else made
    for _ in range(subdivisions):
        points, corners, _ = subdivided(made)
        made = Surface.of(points, corners)
    return made


def target(given: Asset | None, params: MeshNcaParams) -> tuple[Asset | None, str]:
    """Return the picture to learn and what is to be said of it; None is the example.

    A prompt goes before the picture that was given. Without a language model it is drawn.

    Raises
    ------
    BadInput
        If not one word of the prompt can be drawn, or what was given is no picture.
    """
    if not params.prompt.strip() or params.by_language:
        if given is not None:
            pixels_of(given)
        return given, ""
    asset = words_asset(params.prompt)
    return asset, f"the target is {asset.name}"


def makes_material(asset: Asset | None, example: str) -> bool:
    """Tell whether a model of this target makes height, normal, roughness and occlusion, too."""
    if asset is not None:
        return int(pixels_of(asset).shape[2]) > 4
    return EXAMPLES[example] == "material"


def fields(surface: Surface, params: MeshNcaParams) -> dict[str, FloatArray]:
    """Lay out the four fields at the beginning of a world."""
    made = fresh_fields(len(surface.vertices))
    made["share"] = grafted(surface, params.graft_at)
    if params.scale_at == "graded":
        made["scale"] = np.asarray(2.0 ** surface.vertices[:, 0], np.float32)
    made["turn"] = combed(surface, params.comb_at)
    return made


def grafted(surface: Surface, where: GraftPlace) -> FloatArray:
    """Return the share (n,) of the graft model."""
    x, y, _ = surface.vertices.T
    if where == "one half":
        share = np.clip(0.5 + x / _SEAM, 0.0, 1.0)
    elif where == "bands":
        share = np.clip(0.5 + np.sin(y * _BANDS * math.pi) / (_BANDS * math.pi * _SEAM), 0.0, 1.0)
    else:
        share = np.full(len(x), 1.0 if where == "everywhere" else 0.0)
    return np.asarray(share, np.float32)


def combed(surface: Surface, how: CombPlace) -> FloatArray:
    """Return the turn (n,) of the pattern in radians."""
    if how == "twisted":
        turn = math.pi * surface.vertices[:, 1]
        return np.asarray(np.remainder(turn + math.pi, 2.0 * math.pi) - math.pi, np.float32)
    if how == "whirls":
        x, y, z = surface.vertices.astype(np.float64).T * 4.0
        slope = np.stack([np.cos(x + y), np.cos(y + z + 1.0), np.cos(z + x + 2.0)], axis=1)
        flow = np.asarray(np.cross(surface.normals, slope), np.float32)
        return comb_angles(surface, np.arange(len(x), dtype=np.int32), flow)
    return np.zeros(len(surface.vertices), np.float32)
