"""Opcodes after ED: words through memory, block moves and searches, I and R. Ports read 0."""

from __future__ import annotations

from typing import Any

from numba import njit

from engine.soup.z80.alu import (
    CF,
    HF,
    NF,
    PARITY,
    PF,
    SF,
    SIGNS,
    XY,
    ZF,
    accumulate,
    carry_words,
)
from engine.soup.z80.state import (
    IFF1,
    IFF2,
    IM,
    PC,
    REFRESH,
    VECTOR,
    WZ,
    A,
    B,
    D,
    F,
    H,
    fetch_word,
    pair,
    pop,
    read,
    set_pair,
    set_word,
    word,
    write,
)

__all__ = ["extended_page"]


@njit(nogil=True, cache=True)
def _again(r: Any) -> None:
    """Let the same instruction run once more: a step is one turn of a repeated instruction."""
    r[PC] = (r[PC] - 2) & 0xFFFF
    r[WZ] = (r[PC] + 1) & 0xFFFF


@njit(nogil=True, cache=True)
def _move(r: Any, m: Any, way: Any, repeat: Any) -> None:
    """LDI LDD LDIR LDDR."""
    at = word(r, H)
    value = read(r, m, at)
    write(r, m, word(r, D), value)
    set_word(r, H, at + way)
    set_word(r, D, word(r, D) + way)
    set_word(r, B, word(r, B) - 1)
    left = word(r, B) != 0
    shown = value + r[A]
    r[F] = r[F] & (SF | ZF | CF) | shown & 8 | (shown & 2) << 4 | (PF if left else 0)
    if repeat and left:
        _again(r)


@njit(nogil=True, cache=True)
def _search(r: Any, m: Any, way: Any, repeat: Any) -> None:
    """CPI CPD CPIR CPDR."""
    at = word(r, H)
    value = read(r, m, at)
    result = (r[A] - value) & 255
    half = (r[A] ^ value ^ result) & HF
    set_word(r, H, at + way)
    set_word(r, B, word(r, B) - 1)
    left = word(r, B) != 0
    shown = result - (half >> 4)
    r[WZ] = (r[WZ] + way) & 0xFFFF
    flags = SIGNS[result] & (SF | ZF) | half | NF | (PF if left else 0)
    r[F] = r[F] & CF | flags | shown & 8 | (shown & 2) << 4
    if repeat and left and result != 0:
        _again(r)


@njit(nogil=True, cache=True)
def _port(r: Any, m: Any, way: Any, repeat: Any, incoming: Any) -> None:
    """INI IND INIR INDR, OUTI OUTD OTIR OTDR; only zero and N change."""
    at = word(r, H)
    if incoming:
        r[WZ] = (word(r, B) + way) & 0xFFFF
        write(r, m, at, 0)
    else:
        read(r, m, at)
    set_word(r, H, at + way)
    r[B] = (r[B] - 1) & 255
    if not incoming:
        r[WZ] = (word(r, B) + way) & 0xFFFF
    r[F] = r[F] & ~ZF | NF | (ZF if r[B] == 0 else 0)
    if repeat and r[B] != 0:
        r[PC] = (r[PC] - 2) & 0xFFFF


@njit(nogil=True, cache=True)
def _digits(r: Any, m: Any, left: Any) -> None:
    """RLD and RRD: rotate decimal digits through A and memory."""
    at = word(r, H)
    value = read(r, m, at)
    if left:
        write(r, m, at, value << 4 | r[A] & 15)
        r[A] = r[A] & 0xF0 | value >> 4
    else:
        write(r, m, at, value >> 4 | r[A] << 4)
        r[A] = r[A] & 0xF0 | value & 15
    r[F] = r[F] & CF | PARITY[r[A]]
    r[WZ] = (at + 1) & 0xFFFF


@njit(nogil=True, cache=True)
def _special(r: Any, m: Any, y: Any) -> None:
    """Opcodes 01 xxx 111: I, R, RRD, RLD."""
    if y == 0:
        r[VECTOR] = r[A]
    elif y == 1:
        r[REFRESH] = r[A]
    elif y < 4:
        r[A] = r[VECTOR] if y == 2 else r[REFRESH]
        flags = SIGNS[r[A]] & (SF | ZF) | (PF if r[IFF2] else 0)
        r[F] = r[F] & (CF | XY) | flags
    elif y < 6:
        _digits(r, m, y == 5)


@njit(nogil=True, cache=True)
def extended_page(r: Any, m: Any, op: Any) -> None:
    """Execute an opcode after ED; the unknown ones do nothing."""
    y, z = op >> 3 & 7, op & 7
    if op >> 6 == 2 and y >= 4 and z < 4:
        way, repeat = (-1 if y & 1 else 1), y >= 6
        if z == 0:
            _move(r, m, way, repeat)
        elif z == 1:
            _search(r, m, way, repeat)
        else:
            _port(r, m, way, repeat, z == 2)
    if op >> 6 != 1:
        return
    if z == 0:
        r[WZ] = (word(r, B) + 1) & 0xFFFF
        if y != 6:
            r[y] = 0
        r[F] = r[F] & (CF | XY) | ZF | PF
    elif z == 1:
        r[WZ] = (word(r, B) + 1) & 0xFFFF
    elif z == 2:
        left = word(r, H)
        r[WZ] = (left + 1) & 0xFFFF
        set_word(r, H, carry_words(r, left, pair(r, y >> 1, H), y & 1 == 0))
    elif z == 3:
        at = fetch_word(r, m)
        r[WZ] = (at + 1) & 0xFFFF
        if y & 1:
            low = read(r, m, at)
            set_pair(r, y >> 1, H, read(r, m, at + 1) << 8 | low)
        else:
            value = pair(r, y >> 1, H)
            write(r, m, at, value)
            write(r, m, at + 1, value >> 8)
    elif z == 4:
        value = r[A]
        r[A] = 0
        accumulate(r, 2, value)
    elif z == 5:
        r[IFF1] = r[IFF2]
        r[PC] = r[WZ] = pop(r, m)
    elif z == 6:
        r[IM] = max(0, (y & 3) - 1)
    else:
        _special(r, m, y)
