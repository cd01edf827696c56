"""Opcodes after CB, and after DD CB d or FD CB d: rotations and single bits."""

from __future__ import annotations

from typing import Any

from numba import njit

from engine.soup.z80.alu import CF, HF, PF, SF, XY, ZF, rotate
from engine.soup.z80.state import WZ, F, H, read, write

__all__ = ["bit_page"]


@njit(nogil=True, cache=True)
def _test(r: Any, bit: Any, value: Any, shown: Any) -> None:
    """Test a bit; the undocumented flags come from `shown`."""
    hit = value & 1 << bit
    flags = (hit & SF) | (0 if hit else ZF | PF)
    r[F] = r[F] & CF | HF | flags | shown & XY


@njit(nogil=True, cache=True)
def _changed(r: Any, op: Any, value: Any) -> Any:
    """Return the byte rotated, or with a bit cleared or set."""
    bit = op >> 3 & 7
    if op < 0x40:
        return rotate(r, bit, value)
    return value & ~(1 << bit) if op < 0xC0 else value | 1 << bit


@njit(nogil=True, cache=True)
def bit_page(r: Any, m: Any, op: Any, base: Any, at: Any) -> None:
    """Execute an opcode after CB; `base` is H, IX or IY, `at` the address of the operand.

    After DD CB and FD CB the operand is always the byte in memory; the result also goes to the
    register that the opcode names, which no manual tells.
    """
    z = op & 7
    inside = z == 6 or base != H
    value = read(r, m, at) if inside else r[z]
    if op >> 6 == 1:
        _test(r, op >> 3 & 7, value, r[WZ] >> 8 if inside else value)
        return
    value = _changed(r, op, value)
    if inside:
        write(r, m, at, value)
    if z != 6:
        r[z] = value
