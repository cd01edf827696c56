"""Even triangles at a wanted number of vertices, by a child process that can be ended at once."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

import engine
from engine.core import child
from engine.core.activity import Activity, null_activity
from engine.core.errors import BadInput, UserError
from engine.meshes.pipes import RESULT, receive

__all__ = ["LEAST", "MOST", "remesh"]

LEAST, MOST = 100, 500_000

_MODULE = "engine.meshes.remesh_child"
_LOOK = 0.05  # seconds between two looks at the activity
_TOLD = 65_536  # bytes of its messages that are kept
_INSTALL = "Run packaging/run again, or: pip install gpytoolbox"

Points = NDArray[np.float64]
Indices = NDArray[np.int32]
_Said = str | tuple[Points, Indices] | None


def remesh(
    vertices: NDArray[Any],
    faces: NDArray[Any],
    count: int,
    *,
    features: bool = False,
    activity: Activity | None = None,
) -> tuple[Points, Indices]:
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
        When gpytoolbox is missing, memory ran out, or the child process failed or could not start.
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
    points, triangles = _run(
        np.ascontiguousarray(vertices, np.float64),
        np.ascontiguousarray(faces, np.int32),
        [str(count), "features" if features else "smooth", str(_memory(len(faces), count))],
        activity,
    )
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


def _run(
    vertices: Points, faces: Indices, arguments: list[str], activity: Activity
) -> tuple[Points, Indices]:
    """Run the child to its end, or end it; all goes through pipes, so that nothing stays behind."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    try:
        process = subprocess.Popen(
            child.command(_MODULE, str(len(vertices)), str(len(faces)), *arguments),
            stdin=subprocess.PIPE,  # the child ends when this closes
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=Path(engine.__path__[0]).parent,  # where the child finds our packages
            env={**os.environ, **one},
        )
    except OSError as error:
        raise UserError(
            f"remeshing could not be started ({error.strerror or error})",
            remedy="Close other programs and try again",
        ) from error
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    said: queue.SimpleQueue[_Said] = queue.SimpleQueue()
    told = bytearray()
    threads = [
        threading.Thread(target=_give, args=(process.stdin, (vertices, faces)), daemon=True),
        threading.Thread(target=_hear, args=(process.stdout, said), daemon=True),
        threading.Thread(target=_note, args=(process.stderr, told), daemon=True),
    ]
    for thread in threads:
        thread.start()
    result = None
    try:
        while (heard := _next_said(said, activity)) is not None:
            if isinstance(heard, tuple):
                result = heard
                continue
            done, total, note = heard.split(" ", 2)
            activity.progress(int(done), int(total), f"Remeshing: {note}")
        code = process.wait()
    finally:
        process.kill()
        process.wait()
        for thread in threads:
            thread.join()
        with suppress(OSError):  # what was left to be written
            process.stdin.close()
        process.stdout.close()
        process.stderr.close()
    if code != 0 or result is None:
        raise _failure(code, told.decode(errors="replace"))
    return result


def _give(pipe: IO[bytes], arrays: tuple[NDArray[Any], ...]) -> None:
    """Hand the mesh over; the pipe stays open, since the child lives as long as it."""
    with suppress(OSError):  # it ended before it had read all
        for array in arrays:
            pipe.write(array.data)
        pipe.flush()


def _hear(pipe: IO[bytes], said: queue.SimpleQueue[_Said]) -> None:
    """Pass on what the child says, a line a round and at last the mesh; None is the end."""
    try:
        for line in pipe:
            text = line.decode(errors="replace").rstrip()
            if text.startswith(RESULT):
                rows = [int(word) for word in text.removeprefix(RESULT).split()]
                points, triangles = np.empty((rows[0], 3)), np.empty((rows[1], 3), np.int32)
                if all(receive(pipe.readinto, array) for array in (points, triangles)):  # type: ignore[attr-defined]
                    said.put((points, triangles))
            else:
                said.put(text)
    finally:
        said.put(None)


def _note(pipe: IO[bytes], told: bytearray) -> None:
    """Keep the end of what the child wrote about its errors."""
    while part := pipe.read(4096):
        told += part
        del told[:-_TOLD]


def _next_said(said: queue.SimpleQueue[_Said], activity: Activity) -> _Said:
    while True:
        activity.check()
        try:
            return said.get(timeout=_LOOK)
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
