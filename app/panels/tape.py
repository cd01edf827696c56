"""The tape inspector: a program taken from the world, run step by step, to and fro."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.dialogs.act import perform
from app.lab import Lab
from app.panels.tape_files import picture_bytes, text_bytes
from app.panels.tape_insert import known_arguments
from app.panels.tape_keys import deed_of
from app.panels.tape_lines import TapeLines
from app.panels.tape_menus import TapeMenus
from app.panels.tape_pair import TapePair
from app.panels.tape_questions import Questions
from app.panels.tape_run import TapeRun
from app.panels.tape_session import TapeSession
from app.panels.tape_tools import TapeTools
from app.panels.tape_transport import TapeTransport
from app.panels.tape_view import TapeView
from app.world import World
from engine.core.commands import RunnerState
from engine.core.errors import UserError
from engine.core.files import write_atomically
from engine.core.programs import Alphabet, Line, Place, Replication, Trace
from engine.core.system import ActionOffer

__all__ = ["TapePanel"]


class TapePanel(QWidget):
    """Follows the programs that are picked in the selected world.

    Signals
    -------
    loaded
        The run of a tape came and is shown.
    offered : bool
        The selected world consists of programs, or no longer.
    wanted
        A program was picked in the picture of the world: this panel is what shows it.
    """

    loaded = Signal()
    offered = Signal(bool)
    wanted = Signal()

    def __init__(self, lab: Lab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._world: World | None = None
        self._alphabet: Alphabet | None = None
        self.pair = TapePair()
        self._wants_partner = False
        self._aimed: tuple[TapeSession, int] | None = None
        self.questions = Questions(self)
        self.tools = TapeTools()
        self.transport = TapeTransport()
        self.run = TapeRun(self.transport.rate, self)
        self.view = TapeView()
        self._lines = TapeLines(self.questions, self)
        self._menus = TapeMenus(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.UNIT)
        layout.setSpacing(theme.UNIT)
        layout.addWidget(self.tools)
        layout.addWidget(self.transport)
        layout.addWidget(self.view, 1)
        self._connect()
        self._show()
        lab.selected.connect(self._select)
        self._select(lab.world)

    @property
    def session(self) -> TapeSession | None:
        """The run that is shown, and the step."""
        return self.run.session

    @property
    def alphabet(self) -> Alphabet | None:
        """How the selected world's bytes are written; None unless it consists of programs."""
        return self._alphabet

    @property
    def world(self) -> World | None:
        """The world whose programs are looked at."""
        return self._world

    # The program.

    def load(self, code: bytes, place: Place | None = None) -> None:
        """Run a program (or, of two programs' length, a whole tape) and show it from its start."""
        self.pair.load(bytes(code), place)
        self._ask_run()

    def set_partner(self, code: bytes | None, place: Place | None = None) -> None:
        """Run with another program on the right; None is noise."""
        self.pair.join(code, place)
        self._wants_partner = False
        self._ask_run()

    def pair_with_itself(self) -> None:
        """Run with its own copy on the right."""
        self.set_partner(self.pair.program)

    def want_partner(self, on: bool = True) -> None:
        """Take the next program that is picked for the partner."""
        self._wants_partner = on
        self._title()

    def swap(self) -> None:
        """Exchange left and right; noise becomes a program then."""
        if self.session is not None:
            self.pair.swap(bytes(self.session.trace.start))
            self._ask_run()

    def assemble(self, text: str) -> None:
        """Read a program's text and load it; where it is wrong the note says."""
        self.questions.ask("assemble", {"text": text}, self._assembled)

    def test(self) -> None:
        """Ask whether the left program copies itself."""
        if self.pair.left:
            self.view.say("Testing...")
            self.questions.ask("score", {"code": self.pair.program}, self._scored)

    def insert(self, offer: ActionOffer) -> None:
        """Put the left program into the world, by an action that the world offers."""
        if self._world is not None and self.pair.left:
            known = known_arguments(offer, self.pair.program, self.pair.place)
            done = f"{offer.title}: done"
            perform(offer, known, self._world, self, partial(self.view.say, done, "accent"))

    def copy(self) -> None:
        """Copy the left program, as it is at this step, as text that can be typed in again."""
        if self.pair.left:
            self.questions.ask("spell", {"code": self._now()[0]}, self._copy)

    def begin_editing(self) -> None:
        """Let what is typed change bytes."""
        self.view.strip.setFocus()
        self.view.strip.set_editing(True)

    # Out of here.

    def export_text(self, path: Path) -> None:
        """Write the run as text."""
        if self.session is not None and self._alphabet is not None:
            self._write(path, text_bytes(self.session.trace, self._alphabet))

    def export_picture(self, path: Path) -> None:
        """Write the picture of the run as PNG."""
        if self.session is not None:
            self._write(path, picture_bytes(self.session.trace))

    def _write(self, path: Path, data: bytes) -> None:
        try:
            write_atomically(path, data)
        except UserError as error:
            self._lab.problem.emit(error)
        else:
            self.view.say(f"Wrote {path.name}", "accent")

    # The world.

    def _select(self, world: World | None) -> None:
        if self._world is not None:
            self._world.program_picked.disconnect(self._picked)
            self._world.state_changed.disconnect(self._state_changed)
        self._world = world
        self.questions.set_world(world)
        self._alphabet = None
        self.offered.emit(False)
        self._forget()
        if world is not None:
            world.program_picked.connect(self._picked)
            world.state_changed.connect(self._state_changed)
            self._state_changed(world.state)

    def _forget(self) -> None:
        self.pair = TapePair()
        self._wants_partner = False
        self.questions.forget()
        self._lines.forget()
        self.tools.set_text("")
        self.run.clear()
        self.view.say("")

    def _state_changed(self, state: RunnerState) -> None:
        can = state.capabilities
        alphabet = can.alphabet if can is not None else None
        if alphabet is self._alphabet:
            return
        before, self._alphabet = self._alphabet, alphabet
        if before is not None and (
            alphabet is None
            or (alphabet.language, alphabet.length) != (before.language, before.length)
        ):
            self._forget()
        self.pair.length = alphabet.length if alphabet is not None else 0
        self.view.strip.set_alphabet(alphabet)
        self.offered.emit(alphabet is not None)

    def _picked(self, code: bytes, place: Place | None) -> None:
        if self._wants_partner and self.pair.left:
            self.set_partner(bytes(code), place)
        else:
            self.load(code, place)
        if place is not None:
            self.wanted.emit()

    # Questions and answers.

    def _ask_run(self) -> None:
        if self.pair.left:
            self.view.say("Running it...")
            self.questions.ask("trace", self.pair.question(), self._traced)
            self.questions.ask("spell", {"code": self.pair.program}, self._spelled)

    def _traced(self, trace: Trace) -> None:
        self.view.set_trace(trace)
        self.run.load(trace)
        self.view.say("")
        self.loaded.emit()

    def _listed(self, lines: tuple[Line, ...]) -> None:
        self.view.listing.set_lines(lines)
        self.view.show_session(self.session, self._alphabet)  # now it is known what is next

    def _spelled(self, text: str) -> None:
        self.tools.set_text(text)

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.view.say("Copied the program as text", "accent")

    def _assembled(self, code: bytes) -> None:
        self.tools.text.setModified(False)
        self.load(code)
        self.view.strip.setFocus()

    def _scored(self, found: Replication) -> None:
        verdict = "replicates" if found.replicates else "does not replicate"
        self.view.say(
            f"{verdict}: {found.score} of {found.length} bytes came through, "
            f"{found.threshold} would do",
            "accent" if found.replicates else "train",
        )
        if self._alphabet is not None:
            self.view.show_generations(found, self._alphabet)
            self.transport.side.setChecked(True)

    def _refused(self, words: str) -> None:
        self.view.say(words, "danger")

    # What is shown.

    def _show(self) -> None:
        session = self.session
        ready = session is not None
        self.transport.setVisible(ready)
        self.tools.set_ready(ready)
        self._title()
        self.view.show_session(session, self._alphabet)
        if session is not None:
            self.transport.set_place(session.step, session.last, session.operations)
            if not self.run.playing:
                self._lines.want(self._now())

    def _title(self) -> None:
        self.tools.title.setText(self.pair.title())
        waits = "click its partner..." if self._wants_partner else ""
        self.tools.set_partner(waits or self.pair.company())

    def _now(self) -> tuple[bytes, ...]:
        """Return the programs on the tape at the present step."""
        tape = bytes(self.session.tape) if self.session is not None else self.pair.left
        length = self.pair.length
        return (tape[:length], tape[length:]) if len(tape) == 2 * length else (tape,)

    # Hands.

    def _edit(self, address: int, code: int) -> None:
        session = self.session
        if session is None:
            return
        start = session.trace.start
        tape = self.pair.edit(bytes(start), address, code)
        if tape is None:
            return
        # Shown at once, for the world may be busy; the run comes with the answer.
        self.view.strip.set_tape(
            np.frombuffer(tape, np.uint8),
            start,
            pointers={},
            writes={},
            reads=(),
            breaks=session.breakpoints,
        )
        self._ask_run()

    def _editing(self, on: bool) -> None:
        if on:
            self.run.do("first")
            self.view.say("Type hex digits or glyphs; Esc ends", "train")
        else:
            self.view.say("")

    def event(self, event: QEvent) -> bool:
        """Take the keys that step before the window does, which steps the world."""
        override = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if override and self._deed(event) is not None:  # type: ignore[arg-type]
            event.accept()
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        """Write the registers in the colours of another theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self.view.show_session(self.session, self._alphabet)
        super().changeEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the keyboard: a click beside everything means this panel, too."""
        self.view.strip.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        deed = self._deed(event)
        if deed is None:
            event.ignore()
        elif deed == "break":
            self.run.toggle_breakpoint(self._stop_at())
        else:
            self.run.do(deed)

    def _aim(self) -> None:
        """Note that a byte was chosen by hand at this step."""
        self._aimed = (self.session, self.session.step) if self.session is not None else None

    def _stop_at(self) -> int:
        """Where the key sets a breakpoint: the byte chosen at this step, else the next command."""
        session, cursor = self.session, self.view.strip.cursor_at
        if session is None or session.pc is None or self._aimed == (session, session.step):
            return cursor
        return session.pc

    def _deed(self, event: QKeyEvent) -> int | str | None:
        if self.session is None or self.view.strip.editing or self.tools.text.hasFocus():
            return None
        return deed_of(event)

    def _connect(self) -> None:
        strip, listing = self.view.strip, self.view.listing
        self.run.moved.connect(self._show)
        self.run.playing_changed.connect(self.transport.set_playing)
        self.questions.refused.connect(self._refused)
        self._lines.ready.connect(self._listed)
        self.transport.side.toggled.connect(self.view.choose_picture)
        self.transport.asked.connect(self.run.do)
        self.transport.jumped.connect(self.run.go)
        self.tools.typed.connect(self.assemble)
        self.tools.test_asked.connect(self.test)
        strip.picked.connect(self._aim)
        listing.picked.connect(self._aim)
        strip.break_asked.connect(self.run.toggle_breakpoint)
        strip.edited.connect(self._edit)
        strip.editing_changed.connect(self._editing)
        listing.break_asked.connect(self.run.toggle_breakpoint)
        self.view.widened.connect(self.transport.side.setHidden)
        self.view.picture.jumped.connect(self.run.go)
