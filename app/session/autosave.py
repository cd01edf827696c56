"""Saving a session by itself, and offering after a crash what was saved."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from app import paths
from app.session import recovery
from app.session.changes import Mark, same
from app.session.dialogs import PartsDialog, RecoveryDialog
from app.session.gather import scope_of
from app.session.keeper import Due, Rotation
from app.session.lock import Lock
from app.session.manifest import Manifest
from app.session.pack import Stored
from app.session.saving import Saving
from app.session.unpack import picture_of
from app.shell import Shell
from app.world import World
from engine.core.activity import Activity
from engine.core.errors import Cancelled, UserError

if TYPE_CHECKING:
    from app.session.part import SessionPart

__all__ = ["Autosave", "seconds_asked"]

PATIENCE = 10.0  # seconds that a world gets before its last state is taken
LOOK_MS = 1000
REMEMBERED = 64 * 2**20  # bytes of bookmarks
VARIABLE = "PRIMORDIA_AUTOSAVE"

logger = logging.getLogger(__name__)


def seconds_asked() -> float | None:
    """Return the seconds between two saves that the environment asks for, for tests and scripts."""
    with suppress(ValueError):
        return max(0.05, float(os.environ[VARIABLE])) if VARIABLE in os.environ else None
    return None


class Autosave(QObject):
    """Saves what changed every few minutes into a folder of this process.

    Attributes
    ----------
    on : bool
        Whether it saves at all; windows of scripts do not.
    due : Due
    bookmarks : dict of (World, int) to bytes
        States of bookmarks that were saved.
    """

    def __init__(self, shell: Shell, session: SessionPart, parent: QObject) -> None:
        super().__init__(parent)
        self._shell, self._session = shell, session
        asked = seconds_asked()
        self.on = shell.persist or asked is not None
        self.due = Due()
        self._asked = asked
        self._lock: Lock | None = None
        self._saving: Saving | None = None
        self._told = False
        self._marks: list[Mark] = []  # as of the newest save, by itself or by hand
        self._stored: dict[World, tuple[Stored, Mark]] = {}
        self.bookmarks: dict[tuple[World, int], bytes] = {}
        self._restored: Path | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        if self.on:
            self._timer.start(LOOK_MS if asked is None else round(min(LOOK_MS, 500 * asked)))

    @property
    def saving(self) -> bool:
        """Whether it saves right now."""
        return self._saving is not None

    def files(self) -> list[Path]:
        """Return what this process saved by itself, the newest first."""
        return Rotation(self._lock.folder).files() if self._lock is not None else []

    def saved(self, marks: list[Mark], kept: Any) -> None:
        """Note that the user saved: until something changes there is nothing to do.

        What was saved by itself before is older: a crash must not offer it in place of that.
        """
        self._marks = marks
        self._remember(kept)
        if self._saving is None:
            self._stored.clear()  # it lies in these files
            for path in self.files():
                path.unlink(missing_ok=True)

    def _remember(self, kept: Any) -> None:
        """Keep the states of bookmarks, as many as there is room for: they are asked for once."""
        self.bookmarks, room = {}, REMEMBERED
        for found in kept:
            for number, (_, state) in found.bookmarks.items():
                room -= len(state)
                if room >= 0:
                    self.bookmarks[found.world, number] = state

    def forget(self) -> None:
        """Note that something else is open now."""
        self._marks = self._session.ledger.marks() if self._session.path is not None else []
        self._stored.clear()

    def closed(self, world: World, number: int) -> None:
        """Forget a world."""
        self._stored.pop(world, None)
        self.bookmarks = {key: b for key, b in self.bookmarks.items() if key[0] is not world}
        self.due.forget(number)

    def now(self) -> None:
        """Save, whether it is time or not."""
        if self._saving is not None or self._session.busy or not self._shell.lab.worlds:
            return
        self.due.begun()
        try:
            if self._lock is None:
                self._lock = Lock(paths.autosave_folder())
        except UserError as error:
            self._failed(error)
            return
        self._saving = Saving(self._shell, self)
        self._saving.done.connect(self._done)
        self._saving.failed.connect(self._failed)
        path = Rotation(self._lock.folder).next()
        numbers, look = self._session.ledger.numbers, self._session.manifest()
        stored = self._unchanged()
        self._saving.start(
            path,
            numbers,
            stored,
            look,
            bookmarks=self.bookmarks,
            patience=PATIENCE,
            older=dict(self._stored),
        )

    def close(self) -> None:
        """End as it should: what was saved by itself is not needed any more."""
        self._timer.stop()
        if self._saving is not None:
            self._saving.stop()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _look(self) -> None:
        settings = self._shell.settings
        self.due.every = 60.0 * settings.autosave_minutes if self._asked is None else self._asked
        self.due.training = 60.0 * settings.autosave_training_minutes
        if self._asked is not None:
            self.due.training = 4 * self._asked
        changed = not same(self._marks, self._session.ledger.marks())
        if self.due.now(changed=changed):
            self.now()

    def _unchanged(self) -> dict[World, tuple[Stored, Mark]]:
        """Return the worlds whose last state will do: unchanged ones, and training not yet due."""
        found = {}
        marks = {mark.world: mark for mark in self._session.ledger.marks()}
        for world, (stored, mark) in self._stored.items():
            number = self._session.ledger.numbers[world]
            learning = scope_of(world) == "training"
            if mark == marks[number] or (learning and not self.due.training_now(number)):
                found[world] = (stored, mark)
        return found

    def _done(self, path: Path, written: Manifest, kept: Any) -> None:
        self._saving, self._told = None, False
        if self._lock is None:
            path.unlink(missing_ok=True)
            return
        Rotation(path.parent).tidy()
        self._stored.clear()
        self._remember(kept)
        self._marks = [found.mark for found in kept]
        for found, entry in zip(kept, written.worlds, strict=True):
            number = self._session.ledger.numbers.get(found.world)
            if number is None:
                continue  # closed meanwhile
            member, old = entry.checkpoint, found.state
            if entry.scope == "training" and not isinstance(old, Stored):
                self.due.trained(number)
            hash = written.members[member]
            self._stored[found.world] = (
                Stored(path, member, hash, old.nbytes, entry.scope),
                found.mark,
            )
        if self._restored is not None:
            recovery.discard(self._restored)
            self._restored = None

    def _failed(self, error: BaseException) -> None:
        self._saving = None
        if isinstance(error, Cancelled):
            return
        words = f"The session cannot be saved by itself: {error}"
        logger.warning("%s", words)
        if not self._told:  # once: the next try is a few minutes away
            self._told = True
            self._shell.teller.say(words, "train")

    # After a crash.

    def offer(self) -> None:
        """Look for what a crash left, and ask about it."""
        root = paths.autosave_folder()

        def look(activity: Activity) -> list[tuple[recovery.Left, bytes]]:
            found = []
            for left in recovery.find(root):
                picture = b""
                with suppress(UserError):
                    picture = picture_of(left.files[0])
                found.append((left, picture))
            return found

        self._shell.jobs.start(look, self._ask, self._shell.teller.tell)
        self._offer_parts()

    def _ask(self, found: list[tuple[recovery.Left, bytes]]) -> None:
        if not found:
            return
        (left, picture), rest = found[0], found[1:]
        dialog = RecoveryDialog(left.manifest, picture, left.folder, self._shell.window)
        dialog.restore.connect(partial(self._restore, left))
        dialog.discard.connect(partial(recovery.discard, left.folder))
        if rest:
            dialog.discard.connect(partial(self._ask, rest))
        dialog.open()

    def _restore(self, left: recovery.Left) -> None:
        try:
            self._session.load(list(left.files), recovered=partial(self._recovered, left.folder))
        except UserError as error:
            self._shell.teller.tell(error)

    def _recovered(self, folder: Path) -> None:
        # What was left goes only when this process holds a copy of its own.
        self._restored = folder
        if self.on:
            self.now()

    def _offer_parts(self) -> None:
        settings = self._shell.settings
        there = recovery.parts(settings.unfinished, paths.log_folder())
        if there:
            dialog = PartsDialog(there, self._shell.window)
            dialog.keep.connect(partial(self._settle_parts, there, keep=True))
            dialog.discard.connect(partial(self._settle_parts, there, keep=False))
            dialog.open()

    def _settle_parts(self, there: list[Path], *, keep: bool) -> None:
        def work(activity: Activity) -> list[Path]:
            if keep:
                return [recovery.keep_part(part, activity) for part in there]
            for part in there:
                part.unlink(missing_ok=True)
            return []

        title = "Keeping unfinished films"

        def failed(error: Exception) -> None:
            # Where the disk is still full, say, the next start asks again.
            left = [str(part) for part in there if part.exists()]
            self._shell.settings.unfinished = [*left, *self._shell.settings.unfinished]
            self._shell.save_settings()
            self._shell.teller.tell(error)

        self._shell.jobs.start(work, self._parts_kept, failed, title=title if keep else "")
        known = {str(part) for part in there}
        settings = self._shell.settings
        settings.unfinished = [
            text
            for text in settings.unfinished
            if text not in known and Path(text).exists()  # the rest came to its end
        ]
        self._shell.save_settings()

    def _parts_kept(self, films: list[Path]) -> None:
        for film in films:
            self._shell.teller.say(f"Kept {film.name}", "accent")
