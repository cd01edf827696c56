"""Saved worlds: one safetensors file in three scopes, checked before anything is believed.

*model* holds what is shipped (weights, parameters, thumbnail), *world* adds the live state and its
generator, *training* adds optimiser, pool and the training generator. Restore, then step or train,
gives the same bits as never having stopped. Nothing is ever unpickled.

The file is that of https://huggingface.co/docs/safetensors: eight bytes of header length, a JSON
header, the numbers. Our tensors are named ``model/...``, ``world/...``, ``training/...``,
``clock/...``, ``random/...`` as in `System.state` (``model/past/...`` is what a model remembers of
its training, and no weights); ``meta/thumbnail`` and ``meta/target`` are
pictures (a target may be a material of ten channels), and ``meta/mesh`` holds the bytes of the mesh
that a world of scope *world* or *training* lives on, where it is the user's. All else is one JSON
text under the metadata key ``primordia``.
"""

from __future__ import annotations

import importlib.metadata
import json
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from engine.core import files
from engine.core.colour import colourise
from engine.core.errors import BadInput
from engine.core.figures import HeadsView
from engine.core.pickles import conversion
from engine.core.spec import Asset, Spec
from engine.core.system import Arrays, Scope, System
from engine.core.tiles import tiled
from engine.core.views import Eye, ImageView, ViewRequest

__all__ = [
    "PAST",
    "SCHEMA",
    "Captured",
    "Loaded",
    "capture",
    "check_scope",
    "dump",
    "parse",
    "read",
    "save",
    "spec_of",
]

SCHEMA = 1
"""Version of the layout; files of older ones are brought up to date by `MIGRATIONS`."""

MIGRATIONS: dict[int, Callable[[dict[str, Any], Arrays], tuple[dict[str, Any], Arrays]]] = {}
"""Schema number to the function that turns it into the next one."""

PAST = "model/past/"
"""Lead of the names of what a model remembers of its training."""

_KEY = "primordia"
_LIMIT = 2 * 2**30  # bytes of a file
_GLANCE = 2**20  # bytes of a header that are read while a file is dragged
_HEADER_LIMIT = 100 * 2**20  # bytes, that of safetensors itself
_DIMENSIONS = 8  # of a tensor
_THUMBNAIL = 128  # texels
_MODEL_THUMBNAIL = 64  # shipped models have to be small
_TARGET = 1024  # texels up to which a target picture is kept
_MATERIAL = 10  # channels of a material: RGBA, normal, height, roughness, occlusion
_DTYPES = {
    "BOOL": np.bool_,
    "U8": np.uint8,
    "I8": np.int8,
    "U16": np.uint16,
    "I16": np.int16,
    "F16": np.float16,
    "U32": np.uint32,
    "I32": np.int32,
    "F32": np.float32,
    "U64": np.uint64,
    "I64": np.int64,
    "F64": np.float64,
}
_AGAIN = "Save it again from the program or use another copy"


@dataclass(frozen=True, eq=False)
class Loaded:
    """A checkpoint that was read and checked, but not yet compared with any world.

    Attributes
    ----------
    slug : str
        Name of its system.
    scope : "model", "world" or "training"
    params : dict
        As stored; read them with `load_stored`.
    seed, step : int
    arrays : dict of ndarray
        The state, named as in `System.state`.
    meta : dict
        The whole metadata.
    thumbnail : ndarray, optional
        uint8 (h, w, 3 or 4), straight alpha.
    target : Asset, optional
        The picture or material that it learnt.
    mesh : Asset, optional
        Where it lives: the bytes as they were packed, of which nothing is believed yet.
    """

    slug: str
    scope: Scope
    params: dict[str, Any]
    seed: int
    step: int
    arrays: Arrays
    meta: dict[str, Any]
    thumbnail: NDArray[np.uint8] | None = None
    target: Asset | None = None
    mesh: Asset | None = None


