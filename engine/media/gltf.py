"""glTF 2.0: a scene of meshes in JSON, its numbers in the same file or beside it.

Only geometry is read: all triangles of the scene, each where its node puts it, as one mesh. Files
that it names are opened only if they are ordinary files in the folder of the scene or below it,
links resolved; nothing is ever fetched, and pictures are never looked at.
"""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from engine.core.activity import Activity
from engine.core.errors import BadInput
from engine.core.files import read_regular

__all__ = ["read_glb", "read_gltf"]

Points = NDArray[np.float64]
Indices = NDArray[np.int32]
Json = dict[str, Any]

_NUMBERS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC3": 3}
_COMPRESSED = ("KHR_draco_mesh_compression", "EXT_meshopt_compression")
_JSON_VALUES = 2**21  # numbers in data URIs do not count: they are one long word
_MOST_PARTS = 2**16  # parts of meshes, each as often as a node shows it
_MOST_UNWRITTEN = 2**20  # rows of all accessors that list only what is not 0
_NODES = 2**10  # between two looks at the activity
_TRIANGLES, _STRIP, _FAN = 4, 5, 6
_AGAIN = "Export it again from the program that made it"


def read_glb(data: bytes, path: Path, most: int, activity: Activity) -> tuple[Points, Indices]:
    """Read a binary glTF: a header, a chunk of JSON and perhaps one of numbers.

    Raises
    ------
    BadInput
        If it is none, lies about its sizes, is compressed, has more than `most` faces, or names
        files outside its folder.
    """
    if data[:4] != b"glTF" or _word(data, 8) > len(data):
        raise _bad("is cut off, or no binary glTF")
    length = _word(data, 12)
    if data[16:20] != b"JSON" or length > len(data) - 20:
        raise _bad("is cut off, or no binary glTF")
    at = 20 + length
    chunk = b""
    if len(data) >= at + 8 and data[at + 4 : at + 8] == b"BIN\0":
        if _word(data, at) > len(data) - at - 8:
            raise _bad("is cut off: its numbers are not all there")
        chunk = data[at + 8 : at + 8 + _word(data, at)]
    return _Scene(data[20:at], chunk, path).read(most, activity)


def read_gltf(data: bytes, path: Path, most: int, activity: Activity) -> tuple[Points, Indices]:
    """Read a glTF in JSON, its numbers in data URIs or in files beside it.

    Raises
    ------
    BadInput
        As `read_glb`.
    """
    return _Scene(data, b"", path).read(most, activity)


