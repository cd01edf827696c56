"""What a language of the soup is, and where the languages are found.

A language is one file in `engine/soup/languages` with a `LANGUAGE`. What it compiles with numba
must be a module global: closures are never cached on disk.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.core.choices import ModulesOf
from engine.core.errors import BadInput
from engine.core.programs import Alphabet, Kind, Line

__all__ = [
    "HALF",
    "HALT",
    "HALTS",
    "HEAD0",
    "HEAD1",
    "LANGUAGES",
    "LIMIT",
    "NEW",
    "PC",
    "READ",
    "READ2",
    "SP",
    "TAPE",
    "WRITE",
    "Language",
    "Opcode",
    "language",
    "languages",
]

HALF: Final = 64
TAPE: Final = 128
LIMIT: Final = 8192

LANGUAGES: Final = ModulesOf("engine.soup.languages", first="bff_noheads")
"""Where the languages lie: each is called as its file is."""

# Slots of the state of a running tape. HALT is 0 or an index of `HALTS`; READ, READ2 and WRITE are
# the addresses of the last step's data accesses, -1 for none.
PC, HEAD0, HEAD1, SP, HALT, READ, WRITE, READ2 = range(8)
HALTS: Final = (
    "",
    "ran off the end of the tape",
    "ran off the beginning of the tape",
    "no matching bracket",
    "stack overflow",
)
NEW: Final = -1  # the origin of a byte that was made on this tape
SLOTS: Final = {"pc": PC, "head0": HEAD0, "head1": HEAD1, "sp": SP}


@dataclass(frozen=True)
class Opcode:
    """How one instruction byte is written, what it does, and its family."""

    glyph: str
    name: str
    kind: Kind


@dataclass(frozen=True, eq=False)
class Language:
    """One language: its instructions, how it runs and how it is written.

    Attributes
    ----------
    name, title, summary : str
        The key, the name for people, and one sentence.
    opcodes : mapping of int to Opcode
        By byte; bytes that are not in it are no-ops.
    registers : tuple of str
        Of "pc", "head0", "head1", "sp": those that it has.
    pointers : tuple of str
        Those registers that are addresses on the tape, the program counter first.
    start : callable
        ``start(tape, state)``: sets the registers; uint8 (128,), int64 (8,).
    step : callable
        ``step(tape, origin, stack, stack_origin, state) -> int``: one step; 1 if it counts
        as an operation, 0 for a no-op; sets ``state[HALT]`` when it ends the run. origin int16
        (128,) says of each byte which one it came from, `NEW` if from none; copies carry it. stack
        uint8 (128,) and stack_origin int16 (128,) are touched by stack machines only.
        `start` and `step` are compiled for GPUs, too: they make no arrays and raise nothing, and
        all that a step depends on is the tape, the stack below ``state[SP]`` and the registers.
    run : callable
        ``run(tapes, limit, ops)``: runs n tapes, uint8 (n, 128), in place for at most
        `limit` steps each and writes their operations to int64 (n,).
    run_traced : callable
        ``run_traced(tapes, origins, limit, ops)``: the same bytes and operations; int16
        (n, 128) is overwritten with the origins.
    replicator : bytes
        A program of 64 bytes, made by hand, that copies itself.
    spelling : {"glyphs", "nibbles", "hex"}
        How programs are written as text.
    listing : callable
        Disassembles a program.
    """

    name: str
    title: str
    summary: str
    opcodes: Mapping[int, Opcode]
    registers: tuple[str, ...]
    pointers: tuple[str, ...]
    start: Callable[..., Any]
    step: Callable[..., Any]
    run: Callable[..., Any]
    run_traced: Callable[..., Any]
    replicator: bytes
    spelling: Literal["glyphs", "nibbles", "hex"]
    listing: Callable[[bytes], tuple[Line, ...]]

    @property
    def slots(self) -> tuple[int, ...]:
        """Where in the state each register lies."""
        return tuple(SLOTS[name] for name in self.registers)

    def assemble(self, text: str) -> bytes:
        """Read a program of at most 64 bytes; `BadInput` says the position of a mistake."""
        from engine.soup import text as texts

        return texts.assemble(self, text)

    def alike(self, text: str) -> NDArray[np.uint8]:
        """Return for every byte the lowest one that `text` does not tell from it, uint8 (256,)."""
        from engine.soup import text as texts

        return texts.alike(self, text)

    def spell(self, code: bytes) -> str:
        """Write bytes as the text that `assemble` reads."""
        from engine.soup import text as texts

        return texts.spell(self, code)

    def disassemble(self, code: bytes) -> tuple[Line, ...]:
        """Explain a program line by line."""
        return self.listing(bytes(code))

    def alphabet(self) -> Alphabet:
        """Return how the bytes are written and coloured."""
        from engine.soup import text as texts

        none = Opcode("", "", "none")
        table = [self.opcodes.get(byte, none) for byte in range(256)]
        return Alphabet(
            language=self.title,
            length=HALF,
            glyphs=tuple(entry.glyph for entry in table),
            names=tuple(entry.name for entry in table),
            kinds=tuple(entry.kind for entry in table),
            colours=np.array(texts.colours(self), np.uint8),
        )


@functools.lru_cache(maxsize=1)
def languages() -> dict[str, Language]:
    """All languages by name; the first call imports them (and numba)."""
    found = {}
    for name in LANGUAGES.names():
        one: Language = importlib.import_module(f"{LANGUAGES.package}.{name}").LANGUAGE
        if one.name != name:
            raise ValueError(f"the language in {name}.py is called {one.name!r}: name it {name!r}")
        found[name] = one
    return found


def language(name: str) -> Language:
    """Return one language; `BadInput` names the known ones."""
    known = languages()
    if name not in known:
        raise BadInput(f"there is no language {name!r}", remedy=f"Use one of: {', '.join(known)}")
    return known[name]
