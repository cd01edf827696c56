"""The reference's checkpoint, `*.dat`: three little-endian u64 and the bytes of the soup.

The numbers are the number of the next reset (1 if there was none), the programs, and the index of
the next epoch, which is how many are completed. Seed, language and options are not inside: the user
gives the same ones to go on identically.
"""

from __future__ import annotations

import stat
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core import files
from engine.core.errors import BadInput
from engine.soup.language import HALF

__all__ = ["MOST_PROGRAMS", "SUFFIX", "Saved", "check", "read", "write"]

Array = NDArray[Any]

SUFFIX: Final = ".dat"
MOST_PROGRAMS: Final = 2**24
_HEADER: Final = struct.Struct("<QQQ")
_REMEDY: Final = "Use a checkpoint that the reference or Primordia wrote"


@dataclass(frozen=True, eq=False)
class Saved:
    """What a checkpoint holds: uint8 (n, 64), read-only, completed epochs and resets so far."""

    soup: Array
    epoch: int
    resets: int = 0


def read(path: Path | str) -> Saved:
    """Read a checkpoint.

    Raises
    ------
    BadInput
        When the file is none, truncated, too long, or its numbers cannot be.
    """
    path = Path(path)
    head, size = _look(path)  # first: what is large may be anything
    reset, programs, epoch = _numbers(head, size, path)
    data = files.read_regular(path, limit=size)
    if len(data) != size or not data.startswith(head):
        raise BadInput("was written to while it was read", path=path, remedy="Try again")
    soup = np.frombuffer(data, np.uint8, offset=_HEADER.size).reshape(programs, HALF)
    return Saved(soup, epoch, reset - 1)


def check(path: Path) -> None:
    """Read 24 bytes of a checkpoint only, and its size.

    Raises
    ------
    BadInput
        As `read` would.
    """
    if not path.is_file():
        raise BadInput("is no file", path=path, remedy=_REMEDY)
    head, size = _look(path)
    _numbers(head, size, path)


def _look(path: Path) -> tuple[bytes, int]:
    """Return the first bytes of a file, and how many it has."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            return files.read_regular(path, limit=0), 0  # which says what it is instead
        with path.open("rb") as file:
            return file.read(_HEADER.size), about.st_size
    except OSError as error:
        raise files.describe_os_error(error, path, writing=False) from error
    except ValueError as error:  # a null byte in the name
        raise BadInput("is not a usable file name", path=str(path).replace("\0", "?")) from error


def _numbers(head: bytes, size: int, path: Path) -> tuple[int, int, int]:
    """Return next reset, programs and epoch, if a file of that size can have them."""
    if size < _HEADER.size:
        raise BadInput(
            f"is no checkpoint of a soup: it has {size} bytes, its header alone has 24",
            path=path,
            remedy=_REMEDY,
        )
    reset, programs, epoch = _HEADER.unpack(head)
    expected = _HEADER.size + HALF * programs
    if programs < 2 or programs % 2 or programs > MOST_PROGRAMS:
        raise BadInput(
            f"is no checkpoint of a soup: it names {programs:,} programs",
            path=path,
            remedy=_REMEDY,
        )
    if size != expected:
        word = "truncated" if size < expected else "too long"
        raise BadInput(
            f"is {word}: {programs:,} programs take {expected:,} bytes, it has {size:,}",
            path=path,
            remedy=_REMEDY,
        )
    if epoch >= 2**62 or not 1 <= reset <= epoch + 1:
        raise BadInput(
            f"is no checkpoint of a soup: it names epoch {epoch:,} and reset {reset:,}",
            path=path,
            remedy=_REMEDY,
        )
    return reset, programs, epoch


def write(path: Path | str, soup: Array, epoch: int, resets: int = 0) -> None:
    """Write a checkpoint of uint8 (n, 64) after `epoch` completed epochs; whole or not at all.

    Raises
    ------
    UserError
        When the system refuses.
    """
    header = _HEADER.pack(resets + 1, len(soup), epoch)
    with files.atomic_write(path) as file:
        file.write(header)
        file.write(np.ascontiguousarray(soup).tobytes())
