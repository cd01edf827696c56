"""Reading triangle meshes that nobody vouches for.

The counts that a file claims are compared with its size before anything is allocated; the parsing
is trimesh's, without touching other files; what comes out is checked before it is believed.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.files import read_regular

__all__ = ["MESH_ENDINGS", "Mesh", "read_mesh"]

MESH_ENDINGS: dict[str, str] = {
    ".obj": "Wavefront OBJ",
    ".ply": "PLY",
    ".stl": "STL",
    ".off": "OFF",
    ".glb": "binary glTF",
}
MOST_BYTES = 512 * 2**20
MOST_FACES = 20_000_000

_AGAIN = "Export it again from the program that made it"


@dataclass(frozen=True, eq=False)
class Mesh:
    """A checked triangle mesh.

    Attributes
    ----------
    vertices : ndarray
        float64 (n, 3), finite.
    faces : ndarray
        int64 (m, 3), every index below n.
    closed : bool
        Whether every edge belongs to two faces.
    format : str
        In words.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    closed: bool
    format: str


def read_mesh(path: Path) -> Mesh:
    """Read a mesh file.

    Raises
    ------
    BadInput
        If it is missing, an archive, no mesh, lies about its size, is empty, or has numbers that
        are not finite or faces of vertices that it does not have.
    """
    ending = path.suffix.lower()
    if ending not in MESH_ENDINGS:
        raise BadInput(
            "is not a mesh that is read", path=path, remedy=f"Use {', '.join(MESH_ENDINGS)}"
        )
    data = read_regular(path, limit=MOST_BYTES)
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06") or data[:2] == b"\x1f\x8b":
        raise BadInput("is an archive, not a mesh", path=path, remedy="Unpack it first")
    if not data.strip():
        raise BadInput("is empty", path=path, remedy=_AGAIN)
    try:
        _CHECKS.get(ending, _no_check)(data)
    except ValueError as error:
        raise BadInput(str(error), path=path, remedy=_AGAIN) from None
    vertices, faces, closed = _parse(data, ending, path)
    _check(vertices, faces, path)
    return Mesh(vertices, faces, closed, MESH_ENDINGS[ending])


def _parse(
    data: bytes, ending: str, path: Path
) -> tuple[NDArray[np.float64], NDArray[np.int64], bool]:
    import trimesh

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            loaded = trimesh.load(
                io.BytesIO(data),
                file_type=ending[1:],
                resolver=None,
                force="mesh",
                process=False,
                skip_materials=True,
            )
            vertices = np.array(loaded.vertices, np.float64)
            faces = np.array(loaded.faces, np.int64)
            closed = bool(len(faces)) and bool(loaded.is_watertight)
        except MemoryError as error:
            raise BadInput("needs more memory than there is", path=path) from error
        except Exception as error:
            # Parsers meet hostile bytes with any exception at all.
            raise BadInput(
                f"is no sound {MESH_ENDINGS[ending]} file", path=path, remedy=_AGAIN
            ) from error
    return vertices, faces, closed


def _check(vertices: NDArray[Any], faces: NDArray[Any], path: Path) -> None:
    problem = ""
    if vertices.ndim != 2 or not len(vertices) or faces.ndim != 2 or not len(faces):
        problem = "has no faces"
    elif len(faces) > MOST_FACES:
        problem = f"has {len(faces):,} faces, more than {MOST_FACES:,}"
    elif faces.min() < 0 or faces.max() >= len(vertices):
        problem = "has faces of vertices that are not there"
    elif not np.isfinite(vertices).all():
        problem = "has coordinates that are not finite"
    elif not np.ptp(vertices[np.unique(faces)], axis=0).any():
        problem = "is a single point"
    if problem:
        raise BadInput(problem, path=path, remedy=_AGAIN)


def _no_check(data: bytes) -> None:
    """Formats that claim nothing beforehand."""


def _check_stl(data: bytes) -> None:
    """Hold the number of triangles in a binary STL against its size."""
    if data[:5] == b"solid" and b"facet" in data[:4096]:
        return
    count = int.from_bytes(data[80:84], "little")
    if len(data) < 84 or len(data) < 84 + 50 * count:
        raise ValueError(f"claims {count:,} triangles but is too short for them")


def _check_ply(data: bytes) -> None:
    """Hold the numbers of elements in a PLY's header against its size: a byte each at least."""
    header, sign, body = data.partition(b"end_header")
    if not sign or len(header) > 100_000:
        raise ValueError("has no PLY header")
    for name, count in re.findall(rb"element\s+(\w+)\s+(\d+)", header):
        if int(count) > len(body):
            raise ValueError(f"claims {int(count):,} {name.decode()}s but is too short for them")


def _check_off(data: bytes) -> None:
    """Hold the counts of an OFF file against its size: two bytes a vertex at least."""
    numbers = re.match(rb"\s*\w*OFF\w*\s*(?:#[^\n]*\n\s*)*(\d+)\s+(\d+)", data)
    if not numbers:
        raise ValueError("has no OFF header")
    if max(int(numbers[1]), int(numbers[2])) > len(data):
        raise ValueError("claims more vertices or faces than it has room for")


def _check_glb(data: bytes) -> None:
    """Hold the lengths in a GLB's header against its size."""
    if data[:4] != b"glTF" or int.from_bytes(data[8:12], "little") > len(data):
        raise ValueError("is cut off, or no binary glTF")
    counts = re.findall(rb'"count"\s*:\s*(\d+)', data[20 : 20 + 2**24])
    if any(int(count) > len(data) for count in counts):
        raise ValueError("claims more elements than it has room for")


_CHECKS: dict[str, Callable[[bytes], None]] = {
    ".stl": _check_stl,
    ".ply": _check_ply,
    ".off": _check_off,
    ".glb": _check_glb,
}