@dataclass(frozen=True, eq=False)
class Captured:
    """The state of a world, copied and no longer tied to it: any thread may `encode` it.

    Attributes
    ----------
    slug : str
    scope : "model", "world" or "training"
    step, seed : int
    arrays : dict of ndarray
        Named as in `System.state`, with the pictures of ``meta/``.
    meta : dict
        The whole metadata.
    thumbnail : ndarray, optional
        uint8 (h, w, 3 or 4), straight alpha.
    """

    slug: str
    scope: Scope
    step: int
    seed: int
    arrays: Arrays
    meta: dict[str, Any]
    thumbnail: NDArray[np.uint8] | None = None

    @property
    def nbytes(self) -> int:
        """About how many bytes `encode` gives."""
        return sum(array.nbytes for array in self.arrays.values())

    def encode(self) -> bytes:
        """Return the bytes of a checkpoint."""
        from safetensors.numpy import save as encode

        # safetensors sorts the tensors by type and name: the order of the dictionary is no matter.
        text = json.dumps(self.meta, sort_keys=True, allow_nan=False)
        arrays = {name: np.ascontiguousarray(array) for name, array in self.arrays.items()}
        return bytes(encode(arrays, {_KEY: text}))


def capture(system: System, scope: Scope) -> Captured:
    """Copy the state of a system, in its own thread; what takes long is left to `Captured.encode`.

    A target picture over 1024 texels a side is reduced, so that training from it goes on only
    nearly as it would have.
    """
    arrays = system.state(scope)
    step = system.step_count if scope != "model" else 0
    meta: dict[str, Any] = {
        "schema": SCHEMA,
        "scope": scope,
        "slug": system.info.slug,
        "params": system.params.model_dump(mode="json"),
        "step": step,
        "seed": system.seed,
        "versions": _versions(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    picture = thumbnail(system, _MODEL_THUMBNAIL if scope == "model" else _THUMBNAIL)
    if picture is not None:
        arrays["meta/thumbnail"] = picture
    target = system.spec.target
    if target is not None and isinstance(target.data, np.ndarray):
        arrays["meta/target"] = _without_alpha(_reduced(target.data, _TARGET))
        meta["target"] = target.name
    mesh = system.spec.mesh
    if scope != "model" and mesh is not None and isinstance(mesh.data, bytes):
        arrays["meta/mesh"] = np.frombuffer(mesh.data, np.uint8)
        meta["mesh"] = mesh.name
    return Captured(system.info.slug, scope, step, system.seed, arrays, meta, picture)


def dump(system: System, scope: Scope) -> bytes:
    """Write the state of a system into the bytes of a checkpoint.

    Equal states give equal bytes, but for the date; see `capture` for what is kept.
    """
    return capture(system, scope).encode()


def save(system: System, path: Path, scope: Scope) -> None:
    """Write a checkpoint; the file is whole or as it was.

    Raises
    ------
    UserError
        If the file cannot be written, or there is nothing to save in that scope.
    """
    goal = files.check_writable(path)
    check_scope(system, path, scope)
    files.write_atomically(goal, dump(system, scope))


def check_scope(system: System, path: Path, scope: Scope) -> None:
    """Refuse, by `BadInput`, to save the weights of a system that has none."""
    if scope == "model" and not system.get_arrays("model"):
        raise BadInput(
            f"{system.info.title} has no weights, so there is no model to save",
            path=path,
            remedy="Save the world instead (scope world)",
        )


def read(path: Path) -> Loaded:
    """Read a checkpoint file.

    Raises
    ------
    BadInput
        If it is not there, may not be read or is not a sound checkpoint.
    """
    return parse(files.read_regular(path, limit=_LIMIT), str(path))


def parse(data: bytes, name: str) -> Loaded:
    """Read the bytes of a checkpoint; `name` leads the messages.

    Raises
    ------
    BadInput
        If anything is wrong with them.
    """
    try:
        return _parse(data, name)
    except BadInput as error:
        if error.path is not None:
            raise
        raise BadInput(error.problem, path=name, remedy=error.remedy or _AGAIN) from None


def scope_of(path: Path) -> str:
    """Read in a file's header which scope it claims; "" where that cannot be found out quickly."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > _GLANCE:
                return ""
            header = json.loads(file.read(length))
        return str(json.loads(header["__metadata__"][_KEY])["scope"])
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return ""


def spec_of(loaded: Loaded, name: str, data: bytes) -> Spec:
    """Make the spec that builds the world of a checkpoint; its state is then restored by `Load`.

    Parameters
    ----------
    loaded : Loaded
        What `parse` made of `data`.
    name : str
        The file's name, for titles.
    data : bytes
        The checkpoint itself, which brings the weights.
    """
    return Spec(
        slug=loaded.slug,
        params=dict(loaded.params),
        seed=loaded.seed,
        model=Asset(name, data),
        target=loaded.target,
        mesh=loaded.mesh,
    )


def _parse(data: bytes, name: str) -> Loaded:
    header, body = _header(data, name)
    table = header.pop("__metadata__", None)
    text = table.get(_KEY) if isinstance(table, dict) else None
    if not isinstance(text, str):
        raise BadInput(
            "is a safetensors file but not one of Primordia",
            remedy="Import published weights with the system they belong to",
        )
    meta = _metadata(text)
    _check_tensors(header, len(body))
    arrays = {key: _tensor(entry, body) for key, entry in header.items()}
    meta, arrays = _migrate(meta, arrays)
    _check_metadata(meta)
    for key, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise BadInput(
                f"{key!r} holds numbers that are not finite", remedy="Use an earlier checkpoint"
            )
    thumbnail = _picture(arrays.pop("meta/thumbnail", None), "thumbnail", (3, 4))
    picture = _picture(arrays.pop("meta/target", None), "target", (3, 4, _MATERIAL))
    target = None
    if picture is not None:
        target = Asset(str(meta.get("target", "target")), _with_alpha(picture))
    mesh = _mesh(arrays.pop("meta/mesh", None), str(meta.get("mesh", "mesh")))
    return Loaded(
        slug=meta["slug"],
        scope=meta["scope"],
        params=meta["params"],
        seed=meta["seed"],
        step=meta["step"],
        arrays=arrays,
        meta=meta,
        thumbnail=thumbnail,
        target=target,
        mesh=mesh,
    )


def _header(data: bytes, name: str) -> tuple[dict[str, Any], memoryview]:
    """Split a file into its JSON header and the numbers, believing nothing."""
    if not data:
        raise BadInput("is empty")
    if len(data) > _LIMIT:
        raise BadInput(f"is larger than {_LIMIT // 2**20} MB", remedy="Use a smaller one")
    pickled = (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
    if data[:2] in pickled and data[8:9] != b"{":  # else it is a length: of 640 bytes, say
        kind = "a zip archive, perhaps of pickles" if data[:2] == b"PK" else "a pickle"
        raise BadInput(
            f"is {kind}, which could run any program when it is opened, and not a checkpoint",
            remedy=conversion(name),
        )
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or data[8:9] != b"{":
        raise BadInput("is not a checkpoint of Primordia", remedy="Choose a .safetensors file")
    if 8 + length > len(data):
        raise BadInput("is damaged: its header promises more than the file holds")
    if length > _HEADER_LIMIT:
        raise BadInput("is not a checkpoint of Primordia: its header is too long")
    try:
        header = json.loads(data[8 : 8 + length].decode(), object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise BadInput("has a broken header") from None
    if not isinstance(header, dict):
        raise BadInput("has a broken header")
    return header, memoryview(data)[8 + length :]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _check_tensors(header: dict[str, Any], size: int) -> None:
    """Compare every description with the bytes that are there, before anything is allocated."""
    extents = sorted(_extent(key, entry, size) for key, entry in header.items())
    place = 0
    for start, end in extents:
        if start != place:
            raise BadInput("has tensors that overlap or leave gaps")
        place = end
    if place != size:
        raise BadInput("has bytes that belong to nothing")


def _extent(key: str, entry: Any, size: int) -> tuple[int, int]:
    try:
        dtype, shape, (start, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
        numbers = [*shape, start, end]
    except (TypeError, KeyError, ValueError):
        numbers = []
    sound = bool(numbers) and all(type(n) is int and 0 <= n <= _LIMIT for n in numbers)
    # An empty tensor may claim sides whose product numpy cannot address.
    if not sound or math.prod(max(n, 1) for n in shape) > _LIMIT:
        raise BadInput(f"describes {key!r} wrongly")
    if not isinstance(dtype, str) or dtype not in _DTYPES or len(shape) > _DIMENSIONS:
        raise BadInput(f"holds {key!r} as {dtype!r}, a type that worlds do not use")
    needed = math.prod(shape) * np.dtype(_DTYPES[dtype]).itemsize
    if not start <= end <= size or end - start != needed:
        raise BadInput(f"is cut off or lies about the size of {key!r}")
    return start, end


def _tensor(entry: dict[str, Any], body: memoryview) -> NDArray[Any]:
    """Copy one tensor out of the file, in this machine's byte order."""
    start, end = entry["data_offsets"]
    kind = np.dtype(_DTYPES[entry["dtype"]])
    flat = np.frombuffer(body[start:end], kind.newbyteorder("<"))
    return flat.reshape(entry["shape"]).astype(kind)


def _metadata(text: str) -> dict[str, Any]:
    try:
        meta = json.loads(text)
    except (ValueError, RecursionError):
        raise BadInput("has broken metadata") from None
    if not isinstance(meta, dict) or type(meta.get("schema")) is not int:
        raise BadInput("has broken metadata: it names no schema number")
    return meta


def _migrate(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    if meta["schema"] > SCHEMA:
        raise BadInput(
            f"was made by a newer Primordia (schema {meta['schema']}, this program reads {SCHEMA})",
            remedy="Update the program",
        )
    while meta["schema"] < SCHEMA:
        step = MIGRATIONS.get(meta["schema"])
        if step is None:
            raise BadInput(f"has the schema number {meta['schema']}, which never existed")
        meta, arrays = step(meta, arrays)
    return meta, arrays


def _check_metadata(meta: dict[str, Any]) -> None:
    if meta.get("scope") not in get_args(Scope):
        raise BadInput(f"has the scope {meta.get('scope')!r}, which does not exist")
    if not isinstance(meta.get("slug"), str) or not meta["slug"]:
        raise BadInput("names no system")
    params = meta.get("params")
    if not isinstance(params, dict):
        raise BadInput("has parameters that are not a table")
    for name in ("seed", "step"):
        if type(meta.get(name)) is not int or not 0 <= meta[name] < 2**63:
            raise BadInput(f"has the {name} {meta.get(name)!r}, which is not a number in range")
    for name in ("target", "mesh"):
        if not isinstance(meta.get(name, ""), str):
            raise BadInput(f"has a {name} without a name")


def _picture(
    array: NDArray[Any] | None, name: str, depths: tuple[int, ...]
) -> NDArray[np.uint8] | None:
    if array is None:
        return None
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] not in depths or not array.size:
        raise BadInput(f"has a {name} that is not a picture: {array.dtype} {array.shape}")
    return array


def _mesh(array: NDArray[Any] | None, name: str) -> Asset | None:
    """Take the bytes of a mesh; who makes a world of it reads them as anybody's."""
    if array is None:
        return None
    if array.dtype != np.uint8 or array.ndim != 1 or not array.size:
        raise BadInput(f"has a mesh that is not the bytes of one: {array.dtype} {array.shape}")
    return Asset(name, array.tobytes())


def _versions() -> dict[str, str]:
    """Name the versions that decide about bits; torch only if it is in use."""
    names = ["primordia", "numpy"] + (["torch"] if "torch" in sys.modules else [])
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "unknown"
    return found


def thumbnail(system: System, side: int) -> NDArray[np.uint8] | None:
    """Draw the main view, small; None where it is not a picture."""
    offers = system.view_offers()
    if offers and offers[0].kind == "heads":
        heads = system.views({offers[0].name: ViewRequest(max_size=side)}).get(offers[0].name)
        return colourise(tiled(heads, side)) if isinstance(heads, HeadsView) else None
    if not offers or offers[0].kind not in ("image", "tapes", "mesh"):
        return None
    name, solid = offers[0].name, offers[0].kind == "mesh"
    request = ViewRequest(max_size=side, eye=Eye() if solid else None)
    view = system.views({name: request}).get(name)
    return _reduced(colourise(view), side) if isinstance(view, ImageView) else None


def _reduced(picture: NDArray[Any], side: int) -> NDArray[np.uint8]:
    """Keep every k-th texel so that no side exceeds `side`."""
    block = math.ceil(max(picture.shape[:2]) / side)
    return np.ascontiguousarray(picture[::block, ::block], np.uint8)


def _without_alpha(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Drop an alpha that is opaque everywhere: a quarter of the bytes."""
    opaque = picture.shape[2] == 4 and bool((picture[..., 3] == 255).all())
    return np.ascontiguousarray(picture[..., :3]) if opaque else picture


def _with_alpha(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if picture.shape[2] != 3:
        return picture
    return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
