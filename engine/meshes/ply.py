"""Write views as binary PLY with normals and colours on the vertices, one or a numbered row.

A row of PLY files is the vertex colour sequence that other programs open: ParaView reads a numbered
row as time, Blender and MeshLab import the files one by one; there is no animated vertex colour in
glTF, and an archive of arrays opens nowhere but in Python.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from pathlib import Path

import numpy as np

from engine.core.errors import BadInput
from engine.core.files import describe_os_error, replace_atomically, write_atomically
from engine.core.views import MeshView
from engine.meshes.dressing import Body, relief

__all__ = ["ColourSequence", "encode_ply", "write_ply"]

_VERTEX = np.dtype(
    [(name, "<f4") for name in ("x", "y", "z", "nx", "ny", "nz")]
    + [(name, "u1") for name in ("red", "green", "blue")]
)
_FACE = np.dtype([("count", "u1"), ("corners", "<i4", 3)])
_KINDS = {"<f4": "float", "|u1": "uchar"}


def encode_ply(view: MeshView) -> bytes:
    """Return a view as the bytes of a PLY file; its relief is in the positions."""
    return _head(view) + _vertices(view) + _faces(view)


def write_ply(path: Path | str, view: MeshView) -> None:
    """Write a PLY file whole or not at all."""
    write_atomically(path, encode_ply(view))


class ColourSequence:
    """Writes a folder of frame_00001.ply and so on, which appears when it is complete.

    Parameters
    ----------
    folder : Path or str
        Must not exist yet; the folder above it must.

    Raises
    ------
    UserError
        If it exists, or the system refuses.
    """

    def __init__(self, folder: Path | str) -> None:
        self._goal = Path(folder)
        if self._goal.exists():
            raise BadInput("exists already", path=self._goal, remedy="Choose another name")
        self._part = self._goal.parent / f".primordia-{secrets.token_hex(6)}.part.tmp"
        self._topology = ""
        self._tail = b""
        self.frames = 0
        try:
            self._part.mkdir()
        except OSError as error:
            raise describe_os_error(error, self._goal, writing=True) from error

    def add(self, view: MeshView) -> None:
        """Write the next frame; what fails leaves no folder behind."""
        if view.topology != self._topology:
            self._topology, self._tail = view.topology, _faces(view)
        path = self._part / f"frame_{self.frames + 1:05}.ply"
        try:
            path.write_bytes(_head(view) + _vertices(view) + self._tail)
        except OSError as error:
            self.cancel()
            raise describe_os_error(error, self._goal, writing=True) from error
        self.frames += 1

    def close(self) -> Path:
        """Give the folder its name, and return it."""
        try:
            if self._goal.exists():  # a folder without anything would be replaced
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            for frame in sorted(self._part.iterdir()):
                with frame.open("rb+") as file:
                    os.fsync(file.fileno())
            replace_atomically(self._part, self._goal)
            return self._goal
        except FileExistsError as error:
            self.cancel()
            raise BadInput(
                "was made by someone else meanwhile", path=self._goal, remedy="Choose another name"
            ) from error
        except OSError as error:
            self.cancel()
            raise describe_os_error(error, self._goal, writing=True) from error

    def cancel(self) -> None:
        """Remove what was written."""
        shutil.rmtree(self._part, ignore_errors=True)


def _head(view: MeshView) -> bytes:
    lines = ["ply", "format binary_little_endian 1.0", "comment made with Primordia"]
    lines.append(f"element vertex {len(view.vertices)}")
    for name in _VERTEX.names or ():
        lines.append(f"property {_KINDS[_VERTEX[name].str]} {name}")
    lines += [f"element face {len(view.faces)}", "property list uchar int vertex_indices"]
    return "\n".join([*lines, "end_header", ""]).encode("ascii")


def _vertices(view: MeshView) -> bytes:
    body = Body(view.vertices, view.normals, view.faces)
    places = relief(body, view)
    rows = np.empty(len(view.vertices), _VERTEX)
    for k, (place, normal, colour) in enumerate(
        zip(("x", "y", "z"), ("nx", "ny", "nz"), ("red", "green", "blue"), strict=True)
    ):
        rows[place], rows[normal], rows[colour] = (
            places[:, k],
            view.normals[:, k],
            view.colours[:, k],
        )
    return rows.tobytes()


def _faces(view: MeshView) -> bytes:
    rows = np.empty(len(view.faces), _FACE)
    rows["count"] = 3
    rows["corners"] = view.faces
    return rows.tobytes()
