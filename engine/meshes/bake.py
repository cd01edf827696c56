"""What a view shows on its vertices, as textures.

Normals are written in the tangent space that other programs work out from the texture coordinates
(MikkTSpace): tangent along u, bitangent upwards in the picture. Every face has its own; seams are
along all edges anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.device import share
from engine.core.views import MeshView
from engine.meshes.atlas import Atlas
from engine.meshes.dressing import Body, dress, relief

__all__ = ["Baked", "bake"]

_ROWS = 128  # texels filled at once


@dataclass(frozen=True, eq=False)
class Baked:
    """Textures of a view and the mesh cut up for them: corner k of face f is vertex 3 f + k.

    Attributes
    ----------
    atlas : Atlas
    positions, normals : ndarray
        float32 (3 m, 3), with the relief.
    tangents : ndarray
        float32 (3 m, 4): x, y, z and the sign of the bitangent.
    albedo : ndarray
        uint8 (side, side, 3).
    normal : ndarray, optional
        uint8 (side, side, 3), 128 standing for 0; where the view has a material.
    packed : ndarray, optional
        uint8 (side, side, 3): ambient occlusion, roughness, metal (none).
    """

    atlas: Atlas
    positions: NDArray[np.float32]
    normals: NDArray[np.float32]
    tangents: NDArray[np.float32]
    albedo: NDArray[np.uint8]
    normal: NDArray[np.uint8] | None
    packed: NDArray[np.uint8] | None


def bake(view: MeshView, side: int = 2048, poll: Callable[[], None] | None = None) -> Baked:
    """Bake a view's colours and material.

    Parameters
    ----------
    view : MeshView
    side : int
        Texels of the textures' side.
    poll : callable, optional
        Called every few milliseconds; what it raises is raised.

    Raises
    ------
    BadInput
        If the mesh has more faces than the texture can hold; the remedy names a side that would do.
    """
    atlas = Atlas(len(view.faces), side)
    body = Body(
        np.ascontiguousarray(view.vertices, np.float32),
        np.ascontiguousarray(view.normals, np.float32),
        np.ascontiguousarray(view.faces, np.int32),
    )
    corners = body.faces.ravel()
    positions = np.ascontiguousarray(relief(body, view)[corners])
    normals = np.ascontiguousarray(body.normals[corners])
    tangents = _tangents(positions, normals)
    albedo = _fill(atlas, view.colours[corners].astype(np.float32), poll)
    normal = packed = None
    if view.material is not None:
        seen = dress(body, view if view.shading == "pbr" else _as_pbr(view))[corners]
        across = tangents[:, :3]
        up = np.cross(normals, across)
        local = [(seen[:, :3] * way).sum(axis=1) for way in (across, up, normals)]
        normal = _fill(atlas, np.stack(local, axis=1) * np.float32(127) + np.float32(128), poll)
        metal = np.zeros(len(corners), np.float32)
        packed = _fill(atlas, np.stack([seen[:, 7], seen[:, 6], metal], 1) * np.float32(255), poll)
    return Baked(atlas, positions, normals, tangents, albedo, normal, packed)


def _as_pbr(view: MeshView) -> MeshView:
    from dataclasses import replace

    return replace(view, shading="pbr")


def _tangents(positions: NDArray[np.float32], normals: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the direction of growing u in the plane of the normal, the bitangent upwards.

    In even faces u grows from the first corner to the third, in odd ones the other way.
    """
    triangles = positions.reshape(-1, 3, 3).astype(np.float64)
    along = triangles[:, 2] - triangles[:, 0]
    along[1::2] *= -1
    spread = np.repeat(along, 3, axis=0)
    n = normals.astype(np.float64)
    spread -= (spread * n).sum(axis=1, keepdims=True) * n
    lengths = np.linalg.norm(spread, axis=1, keepdims=True)
    spread = np.where(lengths > 1e-12, spread / np.maximum(lengths, 1e-12), _any_across(n))
    return np.concatenate([spread, np.ones((len(n), 1))], axis=1).astype(np.float32)


def _any_across(normals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Some unit vectors at right angles to normals, for faces that stand upright on theirs."""
    other = np.where(np.abs(normals[:, :1]) < 0.7, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    across = np.cross(normals, other)
    return np.asarray(across / np.linalg.norm(across, axis=1, keepdims=True), np.float64)


def _fill(
    atlas: Atlas, values: NDArray[np.float32], poll: Callable[[], None] | None
) -> NDArray[np.uint8]:
    """Interpolate values (3 m, 3) in 0 to 255 over the cells, into their gutters, too."""
    out = np.zeros((atlas.side, atlas.side, 3), np.uint8)

    def job(top: int, breathe: Callable[[], None]) -> None:
        bottom = min(top + _ROWS, atlas.side)
        _interpolate(values, atlas.faces, atlas.across, atlas.cell, atlas.leg, top, bottom, out)
        breathe()

    share([partial(job, top) for top in range(0, atlas.side, _ROWS)], poll)
    return out


@njit(nogil=True, cache=True)
def _interpolate(
    values: Any, faces: int, across: int, cell: int, leg: int, top: int, bottom: int, out: Any
) -> None:
    last = cell - 2
    for y in range(top, bottom):
        row, down = y // cell, y % cell
        if row >= across:
            continue
        for x in range(across * cell):
            column, right = x // cell, x % cell
            face = 2 * (row * across + column)
            dx, dy = right, down
            if right + down > last and face + 1 < faces:
                face += 1
                dx, dy = last - right, last - down
            if face >= faces:
                continue
            b = min(max(dy / leg, 0.0), 1.0)
            c = min(max(dx / leg, 0.0), 1.0)
            a = max(1.0 - b - c, 0.0)
            total = a + b + c
            for k in range(3):
                value = (
                    a * values[3 * face, k]
                    + b * values[3 * face + 1, k]
                    + c * values[3 * face + 2, k]
                ) / total
                out[y, x, k] = np.uint8(min(max(value, 0.0), 255.0) + 0.5)
