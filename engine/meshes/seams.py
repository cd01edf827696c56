"""Cutting and doubling triangle meshes, so that a remesher sees oriented closed manifolds only.

A surface with a border is doubled: its mirror image is sewn on along the border, which becomes a
fold of 180 degrees. A remesher that keeps sharp folds then spaces the vertices of the border as
evenly as all others, and the mirror image is taken away again.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "components",
    "cut",
    "doubled",
    "edge_pairs",
    "folds",
    "halved",
    "line_ends",
    "refined",
    "unit_normals",
]

Points = NDArray[np.float64]
Indices = NDArray[np.int32]

UNEVEN = 0.15  # share of an edge by which it may be parted off its middle
SPECK = 0.03  # share of a component's faces


def unit_normals(vertices: Points, faces: Indices) -> Points:
    """Unit normals of faces (m, 3); zeros where a face has no area."""
    corners = vertices[faces]
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(crosses, axis=1, keepdims=True)
    unit: Points = crosses / np.maximum(lengths, 1e-300)
    return unit


def edge_pairs(faces: Indices, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the half-edges that meet.

    Parameters
    ----------
    faces : ndarray
        int32 (m, 3), indices below `count`. Half-edge ``3 f + k`` runs from corner k of face f to
        the next one.
    count : int
        Vertices.

    Returns
    -------
    pairs : ndarray
        int64 (p, 2): half-edges of opposite direction on edges that belong to exactly two faces.
    others : ndarray
        int64 (q,): all other half-edges, on borders, on edges of three and more faces, and between
        two faces that are not oriented alike.
    """
    start = faces.ravel().astype(np.int64)
    end = faces[:, [1, 2, 0]].ravel().astype(np.int64)
    keys = np.minimum(start, end) * count + np.maximum(start, end)
    order = np.argsort(keys, kind="stable")
    sorted_keys = keys[order]
    first = np.flatnonzero(np.r_[True, sorted_keys[1:] != sorted_keys[:-1]])
    sizes = np.diff(np.r_[first, len(order)])
    twice = first[sizes == 2]
    pairs = np.stack([order[twice], order[twice + 1]], axis=1)
    pairs = pairs[start[pairs[:, 0]] == end[pairs[:, 1]]]
    lonely = np.ones(len(start), bool)
    lonely[pairs] = False
    return pairs, np.flatnonzero(lonely)


def cut(faces: Indices, count: int) -> tuple[Indices, NDArray[np.int64]]:
    """Cut a mesh wherever it is no oriented manifold; borders are left as they are.

    Surplus sheets, fans that touch in one vertex, and faces that are turned against each other (as
    somewhere on a Moebius strip) get vertices of their own.

    Returns
    -------
    faces : ndarray
        int32 (m, 3) of the new vertices.
    origin : ndarray
        int64, for every new vertex the old one.
    """
    pairs, _ = edge_pairs(faces, count)
    one, two = pairs.T
    links = np.concatenate([np.stack([one, _next(two)], 1), np.stack([_next(one), two], 1)])
    made, label = _parts(links, 3 * len(faces))
    origin = np.empty(made, np.int64)
    origin[label] = faces.ravel()
    return np.ascontiguousarray(label.reshape(-1, 3), np.int32), origin


def components(faces: Indices, count: int) -> tuple[int, NDArray[np.int32]]:
    """Number the connected parts: how many, and the number of each face's part (m,)."""
    links = np.concatenate([faces[:, :2], faces[:, 1:]]).astype(np.int64)
    _, label = _parts(links, count)
    used, numbers = np.unique(label[faces[:, 0]], return_inverse=True)
    return len(used), np.asarray(numbers, np.int32)


def refined(vertices: Points, faces: Indices, length: float) -> tuple[Points, Indices]:
    """Part edges, the longest of their faces first, until none is longer than `length`.

    The surface stays the same to rounding. Edges are parted near their middles and not in them:
    exact halves of right angles give vertices of four and eight neighbours in turn, with edges of
    which none is long or short enough for a remesher to change anything.
    """
    random = np.random.default_rng(0)
    while True:
        edges = _Edges(vertices, faces)
        long = edges.lengths > length
        if not long.any():
            return vertices, faces
        vertices, faces = edges.parted(long, random)


def doubled(vertices: Points, faces: Indices) -> tuple[Points, Indices]:
    """Sew the mirror image on along all borders.

    Inner edges from border to border are parted first: the two halves would share them, too.
    """
    random = np.random.default_rng(1)
    while True:
        edges = _Edges(vertices, faces)
        on_border = np.zeros(len(vertices), bool)
        on_border[edges.low[edges.sides == 1]] = True
        on_border[edges.high[edges.sides == 1]] = True
        chords = (edges.sides == 2) & on_border[edges.low] & on_border[edges.high]
        if not chords.any():
            break
        vertices, faces = edges.parted(chords, random)
    inner = np.flatnonzero(~on_border)
    mirror = np.arange(len(vertices), dtype=np.int32)
    mirror[inner] = len(vertices) + np.arange(len(inner), dtype=np.int32)
    both = np.concatenate([faces, mirror[faces][:, ::-1]])
    return np.concatenate([vertices, vertices[inner]]), np.ascontiguousarray(both, np.int32)


