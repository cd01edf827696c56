"""Files of a living surface: textured, with colours on its vertices, or as it goes on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from engine.core.activity import Activity
from engine.core.system import Export, Poll
from engine.core.views import MeshView
from engine.meshes.glb import write_glb
from engine.meshes.ply import ColourSequence, write_ply

__all__ = ["surface_exports", "texture_side"]

Ahead = Callable[[int, int, Poll], Iterator[MeshView]]

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


def surface_exports(look: Callable[[], MeshView], ahead: Callable[[], Ahead]) -> tuple[Export, ...]:
    """Offer the files; each is written from a copy, while the world goes on.

    Parameters
    ----------
    look : callable
        Makes the view of the present.
    ahead : callable
        Copies the present and returns what makes the views of so many frames to come, so many
        steps apart, asking `poll` meanwhile.
    """
    frames = f"{SEQUENCE[0]} pictures to come, every {SEQUENCE[1]} steps, a folder of PLY files"
    return (
        Export.apart(".glb", "Textured mesh", lambda: partial(_write_textured, look())),
        Export.apart(".ply", "Mesh with coloured vertices", lambda: partial(_write_plain, look())),
        Export.apart(".frames", frames, lambda: partial(_write_frames, ahead())),
    )


def _write_textured(view: MeshView, path: Path, activity: Activity) -> None:
    """Write a .glb with baked textures."""
    write_glb(path, view, texture_side(len(view.faces)), poll=activity.check)


def _write_plain(view: MeshView, path: Path, activity: Activity) -> None:
    """Write one PLY file, in a fraction of a second."""
    activity.check()
    write_ply(path, view)


def _write_frames(ahead: Ahead, folder: Path, activity: Activity) -> None:
    """Write a folder of numbered PLY files, whole or not at all."""
    sequence = ColourSequence(folder)
    try:
        views = ahead(*SEQUENCE, activity.check)
        for view in activity.track(views, SEQUENCE[0], "pictures"):
            sequence.add(view)
    except BaseException:
        sequence.cancel()
        raise
    sequence.close()
