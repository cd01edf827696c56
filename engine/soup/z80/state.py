"""Registers and memory of the Z80: one array of numbers, and how bytes are read and written.

The registers are int64 (SLOTS,). Slots 0 to 7 are numbered as the opcodes number them (B C D E H L,
then F where the opcodes mean (HL), then A), so that an opcode's field is a slot. A prefix DD or FD
only moves the base of H and L to those of IX or IY. Memory is uint8 (32,), addresses are mod 32.
Every access to data is written down in the slots from LOG on, for the traces.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "MEMORY",
    "SLOTS",
    "fetch",
    "fetch_word",
    "new_registers",
    "operand",
    "pair",
    "pop",
    "push",
    "read",
    "reset",
    "set_pair",
    "word",
    "write",
]

MEMORY = 32
B, C, D, E, H, L, F, A, IX, IY = 0, 1, 2, 3, 4, 5, 6, 7, 8, 10
SP, PC, WZ, VECTOR, REFRESH, IFF1, IFF2, IM, HALTED = 12, 13, 14, 15, 16, 17, 18, 19, 20
SHADOW = 21
"""B' C' D' E' H' L' F' A' from here on. WZ is the hidden register MEMPTR."""
READS, WRITES = 29, 30
LOG = 31
"""Up to two data reads (addresses), then up to two writes (address + 256 * the old byte)."""
SLOTS = 35

Registers = NDArray[np.int64]
Memory = NDArray[np.uint8]


@njit(nogil=True, cache=True)
def reset(r: Any) -> None:
    """Reset the processor: SP and AF are FFFF, everything else 0."""
    r[:] = 0
    r[A] = r[F] = 255
    r[SP] = 0xFFFF


def new_registers() -> Registers:
    """Return the registers of a processor that was just reset."""
    r = np.zeros(SLOTS, np.int64)
    reset(r)
    return r


@njit(nogil=True, cache=True)
def fetch(r: Any, m: Any) -> Any:
    """Read the byte at the program counter and go on."""
    value = np.int64(m[r[PC] & 31])
    r[PC] = (r[PC] + 1) & 0xFFFF
    return value


@njit(nogil=True, cache=True)
def fetch_word(r: Any, m: Any) -> Any:
    """Read the word at the program counter, low byte first, and go on."""
    low = fetch(r, m)
    return low | fetch(r, m) << 8


@njit(nogil=True, cache=True)
def read(r: Any, m: Any, at: Any) -> Any:
    """Read a byte of data."""
    where = at & 31
    r[LOG + (r[READS] & 1)] = where
    r[READS] += 1
    return np.int64(m[where])


@njit(nogil=True, cache=True)
def write(r: Any, m: Any, at: Any, value: Any) -> None:
    """Write a byte of data."""
    where = at & 31
    r[LOG + 2 + (r[WRITES] & 1)] = where | np.int64(m[where]) << 8
    r[WRITES] += 1
    m[where] = value & 255


@njit(nogil=True, cache=True)
def word(r: Any, high: Any) -> Any:
    """Return the register pair whose high byte is in slot `high`."""
    return r[high] << 8 | r[high + 1]


@njit(nogil=True, cache=True)
def set_word(r: Any, high: Any, value: Any) -> None:
    """Set the register pair whose high byte is in slot `high`."""
    r[high] = value >> 8 & 255
    r[high + 1] = value & 255


@njit(nogil=True, cache=True)
def pair(r: Any, p: Any, base: Any) -> Any:
    """Return BC, DE, HL (or IX, IY) or SP as an opcode's field `p` names them."""
    if p == 3:
        return r[SP]
    return word(r, base if p == 2 else 2 * p)


@njit(nogil=True, cache=True)
def set_pair(r: Any, p: Any, base: Any, value: Any) -> None:
    """Set BC, DE, HL (or IX, IY) or SP."""
    if p == 3:
        r[SP] = value & 0xFFFF
    else:
        set_word(r, base if p == 2 else 2 * p, value)


@njit(nogil=True, cache=True)
def push(r: Any, m: Any, value: Any) -> None:
    """Put a word on the stack, high byte first."""
    write(r, m, r[SP] - 1, value >> 8)
    write(r, m, r[SP] - 2, value)
    r[SP] = (r[SP] - 2) & 0xFFFF


@njit(nogil=True, cache=True)
def pop(r: Any, m: Any) -> Any:
    """Take a word from the stack."""
    low = read(r, m, r[SP])
    high = read(r, m, r[SP] + 1)
    r[SP] = (r[SP] + 2) & 0xFFFF
    return high << 8 | low


@njit(nogil=True, cache=True)
def operand(r: Any, m: Any, base: Any) -> Any:
    """Return the address that (HL), (IX+d) or (IY+d) means; the displacement is fetched."""
    if base == H:
        return word(r, H)
    offset = fetch(r, m)
    at = (word(r, base) + (offset ^ 128) - 128) & 0xFFFF
    r[WZ] = at
    return at
