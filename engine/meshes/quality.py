"""Whether a mesh is even enough for an automaton whose unit of length is one edge.

The gate was measured on the 48 meshes of the published demonstration of MeshNCA (Pajouheshgar et
al. 2024, arXiv 2311.02820): the worse the valences and the spacing, the more the pattern breaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.meshes.surface import Surface

__all__ = ["SHARP", "Figure", "Quality", "Verdict", "judge"]

_CREASED = 0.5
SHARP = 45.0
"""Degrees between two faces from which on an edge is sharp, as remeshing has it."""

Verdict = Literal["good", "usable", "poor"]

_ORDER: tuple[Verdict, ...] = ("good", "usable", "poor")


@dataclass(frozen=True)
class Figure:
    """One measured figure and how it stands to the gate.

    Attributes
    ----------
    name : str
        As the user reads it.
    value : float
        What was measured.
    verdict : {"good", "usable", "poor"}
        On which side of the gate it is.
    gate : str
        What is good and what is usable, in words.
    """

    name: str
    value: float
    verdict: Verdict
    gate: str

    @property
    def text(self) -> str:
        """The value as it is read: with the places of its gate, which tell 0.98 from 1."""
        return f"{self.value:.3f}" if "." in self.gate else f"{self.value:,.0f}"


@dataclass(frozen=True, eq=False)
class Quality:
    """How even a surface is.

    Attributes
    ----------
    verdict : {"good", "usable", "poor"}
        The worst of the figures.
    figures : tuple of Figure
        Mean valence, shares of valence 5-7 and 6, highest valence, edge CV (standard deviation by
        mean of the edge lengths), vertices. A vertex on a border counts two neighbours more than
        it has: on an even border it has four.
    valence : ndarray
        float32 (n,): neighbours of every vertex, for a heat map.
    spacing : ndarray
        float32 (n,): mean edge length at a vertex by that of all edges, for a heat map.
    borders : int
        Edges of one face.
    crowded : int
        Edges of more than two faces; 0 after mending.
    pieces : int
        Connected pieces; a vertex without neighbours is one.
    euler : int
        Vertices - edges + faces.
    genus : int or None
        Handles of all pieces together; None where there is a border or a crowded edge.
    creased : float
        Share, 0 to 1, of all its bending that lies in sharp edges: 1 for a cube however finely it
        is divided, 0 for a fine sphere.
    """

    verdict: Verdict
    figures: tuple[Figure, ...]
    valence: NDArray[np.float32]
    spacing: NDArray[np.float32]
    borders: int
    crowded: int
    pieces: int
    euler: int
    genus: int | None
    creased: float

    @property
    def sharp_edged(self) -> bool:
        """Whether it bends mostly at sharp edges, so that remeshing should keep them."""
        return self.creased >= _CREASED


def judge(surface: Surface) -> Quality:
    """Hold a surface against the gate."""
    count = len(surface.vertices)
    _, uses = _edges(surface)
    regular = surface.valence + 2 * surface.border
    lengths = surface.edge_lengths.astype(np.float64)
    cv = float(lengths.std() / lengths.mean())
    figures = (
        _between(
            "Mean valence",
            float(regular.mean()),
            (5.9, 6.1),
            (5.5, 6.5),
            "5.9 to 6.1, usable from 5.5 to 6.5",
        ),
        _between(
            "Share of valence 5 to 7",
            float(((regular >= 5) & (regular <= 7)).mean()),
            (0.98, 1.0),
            (0.90, 1.0),
            "at least 0.98, usable from 0.90",
        ),
        _between(
            "Share of valence 6",
            float((regular == 6).mean()),
            (0.65, 1.0),
            (0.30, 1.0),
            "at least 0.65, usable from 0.30",
        ),
        _between(
            "Highest valence", float(regular.max()), (0, 10), (0, 16), "at most 10, usable to 16"
        ),
        _between("Edge CV", cv, (0, 0.18), (0, 0.40), "at most 0.18, usable to 0.40"),
        _between(
            "Vertices",
            float(count),
            (5_000, 80_000),
            (500, 500_000),
            "5,000 to 80,000, usable from 500 to 500,000",
        ),
    )
    borders, crowded = int((uses == 1).sum()), int((uses > 2).sum())
    pieces = int(_count_pieces(surface.starts, surface.neighbours))
    euler = count - len(uses) + len(surface.faces)
    whole = not borders and not crowded and euler % 2 == 0
    return Quality(
        verdict=max((figure.verdict for figure in figures), key=_ORDER.index),
        figures=figures,
        valence=surface.valence.astype(np.float32),
        spacing=_spacing(surface, lengths),
        borders=borders,
        crowded=crowded,
        pieces=pieces,
        euler=euler,
        genus=pieces - euler // 2 if whole else None,
        creased=_creased(surface),
    )


def _between(
    name: str,
    value: float,
    good: tuple[float, float],
    usable: tuple[float, float],
    gate: str,
) -> Figure:
    verdict: Verdict = "poor"
    if good[0] <= value <= good[1]:
        verdict = "good"
    elif usable[0] <= value <= usable[1]:
        verdict = "usable"
    return Figure(name, value, verdict, gate)


def _edges(surface: Surface) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Both ends of every edge (k, 2), and of how many faces it is."""
    count = len(surface.vertices)
    start = surface.faces.astype(np.int64).ravel()
    end = surface.faces[:, [1, 2, 0]].ravel()
    keys = np.minimum(start, end) * count + np.maximum(start, end)
    edges, uses = np.unique(keys, return_counts=True)
    return np.stack(np.divmod(edges, count), axis=1), uses


