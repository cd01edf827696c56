"""Take slivers out of an even mesh: vertices that fell together, and faces without height.

Laying the vertices of sharp edges back onto their lines can put two of them in one place, or three
of one face in a row. Such an edge is collapsed and such a face's longest edge flipped; both keep
the surface where it is, and each is done only where the mesh stays a manifold with its faces
looking to the side to which they looked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SHORT", "without_slivers"]

SHORT = 0.2  # of the edge length: an edge below it is collapsed
LOW = 0.1  # of the edge length: a face of less height is taken out
_ON = 0.02  # of the edge length: how far the middle of a collapsed edge may be off the lines
_MOST_VALENCE = 9  # that a collapse may make
_LOOKS_ALONG = 0.5  # least cosine between the normals of a face before and after
_PASSES = 12

Points = NDArray[np.float64]
Indices = NDArray[np.int32]


def without_slivers(
    vertices: Points,
    faces: Indices,
    length: float,
    rank: Callable[[Points], NDArray[Any]],
    off_lines: Callable[[Points], NDArray[np.float64]],
) -> tuple[Points, Indices]:
    """Collapse edges much shorter than `length`, and flip faces much lower than it away.

    Parameters
    ----------
    vertices, faces : ndarray
        float64 (n, 3) and int32 (m, 3): an oriented manifold, with borders or without.
    length : float
        The edge length of the mesh.
    rank : callable
        Ranks (k,) of points (k, 3): 0 for one that may move, 1 on a line, 2 at a corner of lines.
        The vertex of higher rank is the one that stays.
    off_lines : callable
        Distances (k,) of points (k, 3) from the lines: an edge between two vertices on lines is
        collapsed only along a line.
    """
    for _ in range(_PASSES):
        lengths, heights = _measured(vertices[faces])
        found = np.argwhere(lengths < SHORT * length)
        flat = np.flatnonzero((heights < LOW * length) & (lengths.min(axis=1) >= SHORT * length))
        if not len(found) and not len(flat):
            break
        patch = _Patch(vertices, faces, rank(vertices), length)
        ends = np.stack([faces[found[:, 0], found[:, 1]], faces[found[:, 0], found[:, 1] - 2]], 1)
        ends = np.unique(np.sort(ends, axis=1), axis=0)
        along = off_lines(vertices[ends].mean(axis=1)) < _ON * length
        changed = 0
        for face in np.union1d(found[:, 0], flat).tolist():
            changed += patch.drop(face)
        for (one, two), on_line in zip(ends.tolist(), along, strict=True):
            changed += patch.collapse(one, two, bool(on_line))
        for face in flat[np.argsort(heights[flat])].tolist():
            changed += patch.flip(face, int(lengths[face].argmax()))
        if not changed:
            break
        faces = patch.faces[patch.faces[:, 0] >= 0]
        used, renumbered = np.unique(faces, return_inverse=True)
        vertices = vertices[used]
        faces = np.ascontiguousarray(renumbered.reshape(-1, 3), np.int32)
    return vertices, faces


class _Patch:
    """A mesh in which places that share no face are changed, each once."""

    def __init__(self, vertices: Points, faces: Indices, rank: NDArray[Any], length: float) -> None:
        self.faces = faces.copy()
        self._vertices, self._rank, self._length = vertices, rank, length
        self._order = np.argsort(faces.ravel(), kind="stable") // 3
        self._starts = np.searchsorted(np.sort(faces.ravel()), np.arange(len(vertices) + 1))
        self._locked = np.zeros(len(vertices), bool)

    def collapse(self, one: int, two: int, along: bool) -> bool:
        """Merge two vertices into that of higher rank; tell whether that was possible."""
        low, high = (two, one) if self._rank[one] > self._rank[two] else (one, two)
        if self._rank[low] and not along:
            return False
        tries = [(low, high)]
        if self._rank[low] == self._rank[high]:
            tries.append((high, low))
        return any(self._merge(gone, left) for gone, left in tries)

    def _merge(self, gone: int, left: int) -> bool:
        mine, theirs = self._around(gone), self._around(left)
        touched = np.unique(self.faces[np.concatenate([mine, theirs])])
        if self._locked[touched].any():
            return False
        shared = np.intersect1d(mine, theirs)
        corners = self.faces[mine]
        ring, other = np.unique(corners), np.unique(self.faces[theirs])
        common = np.setdiff1d(np.intersect1d(ring, other), (gone, left))
        # On a border a vertex has a face fewer than neighbours.
        at_border = len(mine) < len(ring) - 1
        if len(common) != len(shared) or len(shared) != (1 if at_border else 2):
            return False
        if any(len(self._around(vertex)) < 4 - at_border for vertex in common):
            return False
        if len(ring) + len(other) - 2 * len(common) - 3 > _MOST_VALENCE:
            return False
        stay = ~(corners == left).any(axis=1)
        before = self._vertices[corners[stay]]
        made = np.where(corners[stay] == gone, left, corners[stay])
        old = self._vertices[corners]
        if not self._better(old, before, self._vertices[made]):
            return False
        self.faces[mine[stay]] = made
        self.faces[shared] = -1
        self._locked[touched] = True
        return True

    def drop(self, face: int) -> bool:
        """Take out a vertex of a bad face that has three neighbours: it is in the way of others."""
        for corner in self.faces[face].tolist():
            if corner >= 0 and len(self._around(corner)) == 3 and self._rank[corner] < 2:
                ring = np.setdiff1d(self.faces[self._around(corner)], (corner, -1))
                if len(ring) == 3 and any(self._merge(corner, left) for left in ring.tolist()):
                    return True
        return False

    def flip(self, face: int, edge: int) -> bool:
        """Give a flat face's longest edge to the vertex opposite; tell whether it was possible."""
        p, q, c = (int(self.faces[face, (edge + k) % 3]) for k in range(3))
        near = self._around(p)
        holds_q = (self.faces[near] == q).any(axis=1)
        others = near[holds_q & (near != face)]
        around_c = np.unique(self.faces[self._around(c)])
        if self._locked[[p, q, c]].any() or len(others) > 1:
            return False
        if not len(others):  # on a border the face can go, unless its vertex would be pinched
            if len(self._around(c)) < len(around_c) - 1 or len(around_c) < 5:
                return False
            self.faces[face] = -1
            self._locked[[p, q, c]] = True
            return True
        (other,) = others
        (d,) = (int(v) for v in self.faces[other] if v not in (p, q))
        if self._locked[d] or d in around_c or min(len(near), len(self._around(q))) < 4:
            return False
        before = self._vertices[self.faces[[face, other]]]
        made = np.array([[p, d, c], [d, q, c]], np.int32)
        # Two flat faces that share their longest edge get shorter ones; a sound one may be next.
        both = _measured(before)[1].max() < LOW * self._length
        beside = np.repeat(before[1:], 2, axis=0)
        if not both and not self._better(before, beside, self._vertices[made]):
            return False
        self.faces[[face, other]] = made
        self._locked[[p, q, c, d]] = True
        return True

    def _around(self, vertex: int) -> NDArray[np.intp]:
        """Faces of a vertex, as they were before any change; that is why places are locked."""
        return self._order[self._starts[vertex] : self._starts[vertex + 1]]

    def _better(self, old: Points, before: Points, after: Points) -> bool:
        """Whether fewer faces are low, or the lowest is less so, and none turns over.

        `before` are the faces that those of `after` are held against.
        """
        low = LOW * self._length
        were, are = _measured(old)[1], _measured(after)[1]
        if (are < low).sum() >= (were < low).sum() and are.min(initial=np.inf) <= were.min():
            return False
        sound = _measured(before)[1] >= low if len(before) else np.zeros(0, bool)
        turns = _normals(before[sound]) * _normals(after[sound])
        return bool((turns.sum(axis=1) >= _LOOKS_ALONG).all())


def _measured(corners: Points) -> tuple[Points, Points]:
    """Lengths of the edges (m, 3), that from corner k to the next at k, and heights (m,)."""
    lengths = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2)
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(crosses, axis=1)
    return lengths, area / np.maximum(lengths.max(axis=1), 1e-300)


def _normals(corners: Points) -> Points:
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    unit: Points = crosses / np.maximum(np.linalg.norm(crosses, axis=1, keepdims=True), 1e-300)
    return unit
