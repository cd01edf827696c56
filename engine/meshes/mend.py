"""Mend a triangle mesh that nobody vouches for, and say in words what was done to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.core.activity import Activity, null_activity
from engine.core.errors import BadInput
from engine.meshes import mend_kernels as kernels
from engine.meshes.pieces import Pieces
from engine.meshes.watched import watched

__all__ = ["TINY", "Mended", "Pieces", "mend"]

TINY = 0.005  # share of the area below which a piece is no part of the form (when remeshing)

_TOLERANCE = 1e-6  # of the diagonal of the bounding box
_SLICE = 2**19  # vertices welded between two looks at the activity: about 0.2 s
_FLAT = 1e-14  # area, the half-diagonal being 1, below which a face counts as a line
_PARTINGS = 3  # rounds in which sheets are parted before faces are cut out
_STEPS = 8
_AGAIN = "Repair it in the program that made it"

Points = NDArray[np.float64]
Indices = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Mended:
    """A mesh whose edges have one or two faces that run against each other.

    Attributes
    ----------
    vertices : ndarray
        float64 (n, 3), each used by one fan of faces; the middle of the bounding box of what was
        given is at 0, half its diagonal is 1.
    faces : ndarray
        int32 (m, 3), counter-clockwise from outside where the piece is closed.
    notes : tuple of str
        What was done, a sentence each; empty when there was nothing to do.
    pieces : Pieces
        All pieces that were there, also those that were left out.
    """

    vertices: Points
    faces: Indices
    notes: tuple[str, ...]
    pieces: Pieces


def mend(
    vertices: NDArray[Any],
    faces: NDArray[Any],
    activity: Activity | None = None,
    *,
    component: Literal["all", "largest"] | int = "all",
    least_share: float = 0.0,
) -> Mended:
    """Weld, clean, cut and orient a mesh, and choose among its pieces.

    Parameters
    ----------
    vertices : ndarray
        (n, 3); those that no face uses may be anything.
    faces : ndarray
        (m, 3) whole numbers below n.
    activity : Activity, optional
        Hears of every step; cancelling it leaves what was given untouched.
    component : {"all", "largest"} or int
        Which pieces to keep; a number counts from 0 by falling area.
    least_share : float
        Pieces with less of the whole area are left out with a note; `TINY` before remeshing.

    Raises
    ------
    BadInput
        If there are no faces, numbers are not finite or out of range, all faces are without area,
        or there is no piece of that number or above that share.
    Cancelled
        When the activity was.

    Notes
    -----
    Vertices closer than 1e-6 of the diagonal become the first of them. Faces without area stay
    where dropping them would open the surface. At an edge of more than two faces the flattest
    continuations stay together and the others get vertices of their own, as do sheets that only
    touch in a point. Time is linear; at most 80 bytes a vertex and 110 a face are held beside
    what is given.
    """
    activity = null_activity() if activity is None else activity
    notes: list[str] = []
    points, triangles = _checked(vertices, faces, activity)
    points, triangles = _welded(points, triangles, notes, activity)
    triangles = _distinct(triangles, notes, activity)
    triangles = _without_flat(points, triangles, notes, activity)
    points, triangles, twin = _cut(points, triangles, notes, activity)
    triangles, label, pieces, ranks = _oriented(points, triangles, twin, notes, activity)
    del twin
    chosen = _chosen(pieces, component, least_share, notes)
    if len(chosen) < len(pieces):
        wanted = np.zeros(len(pieces), bool)
        wanted[ranks[chosen]] = True
        triangles = triangles[wanted[label]]
    activity.progress(_STEPS - 1, _STEPS, "Packing")
    points, triangles = _packed(points, triangles)
    activity.check()
    return Mended(points, triangles, tuple(notes), pieces)


def _checked(
    vertices: NDArray[Any], faces: NDArray[Any], activity: Activity
) -> tuple[Points, Indices]:
    """Hold the numbers against each other; keep the used vertices, in a box of half-diagonal 1."""
    problem = ""
    if vertices.ndim != 2 or vertices.shape[1] != 3 or faces.ndim != 2 or faces.shape[1] != 3:
        problem = "is no triangle mesh"
    elif not len(faces) or not len(vertices):
        problem = "has no faces"
    elif max(len(vertices), 3 * len(faces)) >= 2**31:
        problem = "has more vertices or faces than can be counted in 32 bits"
    if problem:
        raise BadInput(problem, remedy=_AGAIN)
    triangles = np.empty((len(faces), 3), np.int32)
    used = np.zeros(len(vertices), bool)
    for part in _slices(len(faces), activity, 0.0):
        if faces[part].min() < 0 or faces[part].max() >= len(vertices):
            raise BadInput("has faces of vertices that are not there", remedy=_AGAIN)
        triangles[part] = faces[part]
        used[triangles[part]] = True
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for part in _slices(len(vertices), activity, 0.3):
        points = np.asarray(vertices[part][used[part]], np.float64)
        if not np.isfinite(points).all():
            raise BadInput("has coordinates that are not finite", remedy=_AGAIN)
        if len(points):
            low, high = np.minimum(low, points.min(axis=0)), np.maximum(high, points.max(axis=0))
    # Halves first: the difference of two finite numbers need not be finite.
    middle, half = low / 2 + high / 2, high / 2 - low / 2
    reach = half.max()
    if not reach > 0:
        raise BadInput("has no area: all its vertices lie in one point", remedy=_AGAIN)
    diagonal = np.linalg.norm(half / reach)
    scaled = np.empty((int(used.sum()), 3))
    first = 0
    for part in _slices(len(vertices), activity, 0.6):
        points = (np.asarray(vertices[part][used[part]], np.float64) - middle) / reach / diagonal
        scaled[first : first + len(points)] = points
        first += len(points)
    if len(scaled) < len(vertices):
        number = np.cumsum(used, dtype=np.int32) - np.int32(1)
        triangles = number[triangles]
    return scaled, triangles


def _slices(count: int, activity: Activity, done: float) -> Iterator[slice]:
    """Go through many things in parts, looking at the activity before each."""
    for start in range(0, count, _SLICE):
        activity.progress(done + 0.3 * start / count, _STEPS, "Checking the numbers")
        yield slice(start, start + _SLICE)


def _welded(
    points: Points, triangles: Indices, notes: list[str], activity: Activity
) -> tuple[Points, Indices]:
    count = len(points)
    heads = np.full(_table_size(count), -1, np.int32)
    chain, found = np.full(count, -1, np.int32), np.empty(count, np.int32)
    for start in range(0, count, _SLICE):
        activity.progress(1 + start / count, _STEPS, "Welding vertices")
        stop = min(start + _SLICE, count)
        kernels.weld_slice(points, start, stop, 2 * _TOLERANCE, heads, chain, found)
    alone = found == np.arange(count)
    left = int(alone.sum())
    if left < count:
        number = np.cumsum(alone, dtype=np.int32) - np.int32(1)
        triangles = number[found][triangles]
        points = points[alone]
        notes.append(f"Welded {_many(count - left, 'vertex')} to others at the same place")
    return points, triangles


def _distinct(triangles: Indices, notes: list[str], activity: Activity) -> Indices:
    activity.progress(2, _STEPS, "Looking for degenerate and duplicate faces")
    keep = np.empty(len(triangles), bool)
    heads = np.full(_table_size(len(triangles)), -1, np.int32)
    chain = np.full(len(triangles), -1, np.int32)
    degenerate, duplicate = watched(activity, kernels.drop_repeats, triangles, heads, chain, keep)
    if degenerate:
        notes.append(f"Dropped {_many(degenerate, 'degenerate face')}")
    if duplicate:
        notes.append(f"Dropped {_many(duplicate, 'duplicate face')}")
    if degenerate == len(triangles):
        raise BadInput("has no area: every face is a point or a line", remedy=_AGAIN)
    return triangles[keep] if degenerate or duplicate else triangles


def _without_flat(
    points: Points, triangles: Indices, notes: list[str], activity: Activity
) -> Indices:
    """Drop faces without area that hang on one side; others may be what closes the surface."""
    flat = _measured(points, triangles, activity)[0] < _FLAT
    if not flat.any():
        return triangles
    if flat.all():
        raise BadInput("has no area: every face is a point or a line", remedy=_AGAIN)
    twin, _, _ = _paired(points, triangles, activity)
    loose = flat & (twin.reshape(-1, 3) < 0).any(axis=1)
    if kept := int(flat.sum() - loose.sum()):
        notes.append(
            f"Kept {_many(kept, 'face')} without area, which the surface needs to be closed"
        )
    if loose.any():
        notes.append(f"Dropped {_many(int(loose.sum()), 'face')} without area")
    return triangles[~loose]


def _paired(
    points: Points, triangles: Indices, activity: Activity, part: bool = False
) -> tuple[Indices, int, NDArray[np.bool_]]:
    """Return the other half of every half-edge, the crowded edges and their surplus faces."""
    activity.check()
    order = watched(activity, kernels.sort_half_edges, triangles, len(points))
    activity.check()
    twin, surplus = np.empty(triangles.size, np.int32), np.empty(len(triangles), bool)
    crowded = watched(
        activity, kernels.pair_half_edges, points, triangles, order, twin, part, surplus
    )
    return twin, crowded, surplus


def _cut(
    points: Points, triangles: Indices, notes: list[str], activity: Activity
) -> tuple[Points, Indices, Indices]:
    """Part sheets until no edge has more than two faces and no vertex more than one fan.

    Sheets may hang together round the ends of the edge at which they are cut, so that it stays
    crowded: then nothing goes together there, and after that its surplus faces are cut out.
    """
    points, triangles = _packed(points, triangles)
    before = len(points)
    for turn in range(_PARTINGS + 2):
        activity.progress(4 + turn / 3, _STEPS, "Parting sheets")
        twin, crowded, surplus = _paired(points, triangles, activity, part=turn > 0)
        if not turn and crowded:
            notes.append(f"Cut {_many(crowded, 'edge')} that belonged to more than two faces")
        if turn == _PARTINGS and crowded:
            own = np.flatnonzero(surplus)
            fresh = len(points) + np.arange(3 * len(own), dtype=np.int32).reshape(-1, 3)
            points = np.concatenate([points, points[triangles[own].ravel()]])
            triangles = triangles.copy()
            triangles[own] = fresh
            continue
        parent, number = np.empty(triangles.size, np.int32), np.empty(triangles.size, np.int32)
        needed = watched(activity, kernels.count_fans, triangles, twin, len(points), parent, number)
        if needed > len(points):
            source = np.empty(needed, np.int32)
            source[number] = triangles.ravel()
            points, triangles = points[source], number.reshape(-1, 3)
        if not crowded:
            break
    if added := len(points) - before:
        notes.append(f"Gave sheets that only touched {_many(added, 'vertex')} of their own")
    return points, triangles, twin


def _oriented(
    points: Points, triangles: Indices, twin: Indices, notes: list[str], activity: Activity
) -> tuple[Indices, Indices, Pieces, NDArray[np.intp]]:
    """Turn faces; return them, the piece of each, the pieces by area, and their labels."""
    activity.progress(6, _STEPS, "Turning faces to one side")
    label, turned = np.empty(len(triangles), np.int32), np.empty(len(triangles), np.uint8)
    count, conflicts = watched(activity, kernels.orient, triangles, twin, label, turned)
    areas, volumes = _measured(points, triangles, activity)
    area = np.bincount(label, areas, count)
    borders = np.bincount(label, (twin.reshape(-1, 3) < 0).sum(axis=1), count)
    closed = borders == 0
    signed = np.where(turned, -volumes, volumes)
    # A closed piece looks outwards; an open one as most of it did.
    inside_out = np.where(
        closed,
        np.bincount(label, signed, count) < 0,
        np.bincount(label, areas * turned, count) > area / 2,
    )
    over = turned.astype(bool) ^ inside_out[label]
    if over.any():
        triangles = triangles.copy()
        triangles[over] = triangles[over][:, ::-1]
        notes.append(f"Turned {_many(int(over.sum()), 'face')} over, to look to one side")
    if conflicts:
        notes.append(
            "It is one-sided, like a Möbius strip: its faces cannot all look to the same side"
        )
    if not closed.all():
        notes.append(f"It has {_many(int(borders.sum()), 'open border edge')}")
    ranks = np.argsort(-area, kind="stable")
    first = np.empty(len(points), np.int32)
    first[triangles] = label[:, None]
    used = np.bincount(first, minlength=count)
    faces = np.bincount(label, minlength=count)
    share = area / max(area.sum(), 1e-300)
    pieces = Pieces(used[ranks], faces[ranks], share[ranks], closed[ranks])
    return triangles, label, pieces, ranks


def _chosen(
    pieces: Pieces, component: Literal["all", "largest"] | int, least: float, notes: list[str]
) -> NDArray[np.intp]:
    """Numbers of the pieces to keep, by falling area."""
    count = len(pieces)
    if component not in ("all", "largest"):
        index = int(component)
        if not 0 <= index < count:
            raise BadInput(
                f"has no piece {index}: there are {_many(count, 'piece')}",
                remedy=f"Choose a number from 0 to {count - 1}",
            )
        if count > 1:
            notes.append(
                f"Kept piece {index} of {count:,}, {_percent(pieces.share[index])} of the area"
            )
        return np.array([index])
    if component == "largest":
        if count > 1:
            notes.append(
                f"Kept the largest of {count:,} pieces, {_percent(pieces.share[0])} of the area"
            )
        return np.array([0])
    large = np.flatnonzero(pieces.share >= least)
    if not len(large):
        raise BadInput(
            f"falls into {count:,} pieces, and even the largest has only "
            f"{_percent(pieces.share[0])} of the area, not {least:.1%}: it is no surface",
            remedy="Take its largest piece, or join them in the program that made it",
        )
    if len(large) < count:
        notes.append(
            f"Left out {_many(count - len(large), 'piece')} with less than {least:.1%} of the area"
        )
    elif count > 1:
        notes.append(
            f"It has {count:,} pieces, the largest with {_percent(pieces.share[0])} of the area"
        )
    return large


def _packed(points: Points, triangles: Indices) -> tuple[Points, Indices]:
    """Leave out the vertices that no face uses, keeping the order of the others."""
    used = np.zeros(len(points), bool)
    used[triangles] = True
    if used.all():
        return points, triangles
    number = np.cumsum(used, dtype=np.int32) - np.int32(1)
    return points[used], number[triangles]


def _measured(
    points: Points, triangles: Indices, activity: Activity
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    areas, volumes = np.empty(len(triangles)), np.empty(len(triangles))
    watched(activity, kernels.measure, points, triangles, areas, volumes)
    return areas, volumes


def _table_size(count: int) -> int:
    """Places of a hash table for `count` things: a power of two, at least twice as many."""
    return 1 << (2 * count - 1).bit_length()


def _many(count: int, thing: str) -> str:
    plural = {"vertex": "vertices"}.get(thing, thing + "s")
    return f"{count:,} {thing if count == 1 else plural}"


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "under 0.1%"
