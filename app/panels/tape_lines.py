"""The disassembly of the programs on a tape, asked for one at a time and kept for a while."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from app.panels.tape_questions import Questions
from engine.core.programs import Line

__all__ = ["TapeLines"]

KEPT = 64


class TapeLines(QObject):
    """Explains programs through the world's own disassembler.

    Signals
    -------
    ready : tuple of Line
        The lines of all programs that were wanted last, addresses counted through.
    """

    ready = Signal(tuple)

    def __init__(self, questions: Questions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._questions = questions
        self._known: dict[bytes, tuple[Line, ...]] = {}
        self._wanted: tuple[bytes, ...] = ()
        self._asked = b""

    def forget(self) -> None:
        """Forget what was learned: the language is another one."""
        self._known.clear()
        self._wanted = ()

    def want(self, programs: tuple[bytes, ...]) -> None:
        """Ask for the lines of these programs; `ready` comes at once where they are known."""
        self._wanted = programs
        if self._questions.waiting("disassemble"):
            return
        missing = next((code for code in programs if code not in self._known), None)
        if missing is not None:
            self._asked = missing
            self._questions.ask("disassemble", {"code": missing}, self._learn)
            return
        lines: list[Line] = []
        base = 0
        for code in programs:
            for line in self._known[code]:
                lines.append(Line(line.at + base, line.code, line.text, line.remark))
            base += len(code)
        self.ready.emit(tuple(lines))

    def _learn(self, lines: Any) -> None:
        if len(self._known) > KEPT:
            self._known.clear()
        self._known[self._asked] = tuple(lines)
        if self._wanted:
            self.want(self._wanted)
