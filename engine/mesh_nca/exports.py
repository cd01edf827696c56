"""Files of a living surface: textured, with colours on its vertices, or as it goes on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from engine.core.views import MeshView
from engine.meshes.glb import write_glb
from engine.meshes.ply import ColourSequence

__all__ = ["FRAMES", "STEPS", "texture_side", "write_frames", "write_textured"]

FRAMES, STEPS = 60, 2
"""Pictures of a sequence, and steps from one to the next."""

_FINE = 2048  # texels of a texture's side, unless the mesh needs more
_CELL = 10  # texels of a cell's side: six from corner to corner
_LARGEST = 8192  # larger ones take gigabytes in other programs


def texture_side(faces: int) -> int:
    """Return the texels of a side in which every pair of faces has a cell of ten, or the most."""
    across = math.ceil(math.sqrt((faces + 1) // 2))
    side = _FINE
    while side < _LARGEST and side // across < _CELL:
        side *= 2
    return side


def write_textured(path: Path, view: MeshView) -> None:
    """Write a .glb with baked textures.

    Raises
    ------
    BadInput
        If the mesh has more faces than a texture can hold.
    UserError
        If the file cannot be written.
    """
    write_glb(path, view, texture_side(len(view.faces)))


def write_frames(folder: Path, frames: Iterator[MeshView]) -> None:
    """Write a folder of numbered PLY files, whole or not at all.

    Raises
    ------
    UserError
        If the folder exists or cannot be written.
    """
    sequence = ColourSequence(folder)
    try:
        for frame in frames:
            sequence.add(frame)
    except BaseException:
        sequence.cancel()
        raise
    sequence.close()
