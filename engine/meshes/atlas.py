"""Texture coordinates for any mesh: two faces to a square cell, each a right triangle.

No unfolding, hence no stretching to judge and no mesh that fails; the price is a seam along every
edge. Corners lie at the centres of texels, so that a texture read there gives the value of the
vertex, and the two triangles of a cell are far enough apart for bilinear filtering.

A cell of c texels holds the triangles (x, y down) ::

    a b           with legs of c - 4 texels: a, b, c of the even face are (0, 0), (0, leg),
    |/ .          (leg, 0); those of the odd face the same turned by half, from (c - 2, c - 2).
    c . |         One row and one column are left free as a gutter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput

__all__ = ["LARGEST", "SMALLEST_CELL", "Atlas"]

SMALLEST_CELL = 5
LARGEST = 16_384
"""Texels; what graphics cards take as a side."""


@dataclass(frozen=True)
class Atlas:
    """Where the faces of a mesh lie in a square texture.

    Attributes
    ----------
    faces : int
        Faces of the mesh.
    side : int
        Texels of the texture's side.
    """

    faces: int
    side: int

    def __post_init__(self) -> None:
        if self.cell >= SMALLEST_CELL:
            return
        wanted = 1 << int(np.ceil(np.log2(SMALLEST_CELL * self.across)))
        if wanted > LARGEST:
            raise BadInput(
                f"{self.faces:,} faces are more than a texture can hold",
                remedy="Export PLY with colours on the vertices, or remesh to fewer",
            )
        raise BadInput(
            f"{self.faces:,} faces do not fit into a texture of {self.side} pixels",
            remedy=f"Choose a texture of {wanted} pixels",
        )

    @property
    def across(self) -> int:
        """Cells in a row."""
        return int(np.ceil(np.sqrt(max((self.faces + 1) // 2, 1))))

    @property
    def cell(self) -> int:
        """Texels of a cell's side."""
        return self.side // self.across

    @property
    def leg(self) -> int:
        """Texels from the first corner to the others."""
        return self.cell - 4

    def corners(self) -> NDArray[np.int32]:
        """Return the texels (x, y) of the corners of all faces, int32 (faces, 3, 2)."""
        face = np.arange(self.faces)
        row, column = np.divmod(face // 2, self.across)
        leg, last = self.leg, self.cell - 2
        even = np.array([(0, 0), (0, leg), (leg, 0)])
        places = np.where((face % 2 == 0)[:, None, None], even, last - even)
        origin = np.stack([column, row], axis=1)[:, None] * self.cell
        return np.asarray(origin + places, np.int32)

    def uvs(self) -> NDArray[np.float32]:
        """Return texture coordinates (faces, 3, 2), (0, 0) at the top left as glTF has it."""
        return np.asarray((self.corners() + 0.5) / self.side, np.float32)
