"""Frames kept aside without loss until the last one is there, needing no codec.

GIF wants the best palette of all frames and WebP is written in one piece: until then the frames lie
in NAME.part.frames. Each is stored as its difference (exclusive or) from the one before, deflated,
behind its length, so that a file that breaks off is good up to its last whole frame and `restore`
still makes of it what it was to become.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from engine.core.activity import Activity, null_activity
from engine.core.errors import BadInput, UserError
from engine.core.files import describe_os_error
from engine.media.writers import (
    WRITER_ENDINGS,
    BaseWriter,
    Frame,
    frame_rate,
    free_part,
    open_writer,
)

__all__ = ["ENDING", "Spool", "SpoolWriter", "restore"]

ENDING = ".frames"

_MAGIC = b"primordia frames 1\n"
_LEVEL = 1  # of zlib: the fastest
_LENGTH = struct.Struct("<I")
_MOST_PIXELS = 2**28
_SPARE = 1024  # bytes by which what cannot be deflated may grow


class Spool:
    """Frames on the disk, to be read one after the other.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    about : dict
        What the writer said when it began: ending, rate, size, channels, transparent.

    Raises
    ------
    BadInput
        If it is no such file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if not path.is_file():
                raise BadInput("holds no frames of Primordia", path=path)
            with path.open("rb") as file:
                self.about = self._head(file)
                self._start = file.tell()
        except OSError as error:
            raise describe_os_error(error, path, writing=False) from error
        width, height = self.about["size"]
        self._shape = (height, width, self.about["channels"])

    def _head(self, file: BinaryIO) -> dict[str, Any]:
        try:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise ValueError
            about = json.loads(file.readline(65536))
            width, height = about["size"]
            numbers = (width, height, about["channels"])
            sound = all(type(number) is int for number in numbers) and about["channels"] in (3, 4)
            if not (sound and min(width, height) > 0 and width * height <= _MOST_PIXELS):
                raise ValueError
            frame_rate(Fraction(about["rate"]))
            if about["ending"] not in WRITER_ENDINGS:
                raise ValueError
        except (ValueError, KeyError, TypeError, ArithmeticError, BadInput, RecursionError):
            raise BadInput("holds no frames of Primordia", path=self.path) from None
        else:
            return {**about, "transparent": bool(about.get("transparent"))}

    def __iter__(self) -> Iterator[Frame]:
        """Give every whole frame, (H, W, C) uint8."""
        flat = np.zeros(int(np.prod(self._shape)), np.uint8)
        with self.path.open("rb") as file:
            file.seek(self._start)
            while len(head := file.read(_LENGTH.size)) == _LENGTH.size:
                (length,) = _LENGTH.unpack(head)
                if length > flat.size + flat.size // 1000 + _SPARE:  # no frame takes so much
                    return
                data = file.read(length)
                if len(data) < length:
                    return
                try:
                    # Never more than a frame, whatever is packed in there.
                    raw = zlib.decompressobj().decompress(data, flat.size + 1)
                except zlib.error:
                    return
                change = np.frombuffer(raw, np.uint8)
                if change.size != flat.size:
                    return
                flat = flat ^ change
                yield flat.reshape(self._shape)


class SpoolWriter(BaseWriter):
    """Keeps the frames aside; a subclass makes the file of them in `finish`."""

    def __init__(
        self,
        path: Path,
        rate: Fraction,
        size: tuple[int, int],
        *,
        transparent: bool,
        ground: tuple[int, int, int],
    ) -> None:
        super().__init__(path, size, channels=4 if transparent else 3, ground=ground)
        self._rate, self._transparent = rate, transparent
        self.part = free_part(self.goal, ENDING)
        self._last = np.zeros(size[0] * size[1] * self._channels, np.uint8)
        about = {
            "ending": path.suffix.lower(),
            "rate": str(rate),
            "size": list(size),
            "channels": self._channels,
            "transparent": transparent,
        }
        self._file = self.part.open("r+b", buffering=0)
        self._put(_MAGIC + json.dumps(about).encode() + b"\n")

    @abstractmethod
    def finish(self, spool: Spool, activity: Activity) -> None:
        """Write the goal, whole or not at all."""

    def close(self, activity: Activity | None = None) -> None:
        """Make the file and remove the part.

        Raises
        ------
        UserError
            When the disk is full or no frame was written; the part keeps what there is.
        Cancelled
            When the activity was stopped; the part stays.
        """
        if not self._open:
            return
        self.leave()
        if not self.frames:
            self._discard()
            raise BadInput("no frame was recorded", path=self.path, remedy="Record a while longer")
        try:
            self.finish(Spool(self.part), activity or null_activity())
        except UserError as error:
            cause = error.__cause__
            raise self._failure(cause if isinstance(cause, OSError) else error) from error
        except (OSError, MemoryError) as error:
            raise self._failure(error) from error
        self._discard()

    def abort(self) -> None:
        """Throw away what was written; the older file of that name stays."""
        self.leave()
        self._discard()

    def leave(self) -> None:
        """Stop and leave the part as it is."""
        self._open = False
        self._file.close()

    def _discard(self) -> None:
        with suppress(OSError):
            self.part.unlink()

    def _add(self, frame: Frame) -> None:
        flat = frame.reshape(-1)
        data = zlib.compress((flat ^ self._last).data, _LEVEL)
        self._put(_LENGTH.pack(len(data)) + data)
        self._last = flat.copy()

    def _put(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self.leave()
            raise self._failure(error) from error

    def _failure(self, error: BaseException) -> UserError:
        if isinstance(error, OSError):
            told = describe_os_error(error, self.path, writing=True)
        else:
            words = error.problem if isinstance(error, UserError) else "there is no memory for it"
            told = UserError(words, path=self.path)
        kept = f"What was recorded until then is in {self.part.name}"
        return type(told)(
            told.problem, path=self.path, remedy=f"{told.remedy}. {kept}".lstrip(". ")
        )


def restore(part: Path, goal: Path | None = None, activity: Activity | None = None) -> Path:
    """Make of a part that a crash left what it was to become.

    Parameters
    ----------
    part : Path
        NAME.part.frames; it is removed at the end.
    goal : Path, optional
        Where to; None for NAME with the ending that was recorded, or a number behind it.
    activity : Activity, optional

    Returns
    -------
    Path
        The film.

    Raises
    ------
    UserError
        If there is no whole frame in it or the film cannot be written.
    """
    spool = Spool(part)
    about = spool.about
    if goal is None:
        stem = part.name.rpartition(".part")[0] or part.stem
        goal = part.with_name(f"{stem}{about['ending']}")
        number = 2
        while os.path.lexists(goal):
            goal = part.with_name(f"{stem}-{number}{about['ending']}")
            number += 1
    width, height = about["size"]
    rate, clear = Fraction(about["rate"]), bool(about["transparent"])
    with open_writer(goal, rate, (width, height), transparent=clear) as writer:
        for frame in spool:
            if activity is not None:
                activity.check()
            writer.write(frame)
        writer.close(activity)
    with suppress(OSError):
        part.unlink()
    return goal
