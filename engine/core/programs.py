"""Worlds made of programs: how their bytes are written, and what can be asked of one program.

A system whose inhabitants are programs implements `Traceable`; the app then shows glyphs on large
cells, a tape inspector and a population. Everything here is a picklable value: the window asks with
the command `Ask` and steps through the answer by itself, forwards and backwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from engine.core.views import Pick

__all__ = [
    "Alphabet",
    "Found",
    "Line",
    "Place",
    "Replication",
    "Trace",
    "Traceable",
]

Array = NDArray[Any]
Kind = Literal["move", "arithmetic", "copy", "loop", "null", "data", "none"]


@dataclass(frozen=True)
class Alphabet:
    """How the bytes of a world's programs are written and coloured.

    Attributes
    ----------
    language : str
        Name of the language, for titles.
    length : int
        Bytes of a program.
    glyphs : tuple of 256 str
        One character for each byte that is an instruction; "" where the byte is drawn in hex.
    names : tuple of 256 str
        What each byte does, in a few words; "" for a no-op.
    kinds : tuple of 256 str
        Family of each instruction: "move", "arithmetic", "copy", "loop", "null", "data" (a literal)
        or "none"; the app has one hue for each.
    colours : ndarray
        uint8 (256, 3): the colours of the picture of the world.
    """

    language: str
    length: int
    glyphs: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    colours: Array = field(compare=False)


@dataclass(frozen=True)
class Line:
    """One line of a disassembly: where, which bytes, what they do, and a remark."""

    at: int
    code: bytes
    text: str
    remark: str = ""


@dataclass(frozen=True, eq=False)
class Trace:
    """A run of one tape, step by step: enough to show it at any step without running it again.

    Attributes
    ----------
    start : ndarray
        uint8 (n,): the tape before the first step; for a pair, the left program and then the right.
    registers : tuple of str
        Names of the columns of `states`.
    pointers : tuple of str
        Those registers that are addresses on the tape, the program counter first.
    states : ndarray
        int32 (steps + 1, registers): row t before step t, the last row after the last step.
    counted : ndarray
        bool (steps,): whether the step counts as an operation (no-ops do not).
    write_step, write_at, write_old, write_new : ndarray
        int32, int16, uint8, uint8 (writes,): every byte that was written, in order. A write of the
        value that was there already is listed, too.
    read_step, read_at : ndarray
        int32, int16 (reads,): every byte that was read as data.
    stack : ndarray, optional
        uint8 (steps + 1, depth): the stack of a stack machine, bottom first; the register "sp" says
        how many of them are in use.
    halted : str
        Why it ended, "" if the limit of steps did.
    digits : tuple of int
        Hex digits of each register; () where registers are written as decimal numbers.
    """

    start: Array
    registers: tuple[str, ...]
    pointers: tuple[str, ...]
    states: Array
    counted: Array
    write_step: Array
    write_at: Array
    write_old: Array
    write_new: Array
    read_step: Array
    read_at: Array
    stack: Array | None = None
    halted: str = ""
    digits: tuple[int, ...] = ()

    @property
    def steps(self) -> int:
        """Steps that were done."""
        return len(self.counted)

    def spelt(self, step: int) -> dict[str, str]:
        """Write the registers before a step, by name."""
        values = [int(value) for value in self.states[step]]
        words = [str(value) for value in values]
        if self.digits:
            pairs = zip(values, self.digits, strict=True)
            words = [f"{value:0{digits}X}" for value, digits in pairs]
        return dict(zip(self.registers, words, strict=True))

    def tape(self, step: int) -> Array:
        """Return the tape (n,) before step `step`; `steps` is the end."""
        tape = np.array(self.start)
        for index in range(int(np.searchsorted(self.write_step, step))):
            tape[self.write_at[index]] = self.write_new[index]
        return tape


@dataclass(frozen=True, eq=False)
class Replication:
    """The answer to whether a program copies itself.

    Attributes
    ----------
    score : int
        Bytes that came through, of `length`.
    length : int
        Bytes of the program.
    threshold : int
        The score from which it counts as a replicator.
    generations : ndarray
        uint8 (g + 1, 2 * length): the tape of one of the runs before and after each generation.
    """

    score: int
    length: int
    threshold: int
    generations: Array

    @property
    def replicates(self) -> bool:
        """Whether it counts as a replicator."""
        return self.score >= self.threshold


@dataclass(frozen=True)
class Place:
    """A program in the world: its number, one of its bytes, and where the picture shows it.

    `region` is (row, column, rows, columns) in cells of the main view.
    """

    program: int
    byte: int
    code: bytes
    region: tuple[int, int, int, int]


@dataclass(frozen=True)
class Found:
    """Programs that contain what was searched for: how many, and the places of the first ones."""

    total: int
    places: tuple[Place, ...]


@runtime_checkable
class Traceable(Protocol):
    """A world of programs. Every method but `alphabet` may be asked by the command `Ask`."""

    def alphabet(self) -> Alphabet:
        """Return how bytes are written."""

    def locate(self, pick: Pick) -> Place | None:
        """Return the program at a place of the main view, None beside all of them."""

    def program(self, index: int) -> Place:
        """Return one program by its number; `BadInput` where there is none."""

    def find(self, text: str) -> Found:
        """Search the world for a piece of a program (as `assemble` reads it, not filled up).

        The views may set off what was found until another search; "" ends that.
        """

    def assemble(self, text: str) -> bytes:
        """Read a program, filled up to its full length; `BadInput` says where it is wrong."""

    def spell(self, code: bytes) -> str:
        """Write bytes as the text that `assemble` reads."""

    def disassemble(self, code: bytes) -> tuple[Line, ...]:
        """Explain a program line by line."""

    def trace(self, left: bytes, right: bytes | None = None, steps: int = 8192) -> Trace:
        """Run a pair as the world would; without a partner against noise that is always the same.

        A `left` of two programs' length is taken as the whole tape.
        """

    def score(self, code: bytes) -> Replication:
        """Test whether a program replicates."""
