"""The tape inspector: a program taken from the world, run step by step, to and fro."""

from __future__ import annotations

from html import escape
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.dialogs.act import ActDialog, asks
from app.lab import Lab, World
from app.panels.tape_session import TapeSession, steps_per_tick
from app.panels.tape_text import trace_lines
from app.panels.tape_tools import TapeTools
from app.widgets.generations import Generations
from app.widgets.listing import Listing
from app.widgets.section import dim_label
from app.widgets.stack_strip import StackStrip
from app.widgets.tape_strip import POINTERS, TapeStrip
from app.widgets.trace_picture import WIDEST, TracePicture, trace_image
from engine.core.commands import Act, Reply, RunnerState
from engine.core.errors import UserError
from engine.core.files import write_atomically
from engine.core.programs import Alphabet, Line, Place, Replication, Trace
from engine.core.system import ActionOffer

__all__ = ["TapePanel"]

TICK_MS = 25
WIDE = 1200
HINT = "Pick a program in the world, or type one here"
CODE_NAMES = ("code", "program", "text")


class TapePanel(QWidget):
    """Follows the programs that are picked in the selected world.

    Signals
    -------
    loaded
        The run of a tape came and is shown.
    offered : bool
        The selected world consists of programs, or no longer.
    """

    loaded = Signal()
    offered = Signal(bool)

    def __init__(self, lab: Lab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._world: World | None = None
        self._alphabet: Alphabet | None = None
        self._left = b""
        self._right: bytes | None = None  # None: noise
        self._place: Place | None = None
        self._wants_partner = False
        self._asked: dict[str, int] = {}
        self._halves: tuple[bytes, ...] = ()
        self._lines: dict[bytes, tuple[Line, ...]] = {}
        self.session: TapeSession | None = None
        self.tools = TapeTools()
        self.strip = TapeStrip()
        self.stack = StackStrip()
        self.stack.hide()
        self.listing = Listing()
        self.picture = TracePicture()
        self.generations = Generations()
        self._hint = dim_label(HINT)
        self.note = QLabel()
        self.note.setFont(theme.font("caption"))
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._ticked, self._rest = 0.0, 0.0
        self._arrange()
        self._connect()
        self._show()
        lab.selected.connect(self._select)
        self._select(lab.world)

    @property
    def alphabet(self) -> Alphabet | None:
        """How the selected world's bytes are written; None unless it consists of programs."""
        return self._alphabet

    # The program.

    def load(self, code: bytes, place: Place | None = None) -> None:
        """Run a program (or, of two programs' length, a whole tape) and show it from its start."""
        self._left, self._place = bytes(code), place
        self._halves = ()
        if self._whole():
            self._right = None
        self._run()

    def set_partner(self, code: bytes | None) -> None:
        """Run with another program on the right; None is noise."""
        self._right = code
        self._wants_partner = False
        if self._whole():
            self._left = self._left[: self._length()]
        self._run()

    def assemble(self, text: str) -> None:
        """Read a program's text and load it; where it is wrong the note says."""
        self._ask("assemble", {"text": text}, self._assembled)

    def test(self) -> None:
        """Ask whether the left program copies itself."""
        if self._left:
            self._say("Testing...")
            self._ask("score", {"code": self._left[: self._length()]}, self._scored)

    def insert(self, offer: ActionOffer) -> None:
        """Put the left program into the world, by an action that the world offers."""
        if self._world is None or not self._left:
            return
        known = self._known(offer)
        if asks(offer, known):
            dialog = ActDialog(offer, known, self)
            accepted = dialog.exec()
            dialog.deleteLater()
            if not accepted:
                return
            known = dialog.arguments()
        self._world.submit(Act(offer.name, known))

    # Steps.

    def go(self, step: int) -> None:
        """Show another step."""
        if self.session is not None:
            self.session.go(step)
            self._show()

    def set_playing(self, on: bool) -> None:
        """Run, or stop."""
        session = self.session
        on = on and session is not None
        if on and session is not None and session.at_end:
            session.go(0)
        if on:
            self._ticked, self._rest = monotonic(), 0.0
            self._timer.start()
        else:
            self._timer.stop()
        self.tools.set_playing(on)
        self._show()

    @property
    def playing(self) -> bool:
        """Whether it runs."""
        return self._timer.isActive()

    def toggle_breakpoint(self, address: int) -> None:
        """Set or take away a breakpoint."""
        if self.session is not None:
            self.session.toggle_breakpoint(address)
            self._show()

    # Out of here.

    def copy(self) -> None:
        """Copy the left program as text that can be typed in again."""
        if self._left:
            self._ask("spell", {"code": self._now()[0]}, self._copy)

    def export_text(self, path: Path) -> None:
        """Write the run as text."""
        if self.session is not None and self._alphabet is not None:
            lines = "\n".join(trace_lines(self.session.trace, self._alphabet)) + "\n"
            self._write(path, lines.encode())

    def export_picture(self, path: Path) -> None:
        """Write the picture of the run as PNG, every step a column of at least one pixel."""
        if self.session is None:
            return
        trace = self.session.trace
        image = trace_image(trace, min(WIDEST, max(1, trace.steps)))
        side = max(1, min(8, 1024 // max(1, image.width())))
        image = image.scaled(image.width() * side, image.height() * max(4, side))
        self._write(path, _png(image))

    # The world.

    def _select(self, world: World | None) -> None:
        if self._world is not None:
            self._world.program_picked.disconnect(self._picked)
            self._world.state_changed.disconnect(self._state_changed)
        self._world = world
        self._alphabet = None
        self.offered.emit(False)
        self._forget()
        if world is not None:
            world.program_picked.connect(self._picked)
            world.state_changed.connect(self._state_changed)
            self._state_changed(world.state)

    def _forget(self) -> None:
        self._timer.stop()
        self.session, self._left, self._right, self._place = None, b"", None, None
        self._asked.clear()
        self._lines.clear()
        self._wants_partner = False
        self.tools.set_text("")
        self._say("")
        self._show()

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
        self.strip.set_alphabet(alphabet)
        self.offered.emit(alphabet is not None)

    def _picked(self, code: bytes, place: Place | None) -> None:
        if self._wants_partner and self._left:
            self.set_partner(bytes(code))
        else:
            self.load(code, place)

    # Questions.

    def _ask(self, question: str, arguments: dict[str, Any], done: Any) -> None:
        if self._world is not None:
            self._asked[question] = self._world.ask(question, arguments, done)

    def _answer(self, question: str, reply: Reply) -> Any:
        """Return the newest answer; None for an older one or a refusal, which is told."""
        if self._asked.get(question) != reply.id:
            return None
        del self._asked[question]
        if reply.error is not None:
            self._say(_words(reply.error), "danger")
            return None
        return reply.value

    def _run(self) -> None:
        if self._left:
            arguments: dict[str, Any] = {"left": self._left}
            if self._right is not None:
                arguments["right"] = self._right
            self._ask("trace", arguments, self._traced)
            if not self.tools.text.hasFocus():
                self._ask("spell", {"code": self._left[: self._length()]}, self._spelled)

    def _traced(self, reply: Reply) -> None:
        trace = self._answer("trace", reply)
        if not isinstance(trace, Trace):
            return
        breaks = self.session.breakpoints if self.session is not None else set()
        self.session = TapeSession(trace, {at for at in breaks if at < len(trace.start)})
        self.picture.set_trace(trace)
        self._show_run()
        self._say("")
        self.set_playing(False)
        self.loaded.emit()

    def _spelled(self, reply: Reply) -> None:
        text = self._answer("spell", reply)
        if isinstance(text, str):
            self.tools.set_text(text)

    def _copy(self, reply: Reply) -> None:
        text = self._answer("spell", reply)
        if isinstance(text, str):
            QGuiApplication.clipboard().setText(text)
            self._say("Copied the program as text")

    def _assembled(self, reply: Reply) -> None:
        code = self._answer("assemble", reply)
        if isinstance(code, bytes):
            self.tools.text.setModified(False)
            self.load(code)
            self.strip.setFocus()

    def _scored(self, reply: Reply) -> None:
        found = self._answer("score", reply)
        if isinstance(found, Replication):
            verdict = "replicates" if found.replicates else "does not replicate"
            self._say(
                f"{verdict}: {found.score} of {found.length} bytes came through, "
                f"{found.threshold} would do",
                "accent" if found.replicates else "",
            )
            if self._alphabet is not None:
                self.generations.set_tapes(found.generations, self._alphabet)
                self._pictures.setCurrentWidget(self.generations)
                self.tools.side.setChecked(True)

    def _disassembled(self, reply: Reply) -> None:
        lines = self._answer("disassemble", reply)
        if lines is not None and self._halves:
            missing = next((half for half in self._halves if half not in self._lines), None)
            if missing is not None:
                if len(self._lines) > 64:
                    self._lines.clear()
                self._lines[missing] = tuple(lines)
            self._list()

    def _list(self) -> None:
        """Show the lines of both programs as they are now; ask for those that are not known."""
        session = self.session
        if session is None or "disassemble" in self._asked:
            return
        self._halves = self._now()
        missing = next((half for half in self._halves if half not in self._lines), None)
        if missing is not None:
            self._ask("disassemble", {"code": missing}, self._disassembled)
            return
        lines: list[Line] = []
        base = 0
        for half in self._halves:
            for line in self._lines[half]:
                lines.append(Line(line.at + base, line.code, line.text, line.remark))
            base += len(half)
        self.listing.set_lines(lines)

    # What is shown.

    def _show(self) -> None:
        session = self.session
        ready = session is not None
        self.strip.setVisible(ready)
        self._choose_page(self.tools.side.isChecked())
        self._hint.setVisible(not ready)
        self.tools.set_ready(ready)
        self._title()
        if session is None:
            self.stack.set_stack(None)
            self.picture.set_trace(None)
            self.listing.set_lines(())
            return
        self.tools.set_place(session.step, session.last, session.operations)
        self.strip.set_tape(
            session.tape,
            session.trace.start,
            pointers=session.pointers(),
            writes=session.writes(),
            reads=session.reads(),
            breaks=session.breakpoints,
        )
        self.stack.set_stack(session.stack())
        self.picture.set_step(session.step)
        if not self.playing:
            self._list()
        self.listing.set_marks(session.pc, session.breakpoints)
        parts = [self._told(session), f"{int(session.changed().sum())} changed"]
        if session.at_end:
            parts.append(escape(session.trace.halted) or "the limit of steps was reached")
        self._registers.setText(" &nbsp; ".join(parts))

    def _told(self, session: TapeSession) -> str:
        """Write the registers, pointers in the colour of their frames on the tape."""
        words = []
        for name, value in session.registers().items():
            place = session.trace.pointers.index(name) if name in session.trace.pointers else None
            tint = theme.colour("dim" if place is None else POINTERS[place % len(POINTERS)])
            words.append(f'<span style="color:{tint.name()}">{escape(name)} {value}</span>')
        return " &nbsp;".join(words)

    def _title(self) -> None:
        if not self._left:
            words = ""
        elif self._place is not None:
            words = f"program {self._place.program:,}"
        else:
            words = "whole tape" if self._whole() else "typed"
        self.tools.title.setText(words)
        partner = "noise" if self._right is None else "a partner"
        words = "pick a partner..." if self._wants_partner else f"with {partner}"
        self.tools.partner.setText("" if self._whole() else words)
        self.tools.partner.setEnabled(bool(self._left))

    def _say(self, words: str, role: str = "") -> None:
        self.note.setText(words)
        self.note.setStyleSheet(f"color: {theme.colour(role or 'dim').name()}")

    def _length(self) -> int:
        return self._alphabet.length if self._alphabet is not None else len(self._left)

    def _whole(self) -> bool:
        return bool(self._left) and len(self._left) > self._length()

    def _now(self) -> tuple[bytes, ...]:
        """Return the programs on the tape at the present step."""
        tape = bytes(self.session.tape) if self.session is not None else self._left
        length = self._length()
        return (tape[:length], tape[length:]) if len(tape) == 2 * length else (tape,)

    # Hands.

    def _edit(self, address: int, code: int) -> None:
        session = self.session
        if session is None:
            return
        # What was typed before this may not have been answered yet.
        before = self._left if self._whole() else bytes(session.trace.start)
        if before[address] == code:
            return
        tape = before[:address] + bytes([code]) + before[address + 1 :]
        # Shown at once, for the world may be busy; the run comes with the answer.
        now: NDArray[Any] = np.frombuffer(tape, np.uint8)
        self.strip.set_tape(
            now, session.trace.start, pointers={}, writes={}, reads=(), breaks=session.breakpoints
        )
        self.load(tape)

    def _editing(self, on: bool) -> None:
        if on:
            self.set_playing(False)
            self.go(0)
            self._say("Type hex digits or glyphs; Esc ends", "train")
        else:
            self._say("")

    def _pick_line(self, address: int) -> None:
        self.strip.set_cursor(address)

    def _asked_for(self, name: str) -> None:
        session = self.session
        if session is None:
            return
        if name == "play":
            self.set_playing(not self.playing)
            return
        self.set_playing(False)
        if name == "first":
            session.go(0)
        elif name == "last":
            session.run()
        else:
            session.move(-1 if name == "back" else 1)
        self._show()

    def _tick(self) -> None:
        session = self.session
        if session is None:
            return
        now = monotonic()
        due, self._rest = steps_per_tick(
            self.tools.steps_per_second, min(now - self._ticked, 0.25), self._rest
        )
        self._ticked = now
        if not due:
            return
        if session.advance(due):
            self._show()
        else:
            self.set_playing(False)

    def event(self, event: QEvent) -> bool:
        """Take the keys that step before the window does, which steps the world."""
        override = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if override and self._deed(event) is not None:  # type: ignore[arg-type]
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        deed = self._deed(event)
        if deed is None:
            event.ignore()
        elif isinstance(deed, int):
            self.set_playing(False)
            if self.session is not None:
                self.go(self.session.step + deed)
        elif deed == "break":
            self.toggle_breakpoint(self.strip.cursor_at)
        elif deed == "end":
            self.set_playing(False)
            self.go(self.session.last if self.session is not None else 0)
        else:
            self._asked_for(deed)

    def _deed(self, event: QKeyEvent) -> int | str | None:
        if self.session is None or self.strip.editing or self.tools.text.hasFocus():
            return None
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.modifiers() & ~(
            Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
        ):
            return None
        deeds: dict[int, int | str] = {
            Qt.Key.Key_Left: -10 if shift else -1,
            Qt.Key.Key_Right: 10 if shift else 1,
            Qt.Key.Key_Up: -10,
            Qt.Key.Key_Down: 10,
            Qt.Key.Key_Home: "first",
            Qt.Key.Key_End: "end",
            Qt.Key.Key_Space: "play",
            Qt.Key.Key_S: "step",
            Qt.Key.Key_B: "break",
        }
        return deeds.get(event.key())

    # Menus and files.

    def _fill_partner(self) -> None:
        menu = self.tools.partner.menu()
        menu.clear()
        menu.addAction("Noise").triggered.connect(self._with_noise)
        menu.addAction("Itself").triggered.connect(self._with_itself)
        menu.addAction("The next program that is picked").triggered.connect(self._want_partner)

    def _fill_more(self) -> None:
        menu = self.tools.more.menu()
        menu.clear()
        ready = self.session is not None
        for words, deed in (
            ("Does it replicate?", self.test),
            ("Copy program as text", self.copy),
            ("Edit bytes", self._begin_editing),
            ("Clear breakpoints", self._clear_breakpoints),
            ("Export run as text...", self._ask_text),
            ("Export run as picture...", self._ask_picture),
        ):
            action = menu.addAction(words)
            action.setEnabled(ready)
            action.triggered.connect(deed)
        offers = self._offers()
        if offers:
            menu.addSeparator()
        for offer in offers:
            action = menu.addAction(offer.title)
            action.setData(offer)
            action.setToolTip(offer.help)
            action.setEnabled(ready)
            action.triggered.connect(self._insert_chosen)

    def _offers(self) -> tuple[ActionOffer, ...]:
        """Return the actions of the world that take a program's text."""
        can = self._world.state.capabilities if self._world is not None else None
        return tuple(offer for offer in (can.actions if can else ()) if self._known(offer))

    def _known(self, offer: ActionOffer) -> dict[str, Any]:
        """Fill in what is known of an action's arguments; empty where it takes no program."""
        fields = (offer.schema or {}).get("properties", {})
        text = "hex:" + self._left[: self._length()].hex()
        known: dict[str, Any] = {
            name: text
            for name in CODE_NAMES
            if name in fields and fields[name].get("type") == "string"
        }
        number = fields.get("program", {}).get("type") == "integer"
        if known and number and self._place is not None:
            known["program"] = self._place.program
        return known

    def _insert_chosen(self) -> None:
        self.insert(self.sender().data())  # type: ignore[attr-defined]

    def _with_noise(self) -> None:
        self.set_partner(None)

    def _with_itself(self) -> None:
        self.set_partner(self._left[: self._length()])

    def _want_partner(self) -> None:
        self._wants_partner = True
        self._title()

    def _begin_editing(self) -> None:
        self.strip.setFocus()
        self.strip.set_editing(True)

    def _clear_breakpoints(self) -> None:
        if self.session is not None:
            self.session.breakpoints.clear()
            self._show()

    def _ask_text(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Export run", "trace.txt", "Text (*.txt)")
        if name:
            self.export_text(Path(name))

    def _ask_picture(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Export run", "trace.png", "PNG (*.png)")
        if name:
            self.export_picture(Path(name))

    def _write(self, path: Path, data: bytes) -> None:
        try:
            write_atomically(path, data)
        except UserError as error:
            self._lab.problem.emit(error)
        else:
            self._say(f"Wrote {path.name}")

    def _arrange(self) -> None:
        self._registers = dim_label()
        self._registers.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._pictures = QStackedWidget()
        self._pictures.addWidget(self.picture)
        self._pictures.addWidget(self.generations)
        self._wide = False
        self._side = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._side.setSpacing(theme.UNIT)
        self._side.addWidget(self.listing, 3)
        self._side.addWidget(self._pictures, 2)
        body = QHBoxLayout()
        body.setSpacing(theme.PADDING)
        body.addWidget(self.strip, 3)
        body.addWidget(self.stack)
        body.addLayout(self._side, 1)
        foot = QHBoxLayout()
        foot.addWidget(self._registers)
        foot.addStretch(1)
        foot.addWidget(self.note)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.UNIT)
        layout.setSpacing(theme.UNIT)
        layout.addWidget(self.tools)
        layout.addWidget(self._hint, 1)
        layout.addLayout(body, 1)
        layout.addLayout(foot)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the picture of the run beside the listing where there is room."""
        wide = event.size().width() >= WIDE
        directions = QBoxLayout.Direction
        self._side.setDirection(directions.LeftToRight if wide else directions.TopToBottom)
        self._wide = wide
        self._choose_page(self.tools.side.isChecked())
        super().resizeEvent(event)

    def _show_run(self) -> None:
        self._pictures.setCurrentWidget(self.picture)

    def _choose_page(self, picture: bool) -> None:
        """Where it is narrow, show the listing or the picture, not both."""
        ready = self.session is not None
        self.tools.side.setVisible(ready and not self._wide)
        self.listing.setVisible(ready and (self._wide or not picture))
        self._pictures.setVisible(ready and (self._wide or picture))

    def _connect(self) -> None:
        self.tools.side.toggled.connect(self._choose_page)
        self.generations.clicked.connect(self._show_run)
        self.tools.asked.connect(self._asked_for)
        self.tools.typed.connect(self.assemble)
        self.tools.partner.menu().aboutToShow.connect(self._fill_partner)
        self.tools.more.menu().aboutToShow.connect(self._fill_more)
        self.strip.break_asked.connect(self.toggle_breakpoint)
        self.strip.edited.connect(self._edit)
        self.strip.editing_changed.connect(self._editing)
        self.strip.picked.connect(self.listing.reveal)
        self.listing.break_asked.connect(self.toggle_breakpoint)
        self.listing.picked.connect(self._pick_line)
        self.picture.jumped.connect(self.go)


def _words(error: BaseException) -> str:
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"


def _png(image: Any) -> bytes:
    from PySide6.QtCore import QBuffer, QIODevice

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())
