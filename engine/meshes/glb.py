"""Write a view as binary glTF 2.0 (.glb): mesh, textures and material in one file.

Khronos Group, "glTF 2.0 Specification": chunks aligned to 4 bytes, +y up, counter-clockwise faces,
metal in blue, roughness in green, ambient occlusion in red of one texture.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.files import write_atomically
from engine.core.views import MeshView
from engine.meshes.bake import bake
from engine.meshes.dressing import Body
from engine.meshes.shading import PHONG_ROUGHNESS

__all__ = ["encode_glb", "write_glb"]

_FLOAT, _UNSIGNED = 5126, 5125
_VERTICES, _INDICES = 34962, 34963
_LINEAR, _EDGE = 9729, 33071  # smaller copies of the texture would mix faces that are no neighbours


def encode_glb(
    view: MeshView,
    side: int = 2048,
    *,
    name: str = "mesh",
    poll: Callable[[], None] | None = None,
) -> bytes:
    """Return a view as the bytes of a .glb file.

    Parameters
    ----------
    view : MeshView
        Its relief is in the positions; without a material there is a texture of colours only.
    side : int
        Texels of the textures' side.
    name : str
        Of the mesh and its material.
    poll : callable, optional
        Called between pieces of work; what it raises is raised.

    Raises
    ------
    BadInput
        If the textures cannot hold the mesh; the remedy names a side that can.
    """
    baked = bake(view, side, poll)
    file = _File()
    attributes = {
        "POSITION": file.vectors(baked.positions, bounds=True),
        "NORMAL": file.vectors(baked.normals),
        "TANGENT": file.vectors(baked.tangents),
        "TEXCOORD_0": file.vectors(baked.atlas.uvs().reshape(-1, 2)),
    }
    indices = file.indices(len(baked.positions))
    surface: dict[str, Any] = {
        "baseColorTexture": {"index": file.picture(baked.albedo)},
        "metallicFactor": 0.0,
        "roughnessFactor": PHONG_ROUGHNESS,
    }
    material: dict[str, Any] = {"name": name, "pbrMetallicRoughness": surface}
    if not Body(view.vertices, view.normals, view.faces).closed:
        material["doubleSided"] = True  # else programs draw holes where its inside is seen
    if poll is not None:
        poll()
    if baked.normal is not None and baked.packed is not None:
        material["normalTexture"] = {"index": file.picture(baked.normal)}
        texture = {"index": file.picture(baked.packed)}
        surface |= {"metallicFactor": 1.0, "roughnessFactor": 1.0}
        surface["metallicRoughnessTexture"] = material["occlusionTexture"] = texture
    return file.done(
        {
            "asset": {"version": "2.0", "generator": "Primordia"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0, "name": name}],
            "meshes": [
                {
                    "name": name,
                    "primitives": [
                        {"attributes": attributes, "indices": indices, "material": 0, "mode": 4}
                    ],
                }
            ],
            "materials": [material],
            "samplers": [
                {"magFilter": _LINEAR, "minFilter": _LINEAR, "wrapS": _EDGE, "wrapT": _EDGE}
            ],
        }
    )


def write_glb(
    path: Path | str,
    view: MeshView,
    side: int = 2048,
    *,
    poll: Callable[[], None] | None = None,
) -> None:
    """Write a .glb file whole or not at all; see `encode_glb`."""
    write_atomically(path, encode_glb(view, side, name=Path(path).stem, poll=poll))


class _File:
    """The binary chunk of a file and what describes it."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._views: list[dict[str, int]] = []
        self._accessors: list[dict[str, Any]] = []
        self._images: list[dict[str, Any]] = []

    def vectors(self, array: NDArray[np.float32], *, bounds: bool = False) -> int:
        """Add float32 (n, k) and return the number of its accessor."""
        kind = {2: "VEC2", 3: "VEC3", 4: "VEC4"}[array.shape[1]]
        accessor = {
            "bufferView": self._block(array.astype("<f4").tobytes(), _VERTICES),
            "componentType": _FLOAT,
            "count": len(array),
            "type": kind,
        }
        if bounds:
            accessor |= {"min": array.min(axis=0).tolist(), "max": array.max(axis=0).tolist()}
        self._accessors.append(accessor)
        return len(self._accessors) - 1

    def indices(self, count: int) -> int:
        """Add the numbers 0 to count - 1 as indices."""
        data = np.arange(count, dtype="<u4").tobytes()
        self._accessors.append(
            {
                "bufferView": self._block(data, _INDICES),
                "componentType": _UNSIGNED,
                "count": count,
                "type": "SCALAR",
            }
        )
        return len(self._accessors) - 1

    def picture(self, pixels: NDArray[np.uint8]) -> int:
        """Add a picture as PNG and return the number of its texture."""
        from PIL import Image

        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG", compress_level=3)
        block = self._block(buffer.getvalue(), None)
        self._images.append({"bufferView": block, "mimeType": "image/png"})
        return len(self._images) - 1

    def _block(self, data: bytes, target: int | None) -> int:
        view = {"buffer": 0, "byteOffset": len(self._data), "byteLength": len(data)}
        if target is not None:
            view["target"] = target
        self._data += data + bytes(-len(data) % 4)
        self._views.append(view)
        return len(self._views) - 1

    def done(self, scene: dict[str, Any]) -> bytes:
        """Return the whole file."""
        scene |= {
            "images": self._images,
            "textures": [{"source": i, "sampler": 0} for i in range(len(self._images))],
            "accessors": self._accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": len(self._data)}],
        }
        text = json.dumps(scene, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        length = 12 + 8 + len(text) + 8 + len(self._data)
        if length >= 1 << 32:
            raise BadInput("is too large for a .glb file", remedy="Choose smaller textures")
        return b"".join(
            [
                struct.pack("<4sII", b"glTF", 2, length),
                struct.pack("<I4s", len(text), b"JSON"),
                text,
                struct.pack("<I4s", len(self._data), b"BIN\0"),
                self._data,
            ]
        )
