"""Remeshed surfaces that were made before, in the user's cache folder."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from engine.core.errors import UserError
from engine.core.files import write_atomically

__all__ = ["MeshStore", "cache_folder"]

METHOD = 2  # counts changes of `remesh` that change its results
_ENDING = ".safetensors"

logger = logging.getLogger(__name__)

Points = NDArray[np.float64]
Indices = NDArray[np.int32]


def cache_folder() -> Path:
    """Where remeshed surfaces are kept; ``PRIMORDIA_HOME`` moves it, as it moves all else."""
    home = os.environ.get("PRIMORDIA_HOME")
    folder = Path(home) / "cache" if home else platformdirs.user_cache_path("primordia", False)
    return folder / "meshes"


class MeshStore:
    """Meshes by the hash of what they were made from.

    A store that cannot be read or written is as good as an empty one: nothing here raises.

    Parameters
    ----------
    folder : Path
        Made when the first mesh is put in.
    limit : int
        Bytes of all files together; those that were not used for longest go first.
    """

    def __init__(self, folder: Path, limit: int = 512 * 2**20) -> None:
        self._folder = folder
        self._limit = limit

    def key(self, vertices: NDArray[Any], faces: NDArray[Any], count: int, features: bool) -> str:
        """Hash of a geometry, the arguments of `remesh`, and its version."""
        try:
            package = version("gpytoolbox")
        except PackageNotFoundError:
            package = ""
        head = f"{METHOD} {package} {sys.platform} {count} {features} {len(vertices)} {len(faces)}"
        digest = hashlib.sha256(head.encode())
        digest.update(np.ascontiguousarray(vertices, np.float64).data)
        digest.update(np.ascontiguousarray(faces, np.int32).data)
        return digest.hexdigest()

    def get(self, key: str) -> tuple[Points, Indices] | None:
        """The mesh that was put in, or None; a file that is broken is removed."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        path = self._path(key)
        try:
            arrays = load(path.read_bytes())
            vertices, faces = arrays["vertices"], arrays["faces"]
            if not _sound(vertices, faces):
                raise ValueError("its arrays are no mesh")
            os.utime(path)
        except FileNotFoundError:
            return None
        except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
            logger.warning("the remeshed surface %s in the cache is broken: %s", path.name, error)
            with suppress(OSError):
                path.unlink()
            return None
        return vertices, faces

    def put(self, key: str, vertices: Points, faces: Indices) -> None:
        """Keep a mesh, then remove the oldest ones beyond the limit."""
        from safetensors.numpy import save

        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path(key), save({"vertices": vertices, "faces": faces}))
            self._prune()
        except (OSError, UserError) as error:
            logger.warning("a remeshed surface could not be kept: %s", error)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_ENDING}"

    def _prune(self) -> None:
        files = []
        for path in self._folder.glob(f"*{_ENDING}"):
            with suppress(OSError):  # another Primordia may remove it meanwhile
                about = path.stat()
                files.append((about.st_mtime_ns, about.st_size, path))
        held = sum(size for _, size, _ in files)
        for _, size, path in sorted(files)[:-1]:  # the newest stays, whatever its size
            if held <= self._limit:
                return
            with suppress(OSError):
                path.unlink()
            held -= size


def _sound(vertices: NDArray[Any], faces: NDArray[Any]) -> bool:
    return bool(
        vertices.dtype == np.float64
        and faces.dtype == np.int32
        and vertices.ndim == faces.ndim == 2
        and vertices.shape[1] == faces.shape[1] == 3
        and len(faces)
        and np.isfinite(vertices).all()
        and faces.min() >= 0
        and faces.max() < len(vertices)
        and (np.ptp(vertices[faces[:, 0]], axis=0) > 0).any()
    )