class _Edges:
    """The edges of a mesh: ends, lengths, number of faces, and which three each face has."""

    def __init__(self, vertices: Points, faces: Indices) -> None:
        self._vertices, self._faces = vertices, faces
        ends = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1).astype(np.int64)
        keys, edge, self.sides = np.unique(
            ends[:, 0] * len(vertices) + ends[:, 1], return_inverse=True, return_counts=True
        )
        self._of_faces = edge.reshape(-1, 3)
        self.low, self.high = np.divmod(keys, len(vertices))
        self.lengths = np.linalg.norm(vertices[self.low] - vertices[self.high], axis=1)

    def parted(
        self, wanted: NDArray[np.bool_], random: np.random.Generator
    ) -> tuple[Points, Indices]:
        """Part those of the wanted edges that are the longest such in each of their faces."""
        rank = np.full(len(self.low), -1)
        chosen = np.flatnonzero(wanted)
        rank[chosen[np.argsort(self.lengths[chosen], kind="stable")]] = np.arange(len(chosen))
        ranks = rank[self._of_faces]
        split = wanted.copy()
        split[self._of_faces[ranks < ranks.max(axis=1, keepdims=True)]] = False
        low, high = self.low[split], self.high[split]
        share = random.uniform(0.5 - UNEVEN, 0.5 + UNEVEN, (len(low), 1))
        made = self._vertices[low] * share + self._vertices[high] * (1 - share)
        number = np.full(len(rank), -1)
        number[split] = len(self._vertices) + np.arange(len(low))

        side = ranks.argmax(axis=1)
        middle = number[self._of_faces[np.arange(len(side)), side]]
        touched = middle >= 0
        turned = self._faces[np.arange(len(side))[:, None], (side[:, None] + [0, 1, 2]) % 3]
        a, b, c = turned[touched].T
        m = middle[touched]
        parts = [self._faces[~touched], np.stack([a, m, c], 1), np.stack([m, b, c], 1)]
        return np.concatenate([self._vertices, made]), np.concatenate(parts).astype(np.int32)


def folds(vertices: Points, faces: Indices, degrees: float, least: float = 0.0) -> Indices:
    """Edges (k, 2) at which two faces turn by more than an angle; borders are none.

    Folds that touch count as one line; those shorter than `least` in all are noise and left out.
    """
    pairs, _ = edge_pairs(faces, len(vertices))
    sharp = pairs[_is_fold(vertices, faces, pairs, degrees), 0]
    ends = np.stack([faces.ravel()[sharp], faces.ravel()[_next(sharp)]], axis=1)
    if least > 0 and len(ends):
        count, line = _parts(ends.astype(np.int64), len(vertices))
        lengths = np.linalg.norm(vertices[ends[:, 0]] - vertices[ends[:, 1]], axis=1)
        whole = np.bincount(line[ends[:, 0]], lengths, count)
        ends = ends[whole[line[ends[:, 0]]] >= least]
    return np.ascontiguousarray(ends, np.int32)


def line_ends(vertices: Points, edges: Indices, degrees: float) -> NDArray[np.int64]:
    """Vertices at which lines end, meet, or turn by more than an angle.

    Parameters
    ----------
    vertices : ndarray
        (n, 3).
    edges : ndarray
        int32 (k, 2): the edges of the lines; one may be there twice.
    degrees : float
        What counts as a turn.
    """
    edges = np.unique(np.sort(edges, axis=1), axis=0)
    flat = edges.T.ravel()
    ways = vertices[edges[:, ::-1].T.ravel()] - vertices[flat]
    ways /= np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-300)
    degree = np.bincount(flat, minlength=len(vertices))
    total = np.zeros((len(vertices), 3))
    np.add.at(total, flat, ways)
    # Two unit vectors that leave a vertex at an angle of 180 - t degrees have a sum of 2 sin(t/2).
    turns = np.linalg.norm(total, axis=1) > 2 * np.sin(np.deg2rad(degrees) / 2)
    return np.flatnonzero((degree > 0) & ((degree != 2) | turns))


def halved(vertices: Points, faces: Indices, wanted: Points) -> tuple[Points, Indices]:
    """Take away the mirror image of a doubled mesh: the faces that look the other way.

    Parameters
    ----------
    vertices, faces : ndarray
        The doubled mesh.
    wanted : ndarray
        (m, 3): the normal that the original surface has at every face.

    Notes
    -----
    Where the surface has a crease of its own, single faces may look either way: a patch of less
    than `SPECK` of its component goes with what surrounds it.
    """
    pairs, _ = edge_pairs(faces, len(vertices))
    neighbours = pairs // 3
    corners = vertices[faces]
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    front = (crosses * wanted).sum(axis=1) > 0
    _, whole = _parts(neighbours, len(faces))
    alike = front[neighbours[:, 0]] == front[neighbours[:, 1]]
    _, patch = _parts(neighbours[alike], len(faces))
    speck = np.bincount(patch)[patch] < SPECK * np.bincount(whole)[whole]
    kept = faces[front ^ speck]
    used, renumbered = np.unique(kept, return_inverse=True)
    return vertices[used], np.ascontiguousarray(renumbered.reshape(-1, 3), np.int32)


def _parts(links: NDArray[np.int64], size: int) -> tuple[int, NDArray[np.int32]]:
    """Connected parts of a graph of `size` nodes: how many, and the number of each node's."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(links), np.int8), links.T), (size, size))
    count, label = connected_components(graph, directed=False)
    return count, label


def _is_fold(
    vertices: Points, faces: Indices, pairs: NDArray[np.int64], degrees: float
) -> NDArray[np.bool_]:
    normals = unit_normals(vertices, faces)
    cosines = (normals[pairs[:, 0] // 3] * normals[pairs[:, 1] // 3]).sum(axis=1)
    sharp: NDArray[np.bool_] = cosines < np.cos(np.deg2rad(degrees))
    return sharp


def _next(half_edges: NDArray[Any]) -> NDArray[Any]:
    """The half-edge after each within its face."""
    following: NDArray[Any] = half_edges + np.where(half_edges % 3 == 2, -2, 1)
    return following