def _creased(surface: Surface) -> float:
    """Weigh edges between two faces by length and turn; count those that turn by `SHARP`."""
    points, faces = surface.vertices.astype(np.float64), surface.faces
    starts, ends = faces.ravel(), faces[:, [1, 2, 0]].ravel()
    keys = np.minimum(starts, ends).astype(np.int64) * len(points) + np.maximum(starts, ends)
    order = np.argsort(keys, kind="stable")
    sides = order[:-1][keys[order[1:]] == keys[order[:-1]]]
    others = order[1:][keys[order[1:]] == keys[order[:-1]]]
    if not len(sides):
        return 0.0
    corners = points[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)
    cosines = (normals[sides // 3] * normals[others // 3]).sum(axis=1)
    turns = np.arccos(np.clip(cosines, -1.0, 1.0))
    lengths = np.linalg.norm(points[ends[sides]] - points[starts[sides]], axis=1)
    bending = lengths * turns
    sharp = turns >= np.deg2rad(SHARP)
    return float(bending[sharp].sum() / max(float(bending.sum()), 1e-300))


def _spacing(surface: Surface, lengths: NDArray[np.float64]) -> NDArray[np.float32]:
    count = len(surface.vertices)
    origin = np.repeat(np.arange(count), surface.valence)
    total = np.bincount(origin, lengths, count)
    return np.asarray(total / np.maximum(surface.valence, 1) / lengths.mean(), np.float32)


@njit(nogil=True, cache=True)
def _count_pieces(starts: NDArray[Any], neighbours: NDArray[Any]) -> int:
    count = len(starts) - 1
    seen = np.zeros(count, np.uint8)
    queue = np.empty(count, np.int32)
    pieces = 0
    for seed in range(count):
        if seen[seed]:
            continue
        pieces += 1
        seen[seed] = 1
        queue[0], first, last = seed, 0, 1
        while first < last:
            for at in range(starts[queue[first]], starts[queue[first] + 1]):
                if not seen[neighbours[at]]:
                    seen[neighbours[at]] = 1
                    queue[last] = neighbours[at]
                    last += 1
            first += 1
    return pieces
