"""When a session is saved by itself, and which of the files that it left are kept.

No timers in here: who has one asks `Due` every few seconds.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app.session.manifest import ENDING

__all__ = ["KEPT", "Due", "Rotation"]

KEPT = 3
"""Autosaved sessions that are kept in turn."""

_NAME = re.compile(r"autosave-(\d{6,12})" + re.escape(ENDING))


class Rotation:
    """The autosaved sessions of one program: ever newer names, of which the newest are kept.

    A name is never written twice, so the last good file is there while the next one is made.
    """

    def __init__(self, folder: Path, kept: int = KEPT) -> None:
        self.folder = folder
        self._kept = kept

    def files(self) -> list[Path]:
        """Return what is there, the newest first."""
        return [path for _, path in sorted(self._numbered(), reverse=True)]

    def next(self) -> Path:
        """Return the name of the next one."""
        newest = max((number for number, _ in self._numbered()), default=0)
        return self.folder / f"autosave-{newest + 1:06d}{ENDING}"

    def tidy(self) -> None:
        """Remove all but the newest ones, and what was not finished."""
        leftover = list(self.folder.glob(".primordia-*.tmp"))
        for path in [*self.files()[self._kept :], *leftover]:
            with suppress(OSError):
                path.unlink()

    def _numbered(self) -> list[tuple[int, Path]]:
        found = []
        try:
            entries = list(self.folder.iterdir())
        except OSError:
            return []
        for path in entries:
            match = _NAME.fullmatch(path.name)
            if match:
                found.append((int(match[1]), path))
        return found


class Due:
    """Tells when it is time to save.

    Parameters
    ----------
    clock : callable
        Seconds that only grow; tests put their own here.

    Attributes
    ----------
    every, training : float
        Seconds between two sessions saved by themselves, and between two states of training in
        them; 0 for never.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.every = 120.0
        self.training = 600.0
        self._saved = clock()
        self._trained: dict[int, float] = {}

    def now(self, *, changed: bool) -> bool:
        """Tell whether to save now."""
        return bool(self.every) and changed and self._clock() - self._saved >= self.every

    def begun(self) -> None:
        """Note that saving begins: the next one is due so long after it, even if it fails."""
        self._saved = self._clock()

    def training_now(self, world: int) -> bool:
        """Tell whether the state of training of a world, by its number, is due with the session."""
        if not self.training:
            return False
        before = self._trained.get(world)
        return before is None or self._clock() - before >= self.training

    def trained(self, world: int) -> None:
        """Note that the state of training of a world was saved."""
        self._trained[world] = self._clock()

    def forget(self, world: int) -> None:
        """Forget a world that was closed."""
        self._trained.pop(world, None)
