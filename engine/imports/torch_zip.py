"""The raw numbers of a PyTorch file, taken from its zip archive without unpickling anything.

Such a file holds a pickle, which could run code and is never opened, and one plain little-endian
member ``.../data/N`` for each tensor.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.files import read_regular
from engine.core.pickles import conversion

__all__ = ["floats", "members", "opened"]

_LARGEST_FILE = 2**20
# What zipfile raises on archives that are broken, encrypted or from the future.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
)
_MEMBER = re.compile(r"(?:^|/)data/\d+$")


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open the archive; what is wrong with it while it is open becomes a `BadInput`.

    Raises
    ------
    BadInput
        If the file cannot be read, is larger than 1 MB or no whole archive.
    """
    if path.is_file() and path.stat().st_size > _LARGEST_FILE:
        raise BadInput(
            f"is larger than {_LARGEST_FILE // 2**20} MB: a PyTorch file, but no published model",
            path=path,
            remedy=conversion(path),
        )
    data = read_regular(path, limit=_LARGEST_FILE)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield archive
    except _BROKEN as error:
        raise BadInput(
            f"is not a whole zip archive ({error})", path=path, remedy="Download it again"
        ) from error


def members(archive: zipfile.ZipFile) -> tuple[zipfile.ZipInfo, ...]:
    """List the members that hold numbers."""
    return tuple(info for info in archive.infolist() if _MEMBER.search(info.filename))


def floats(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, shape: tuple[int, ...], path: Path
) -> NDArray[np.float32]:
    """Read one member as float32.

    Raises
    ------
    BadInput
        If it is packed, locked or of another size.
    """
    size = 4 * int(np.prod(shape))
    # PyTorch stores its members as they are; anything else is not one of the published files.
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1 or info.file_size != size:
        key = info.filename.partition("/")[2] or info.filename
        raise BadInput(
            f"its member {key} is not {size} plain bytes (float32 {shape})",
            path=path,
            remedy="Only published models can be read",
        )
    return np.frombuffer(archive.read(info), "<f4").astype(np.float32).reshape(shape)
