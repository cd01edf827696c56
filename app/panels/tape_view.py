"""What is seen of a run: the tape, its stack, the code, pictures, and a line of registers."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app import theme
from app.panels.tape_session import TapeSession
from app.panels.tape_words import registers_words
from app.widgets.elided import ElidedLabel
from app.widgets.generations import Generations
from app.widgets.listing import Listing
from app.widgets.section import dim_label
from app.widgets.stack_strip import StackStrip
from app.widgets.tape_strip import TapeStrip
from app.widgets.trace_picture import TracePicture
from engine.core.programs import Alphabet, Line, Replication, Trace

__all__ = ["TapeView"]

WIDE = 1100
EMPTY = (
    "Click a program in the picture, choose one in a table or tree, "
    "or type one above and press Enter: here it is run step by step"
)
HINT = "Double-click a byte to edit it, Shift-click one for a breakpoint"


class TapeView(QWidget):
    """Arranges the widgets; where it is narrow the code and the pictures take turns.

    Signals
    -------
    widened : bool
        Whether there is room for the code and a picture beside each other.
    """

    widened = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strip = TapeStrip()
        self.stack = StackStrip()
        self.listing = Listing()
        self.picture = TracePicture()
        self.generations = Generations()
        self.registers = dim_label()
        self.registers.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.registers.setMinimumWidth(1)  # a machine with many of them may not widen the window
        self.note = ElidedLabel()
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.hint = dim_label(EMPTY)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setWordWrap(True)
        self.pictures = QStackedWidget()
        self.pictures.addWidget(self.picture)
        self.pictures.addWidget(self.generations)
        self._ready, self._wide, self._wants_picture = False, False, False
        self._side = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._side.setSpacing(theme.PADDING)
        self._side.addWidget(self.listing, 3)
        self._side.addWidget(self.pictures, 2)
        body = QHBoxLayout()
        body.setSpacing(theme.PADDING)
        body.addWidget(self.strip, 3)
        body.addWidget(self.stack)
        body.addLayout(self._side, 2)
        foot = QHBoxLayout()
        foot.setSpacing(theme.PADDING)
        foot.addWidget(self.registers)
        foot.addWidget(self.note, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT)
        layout.addWidget(self.hint, 1)
        layout.addLayout(body, 1)
        layout.addLayout(foot)
        self.generations.clicked.connect(self.show_run)
        self.strip.picked.connect(self.listing.reveal)
        self.listing.picked.connect(self.strip.set_cursor)
        self.show_session(None, None)

    def set_trace(self, trace: Trace | None) -> None:
        """Draw the picture of another run."""
        self.picture.set_trace(trace)
        self.show_run()

    def show_session(self, session: TapeSession | None, alphabet: Alphabet | None) -> None:
        """Show a run at its present step; None is no run, and what to do about that."""
        self._ready = session is not None
        self.strip.setVisible(self._ready)
        self.hint.setVisible(not self._ready)
        self._choose_page()
        if session is None:
            self.stack.set_stack(None)
            self.picture.set_trace(None)
            self.listing.set_lines(())
            self.registers.clear()
            return
        line = self._line_now(session, alphabet)
        self.strip.set_tape(
            session.tape,
            session.trace.start,
            span=len(line.code) if line is not None else 1,
            pointers=session.pointers(),
            writes=session.writes(),
            reads=session.reads(),
            breaks=session.breakpoints,
        )
        self.stack.set_stack(session.stack())
        self.picture.set_step(session.step)
        self.listing.set_marks(session.pc, session.breakpoints)
        words = registers_words(session, alphabet, line)
        self.registers.setText(words)
        self.registers.setToolTip(words)

    def _line_now(self, session: TapeSession, alphabet: Alphabet | None) -> Line | None:
        """Return the line that is executed next; None where the tape is no longer as listed.

        A run of no-ops is one line, too, but each of them is a step.
        """
        line = self.listing.line_at(session.pc) if session.pc is not None else None
        if line is None or alphabet is None or not alphabet.names[line.code[0]]:
            return None
        now = bytes(session.tape[line.at : line.at + len(line.code)])
        return line if now == line.code else None

    def show_generations(self, found: Replication, alphabet: Alphabet) -> None:
        """Show what became of the program that was tested."""
        self.generations.set_tapes(found.generations, alphabet)
        self.pictures.setCurrentWidget(self.generations)

    def show_run(self) -> None:
        """Show the picture of the run again."""
        self.pictures.setCurrentWidget(self.picture)

    def choose_picture(self, on: bool) -> None:
        """Where it is narrow, show a picture and not the code, or the other way round."""
        self._wants_picture = on
        self._choose_page()

    def say(self, words: str, role: str = "") -> None:
        """Write a note; without words, what can be done here."""
        self.note.say(words or (HINT if self._ready else ""), role if words else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the picture of the run beside the listing where there is room."""
        self._wide = event.size().width() >= WIDE
        self.widened.emit(self._wide)
        directions = QBoxLayout.Direction
        self._side.setDirection(directions.LeftToRight if self._wide else directions.TopToBottom)
        self._choose_page()
        super().resizeEvent(event)

    def _choose_page(self) -> None:
        picture = self._wants_picture
        self.listing.setVisible(self._ready and (self._wide or not picture))
        self.pictures.setVisible(self._ready and (self._wide or picture))
