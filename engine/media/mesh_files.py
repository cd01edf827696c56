"""Reading triangle meshes that nobody vouches for.

Every number that a file claims is held against its size before anything is allocated, and what
comes out is checked before it is believed. Materials, pictures and whatever else a file names are
never opened, but for the numbers of a glTF in its own folder (`engine.media.gltf`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.activity import Activity, null_activity
from engine.core.errors import BadInput, about
from engine.core.files import read_regular

__all__ = ["MESH_ENDINGS", "Mesh", "read_mesh"]

MESH_ENDINGS: dict[str, str] = {
    ".obj": "Wavefront OBJ",
    ".ply": "PLY",
    ".stl": "STL",
    ".off": "OFF",
    ".glb": "binary glTF",
    ".gltf": "glTF",
}
MOST_BYTES = 512 * 2**20
MOST_FACES = 20_000_000

Points = NDArray[np.float64]
Indices = NDArray[np.int32]

_AGAIN = "Export it again from the program that made it"


@dataclass(frozen=True, eq=False)
class Mesh:
    """A checked triangle mesh.

    Attributes
    ----------
    vertices : ndarray
        float64 (n, 3), finite.
    faces : ndarray
        int32 (m, 3), every index from 0 to n - 1; polygons were cut into fans.
    format : str
        In words.
    """

    vertices: Points
    faces: Indices
    format: str

    @cached_property
    def closed(self) -> bool:
        """Whether every edge belongs to two faces, vertices at exactly one place being one."""
        bits = np.ascontiguousarray(self.vertices + 0.0).view(np.uint64)  # -0 becomes 0
        mixed = bits[:, 0]
        for axis in (1, 2):
            mixed = (mixed ^ mixed >> np.uint64(29)) * np.uint64(0x9E3779B97F4A7C15) + bits[:, axis]
        places, which = np.unique(mixed, return_inverse=True)
        faces = which.reshape(-1)[self.faces]
        ends = np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2)
        ends = ends[ends[:, 0] != ends[:, 1]]
        _, uses = np.unique(ends.min(axis=1) * len(places) + ends.max(axis=1), return_counts=True)
        return bool((uses == 2).all())


def read_mesh(path: Path, activity: Activity | None = None) -> Mesh:
    """Read a mesh file; several meshes in one file are joined.

    Parameters
    ----------
    path : Path
        OBJ, PLY, STL, OFF, GLB or glTF, at most 512 MB.
    activity : Activity, optional
        Hears how far it is, and may be cancelled.

    Raises
    ------
    BadInput
        If it is missing, an archive, no mesh, lies about its size, is empty, refers to files
        outside its folder, or has numbers that are not finite or faces of vertices that it does
        not have.
    Cancelled
        When the activity was.

    Notes
    -----
    Beside the file's bytes at most 200 bytes a face are held: a vertex is 24 and a face 12, and
    an STL has three vertices a face.
    """
    activity = null_activity() if activity is None else activity
    ending = path.suffix.lower()
    if ending not in MESH_ENDINGS:
        raise BadInput(
            "is not a mesh that is read", path=path, remedy=f"Use {', '.join(MESH_ENDINGS)}"
        )
    activity.progress(0, None, "Reading the mesh")
    data = read_regular(path, limit=MOST_BYTES)
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06") or data[:2] == b"\x1f\x8b":
        raise BadInput("is an archive, not a mesh", path=path, remedy="Unpack it first")
    if not data.strip():
        raise BadInput("is empty", path=path, remedy=_AGAIN)
    try:
        with np.errstate(all="ignore"):
            vertices, faces = _READERS[ending](data, path, activity)
            activity.check()
            _check(vertices, faces)
    except BadInput as error:
        raise about(error, path) from error
    except MemoryError as error:
        raise BadInput("needs more memory than there is", path=path) from error
    except _HOSTILE as error:
        raise BadInput(
            f"is no sound {MESH_ENDINGS[ending]} file", path=path, remedy=_AGAIN
        ) from error
    return Mesh(vertices, faces, MESH_ENDINGS[ending])


# What JSON of any other shape than glTF's makes of the code that reads it.
_HOSTILE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def _check(vertices: NDArray[Any], faces: NDArray[Any]) -> None:
    problem = ""
    if not len(vertices) or not len(faces):
        problem = "has no faces"
    elif len(faces) > MOST_FACES:
        problem = f"has {len(faces):,} faces, more than {MOST_FACES:,}"
    elif faces.min() < 0 or faces.max() >= len(vertices):
        problem = "has faces of vertices that are not there"
    else:
        used = np.zeros(len(vertices), bool)
        used[faces] = True
        if not (np.isfinite(vertices.min()) and np.isfinite(vertices.max())):
            finite = np.isfinite(vertices).all(axis=1)
            if not finite[used].all():
                raise BadInput("has coordinates that are not finite", remedy=_AGAIN)
            vertices[~finite] = 0.0  # no face uses them
        corners = vertices if used.all() else vertices[used]
        if (corners.min(axis=0) == corners.max(axis=0)).all():
            problem = "is a single point"
    if problem:
        raise BadInput(problem, remedy=_AGAIN)


def _obj(data: bytes, path: Path, activity: Activity) -> tuple[Points, Indices]:
    from engine.media import mesh_text

    return mesh_text.read_lines(data, mesh_text.OBJ, MOST_FACES, activity)


def _ply(data: bytes, path: Path, activity: Activity) -> tuple[Points, Indices]:
    from engine.media.ply import read_ply

    return read_ply(data, MOST_FACES, activity)


def _stl(data: bytes, path: Path, activity: Activity) -> tuple[Points, Indices]:
    """Read a binary STL (80 bytes, a count, 50 bytes a triangle) or one of words."""
    count = int.from_bytes(data[80:84], "little")
    whole = len(data) >= 84 + 50 * count
    words = data[:5].lower() == b"solid" and b"facet" in data[:4096].lower()
    if words and len(data) != 84 + 50 * count:
        from engine.media import mesh_text

        return mesh_text.read_lines(data, mesh_text.STL, MOST_FACES, activity)
    if len(data) < 84 or not whole:
        raise BadInput(f"claims {count:,} triangles but is too short for them", remedy=_AGAIN)
    if count > MOST_FACES:
        raise BadInput(f"has {count:,} faces, more than {MOST_FACES:,}", remedy=_AGAIN)
    row = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    corners = np.frombuffer(data, row, count, 84)["corners"]
    faces = np.arange(3 * count, dtype=np.int32).reshape(-1, 3)
    return corners.reshape(-1, 3).astype(np.float64), faces


def _off(data: bytes, path: Path, activity: Activity) -> tuple[Points, Indices]:
    """Read an OFF: two counts, a vertex a line, a polygon a line; colours are passed over."""
    from engine.media import mesh_text

    gap = rb"(?:\s|#[^\n]*\n)"
    # The word may be missing, and of the three counts the last. Nothing is tried twice ("++").
    head = re.match(
        rb"%b*+(?:[A-Z]{0,3}OFF\b)?%b*+(\d{1,12})"
        rb"(?:[ \t]++(\d{1,12})|%b++(\d{1,12})%b++\d{1,12})" % (gap, gap, gap, gap),
        data[:65_536],
    )
    if not head:
        raise BadInput("has no OFF header", remedy=_AGAIN)
    vertices, faces = int(head[1]), int(head[2] or head[3])
    if max(vertices, faces) > len(data):
        raise BadInput("claims more vertices or faces than it has room for", remedy=_AGAIN)
    tables = [
        mesh_text.Table(vertices, [mesh_text.X, mesh_text.Y, mesh_text.Z]),
        mesh_text.Table(faces, [mesh_text.CORNERS]),
    ]
    body = data.find(b"\n", head.end()) + 1 or len(data)
    return mesh_text.read_tables(data, body, tables, MOST_FACES, activity)


def _glb(data: bytes, path: Path, activity: Activity) -> tuple[Points, Indices]:
    from engine.media.gltf import read_glb

    return read_glb(data, path, MOST_FACES, activity)


def _gltf(data: bytes, path: Path, activity: Activity) -> tuple[Points, Indices]:
    from engine.media.gltf import read_gltf

    return read_gltf(data, path, MOST_FACES, activity)


_Reader = Callable[[bytes, Path, Activity], tuple[Points, Indices]]
_READERS: dict[str, _Reader] = {
    ".obj": _obj,
    ".ply": _ply,
    ".stl": _stl,
    ".off": _off,
    ".glb": _glb,
    ".gltf": _gltf,
}
