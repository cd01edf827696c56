"""From worlds to one file: an archive whose members are stored as they are, replaced in one step.

Everything here may last, and is done off the window's thread. A checkpoint is encoded, hashed and
written one after the other, so that no two of them are in memory twice. A kill at any moment leaves
the old file or the new one, never half of one.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.session.manifest import (
    MANIFEST,
    MOST_BOOKMARKS,
    PICTURE,
    KeptBookmark,
    KeptWorld,
    Manifest,
    to_json,
)
from engine.core.activity import Activity
from engine.core.checkpoint import Captured
from engine.core.errors import UserError, about
from engine.core.files import atomic_write, check_writable
from engine.core.system import Scope

__all__ = ["PackedWorld", "Stored", "pack"]

_MARGIN = 16 * 2**20  # bytes that stay free


@dataclass(frozen=True)
class Stored:
    """A state that an older file of ours holds already, of a world that has not changed since."""

    path: Path
    member: str
    sha256: str
    nbytes: int
    scope: Scope = "world"


@dataclass(frozen=True, eq=False)
class PackedWorld:
    """One world as it is to be kept.

    Attributes
    ----------
    kept : KeptWorld
        Without the names of members, which `pack` chooses.
    state : Captured or Stored
    series : dict of str to ndarray
        "training/loss" and so on: float64 (2, n), x and y.
    bookmarks : tuple of (str, bytes)
        Titles and checkpoints.
    """

    kept: KeptWorld
    state: Captured | Stored
    series: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    bookmarks: tuple[tuple[str, bytes], ...] = ()

    @property
    def nbytes(self) -> int:
        """About how much room it takes."""
        more = sum(array.nbytes for array in self.series.values())
        return self.state.nbytes + more + sum(len(state) for _, state in self.bookmarks)


def pack(
    worlds: Sequence[PackedWorld],
    look: Manifest,
    path: Path,
    activity: Activity,
    picture: bytes = b"",
) -> Manifest:
    """Write a session.

    Parameters
    ----------
    worlds : sequence of PackedWorld
    look : Manifest
        How the window is arranged; worlds, members, date and version are filled in.
    path : Path
        The file, which is replaced only by a whole one.
    activity : Activity
        Is told how far it is, and may cancel it.
    picture : bytes
        A small PNG of the window, b"" for none.

    Returns
    -------
    Manifest
        As written.

    Raises
    ------
    UserError
        If the file cannot be written, for want of space above all.
    """
    goal = check_writable(path)
    need = sum(world.nbytes for world in worlds) + len(picture)
    free = shutil.disk_usage(goal.parent).free
    if need + _MARGIN > free:
        raise UserError(
            f"cannot be written: it needs {_mb(need + _MARGIN)}, and {_mb(free)} are free",
            path=path,
            remedy="Free some space or choose a folder on another disk",
        )
    kept: list[KeptWorld] = []
    members: dict[str, str] = {}
    with atomic_write(goal) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:

        def add(name: str, data: bytes) -> None:
            members[name] = hashlib.sha256(data).hexdigest()
            archive.writestr(name, data)

        for number, world in enumerate(worlds, start=1):
            activity.progress(number - 1, len(worlds), world.kept.title)
            checkpoint = f"worlds/{number}.safetensors"
            series = f"worlds/{number}.series.safetensors" if world.series else ""
            try:
                add(checkpoint, _state(world.state))
            except UserError as error:
                raise about(error, world.kept.title) from error
            if series:
                add(series, _encoded(world.series))
            marks = []
            for place, (title, state) in enumerate(world.bookmarks[:MOST_BOOKMARKS], start=1):
                member = f"worlds/{number}.bookmark-{place}.safetensors"
                add(member, state)
                marks.append(KeptBookmark(title, member))
            kept.append(
                replace(world.kept, checkpoint=checkpoint, series=series, bookmarks=tuple(marks))
            )
        if picture:
            add(PICTURE, picture)
        written = replace(
            look,
            worlds=tuple(kept),
            members=members,
            saved=datetime.now(UTC).isoformat(timespec="seconds"),
            program=importlib.metadata.version("primordia"),
        )
        archive.writestr(MANIFEST, to_json(written))
        activity.progress(len(worlds), len(worlds), "")
    return written


def _state(state: Captured | Stored) -> bytes:
    if isinstance(state, Captured):
        return state.encode()
    try:
        with zipfile.ZipFile(state.path) as archive:
            data = archive.read(state.member)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise UserError(f"the last state cannot be read again: {error}") from error
    if hashlib.sha256(data).hexdigest() != state.sha256:
        raise UserError("the last state was changed on the disk")
    return data


def _encoded(series: Mapping[str, NDArray[np.float64]]) -> bytes:
    from safetensors.numpy import save

    arrays: dict[str, Any] = {n: np.ascontiguousarray(a, np.float64) for n, a in series.items()}
    return bytes(save(arrays))


def _mb(size: int) -> str:
    return f"{size / 2**20:,.0f} MB"
