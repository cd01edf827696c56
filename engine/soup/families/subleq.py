"""The SUBLEQ family: one instruction, subtract and branch if not positive (arXiv 2406.19108)."""

from __future__ import annotations

from typing import Any, Final

from numba import njit
from numpy.typing import NDArray

from engine.core.programs import Line
from engine.soup.language import Opcode

__all__ = ["OFF_END", "OFF_START", "OPCODES", "begin", "listing"]

Array = NDArray[Any]

OFF_END, OFF_START = 1, 2
OPCODES: Final = {byte: Opcode("", f"address {byte % 128}", "data") for byte in range(256)}


@njit(nogil=True, cache=True)
def begin(tape: Array, state: Array) -> None:
    """Begin at byte 0."""
    state[:] = 0


def listing(code: bytes, size: int) -> tuple[Line, ...]:
    """Disassemble a program as if it were run from its beginning, `size` bytes an instruction."""
    lines = []
    for at in range(0, len(code), size):
        field = code[at : at + size]
        if len(field) < size:
            lines.append(Line(at, field, "data"))
        elif size == 3:
            a, b, to = field[0] % 128, field[1] % 128, field[2]
            text = f"t[{a}] -= t[{b}]"
            remark = f"if not positive to {to}" + (", the end" if to + 3 > 128 else "")
            lines.append(Line(at, field, text, remark))
        else:
            a, b, c = ((at + value) % 128 for value in field[:3])
            to = at + (field[3] ^ 128) - 128
            text = f"t[{a}] = t[{b}] - t[{c}]"
            remark = f"if not positive to {to}" + ("" if 0 <= to <= 124 else ", the end")
            lines.append(Line(at, field, text, remark))
    return tuple(lines)
