"""Files of a living surface: textured, with colours on its vertices, or as it goes on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.core.system import Export
from engine.core.views import MeshView
from engine.meshes.glb import write_glb
from engine.meshes.ply import ColourSequence, write_ply

__all__ = ["surface_exports", "texture_side"]

SEQUENCE = 60, 2
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


def surface_exports(
    now: Callable[[], MeshView], ahead: Callable[[int, int], Iterator[MeshView]]
) -> tuple[Export, ...]:
    """Offer the files.

    Parameters
    ----------
    now : callable
        Makes the view of the present.
    ahead : callable
        Makes the views of so many frames to come, so many steps apart.
    """
    frames = f"{SEQUENCE[0]} pictures of its colours, a folder of PLY files"
    return (
        Export(".glb", "Textured mesh", lambda path: _write_textured(path, now())),
        Export(".ply", "Mesh with coloured vertices", lambda path: write_ply(path, now())),
        Export(".frames", frames, lambda path: _write_frames(path, ahead(*SEQUENCE))),
    )


def _write_textured(path: Path, view: MeshView) -> None:
    """Write a .glb with baked textures."""
    write_glb(path, view, texture_side(len(view.faces)))


def _write_frames(folder: Path, frames: Iterator[MeshView]) -> None:
    """Write a folder of numbered PLY files, whole or not at all."""
    sequence = ColourSequence(folder)
    try:
        for frame in frames:
            sequence.add(frame)
    except BaseException:
        sequence.cancel()
        raise
    sequence.close()
