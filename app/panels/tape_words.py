"""What the tape inspector says of a run at one step."""

from __future__ import annotations

from html import escape

from app import theme
from app.panels.tape_session import TapeSession
from app.widgets.tape_painter import POINTERS
from engine.core.programs import Alphabet, Line

__all__ = ["registers_words"]


def registers_words(
    session: TapeSession, alphabet: Alphabet | None, line: Line | None = None
) -> str:
    """Write registers, those that point in the colour of their frames, and what is next; HTML."""
    words = []
    for name, value in session.trace.spelt(session.step).items():
        place = session.trace.pointers.index(name) if name in session.trace.pointers else None
        tint = theme.colour("dim" if place is None else POINTERS[place % len(POINTERS)])
        words.append(f'<span style="color:{tint.name()}">{escape(name)} {value}</span>')
    parts = [" &nbsp;".join(words)]
    if session.at_end:
        parts.append(escape(session.trace.halted) or "the limit of steps was reached")
    elif session.pc is not None and alphabet is not None:
        next_one = alphabet.names[int(session.tape[session.pc])]
        if line is not None and len(line.code) > 1:  # its first byte alone says little
            next_one = f"{line.text} {line.remark}".strip()
        parts.append(f"next: {escape(next_one)}" if next_one else "")
    changed = int(session.changed().sum())
    parts.append(f"{changed} changed" if changed else "")
    return " &nbsp;&middot;&nbsp; ".join(part for part in parts if part)
