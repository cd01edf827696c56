"""Opcodes without a prefix, and with DD or FD: the same with IX or IY for HL."""

from __future__ import annotations

from typing import Any

from numba import njit

from engine.soup.z80.alu import (
    CF,
    HF,
    NF,
    PF,
    SF,
    XY,
    ZF,
    accumulate,
    add_words,
    decimal,
    decrement,
    increment,
    rotate_a,
)
from engine.soup.z80.state import (
    HALTED,
    IFF1,
    IFF2,
    PC,
    SHADOW,
    SP,
    WZ,
    A,
    B,
    D,
    F,
    H,
    fetch,
    fetch_word,
    operand,
    pair,
    pop,
    push,
    read,
    set_pair,
    set_word,
    word,
    write,
)

__all__ = ["main_page"]


@njit(nogil=True, cache=True)
def _slot(code: Any, base: Any) -> Any:
    """Return the slot of a register field; H and L become the halves of IX or IY."""
    return base + (code & 1) if code >> 1 == 2 else code


@njit(nogil=True, cache=True)
def _holds(r: Any, condition: Any) -> Any:
    """Tell whether NZ Z NC C PO PE P or M holds."""
    which = condition >> 1
    if which == 0:
        mask = ZF
    elif which == 1:
        mask = CF
    elif which == 2:
        mask = PF
    else:
        mask = SF
    return (r[F] & mask != 0) == (condition & 1 == 1)


@njit(nogil=True, cache=True)
def _swap(r: Any, left: Any, right: Any) -> None:
    kept = r[left]
    r[left] = r[right]
    r[right] = kept


@njit(nogil=True, cache=True)
def _relative(r: Any, m: Any, taken: Any) -> None:
    """Fetch a displacement and jump by it if the jump is taken."""
    offset = fetch(r, m)
    if taken:
        r[PC] = (r[PC] + (offset ^ 128) - 128) & 0xFFFF
        r[WZ] = r[PC]


@njit(nogil=True, cache=True)
def _jumps(r: Any, m: Any, y: Any) -> None:
    """Opcodes 00 xxx 000: NOP, EX AF, DJNZ, JR."""
    if y == 1:
        _swap(r, A, SHADOW + A)
        _swap(r, F, SHADOW + F)
    elif y == 2:
        r[B] = (r[B] - 1) & 255
        _relative(r, m, r[B] != 0)
    elif y == 3:
        _relative(r, m, True)
    elif y >= 4:
        _relative(r, m, _holds(r, y - 4))


@njit(nogil=True, cache=True)
def _indirect(r: Any, m: Any, y: Any, base: Any) -> None:
    """Opcodes 00 xxx 010: loads through an address."""
    if y < 4:
        at = word(r, (y >> 1) * 2)
        if y & 1:
            r[A] = read(r, m, at)
            r[WZ] = (at + 1) & 0xFFFF
        else:
            write(r, m, at, r[A])
            r[WZ] = (at + 1) & 255 | r[A] << 8
        return
    at = fetch_word(r, m)
    r[WZ] = (at + 1) & 0xFFFF
    if y == 4:
        write(r, m, at, r[base + 1])
        write(r, m, at + 1, r[base])
    elif y == 5:
        low = read(r, m, at)
        set_word(r, base, read(r, m, at + 1) << 8 | low)
    elif y == 6:
        write(r, m, at, r[A])
        r[WZ] = (at + 1) & 255 | r[A] << 8
    else:
        r[A] = read(r, m, at)


@njit(nogil=True, cache=True)
def _accumulator(r: Any, y: Any) -> None:
    """Opcodes 00 xxx 111: rotations of A, DAA, CPL, SCF, CCF."""
    kept = r[F] & (SF | ZF | PF)
    if y < 4:
        rotate_a(r, y)
    elif y == 4:
        decimal(r)
    elif y == 5:
        r[A] ^= 255
        r[F] = kept | r[F] & CF | HF | NF | r[A] & XY
    elif y == 6:
        r[F] = kept | CF | r[A] & XY
    else:
        carry = r[F] & CF
        r[F] = kept | (HF if carry else CF) | r[A] & XY


@njit(nogil=True, cache=True)
def _first_quarter(r: Any, m: Any, op: Any, base: Any) -> None:
    y, z = op >> 3 & 7, op & 7
    if z == 0:
        _jumps(r, m, y)
    elif z == 1:
        if y & 1:
            left = word(r, base)
            r[WZ] = (left + 1) & 0xFFFF
            set_word(r, base, add_words(r, left, pair(r, y >> 1, base)))
        else:
            set_pair(r, y >> 1, base, fetch_word(r, m))
    elif z == 2:
        _indirect(r, m, y, base)
    elif z == 3:
        set_pair(r, y >> 1, base, pair(r, y >> 1, base) + (-1 if y & 1 else 1))
    elif z < 6:
        at = operand(r, m, base) if y == 6 else 0
        value = read(r, m, at) if y == 6 else r[_slot(y, base)]
        value = increment(r, value) if z == 4 else decrement(r, value)
        if y == 6:
            write(r, m, at, value)
        else:
            r[_slot(y, base)] = value
    elif z == 6:
        if y == 6:
            at = operand(r, m, base)
            write(r, m, at, fetch(r, m))
        else:
            r[_slot(y, base)] = fetch(r, m)
    else:
        _accumulator(r, y)


