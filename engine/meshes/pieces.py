"""Of how many pieces a mesh consists, and how large each is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pieces"]


@dataclass(frozen=True, eq=False)
class Pieces:
    """The connected pieces of a mesh, the largest area first.

    Attributes
    ----------
    vertices, faces : ndarray
        int64 (k,): how many each has.
    share : ndarray
        float64 (k,): of the area of all of them.
    closed : ndarray
        bool (k,): whether it has no border.
    """

    vertices: NDArray[np.int64]
    faces: NDArray[np.int64]
    share: NDArray[np.float64]
    closed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.share)
