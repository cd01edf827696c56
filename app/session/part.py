"""The session as a part of the window: save, open, begin anew, and the mark of what changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from app.asking import check_ending
from app.session.arranging import arrange, arrangement
from app.session.autosave import Autosave
from app.session.changes import Change
from app.session.dialogs import ChangesDialog, KeepDialog
from app.session.late import Late
from app.session.ledger import Ledger
from app.session.manifest import ENDING, Manifest
from app.session.restoring import Restoring, go_on
from app.session.saving import Saving
from app.session.unpack import OpenedWorld, Session, unpack
from app.shell import Shell
from app.world import World
from engine.core.activity import Activity
from engine.core.errors import BadInput, Cancelled, UserError, about

__all__ = ["KINDS", "SessionPart", "install"]

KINDS = f"Sessions (*{ENDING})"
NAMES = {KINDS: ENDING}
LOOK_MS = 500
WAIT_MS = 30_000

Then = Callable[[], object]


class SessionPart(QObject):
    """Everything that is open, as one thing that is saved, opened and asked about.

    Signals
    -------
    changed
        It has another name, or is modified or no longer.

    Attributes
    ----------
    path : Path, optional
        Its file; None before it has one.
    asks : bool
        Whether the user is asked before anything is lost; scripts are not.
    autosave : Autosave
    ledger : Ledger
        How its worlds stood when it was saved, and what changed since.
    """

    changed = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self.path: Path | None = None
        self.asks = shell.persist
        self.saved_at = ""
        self._sure = False  # that the window may close
        self._close_after = False  # that the window is closed once it is saved
        self._question: KeepDialog | None = None
        self._was = ("", False)
        self._saving: Saving | None = None
        self._restoring: Restoring | None = None
        self._opening: Activity | None = None
        self._late: Late | None = None  # while the session's file has worlds that are not open
        lab = shell.lab
        self.ledger = Ledger(lab, self)
        self.autosave = Autosave(shell, self, self)
        lab.opened.connect(self._opened)
        lab.closed.connect(self._closed)
        lab.selected.connect(self.retitle)
        shell.filing.session_chosen.connect(self.take)
        shell.filing.program_taken.connect(shell.bottom.tape.wanted)
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    # What it is.

    @property
    def name(self) -> str:
        """Its name in words, "" before it has one."""
        return self.path.stem if self.path is not None else ""

    @property
    def busy(self) -> bool:
        """Whether it is being saved or opened."""
        late = self._late is not None and self._late.opening
        return bool(self._saving or self._restoring or self._opening or late)

    def modified(self) -> bool:
        """Tell whether closing would lose something."""
        return self.ledger.recovered or bool(self._losses())

    def _losses(self) -> list[Change]:
        """Return what closing would lose.

        Before the session has a file, time that merely passed, and what was only opened, is nothing
        that anybody asked to be kept; nor is what a model's own file holds.
        """
        found = self.ledger.changes()
        return found if self.path is not None else [change for change in found if change.work]

    def manifest(self) -> Manifest:
        """Describe how the window is arranged."""
        return arrangement(self._shell, self.path if self._late is None else None)

    # Out.

    def save(self, argument: str = "", then: Then | None = None) -> None:
        """Save to its file; without one ask for a name."""
        if argument or self.path is None or self._late is not None:
            if self._late is not None:  # its file has more than is open
                self._shell.status.say(f"{self._late.titles} would not be in it: save another file")
            self.save_as(argument, then)
        else:
            self._save_to(self.path, then)

    def save_as(self, argument: str = "", then: Then | None = None) -> None:
        """Save to another file."""
        path = self._shell.asking.to_save(
            argument, f"{self.name or 'session'}{ENDING}", NAMES, self._folder()
        )
        if path is not None:
            check_ending(path, ENDING)
            self._save_to(path.absolute(), then)

    def _save_to(self, path: Path, then: Then | None) -> None:
        if self._saving is not None or self._restoring is not None:
            raise BadInput("the session is being saved or opened", remedy="Wait for it to end")
        if not self._shell.lab.worlds:
            raise BadInput("there is nothing to save", remedy="Open a world first")
        self._saving = Saving(self._shell, self)
        self._saving.done.connect(partial(self._saved_to, then))
        self._saving.failed.connect(self._not_saved)
        self._shell.status.say(f"Saving {path.name}...")
        known, title = self.autosave.bookmarks, f"Saving {path.name}"
        numbers = self.ledger.numbers
        self._saving.start(path, numbers, {}, self.manifest(), bookmarks=known, title=title)

    def _saved_to(self, then: Then | None, path: Path, written: Manifest, kept: Any) -> None:
        self._saving = None
        self._end_late()
        self.path, self.saved_at = path, written.saved
        marks = self.ledger.saved(found.mark for found in kept if found.mark is not None)
        self._shell.settings.remember_session(path)
        self._shell.save_settings()
        self._shell.teller.say(f"Saved the session {path.stem}", "accent")
        self.autosave.saved(marks, kept)
        self.look()
        if then is not None:
            then()
        if self._close_after:
            self._close_window()

    def _not_saved(self, error: BaseException) -> None:
        self._saving, self._close_after = None, False
        if not isinstance(error, Cancelled):
            self._shell.teller.tell(error)

    # In.

    def open(self, argument: str = "") -> None:
        """Open a session in place of what is open, after asking."""
        path = Path(argument) if argument else self._shell.asking.to_open(KINDS, self._folder())
        if path is not None:
            self.ask_first(partial(self._load_asked, path), f"Opening {path.stem}")

    def take(self, path: Path) -> None:
        """Open a session that was dropped or chosen; what learns is never lost unasked."""
        learns = any(self._shell.lab.protected(world) for world in self._shell.lab.worlds)
        self.ask_first(partial(self._load_asked, path), f"Opening {path.stem}", sure=learns)

    def _load_asked(self, path: Path) -> None:
        try:
            self.load([path.absolute()])
        except UserError as error:
            self._shell.teller.tell(error)

    def _folder(self) -> str:
        """Return where sessions lie: beside this one, or where the user keeps them."""
        if self.path is not None:
            return str(self.path.parent)
        folder = self._shell.settings.session_folder
        return folder if folder and Path(folder).is_dir() else ""

    def new(self, argument: str = "") -> None:
        """Begin with no world, after asking."""
        self.ask_first(self._clear, "Beginning anew")

    def ask_first(self, then: Then, deed: str, *, sure: bool = False) -> None:
        """Do something that loses what is open, after asking where anything would be lost.

        With `sure` it is asked in any case.
        """
        if not sure and not (self.asks and self.modified()):
            then()
            return
        self._ask(deed, then, then)

    def _ask(self, deed: str, saved: Then, discarded: Then) -> None:
        """Ask whether to save first; a question that is open already stays the only one."""
        if self._question is not None:
            self._question.raise_()
            return
        dialog = KeepDialog(self.name, self._losses(), deed, self._shell.window)
        dialog.save.connect(partial(self._save_first, saved))
        dialog.discard.connect(discarded)
        dialog.finished.connect(self._answered)
        self._question = dialog
        dialog.open()

    def _answered(self) -> None:
        self._question = None

    def _save_first(self, then: Then) -> None:
        try:
            self.save(then=then)
        except UserError as error:
            self._shell.teller.tell(error)

    def _clear(self) -> None:
        lab = self._shell.lab
        lab.select(None)
        for world in list(lab.worlds):
            lab.close(world)
        self._adopt(None)

    def load(self, paths: list[Path], recovered: Then | None = None) -> None:
        """Open the first of these files that is sound, without asking; the rest are older ones.

        `recovered` is called once an autosaved session is open.
        """
        if self.busy:
            raise BadInput("a session is being saved or opened", remedy="Wait for it to end")

        def read(activity: Activity) -> Session:
            first: UserError | None = None
            for path in paths:
                try:
                    return unpack(path, activity)
                except UserError as error:
                    first = first or error
            assert first is not None
            raise first

        self._opening = self._shell.jobs.start(
            read,
            partial(self._restore, recovered),
            partial(self._not_opened, paths[0]),
            title=f"Opening {paths[0].name}",
        )

    def _restore(self, recovered: Then | None, session: Session) -> None:
        self._opening = None
        there = tuple(world for world in session.worlds if not world.waits)
        self._restoring = Restoring(self._shell.lab, replace(session, worlds=there), self)
        self._restoring.done.connect(partial(self._restored, recovered, session))
        self._restoring.failed.connect(partial(self._not_opened, session.path))
        self._restoring.start()

    def _not_opened(self, path: Path, error: Exception) -> None:
        self._opening = self._restoring = None
        self._shell.teller.tell(about(error, path))

    def _restored(self, recovered: Then | None, session: Session, there: list[World]) -> None:
        shell, lab, manifest = self._shell, self._shell.lab, session.manifest
        assert self._restoring is not None
        self._restoring.deleteLater()
        self._restoring = None
        came = iter(there)
        worlds = [None if opened.waits else next(came) for opened in session.worlds]
        front = worlds[manifest.selected] if worlds else None
        # Once, and not each time that one closes; none is waited for, since its tick may last.
        lab.select(front or next(iter(there), None))
        for closing in [world for world in lab.worlds if world not in there]:
            lab.close(closing)
        arrange(shell, session, worlds)
        for note in session.notes:
            shell.teller.say(note, "train")
        if recovered is None:
            self._adopt(session.path, manifest.saved)
            shell.settings.remember_session(session.path)
            shell.save_settings()
        else:
            self._adopt(Path(manifest.name) if manifest.name else None)
            self.ledger.recovered = True
            self.look()
        for world, opened in zip(worlds, session.worlds, strict=True):
            if world is not None:
                self._came(world, opened)
        self.autosave.forget()
        if len(there) < len(worlds):
            self._late = Late(shell, session, worlds, self)
            self._late.came.connect(self._came)
            self._late.settled.connect(partial(self._settled, recovered))
            self._late.start()
        elif recovered is not None:
            recovered()

    def _came(self, world: World, opened: OpenedWorld) -> None:
        """Let a world of the session go on as it did; as it stands now it was saved."""
        page = self._shell.window.page_of(world)
        if self._late is not None and page is not None:
            page.recall(opened.kept.page)
        # Held down while a session opens, Shift keeps everything still.
        held = QApplication.queryKeyboardModifiers() & Qt.KeyboardModifier.ShiftModifier
        go_on(world, opened, playing=not held)
        self.ledger.came(world, tuple(title for title, _ in opened.bookmarks))

    def _settled(self, recovered: Then | None, whole: bool) -> None:
        """All worlds are there; or some are not, and stay in the session's file alone."""
        assert self._late is not None
        if whole:
            self._end_late()
            if recovered is not None:
                recovered()
        else:
            kept = "they are still in the session's file" if recovered is None else "they are kept"
            self._shell.teller.say(f"Not opened: {self._late.titles}; {kept}", "train")
        self.look()

    def _end_late(self) -> None:
        if self._late is not None:
            self._late.stop()
            self._late = None

    def _adopt(self, path: Path | None, saved_at: str = "") -> None:
        """Take what is open now as a session that is saved there."""
        self._end_late()
        self.path, self.saved_at = path, saved_at
        self.ledger.adopt()
        self.autosave.forget()
        self.look()

    # Showing, closing.

    def show_changes(self, argument: str = "") -> None:
        """List what changed since the session was saved."""
        dialog = ChangesDialog(self.name, self.saved_at, self.ledger.changes(), self._shell.window)
        dialog.save.connect(partial(self._save_first, self.look))
        dialog.open()

    def look(self) -> None:
        """Show whether it is modified."""
        now = (self.name, self.modified())
        if now != self._was:
            self._was = now
            self.retitle()
            self.changed.emit()

    def retitle(self) -> None:
        """Name world and session in the window's title."""
        world, window = self._shell.lab.world, self._shell.window
        title = f"{world.title} - " if world is not None else ""
        title += f"{self.name}[*] - " if self.name else "[*]"
        window.setWindowTitle(f"{title}Primordia")
        window.setWindowModified(self._was[1])

    def may_close(self) -> bool:
        """Tell whether the window may close; if not, ask, and close it later."""
        if self._saving is not None and not self.asks:
            self._wait(self._saving)  # a script that ends by saving wants its file
        if self._sure or not self.asks or not self.modified():
            return True
        if self._saving is not None:  # what is being saved is not given up
            self._close_after = True
            return False
        self._ask("Closing", self._close_window, self._close_window)
        return False

    def _wait(self, saving: Saving) -> None:
        loop = QEventLoop()
        saving.done.connect(loop.quit)
        saving.failed.connect(loop.quit)
        QTimer.singleShot(WAIT_MS, loop, loop.quit)
        loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)

    def _close_window(self) -> None:
        self._sure = True
        self._shell.window.close()

    def close(self) -> None:
        """End timers; what was saved by itself is no longer needed."""
        self._timer.stop()
        if self._saving is not None:
            self._saving.stop()
        if self._restoring is not None:
            self._restoring.stop()
        self._end_late()
        self.autosave.close()

    def _opened(self, world: World) -> None:
        world.title_changed.connect(self.retitle)

    def _closed(self, world: World) -> None:
        number = self.ledger.closed(world)
        if number is not None:
            self.autosave.closed(world, number)


def install(shell: Shell) -> SessionPart:
    """Make the part of a window."""
    return SessionPart(shell)
