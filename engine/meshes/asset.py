"""A mesh as an `Asset`: the bytes of a safetensors file with vertices and faces, nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.spec import Asset
from engine.meshes.surface import Surface

__all__ = ["pack", "unpack"]


def pack(name: str, vertices: NDArray[Any], faces: NDArray[Any]) -> Asset:
    """Pack vertices (n, 3) and faces (m, 3), as they are, under the file's name."""
    from safetensors.numpy import save

    arrays = {
        "vertices": np.ascontiguousarray(vertices, np.float32),
        "faces": np.ascontiguousarray(faces, np.int32),
    }
    return Asset(name, save(arrays))


def unpack(asset: Asset) -> Surface:
    """Make the surface of a packed mesh, believing nothing.

    Raises
    ------
    BadInput
        If it is no packed mesh or its numbers cannot be those of one.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        if not isinstance(asset.data, bytes):
            raise ValueError
        arrays = load(asset.data)
        vertices, faces = arrays["vertices"], arrays["faces"]
    except (SafetensorError, ValueError, KeyError, TypeError):
        raise BadInput("is not a packed mesh", path=asset.name, remedy="Drop it again") from None
    sound = (
        vertices.dtype == np.float32
        and faces.dtype == np.int32
        and vertices.ndim == faces.ndim == 2
        and vertices.shape[1] == faces.shape[1] == 3
        and len(faces) > 0
        and bool(np.isfinite(vertices).all())
        and int(faces.min()) >= 0
        and int(faces.max()) < len(vertices)
        and bool(np.ptp(vertices, axis=0).any())
    )
    if not sound:
        raise BadInput("holds a broken mesh", path=asset.name, remedy="Drop it again")
    return Surface.of(vertices, faces)