@njit(nogil=True, cache=True)
def _load(r: Any, m: Any, op: Any, base: Any) -> None:
    """Opcodes 01 xxx xxx: LD between registers, HALT; beside (IX+d) H and L stay H and L."""
    y, z = op >> 3 & 7, op & 7
    if op == 0x76:
        r[HALTED] = 1
    elif z == 6:
        r[y] = read(r, m, operand(r, m, base))
    elif y == 6:
        write(r, m, operand(r, m, base), r[z])
    else:
        r[_slot(y, base)] = r[_slot(z, base)]


@njit(nogil=True, cache=True)
def _exchange(r: Any, m: Any, op: Any, base: Any) -> None:
    """Opcodes 11 xxx 011: JP, OUT, IN, EX, DI, EI (CB is another page)."""
    if op == 0xC3:
        r[PC] = r[WZ] = fetch_word(r, m)
    elif op == 0xD3:
        port = fetch(r, m)
        r[WZ] = (port + 1) & 255 | r[A] << 8
    elif op == 0xDB:
        port = fetch(r, m)
        r[WZ] = ((r[A] << 8 | port) + 1) & 0xFFFF
        r[A] = 0
    elif op == 0xE3:
        low = read(r, m, r[SP])
        value = read(r, m, r[SP] + 1) << 8 | low
        write(r, m, r[SP], r[base + 1])
        write(r, m, r[SP] + 1, r[base])
        set_word(r, base, value)
        r[WZ] = value
    elif op == 0xEB:
        _swap(r, D, H)
        _swap(r, D + 1, H + 1)
    else:
        r[IFF1] = r[IFF2] = 1 if op == 0xFB else 0


@njit(nogil=True, cache=True)
def _call(r: Any, m: Any, at: Any) -> None:
    push(r, m, r[PC])
    r[PC] = r[WZ] = at


@njit(nogil=True, cache=True)
def _stack(r: Any, m: Any, op: Any, base: Any) -> None:
    """Opcodes 11 xxx 001 and 11 xxx 101: POP, PUSH, RET, CALL, EXX, JP (HL), LD SP,HL."""
    p, odd, returns = op >> 4 & 3, op >> 3 & 1, op & 7 == 1
    if not odd:
        high = A if p == 3 else base if p == 2 else 2 * p
        low = F if p == 3 else high + 1
        if returns:
            value = pop(r, m)
            r[high], r[low] = value >> 8, value & 255
        else:
            push(r, m, r[high] << 8 | r[low])
    elif not returns:
        at = fetch_word(r, m)
        _call(r, m, at)
    elif p == 0:
        r[PC] = r[WZ] = pop(r, m)
    elif p == 1:
        for slot in range(B, F):
            _swap(r, slot, SHADOW + slot)
    elif p == 2:
        r[PC] = word(r, base)
    else:
        r[SP] = word(r, base)


@njit(nogil=True, cache=True)
def _last_quarter(r: Any, m: Any, op: Any, base: Any) -> None:
    y, z = op >> 3 & 7, op & 7
    if z == 0:
        if _holds(r, y):
            r[PC] = r[WZ] = pop(r, m)
    elif z == 1 or z == 5:
        _stack(r, m, op, base)
    elif z == 2:
        r[WZ] = fetch_word(r, m)
        if _holds(r, y):
            r[PC] = r[WZ]
    elif z == 3:
        _exchange(r, m, op, base)
    elif z == 4:
        r[WZ] = fetch_word(r, m)
        if _holds(r, y):
            _call(r, m, r[WZ])
    elif z == 6:
        accumulate(r, y, fetch(r, m))
    else:
        _call(r, m, 8 * y)


@njit(nogil=True, cache=True)
def main_page(r: Any, m: Any, op: Any, base: Any) -> None:
    """Execute an opcode; `base` is H, IX or IY."""
    quarter = op >> 6
    if quarter == 0:
        _first_quarter(r, m, op, base)
    elif quarter == 1:
        _load(r, m, op, base)
    elif quarter == 2:
        z = op & 7
        value = read(r, m, operand(r, m, base)) if z == 6 else r[_slot(z, base)]
        accumulate(r, op >> 3 & 7, value)
    else:
        _last_quarter(r, m, op, base)