class _Scene:
    """A parsed scene; whatever its JSON has that it should not raises a `LookupError` or the like.

    `read_mesh` turns those into a sentence.
    """

    def __init__(self, text: bytes, chunk: bytes, path: Path) -> None:
        if sum(text.count(sign) for sign in (b",", b"[", b"{")) > _JSON_VALUES:
            raise _bad("has more JSON than is read")
        self._json: Json = json.loads(text)
        self._chunk = chunk
        self._path = path
        self._buffers: dict[int, bytes] = {}
        self._room = 2**29  # bytes of all buffers together
        self._unwritten = _MOST_UNWRITTEN
        required = self._json.get("extensionsRequired", [])
        for name in _COMPRESSED:
            if name in required:
                raise BadInput(
                    f"is compressed ({name}), which is not read",
                    remedy="Export it without compression",
                )

    def read(self, most: int, activity: Activity) -> tuple[Points, Indices]:
        placed = self._placed(activity)
        triangles = vertices = parts = 0
        sums: dict[int, tuple[int, int, int]] = {}
        for mesh, _ in placed:  # before anything is made: nodes may repeat a mesh at will
            if id(mesh) not in sums:
                activity.check()
                sums[id(mesh)] = self._sums(mesh)
            more = sums[id(mesh)]
            triangles, vertices, parts = triangles + more[0], vertices + more[1], parts + more[2]
            if triangles > most or vertices > 3 * most:
                raise _bad(f"has more than {most:,} faces or {3 * most:,} vertices")
            if parts > _MOST_PARTS:
                raise _bad(f"has more than {_MOST_PARTS:,} parts")
        points: list[Points] = [np.empty((0, 3))]
        faces: list[Indices] = [np.empty((0, 3), np.int32)]
        base = 0
        for done, (mesh, matrix) in enumerate(placed):
            if not sums[id(mesh)][2]:
                continue
            for primitive in self._primitives(mesh):
                activity.progress(done, len(placed), "Reading the mesh")
                found, corners = self._primitive(primitive)
                if len(corners) and (corners.min() < 0 or corners.max() >= len(found)):
                    raise _bad("has faces of vertices that are not there")
                if corners.size < len(found):  # shown many times, rows without use would be many
                    used, corners = np.unique(corners, return_inverse=True)
                    found, corners = found[used], corners.reshape(-1, 3)
                found = found @ matrix[:3, :3].T + matrix[:3, 3]
                if np.linalg.det(matrix[:3, :3]) < 0:
                    corners = corners[:, ::-1]
                points.append(found)
                faces.append((corners + base).astype(np.int32))
                base += len(found)
        return np.concatenate(points), np.concatenate(faces)

    def _sums(self, mesh: Json) -> tuple[int, int, int]:
        """Triangles, vertices and parts of a mesh, as far as its accessors say."""
        made = self._primitives(mesh)
        triangles = vertices = 0
        for primitive in made:
            corners = self._corners(primitive)
            strip = primitive.get("mode", _TRIANGLES) != _TRIANGLES
            triangles += max(corners - 2, 0) if strip else corners // 3
            vertices += self._count(primitive["attributes"]["POSITION"])
        return triangles, vertices, len(made)

    def _placed(self, activity: Activity) -> list[tuple[Json, Points]]:
        """All meshes of the scene, each with the matrix of where it is."""
        nodes = self._json.get("nodes", [])
        scenes = self._json.get("scenes", [])
        if scenes:
            roots = scenes[_index(self._json.get("scene", 0), scenes)].get("nodes", [])
        else:
            children = {child for node in nodes for child in node.get("children", [])}
            roots = [k for k in range(len(nodes)) if k not in children]
        if not nodes:
            return [(mesh, np.eye(4)) for mesh in self._json.get("meshes", [])]
        placed = []
        seen: set[int] = set()
        waiting = [(root, np.eye(4)) for root in reversed(roots)]
        while waiting:
            if len(seen) % _NODES == 0:
                activity.check()
            number, above = waiting.pop()
            node = nodes[_index(number, nodes)]
            if number in seen:  # a cycle, or copies of copies: glTF forbids both
                raise _bad("has a node in two places")
            seen.add(number)
            matrix = above @ _matrix(node)
            if "mesh" in node:
                meshes = self._json["meshes"]
                placed.append((meshes[_index(node["mesh"], meshes)], matrix))
            waiting += [(child, matrix) for child in reversed(node.get("children", []))]
        return placed

    def _primitives(self, mesh: Json) -> list[Json]:
        """The parts of a mesh that are made of triangles."""
        made = [p for p in mesh["primitives"] if p.get("mode", 4) in (_TRIANGLES, _STRIP, _FAN)]
        for primitive in made:
            if any(name in primitive.get("extensions", {}) for name in _COMPRESSED):
                raise BadInput(
                    "is compressed, which is not read", remedy="Export it without compression"
                )
        return [p for p in made if "POSITION" in p["attributes"]]

    def _count(self, number: Any) -> int:
        accessors = self._json["accessors"]
        count = accessors[_index(number, accessors)]["count"]
        if not isinstance(count, int) or count < 0:
            raise _bad("counts with what is no number")
        return count

    def _corners(self, primitive: Json) -> int:
        return self._count(primitive.get("indices", primitive["attributes"]["POSITION"]))

    def _primitive(self, primitive: Json) -> tuple[Points, NDArray[np.int64]]:
        points = self._numbers(primitive["attributes"]["POSITION"], "VEC3").astype(np.float64)
        if "indices" in primitive:
            corners = self._numbers(primitive["indices"], "SCALAR").reshape(-1).astype(np.int64)
        else:
            corners = np.arange(len(points))
        mode = primitive.get("mode", _TRIANGLES)
        if mode == _TRIANGLES:
            return points, corners[: len(corners) // 3 * 3].reshape(-1, 3)
        a, b, c = corners[:-2], corners[1:-1], corners[2:]
        if mode == _FAN:
            return points, np.stack([np.full_like(b, corners[0] if len(corners) else 0), b, c], 1)
        odd = np.arange(len(a)) % 2 == 1  # every second triangle of a strip runs the other way
        return points, np.stack([np.where(odd, b, a), np.where(odd, a, b), c], axis=1)

    def _numbers(self, number: int, shape: str) -> NDArray[Any]:
        """Read an accessor (count, width), scaled to -1..1 where it says that it is normalised."""
        accessor = self._json["accessors"][number]
        if accessor["type"] != shape:
            raise _bad(f"has a {accessor['type']} where a {shape} belongs"[:80])
        kind = np.dtype(_NUMBERS[accessor["componentType"]])
        count = self._count(number)
        if "bufferView" in accessor:
            values = self._view(accessor, count, kind, _WIDTHS[shape])
        elif "sparse" in accessor and count <= self._unwritten:
            self._unwritten -= count
            values = np.zeros((count, _WIDTHS[shape]), kind)
        else:
            raise _bad("claims numbers that are not there")
        if "sparse" in accessor:
            sparse = accessor["sparse"]
            some, where = sparse["count"], sparse["indices"]
            places = self._view(where, some, np.dtype(_NUMBERS[where["componentType"]]), 1)
            values = values.copy()
            values[places.reshape(-1).astype(np.int64)] = self._view(
                sparse["values"], some, kind, _WIDTHS[shape]
            )
        if accessor.get("normalized") and kind.kind in "iu":
            return np.asarray(values / np.iinfo(kind).max)
        return values

    def _view(self, accessor: Json, count: int, kind: np.dtype[Any], width: int) -> NDArray[Any]:
        """Look at a part of a buffer; numpy itself holds offset and strides against its size."""
        views = self._json["bufferViews"]
        view = views[_index(accessor["bufferView"], views)]
        if any(name in view.get("extensions", {}) for name in _COMPRESSED):
            raise BadInput(
                "is compressed, which is not read", remedy="Export it without compression"
            )
        data = self._buffer(view["buffer"])
        start, inner = view.get("byteOffset", 0), accessor.get("byteOffset", 0)
        stride = view.get("byteStride", kind.itemsize * width)
        if min(start, inner, count) < 0 or stride < kind.itemsize * width:
            raise _bad("claims numbers that it has no room for")
        needed = inner + (count - 1) * stride + kind.itemsize * width if count else 0
        if needed > view["byteLength"] or start + needed > len(data):
            raise _bad("claims numbers that it has no room for")
        return np.ndarray((count, width), kind, data, start + inner, (stride, kind.itemsize))

    def _buffer(self, number: Any) -> bytes:
        """The bytes of a buffer: the chunk of a GLB, a data URI, or a file within the folder."""
        buffers = self._json["buffers"]
        number = _index(number, buffers)
        if number not in self._buffers:
            uri = buffers[number].get("uri")
            if uri is None:
                found = self._chunk
            elif uri[:5].lower() == "data:":
                found = _embedded(uri)
            else:
                found = self._beside(uri)
            self._room -= len(found)
            if self._room < 0:
                raise _bad("has more numbers than are read")
            self._buffers[number] = found
        return self._buffers[number]

    def _beside(self, uri: str) -> bytes:
        """Read a file that the scene names; what is wrong with it is told of the scene."""
        try:
            return read_regular(_within(self._path, uri), limit=self._room)
        except BadInput as error:
            if error.path is None:
                raise
            problem = f"needs {uri[:80]!r}, which {error.problem}"
            raise BadInput(problem, path=self._path, remedy=error.remedy) from error


def _within(path: Path, uri: str) -> Path:
    """Find a file that a scene names; refuse what leads out of the scene's folder."""
    name = unquote(uri)
    folder = path.parent.resolve()
    parts = name.replace("\\", "/").split("/")
    outside = ":" in name or "\0" in name or name.startswith(("/", "\\", "~")) or ".." in parts
    if not outside:
        outside = not (folder / name).resolve().is_relative_to(folder)
    if outside:
        raise BadInput(
            f"names {name[:80]!r}, which is not in its folder: it was not opened",
            remedy="Put the file beside it, or export it as GLB",
        )
    return folder / name


def _embedded(uri: str) -> bytes:
    head, comma, body = uri.partition(",")
    if not comma or not head.endswith(";base64"):
        raise _bad("has numbers in a data URI that is not base64")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise _bad("has numbers in a data URI that is broken") from None


def _matrix(node: Json) -> Points:
    """Where a node puts its children: a matrix by columns, or scale, rotation and translation."""
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    x, y, z, w = (float(number) for number in node.get("rotation", (0, 0, 0, 1)))
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turn * np.array(node.get("scale", (1, 1, 1)), np.float64).reshape(3)
    matrix[:3, 3] = np.array(node.get("translation", (0, 0, 0)), np.float64).reshape(3)
    return matrix


def _index(number: Any, things: list[Any]) -> int:
    if not isinstance(number, int) or not 0 <= number < len(things):
        raise _bad("refers to a part that is not there")
    return number


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _bad(problem: str) -> BadInput:
    return BadInput(problem, remedy=_AGAIN)
