"""Saved worlds: one safetensors file in three scopes, checked before anything is believed.

*model* holds what is shipped (weights, parameters, thumbnail), *world* adds the live state and its
generator, *training* adds optimiser, pool and the training generator. Restore, then step or train,
gives the same bits as never having stopped. Nothing is ever unpickled.

The file is that of https://huggingface.co/docs/safetensors (`engine.core.tensor_file`). Our tensors
are named ``model/...``, ``world/...``, ``training/...``, ``clock/...``, ``random/...`` as in
`System.state` (``model/past/...`` is what a model remembers of its training, and no weights);
``meta/thumbnail`` and ``meta/target`` are pictures (a target may be a material of ten channels),
and ``meta/mesh`` holds the bytes of the mesh that a world of scope *world* or *training* lives on,
where it is the user's. All else is one JSON text under the metadata key ``primordia``.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from engine.core import files
from engine.core.checkpoint_pictures import (
    mesh_asset,
    pack_target,
    picture,
    target_asset,
    thumbnail,
)
from engine.core.errors import BadInput
from engine.core.spec import Asset, Spec
from engine.core.system import Arrays, Scope, System
from engine.core.tensor_file import LIMIT, split, tensors

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
    "scope_of",
    "spec_of",
]

SCHEMA = 1
"""Version of the layout; files of older ones are brought up to date by `MIGRATIONS`."""

MIGRATIONS: dict[int, Callable[[dict[str, Any], Arrays], tuple[dict[str, Any], Arrays]]] = {}
"""Schema number to the function that turns it into the next one."""

PAST = "model/past/"
"""Lead of the names of what a model remembers of its training."""

_KEY = "primordia"
_GLANCE = 2**20  # bytes of a header that are read while a file is dragged
_THUMBNAIL = 128  # texels
_MODEL_THUMBNAIL = 64  # shipped models have to be small
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
    small = thumbnail(system, _MODEL_THUMBNAIL if scope == "model" else _THUMBNAIL)
    if small is not None:
        arrays["meta/thumbnail"] = small
    target = system.spec.target
    if target is not None and isinstance(target.data, np.ndarray):
        arrays["meta/target"] = pack_target(target.data)
        meta["target"] = target.name
    mesh = system.spec.mesh
    if scope != "model" and mesh is not None and isinstance(mesh.data, bytes):
        arrays["meta/mesh"] = np.frombuffer(mesh.data, np.uint8)
        meta["mesh"] = mesh.name
    return Captured(system.info.slug, scope, step, system.seed, arrays, meta, small)


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
    return parse(files.read_regular(path, limit=LIMIT), str(path))


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
    header, body = split(data, name)
    table = header.pop("__metadata__", None)
    text = table.get(_KEY) if isinstance(table, dict) else None
    if not isinstance(text, str):
        raise BadInput(
            "is a safetensors file but not one of Primordia",
            remedy="Import published weights with the system they belong to",
        )
    meta = _metadata(text)
    meta, arrays = _migrate(meta, tensors(header, body))
    _check_metadata(meta)
    for key, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise BadInput(
                f"{key!r} holds numbers that are not finite", remedy="Use an earlier checkpoint"
            )
    shown = picture(arrays.pop("meta/thumbnail", None), "thumbnail", (3, 4))
    target = target_asset(arrays.pop("meta/target", None), str(meta.get("target", "target")))
    mesh = mesh_asset(arrays.pop("meta/mesh", None), str(meta.get("mesh", "mesh")))
    return Loaded(
        slug=meta["slug"],
        scope=meta["scope"],
        params=meta["params"],
        seed=meta["seed"],
        step=meta["step"],
        arrays=arrays,
        meta=meta,
        thumbnail=shown,
        target=target,
        mesh=mesh,
    )


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
