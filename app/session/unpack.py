"""From one file to what can be opened: every member is read and checked before anything is opened.

An archive of ours stores its members uncompressed under names that we know; any other is refused,
so nothing can unpack to more than the file itself holds or land in a place of its choice. Nothing
is unpickled, nothing is written.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.session.manifest import (
    MANIFEST,
    MOST_BOOKMARKS,
    MOST_WORLDS,
    PICTURE,
    KeptWorld,
    Manifest,
    from_json,
)
from engine.core import checkpoint, registry
from engine.core.activity import Activity
from engine.core.errors import BadInput, UserError, about
from engine.core.files import describe_os_error
from engine.core.spec import Asset, Spec

__all__ = ["OpenedWorld", "Session", "peek", "picture_of", "unpack"]

_MEMBER = 2 * 2**30  # bytes
_CONTENTS = 64 * 2**20  # bytes of the table of contents
_NAMES = re.compile(
    r"session\.json|picture\.png"
    r"|worlds/[1-9][0-9]{0,2}(\.series|\.bookmark-[1-9][0-9]?)?\.safetensors"
)
_MOST_NAMES = 2 + MOST_WORLDS * (2 + MOST_BOOKMARKS)
_ANOTHER = "Open an older copy, or one that was saved by itself"
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    ValueError,
    RuntimeError,  # encrypted; NotImplementedError is one, too
    IndexError,
)


@dataclass(frozen=True, eq=False)
class OpenedWorld:
    """A world to be opened: what to build, what to load into it, and how it was seen.

    `bookmarks` are titles and states. It `waits` where it is of a plugin that did not run yet.
    """

    kept: KeptWorld
    spec: Spec
    state: Asset
    series: Mapping[str, NDArray[np.float64]]
    bookmarks: tuple[tuple[str, Asset], ...] = ()
    waits: bool = False


@dataclass(frozen=True, eq=False)
class Session:
    """A session that was read and checked; nothing of it is open yet."""

    path: Path
    manifest: Manifest
    worlds: tuple[OpenedWorld, ...]
    notes: tuple[str, ...] = ()


def unpack(path: Path, activity: Activity) -> Session:
    """Read a session.

    Raises
    ------
    BadInput
        If the file or any of its members is not sound; the member is named. Nothing was opened.
    """
    with _Archive(path) as archive:
        manifest = archive.manifest()
        opened: list[OpenedWorld] = []
        notes: list[str] = []
        for place, kept in enumerate(manifest.worlds):
            activity.progress(place, len(manifest.worlds), kept.title)
            try:
                opened.append(_open(archive, manifest, kept))
            except UserError as error:
                what = kept.title or f"world {place + 1}"
                raise BadInput(
                    f"cannot be opened: {what}: {error.problem}",
                    path=path,
                    remedy=error.remedy or _ANOTHER,
                ) from error
            missing = [file for file in kept.files if not Path(file).is_file()]
            notes += [f"{kept.title} misses its file {file}" for file in missing]
        if PICTURE in manifest.members:
            archive.read(PICTURE, manifest)
        return Session(path, manifest, tuple(opened), tuple(notes))


def peek(path: Path) -> Manifest:
    """Read only what a session says of itself.

    Raises
    ------
    BadInput
        If the file is no session.
    """
    with _Archive(path) as archive:
        return archive.manifest()


def picture_of(path: Path) -> bytes:
    """Return the picture of the window as PNG, b"" where there is none.

    Raises
    ------
    BadInput
        If the file is no session.
    """
    with _Archive(path) as archive:
        manifest = archive.manifest()
        return archive.read(PICTURE, manifest) if PICTURE in manifest.members else b""


def _open(archive: _Archive, manifest: Manifest, kept: KeptWorld) -> OpenedWorld:
    data = archive.read(kept.checkpoint, manifest)
    name = kept.title or kept.slug
    loaded = checkpoint.parse(data, name)
    if (loaded.slug, loaded.scope) != (kept.slug, kept.scope):
        raise BadInput("its state is of another kind than the session says")
    waits = _waits(loaded.slug)
    series: Mapping[str, NDArray[np.float64]] = {}
    if kept.series:
        series = _series(archive.read(kept.series, manifest))
    bookmarks = []
    for mark in kept.bookmarks:
        held = archive.read(mark.checkpoint, manifest)
        checkpoint.parse(held, mark.title or name)
        bookmarks.append((mark.title, Asset(mark.title, held)))
    spec = checkpoint.spec_of(loaded, name, data)
    return OpenedWorld(kept, spec, Asset(name, data), series, tuple(bookmarks), waits)


def _waits(slug: str) -> bool:
    """Tell whether a plugin has to run first, or refuse a system that there is not.

    What was allowed is not run in here: it may never end.
    """
    folder = registry.plugins()
    found = folder.find(slug) if folder is not None and slug not in registry.installed() else None
    if folder is None or found is None or folder.state(found[0]) in ("new", "changed", "running"):
        registry.entry(slug)
        return False
    return True


def _series(data: bytes) -> dict[str, NDArray[np.float64]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays: dict[str, NDArray[np.float64]] = load(data)
    except (SafetensorError, ValueError, KeyError, OverflowError) as error:
        raise BadInput("its plots cannot be read") from error
    for array in arrays.values():
        if array.dtype != np.float64 or array.ndim != 2 or array.shape[0] != 2:
            raise BadInput("its plots are not as we write them")
        if not np.isfinite(array[0]).all() or (np.diff(array[0]) <= 0).any():
            raise BadInput("its plots do not go on in time")
    return arrays


class _Archive:
    """A zip archive of which only what we write is believed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> _Archive:
        path = self._path
        try:
            if path.is_dir():
                raise BadInput("is a folder, not a session", path=path, remedy="Choose a file")
            if not path.is_file():
                path.stat()
                raise BadInput("is no ordinary file", path=path, remedy="Choose a file")
            self._zip = zipfile.ZipFile(path)
        except OSError as error:
            raise describe_os_error(error, path, writing=False) from error
        except _BROKEN as error:
            raise self._bad("is not a session of Primordia, or it is damaged") from error
        try:
            self._check()
        except BaseException:
            self._zip.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def manifest(self) -> Manifest:
        """Read the table of contents and compare it with what is there."""
        try:
            manifest = from_json(self._raw(MANIFEST, _CONTENTS))
        except BadInput as error:
            raise about(error, self._path) from None
        named = {kept.checkpoint for kept in manifest.worlds}
        named |= {kept.series for kept in manifest.worlds if kept.series}
        named |= {mark.checkpoint for kept in manifest.worlds for mark in kept.bookmarks}
        there = set(self._zip.namelist()) - {MANIFEST}
        if set(manifest.members) != there or not named <= there:
            raise self._bad("is damaged: it does not hold what it says")
        return manifest

    def read(self, name: str, manifest: Manifest) -> bytes:
        """Read a member and compare it with its hash."""
        data = self._raw(name, _MEMBER)
        if hashlib.sha256(data).hexdigest() != manifest.members.get(name):
            raise self._bad(f"is damaged: {name} is not what was saved")
        return data

    def _check(self) -> None:
        entries = self._zip.infolist()
        names = [entry.filename for entry in entries]
        if MANIFEST not in names:
            raise self._bad("is not a session of Primordia")
        if len(set(names)) != len(names) or len(names) > _MOST_NAMES:
            raise self._bad("is damaged: its contents are not as we write them")
        whole = self._path.stat().st_size
        for entry in entries:
            known = _NAMES.fullmatch(entry.filename) and not entry.flag_bits & 1
            stored = entry.compress_type == zipfile.ZIP_STORED
            if not known or not stored or not entry.file_size == entry.compress_size <= whole:
                raise self._bad("is not as we write sessions")

    def _raw(self, name: str, limit: int) -> bytes:
        try:
            if self._zip.getinfo(name).file_size > limit:
                raise self._bad(f"is too large: {name} has more than {limit / 2**20:,.0f} MB")
            return self._zip.read(name)
        except OSError as error:
            raise describe_os_error(error, self._path, writing=False) from error
        except _BROKEN as error:
            raise self._bad(f"is damaged: {name} cannot be read") from error

    def _bad(self, problem: str) -> BadInput:
        return BadInput(problem, path=self._path, remedy=_ANOTHER)
