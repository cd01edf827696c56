"""What a crash left behind: sessions that were saved by themselves and films that are parts."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.session.keeper import Rotation
from app.session.lock import Owner, alive, claim, taken
from app.session.manifest import Manifest
from app.session.unpack import peek
from engine.core.activity import Activity
from engine.core.errors import UserError
from engine.core.files import describe_os_error, read_regular

__all__ = ["Left", "discard", "find", "keep_part", "parts"]


@dataclass(frozen=True)
class Left:
    """What one program left.

    Attributes
    ----------
    folder : Path
    files : tuple of Path
        Its sessions, the newest first.
    manifest : Manifest
        Of the newest one that can be read.
    """

    folder: Path
    files: tuple[Path, ...]
    manifest: Manifest


def find(root: Path) -> list[Left]:
    """Look for what programs that are gone left, the newest first; it is ours to look after then.

    Folders without any session are removed.
    """
    found: list[tuple[float, Left]] = []
    try:
        folders = [entry for entry in root.iterdir() if entry.is_dir()]
    except OSError:
        return []
    for folder in folders:
        if not Rotation(folder).files():
            if not taken(folder):
                discard(folder)
            continue
        ours = claim(folder)
        if ours is None:
            continue
        files = Rotation(ours).files()
        manifest = _newest(files)
        if manifest is not None:
            found.append((_time(files[0]), Left(ours, tuple(files), manifest)))
    found.sort(key=lambda pair: pair[0], reverse=True)
    return [left for _, left in found]


def discard(folder: Path) -> None:
    """Remove what was left."""
    shutil.rmtree(folder, ignore_errors=True)


def parts(unfinished: Iterable[str], logs: Path) -> list[Path]:
    """Return the parts of films that a crash left, by the names that recordings noted.

    While another program of ours runs, which `logs` tells, a part may be its film: then none. An
    empty one, of a disk that was full from the first frame on, is nothing to be kept.
    """
    if _others_run(logs):
        return []
    there = [path for text in unfinished if (path := Path(text)).exists()]
    return [path for path in there if path.is_dir() or path.stat().st_size]


def _others_run(logs: Path) -> bool:
    for marker in logs.glob("running-*.json"):
        try:
            content = json.loads(read_regular(marker, limit=2**16))
            owner = Owner(int(content["pid"]), float(content["began"]), platform.node())
        except (UserError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
            continue
        if owner.pid != os.getpid() and alive(owner, 0.0):
            return True
    return False


def keep_part(part: Path, activity: Activity) -> Path:
    """Make a film of the part of one: NAME.part.mp4 becomes NAME (unfinished).mp4.

    Frames that were kept aside become what they were to become; a folder of pictures is whole as
    it is and keeps its name.

    Raises
    ------
    UserError
        If there is nothing in it, or it cannot be renamed.
    """
    if part.name.endswith(".part.frames"):
        from engine.media.spool import restore

        return restore(part, activity=activity)
    if part.is_dir() or ".part" not in part.suffixes:
        return part
    base, number = part.name.replace(".part", " (unfinished)", 1), 1
    goal = part.with_name(base)
    while goal.exists():
        number += 1
        goal = part.with_name(base.replace("(unfinished)", f"(unfinished {number})", 1))
    try:
        part.rename(goal)
    except OSError as error:
        raise describe_os_error(error, goal, writing=True) from error
    return goal


def _newest(files: list[Path]) -> Manifest | None:
    for file in files:
        try:
            return peek(file)
        except UserError:
            continue
    return None


def _time(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
