"""Which two programs are run: the left one, its partner or noise, and what was typed into them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.core.programs import Place

__all__ = ["TapePair"]


@dataclass
class TapePair:
    """A pair of programs of `length` bytes, or a whole tape of two.

    Attributes
    ----------
    left : bytes
        Empty where there is no program; longer than `length` where it is a whole tape.
    right : bytes, optional
        None is noise.
    place, partner : Place, optional
        Where they were picked.
    edited : bool
        Whether bytes were typed since.
    length : int
        Bytes of a program in the language at hand; 0 where that is not known.
    """

    left: bytes = b""
    right: bytes | None = None
    place: Place | None = None
    partner: Place | None = None
    edited: bool = False
    length: int = 0

    @property
    def whole(self) -> bool:
        """Whether it is one tape, not two programs."""
        return 0 < self.length < len(self.left)

    @property
    def program(self) -> bytes:
        """The left program."""
        return self.left[: self.length] if self.length else self.left

    def load(self, code: bytes, place: Place | None) -> None:
        """Take another left program; the partner stays unless it is a whole tape."""
        self.left, self.place, self.edited = code, place, False
        if self.whole:
            self.right = self.partner = None

    def join(self, code: bytes | None, place: Place | None) -> None:
        """Take another partner; of a whole tape the left half stays."""
        self.left = self.program
        self.right, self.partner = code, place

    def swap(self, start: bytes) -> None:
        """Exchange left and right, as they are on the tape before the first step."""
        self.place, self.partner = self.partner, self.place
        self.left, self.right = start[self.length :], start[: self.length]

    def question(self) -> dict[str, Any]:
        """Return the arguments of `Traceable.trace`."""
        return {"left": self.left} | ({} if self.right is None else {"right": self.right})

    def typed(self, start: bytes) -> bytes:
        """Return the tape as it is to start: `start` was run last, and typing goes on."""
        if self.whole or len(start) != 2 * self.length:
            return self.left.ljust(len(start), b"\0")
        right = start[self.length :] if self.right is None else self.right
        return self.left.ljust(self.length, b"\0") + right.ljust(self.length, b"\0")

    def edit(self, start: bytes, address: int, code: int) -> bytes | None:
        """Change a byte and return the new tape, None where it has that value already."""
        tape = bytearray(self.typed(start))
        if tape[address] == code:
            return None
        tape[address] = code
        if self.whole or len(tape) != 2 * self.length:
            self.left = bytes(tape)
        elif address < self.length:
            self.left = bytes(tape[: self.length])
        else:
            self.right, self.partner = bytes(tape[self.length :]), None
        self.edited = True
        return bytes(tape)

    def title(self) -> str:
        """Name the left program."""
        words = "whole tape" if self.whole else "this program"
        if self.place is not None:
            words = f"program {self.place.program:,}"
        return f"{words}, edited" if self.edited else words

    def company(self) -> str:
        """Say with whom it runs."""
        if self.whole:
            return "its halves"
        if self.right is None:
            return "with noise"
        if self.partner is not None:
            return f"with program {self.partner.program:,}"
        return "with itself" if self.right == self.left else "with a partner"
