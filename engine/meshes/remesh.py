"""Even triangles at a wanted number of vertices, by a child process that can be ended at once."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

import engine
from engine.core.activity import Activity, null_activity
from engine.core.errors import BadInput, UserError

__all__ = ["LEAST", "MOST", "remesh"]

LEAST, MOST = 100, 500_000

_MODULE = "engine.meshes.remesh_child"
_LOOK = 0.05  # seconds between two looks at the activity
_INSTALL = "Run packaging/run again, or: pip install gpytoolbox"


def remesh(
    vertices: NDArray[Any],
    faces: NDArray[Any],
    count: int,
    *,
    features: bool = False,
    activity: Activity | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Cover a surface evenly with about `count` vertices that have about six neighbours each.

    Parameters
    ----------
    vertices, faces : ndarray
        (n, 3) and (m, 3); mended is better, but anything with finite numbers and an area will do:
        what is no oriented manifold is cut there.
    count : int
        Vertices wanted, from `LEAST` to `MOST`; every component gets its share by area.
    features : bool
        Whether edges at which the surface turns by more than 45 degrees stay where they are.
    activity : Activity, optional
        Told of every round; cancelling it ends the child process within a tenth of a second.

    Returns
    -------
    vertices, faces : ndarray
        float64 and int32; closed where the surface was, borders where they were.

    Raises
    ------
    BadInput
        For another count, or when the surface came out empty.
    UserError
        When gpytoolbox is missing, memory ran out or the child process failed.
    Cancelled
        When the user stopped it.
    """
    if not LEAST <= count <= MOST:
        raise BadInput(
            f"{count:,} vertices cannot be remeshed to",
            remedy=f"Choose a number from {LEAST:,} to {MOST:,}",
        )
    activity = null_activity() if activity is None else activity
    activity.progress(0, None, "Remeshing")
    from safetensors.numpy import load_file, save_file

    with tempfile.TemporaryDirectory(prefix="primordia-remesh-") as name:
        folder = Path(name)
        arrays = {
            "vertices": np.ascontiguousarray(vertices, np.float64),
            "faces": np.ascontiguousarray(faces, np.int32),
        }
        save_file(arrays, folder / "in.safetensors")
        _run(folder, count, features, _memory(len(faces), count), activity)
        result = load_file(folder / "out.safetensors")
    points, triangles = result["vertices"], result["faces"]
    if len(triangles) < 4 or not np.isfinite(points).all():
        raise BadInput(
            f"nothing is left of it at {count:,} vertices", remedy="Ask for more vertices"
        )
    return points, triangles


def _memory(faces: int, count: int) -> int:
    """Bytes of address space that the child may take: libraries, the input, and the result.

    Five million faces took 1.4 GB; a queue of all their edges would take three.
    """
    return 2 * 2**30 + 800 * faces + 8_000 * count


def _run(folder: Path, count: int, features: bool, memory: int, activity: Activity) -> None:
    """Run the child to its end, or end it."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    kept = "features" if features else "smooth"
    with (folder / "errors").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", _MODULE, str(folder), str(count), kept, str(memory)],
            stdin=subprocess.PIPE,  # the child ends when this closes
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=Path(engine.__path__[0]).parent,  # where the child finds our packages
            env={**os.environ, **one},
        )
    assert process.stdin is not None
    assert process.stdout is not None
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(process.stdout, lines), daemon=True)
    reader.start()
    try:
        while line := _next_line(lines, activity):
            done, total, note = line.decode().rstrip().split(" ", 2)
            activity.progress(int(done), int(total), f"Remeshing: {note}")
        code = process.wait()
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdin.close()
        process.stdout.close()
    if code != 0:
        raise _failure(code, (folder / "errors").read_text(errors="replace"))


def _read(pipe: IO[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    for line in pipe:
        lines.put(line)
    lines.put(b"")


def _next_line(lines: queue.SimpleQueue[bytes], activity: Activity) -> bytes:
    while True:
        activity.check()
        try:
            return lines.get(timeout=_LOOK)
        except queue.Empty:
            continue


def _failure(code: int, told: str) -> UserError:
    """Say why the child failed: by its exit code and the last line that it wrote."""
    last = next((line for line in reversed(told.splitlines()) if line.strip()), "")
    if "MemoryError" in last or "bad_alloc" in told:
        return UserError(
            "remeshing needs more memory than it may take",
            remedy="Ask for fewer vertices, or reduce the mesh in another program first",
        )
    if "ModuleNotFoundError" in last or "ImportError" in last:
        return UserError(f"remeshing needs gpytoolbox ({last})", remedy=_INSTALL)
    cause = f"it crashed with signal {-code}" if code < 0 else last or f"exit code {code}"
    return UserError(
        f"this mesh could not be remeshed ({cause})",
        remedy="Use it as it is, keep only its largest piece, or repair it in another program",
    )
