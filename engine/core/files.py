"""Files that are either whole or untouched, and system errors told in plain words.

A file that the program writes appears under its name only when its last byte is on the disk: the
bytes go to a temporary file in the same folder, which then replaces the goal in one step. A file
that the program reads is looked at first, so that a pipe or a device never blocks it.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from engine.core.errors import BadInput, UserError

__all__ = [
    "atomic_write",
    "check_writable",
    "describe_os_error",
    "read_regular",
    "replace_atomically",
    "write_atomically",
]

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM}


def describe_os_error(
    error: OSError, path: Path | str, *, writing: bool | None = None
) -> UserError:
    """Turn an error of the operating system into a sentence with the file's name and the remedy.

    Parameters
    ----------
    error : OSError
        What the system said; its `errno` decides the sentence.
    path : Path or str
        The file that the user knows of (not the temporary one).
    writing : bool, optional
        Whether the file was being written or read, where that is known.

    Returns
    -------
    UserError
        `BadInput` where the path is to blame, a plain `UserError` where the machine is (disk full,
        too many open files, input/output error).
    """
    path = Path(path)
    code = error.errno
    wrong_name, other_place = "Check the name", "Choose another folder or name"
    if code in _FULL:
        what = "a size limit was reached" if code == errno.EFBIG else "the disk is full"
        return UserError(
            f"cannot be written: {what}",
            path=path,
            remedy="Free some space or choose a folder on another disk",
        )
    if code in _DENIED:
        verb = {True: "written", False: "read", None: "used"}[writing]
        return BadInput(
            f"may not be {verb}: permission denied",
            path=path,
            remedy=other_place if writing else "Change its permissions or copy it elsewhere",
        )
    if code == errno.EROFS:
        return BadInput("lies on a read-only disk", path=path, remedy=other_place)
    if code == errno.EISDIR:
        return BadInput("is a folder, not a file", path=path, remedy="Name a file in it")
    if code == errno.ENOTDIR:
        return BadInput("has a file where a folder should be", path=path, remedy=wrong_name)
    if code == errno.ENOENT:
        folder = path.parent
        if writing and folder.is_dir():
            # Folders of the kernel, such as /proc, take no files whatever their permissions say.
            return BadInput("cannot be written there", path=path, remedy=other_place)
        if writing or not folder.is_dir():
            remedy = f"Create the folder {folder} first or choose another"
            return BadInput("its folder does not exist", path=path, remedy=remedy)
        return BadInput("no such file", path=path, remedy=wrong_name)
    if code == errno.ENAMETOOLONG:
        return BadInput("the name is too long", path=path, remedy="Choose a shorter name")
    if code == errno.ELOOP:
        return BadInput("is a link that leads to itself", path=path, remedy=wrong_name)
    if code in (errno.EMFILE, errno.ENFILE):
        return UserError(
            "cannot be opened: too many files are open", path=path, remedy="Close some and retry"
        )
    verb = {True: "written", False: "read", None: "used"}[writing]
    reason = error.strerror or str(error) or type(error).__name__
    return UserError(f"cannot be {verb}: {reason}", path=path, remedy=other_place)


def check_writable(path: Path | str) -> Path:
    """Refuse early what could not be written at the end, and follow links to the file that counts.

    Returns
    -------
    Path
        The absolute goal, symbolic links resolved.

    Raises
    ------
    BadInput
        When the folder is missing or takes no files, the name is a folder, a device or a pipe, the
        file is write protected or the name is too long.
    """
    given = Path(path)
    try:
        goal = given.resolve(strict=False)
        try:
            mode = goal.stat().st_mode
        except FileNotFoundError:
            if not goal.parent.is_dir():
                raise
            _probe(goal.parent)
            return goal
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise BadInput(
                "is a device or a pipe, not a file", path=given, remedy="Choose another name"
            )
        if not os.access(goal, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise describe_os_error(error, given, writing=True) from error
    except (ValueError, RuntimeError) as error:  # a null byte in the name; a loop of links
        raise BadInput("is not a usable file name", path=_shown(given)) from error
    return goal


def _probe(folder: Path) -> None:
    """Make a file and remove it: nothing else tells of every folder whether it takes files."""
    trial = folder / f".primordia-{secrets.token_hex(6)}.tmp"
    try:
        os.close(os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    finally:
        _remove(trial)


@contextmanager
def atomic_write(path: Path | str) -> Iterator[BinaryIO]:
    """Open a binary file that takes the name `path` only when the block ends without an error.

    The bytes go to a hidden file in the same folder, are flushed to the disk and replace the goal
    in one step. On any failure, an interrupt included, the old file stays as it was and the hidden
    one is removed. The permissions of an old file are kept.

    Raises
    ------
    UserError
        When the system refuses; see `describe_os_error`.
    """
    goal = check_writable(path)
    # A short name of its own: the goal's name plus a suffix could be too long for the disk.
    temporary = goal.parent / f".primordia-{secrets.token_hex(6)}.part.tmp"
    try:
        # Mode 0666 under the umask, as the user expects of new files; mkstemp would give 0600.
        handle = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666
        )
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            temporary.chmod(stat.S_IMODE(goal.stat().st_mode))
        replace_atomically(temporary, goal)
    except OSError as error:
        _remove(temporary)
        if error.filename is not None and Path(os.fsdecode(error.filename)) not in (
            temporary,
            goal,
        ):
            raise  # about another file that the block touched: not ours to describe
        raise describe_os_error(error, path, writing=True) from error
    except BaseException:
        _remove(temporary)
        raise


def write_atomically(path: Path | str, data: bytes | bytearray | memoryview) -> None:
    """Write `data` to `path` so that the file is either whole or as it was.

    Raises
    ------
    UserError
        When the system refuses; see `describe_os_error`.
    """
    with atomic_write(path) as file:
        file.write(data)


def replace_atomically(source: Path, goal: Path) -> None:
    """Give `source` the name `goal` in one step and make the new name lasting.

    Raises
    ------
    OSError
        When the system refuses; nothing is changed then.
    """
    source.replace(goal)
    if os.name == "posix":
        # Without this the new name may be lost with the power; some file systems cannot do it.
        with suppress(OSError):
            folder = os.open(goal.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def read_regular(path: Path | str, *, limit: int) -> bytes:
    """Read a whole ordinary file of at most `limit` bytes; never wait for a pipe or a device.

    Raises
    ------
    BadInput
        When the file is missing, a folder, a device or a pipe, larger than `limit` or not readable.
    """
    given = Path(path)
    try:
        _require_regular(given.stat().st_mode, given)
        # Between the look and the opening the name may change: do not block, and look again.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(given, flags), "rb") as file:
            about = os.fstat(file.fileno())
            _require_regular(about.st_mode, given)
            # As many bytes as there are: reading up to the limit would reserve all of that first.
            data = file.read(about.st_size + 1) if about.st_size <= limit else b""
            if len(data) > about.st_size:  # it grew meanwhile, or its size is not told beforehand
                data += file.read(max(limit + 1 - len(data), 0))
            if about.st_size > limit or len(data) > limit:
                raise BadInput(
                    f"is larger than {limit / 2**20:,.0f} MB",
                    path=given,
                    remedy="Use a smaller one",
                )
            return data
    except OSError as error:
        raise describe_os_error(error, given, writing=False) from error
    except ValueError as error:  # a null byte in the name
        raise BadInput("is not a usable file name", path=_shown(given)) from error


def _require_regular(mode: int, path: Path) -> None:
    """Refuse a path whose mode is not that of an ordinary file."""
    if stat.S_ISDIR(mode):
        raise BadInput("is a folder, not a file", path=path, remedy="Choose a file in it")
    if not stat.S_ISREG(mode):
        raise BadInput("is a device or a pipe, not a file", path=path, remedy="Choose a file")


def _shown(path: Path) -> Path:
    """Return the path without the null bytes that no system accepts in names."""
    return Path(str(path).replace("\0", "?"))


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
