"""The process that remeshes, one native call at a time: ``python -m engine.meshes.remesh_child``.

`engine.meshes.remesh` starts it, hands it a mesh by its standard input, reads a line for every
round that is done, and ends the process when the user cancels: a native call cannot be stopped.
The method is Botsch and Kobbelt's ("A Remeshing Approach to Multiresolution Modeling", 2004) as
gpytoolbox has it. Each call knows only the mesh of the round before, so that errors would add up:
after each, the vertices are laid back onto the surface as it was given, and those of borders and
sharp edges onto their lines.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.meshes.pipes import RESULT, receive
from engine.meshes.seams import (
    components,
    cut,
    doubled,
    edge_pairs,
    folds,
    halved,
    line_ends,
    refined,
    unit_normals,
)
from engine.meshes.slivers import without_slivers

__all__ = ["ROUNDS", "edge_length", "main", "remeshed"]

ROUNDS = 10
MUCH_FINER = 20  # faces to a wanted vertex from which on the mesh is thinned first
THIN = 0.35  # of the edge length: still five times as many vertices as are wanted
SHARP = 45.0  # degrees between two faces from which on an edge is a crease
LINE = 10  # edge lengths that a line of sharp edges has at least; shorter ones are noise
EXACT = 1e-6  # of the edge length: how near a vertex lies to the line onto which it was laid
SEWN = 120.0  # degrees: the seam of a doubled mesh turns by 180, less the surface's own curvature
OFF = 0.15  # share by which the count may miss before all is done once more at a mended length

Points = NDArray[np.float64]
Indices = NDArray[np.int32]


def edge_length(area: float, count: int) -> float:
    """Edge length of `count` vertices of valence 6 on a surface: sqrt(2 A / (sqrt 3 n))."""
    return float(np.sqrt(2 * area / (np.sqrt(3) * count)))


def remeshed(
    vertices: Points,
    faces: Indices,
    count: int,
    *,
    features: bool,
    report: Callable[[int, int, str], object],
) -> tuple[Points, Indices]:
    """Space the vertices of a surface evenly.

    Parameters
    ----------
    vertices, faces : ndarray
        float64 (n, 3) and int32 (m, 3).
    count : int
        Vertices wanted.
    features : bool
        Whether edges sharper than 45 degrees stay.
    report : callable
        Told (rounds done, rounds in all, what is done now) at first and after every round.
    """
    length = edge_length(_area(vertices, faces), count)
    if len(faces) > MUCH_FINER * count:
        from engine.meshes.thin import thinned

        def thinning(left: int) -> None:
            report(0, ROUNDS, f"thinning {left:,} faces")

        vertices, faces = thinned(
            vertices, faces, THIN * length, thinning, sharp=SHARP if features else None
        )
    faces, origin = cut(faces, len(vertices))
    vertices = np.ascontiguousarray(vertices[origin])
    for first in (0, ROUNDS):
        total = first + ROUNDS
        report(first, total, f"round {first + 1} of {total}")
        parts = [_Part(*part, features, length) for part in _by_border(vertices, faces)]
        for done in range(first + 1, total + 1):
            for part in parts:
                part.round(length)
            report(done, total, f"round {min(done + 1, total)} of {total}")
        pieces = [part.result(length) for part in parts]
        found = sum(len(points) for points, _ in pieces)
        if abs(found / count - 1) <= OFF:
            break
        length *= np.sqrt(np.clip(found / count, 0.5, 2))
    starts = np.cumsum([0] + [len(points) for points, _ in pieces[:-1]])
    joined = np.concatenate([part + start for (_, part), start in zip(pieces, starts, strict=True)])
    points = np.concatenate([points for points, _ in pieces])
    # What gpytoolbox returns may lie in columns.
    return np.ascontiguousarray(points), np.ascontiguousarray(joined, np.int32)


class _Part:
    """Components that are remeshed together: all closed ones, or all with a border."""

    def __init__(self, vertices: Points, faces: Indices, features: bool, length: float) -> None:
        from gpytoolbox import squared_distance_precompute

        self._start, self._start_faces = vertices, faces
        self._tree = squared_distance_precompute(vertices, faces)
        _, others = edge_pairs(faces, len(vertices))
        self._open = bool(len(others))
        flat = faces.ravel()
        after = others + np.where(others % 3 == 2, -2, 1)
        lines = [np.stack([flat[others], flat[after]], axis=1)]
        if features:
            lines.append(folds(vertices, faces, SHARP, LINE * length))
        kept = np.ascontiguousarray(np.concatenate(lines), np.int32)
        self._lines = squared_distance_precompute(vertices, kept) if len(kept) else None
        self._corners = vertices[line_ends(vertices, kept, SHARP)]
        self._features = features
        # Edges from 0.7 to 1.4 lengths would stay as they are, and an even mesh at its own count;
        # much longer ones would be halved once a round while the coarse mesh already shrinks.
        self._vertices, self._faces = refined(vertices, faces, length)
        if self._open:
            self._vertices, self._faces = doubled(self._vertices, self._faces)

    def round(self, length: float) -> None:
        """One iteration of splits, collapses, flips and relaxation, then back onto the surface."""
        from gpytoolbox import remesh_botsch

        kept = self._sharp(length) if self._open or self._features else None
        self._vertices, self._faces = remesh_botsch(
            self._vertices, self._faces, 1, length, project=True, feature_edges=kept
        )
        _, _, points = self._tree.squared_distance(self._vertices)
        if self._lines is not None:
            on_line = np.unique(self._sharp(length))
            if len(on_line):
                squared, _, near = self._lines.squared_distance(self._vertices[on_line])
                close = np.asarray(squared).ravel() < (length / 2) ** 2
                points[on_line[close]] = near[close]
        self._vertices = np.ascontiguousarray(points)
        if self._features and not self._open:
            self._vertices, self._faces = self._clean(self._vertices, self._faces, length)

    def _sharp(self, length: float) -> Indices:
        """Edges that must stay: the seam of a border, however short, and creases where asked."""
        found = []
        if self._open:
            found.append(folds(self._vertices, self._faces, SEWN))
        if self._features:
            found.append(folds(self._vertices, self._faces, SHARP, LINE * length))
        return np.unique(np.sort(np.concatenate(found), axis=1), axis=0)

    def result(self, length: float) -> tuple[Points, Indices]:
        """The mesh as it is now, without slivers and without its mirror image."""
        if not self._open:
            return self._clean(self._vertices, self._faces, length)
        middles = self._vertices[self._faces].mean(axis=1)
        _, nearest, _ = self._tree.squared_distance(middles)
        wanted = unit_normals(self._start, self._start_faces)[np.asarray(nearest).ravel()]
        return self._clean(*halved(self._vertices, self._faces, wanted), length)

    def _clean(self, vertices: Points, faces: Indices, length: float) -> tuple[Points, Indices]:
        """Take slivers out, corners and lines staying where they are."""

        def rank(points: Points) -> NDArray[np.int8]:
            found = (self._off_lines(points) < EXACT * length).astype(np.int8)
            if len(self._corners):
                from scipy.spatial import KDTree

                found += KDTree(self._corners).query(points)[0] < EXACT * length
            return found

        return without_slivers(vertices, faces, length, rank, self._off_lines)

    def _off_lines(self, points: Points) -> Points:
        """Distances from the borders and creases."""
        if self._lines is None or not len(points):
            return np.full(len(points), np.inf)
        squared, _, _ = self._lines.squared_distance(np.ascontiguousarray(points))
        return np.sqrt(np.asarray(squared, np.float64).ravel())


def _by_border(vertices: Points, faces: Indices) -> list[tuple[Points, Indices]]:
    """Part the components that have a border from the closed ones."""
    number, label = components(faces, len(vertices))
    _, others = edge_pairs(faces, len(vertices))
    is_open = np.zeros(number, bool)
    is_open[label[others // 3]] = True
    parts = []
    for chosen in (faces[~is_open[label]], faces[is_open[label]]):
        if len(chosen):
            used, renumbered = np.unique(chosen, return_inverse=True)
            made: Indices = np.ascontiguousarray(renumbered.reshape(-1, 3), np.int32)
            parts.append((np.ascontiguousarray(vertices[used]), made))
    return parts


def _area(vertices: Points, faces: Indices) -> float:
    corners = vertices[faces]
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(crosses, axis=1).sum() / 2)


def main(vertices: int, faces: int, count: int, features: bool, memory: int) -> None:
    """Remesh what comes by standard input, so many vertices and faces, onto standard output.

    A line a round is written, then the mesh; see `engine.meshes.pipes`.
    """
    _bound(memory)
    _end_with_kernel()
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # what a library prints is no line of ours
        points, triangles = np.empty((vertices, 3)), np.empty((faces, 3), np.int32)
        with open(0, "rb", buffering=0, closefd=False) as pipe:
            for array in (points, triangles):
                if not receive(pipe.readinto, array):
                    raise EOFError("the mesh was not handed over")
        _end_with_parent()

        def say(line: str) -> None:
            out.write(f"{line}\n".encode())
            out.flush()

        points, triangles = remeshed(
            points,
            triangles,
            count,
            features=features,
            report=lambda done, total, note: say(f"{done} {total} {note}"),
        )
        say(f"{RESULT}{len(points)} {len(triangles)}")
        out.write(points.data)
        out.write(triangles.data)


def _end_with_parent() -> None:
    """Leave no orphan: standard input ends when the program does."""

    def watch() -> None:
        while os.read(0, 64):  # sys.stdin would be locked when this process ends
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _end_with_kernel() -> None:
    """Ask Linux for the same: a native call holds the interpreter, and a thread waits for it."""
    if sys.platform == "linux":
        import ctypes
        import signal

        libc: Any = ctypes.CDLL(None)
        libc.prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG


def _bound(memory: int) -> None:
    """Let no file of a user fill the machine: allocations beyond `memory` bytes fail."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


if __name__ == "__main__":
    _vertices, _faces, _count = (int(word) for word in sys.argv[1:4])
    main(_vertices, _faces, _count, sys.argv[4] == "features", int(sys.argv[5]))
