"""Arithmetic of the Z80 with all eight flags, the undocumented bits 3 and 5 among them.

S. Young, "The Undocumented Z80 Documented", version 0.91, 2005, chapter 4.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from engine.soup.z80.state import A, F

__all__ = [
    "CF",
    "HF",
    "NF",
    "PARITY",
    "PF",
    "SF",
    "SIGNS",
    "XY",
    "ZF",
    "accumulate",
    "add_words",
    "carry_words",
    "decimal",
    "decrement",
    "increment",
    "rotate",
    "rotate_a",
]

CF, NF, PF, HF, ZF, SF = 1, 2, 4, 16, 64, 128
XY = 40
"""The undocumented flags, bits 3 and 5."""

_BYTES = np.arange(256)
SIGNS = (_BYTES & (SF | XY) | np.where(_BYTES == 0, ZF, 0)).astype(np.int64)
"""Sign, zero and the undocumented flags of every byte."""
PARITY = SIGNS | np.where([bin(byte).count("1") % 2 == 0 for byte in range(256)], PF, 0)
"""The same with the parity."""


@njit(nogil=True, cache=True)
def accumulate(r: Any, kind: Any, value: Any) -> None:
    """Do one of the eight operations on A: ADD ADC SUB SBC AND XOR OR CP."""
    a = r[A]
    if kind < 2:
        total = a + value + (r[F] & CF if kind == 1 else 0)
        r[A] = total & 255
        overflow = ((a ^ total) & (value ^ total)) >> 5 & PF
        r[F] = SIGNS[total & 255] | total >> 8 | (a ^ value ^ total) & HF | overflow
    elif kind < 4 or kind == 7:
        total = a - value - (r[F] & CF if kind == 3 else 0)
        flags = SIGNS[total & 255] | NF | total >> 8 & CF | (a ^ value ^ total) & HF
        flags |= ((a ^ value) & (a ^ total)) >> 5 & PF
        if kind == 7:
            flags = flags & ~XY | value & XY
        else:
            r[A] = total & 255
        r[F] = flags
    elif kind == 4:
        r[A] = a & value
        r[F] = PARITY[r[A]] | HF
    else:
        r[A] = a ^ value if kind == 5 else a | value
        r[F] = PARITY[r[A]]


@njit(nogil=True, cache=True)
def increment(r: Any, value: Any) -> Any:
    """Return value + 1 and set the flags."""
    result = (value + 1) & 255
    half = HF if result & 15 == 0 else 0
    overflow = PF if result == 128 else 0
    r[F] = r[F] & CF | SIGNS[result] | half | overflow
    return result


@njit(nogil=True, cache=True)
def decrement(r: Any, value: Any) -> Any:
    """Return value - 1 and set the flags."""
    result = (value - 1) & 255
    half = HF if result & 15 == 15 else 0
    overflow = PF if result == 127 else 0
    r[F] = r[F] & CF | SIGNS[result] | half | overflow | NF
    return result


@njit(nogil=True, cache=True)
def rotate(r: Any, kind: Any, value: Any) -> Any:
    """Return a byte shifted by RLC RRC RL RR SLA SRA SLL or SRL and set the flags."""
    if kind & 1:
        carry = value & 1
        if kind == 1:
            top = carry
        elif kind == 3:
            top = r[F] & CF
        elif kind == 5:
            top = value >> 7
        else:
            top = 0
        result = value >> 1 | top << 7
    else:
        carry = value >> 7
        if kind == 0:
            low = carry
        elif kind == 2:
            low = r[F] & CF
        else:
            low = kind >> 1 & 1  # SLL (6) shifts a one in, SLA (4) a zero
        result = (value << 1 | low) & 255
    r[F] = PARITY[result] | carry
    return result


@njit(nogil=True, cache=True)
def rotate_a(r: Any, kind: Any) -> None:
    """Do RLCA, RRCA, RLA or RRA, which leave sign, zero and parity alone."""
    kept = r[F] & (SF | ZF | PF)
    r[A] = rotate(r, kind, r[A])
    r[F] = kept | r[F] & CF | r[A] & XY


@njit(nogil=True, cache=True)
def decimal(r: Any) -> None:
    """Adjust A to binary coded decimals (DAA)."""
    a, flags = r[A], r[F]
    change = 6 if flags & HF or a & 15 > 9 else 0
    carry = flags & CF
    if carry or a > 0x99:
        change |= 0x60
        carry = CF
    result = (a - change if flags & NF else a + change) & 255
    r[A] = result
    r[F] = PARITY[result] | carry | flags & NF | (a ^ result) & HF


@njit(nogil=True, cache=True)
def add_words(r: Any, left: Any, right: Any) -> Any:
    """Return left + right (ADD HL) and set the flags; sign, zero and parity stay."""
    total = left + right
    flags = (left ^ right ^ total) >> 8 & HF | total >> 16 | total >> 8 & XY
    r[F] = r[F] & (SF | ZF | PF) | flags
    return total & 0xFFFF


@njit(nogil=True, cache=True)
def carry_words(r: Any, left: Any, right: Any, subtract: Any) -> Any:
    """Return left +- right +- carry (ADC HL, SBC HL) and set all flags."""
    if subtract:
        total = left - right - (r[F] & CF)
        flags = NF | ((left ^ right) & (left ^ total)) >> 13 & PF
    else:
        total = left + right + (r[F] & CF)
        flags = ((left ^ total) & (right ^ total)) >> 13 & PF
    result = total & 0xFFFF
    flags |= (left ^ right ^ total) >> 8 & HF | total >> 16 & CF | result >> 8 & (SF | XY)
    r[F] = flags | (ZF if result == 0 else 0)
    return result
