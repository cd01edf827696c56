"""Who a folder of autosaved sessions belongs to, and whether that program still runs.

Every running program has a folder of its own with a lock in it that names its process. A folder
whose process is gone was left by a crash. A process is known by its number and the second at which
it began, since numbers are given again.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.core.errors import UserError
from engine.core.files import read_regular, write_atomically

__all__ = ["LOCK", "Lock", "Owner", "alive", "claim", "owner_of", "taken", "us"]

LOCK = "lock.json"
CLAIM = "claim.json"

_LIMIT = 2**16
_STRANGER = 24 * 3600.0  # seconds after which a lock of another computer is believed no more


@dataclass(frozen=True)
class Owner:
    """A process: its number, when it began (seconds since 1970) and on which computer."""

    pid: int
    began: float
    host: str


def us() -> Owner:
    """Return this process."""
    import psutil

    return Owner(os.getpid(), round(psutil.Process().create_time(), 1), platform.node())


def owner_of(folder: Path, name: str = LOCK) -> Owner | None:
    """Read whose a folder is; None where nothing says so."""
    try:
        content = json.loads(read_regular(folder / name, limit=_LIMIT))
        return Owner(int(content["pid"]), float(content["began"]), str(content["host"]))
    except (UserError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return None


def alive(owner: Owner, written: float) -> bool:
    """Tell whether a process still runs.

    Parameters
    ----------
    owner : Owner
    written : float
        When it was heard of last, seconds since 1970: all there is to know of another computer.
    """
    import psutil

    if owner.host != platform.node():
        return time.time() - written < _STRANGER
    try:
        process = psutil.Process(owner.pid)
        same = abs(process.create_time() - owner.began) < 1.0
        return bool(same and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.AccessDenied:
        return True
    except (psutil.NoSuchProcess, ValueError, OverflowError):
        return False


def taken(folder: Path) -> bool:
    """Tell whether a folder belongs to a running program, or one is looking after it."""
    for name in (LOCK, CLAIM):
        owner = owner_of(folder, name)
        if owner is not None and alive(owner, _written(folder)):
            return True
    return False


def claim(folder: Path) -> Path | None:
    """Look after a folder that a crash left, so that no other program offers it, too.

    Returns
    -------
    Path, optional
        Where it is now; None where it is not ours to offer.
    """
    if taken(folder):
        return None
    goal = folder.with_name(f"left-{secrets.token_hex(4)}")
    try:
        folder.rename(goal)  # of several programs that try, one succeeds
        write_atomically(goal / CLAIM, json.dumps(asdict(us())).encode())
    except (OSError, UserError):
        return None
    return goal


def _written(folder: Path) -> float:
    try:
        return max(entry.stat().st_mtime for entry in [folder, *folder.iterdir()])
    except OSError:
        return 0.0


class Lock:
    """A folder of our own under `root`, held until `release`; only then it is gone.

    Raises
    ------
    UserError
        If it cannot be made.
    """

    def __init__(self, root: Path) -> None:
        from engine.core.files import describe_os_error

        own = us()
        self.folder = root / f"{own.pid}-{secrets.token_hex(4)}"
        try:
            self.folder.mkdir(parents=True)
        except OSError as error:
            raise describe_os_error(error, self.folder, writing=True) from error
        write_atomically(self.folder / LOCK, json.dumps(asdict(own)).encode())

    def release(self) -> None:
        """Give the folder up with all that is in it: this program ends as it should."""
        # The lock goes last: what is left of a removal that failed half way is still ours.
        for entry in self.folder.glob("*"):
            if entry.name != LOCK:
                entry.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
