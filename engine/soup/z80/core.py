"""One instruction of the Z80, and whole runs of many memories.

An instruction with all its prefixes is one step, and so is one turn of LDIR and its kin.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from engine.soup.z80.bit_page import bit_page
from engine.soup.z80.extended_page import extended_page
from engine.soup.z80.main_page import main_page
from engine.soup.z80.state import (
    HALTED,
    IX,
    IY,
    PC,
    READS,
    REFRESH,
    SLOTS,
    SP,
    WRITES,
    A,
    F,
    H,
    fetch,
    operand,
    reset,
    word,
)

__all__ = ["QUICK", "run", "step"]

_OPS = np.arange(256)
QUICK = (
    (_OPS == 0)
    | (_OPS & 0xCF == 0x01)
    | (_OPS & 0xCF == 0xC5)
    | ((_OPS >> 6 == 1) & (_OPS & 7 != 6) & (_OPS >> 3 & 7 != 6))
)
"""bool (256,): NOP, LD of a pair with two bytes, PUSH, and LD between registers."""


@njit(nogil=True, cache=True)
def _fetch_opcode(r: Any, m: Any) -> Any:
    r[REFRESH] = r[REFRESH] & 128 | (r[REFRESH] + 1) & 127
    return fetch(r, m)


@njit(nogil=True, cache=True)
def step(r: Any, m: Any) -> None:
    """Execute one instruction on registers int64 (SLOTS,) and memory uint8 (32,)."""
    r[READS] = r[WRITES] = 0
    op, base = _fetch_opcode(r, m), H
    if op == 0xDD or op == 0xFD:
        base = IX if op == 0xDD else IY
        op = _fetch_opcode(r, m)
        if op == 0xDD or op == 0xFD:
            return
    if op == 0xCB:
        if base == H:
            op, at = _fetch_opcode(r, m), word(r, H)
        else:
            at = operand(r, m, base)
            op = fetch(r, m)
        bit_page(r, m, op, base, at)
    elif op == 0xED:
        extended_page(r, m, _fetch_opcode(r, m))
    else:
        main_page(r, m, op, base)


@njit(nogil=True, cache=True)
def run(memories: Any, limit: Any, steps: Any) -> None:
    """Run memories uint8 (n, 32) in place, each on a fresh processor until HALT or `limit`.

    `steps` int64 (n,) takes the instructions that were executed. What a soup is full of (`QUICK`)
    is done right here: the calls of `step` take ten times as long as such an instruction.
    """
    r = np.zeros(SLOTS, np.int64)
    for index in range(len(memories)):
        reset(r)
        m = memories[index]
        done = 0
        while done < limit and not r[HALTED]:
            done += 1
            pc = r[PC]
            op = np.int64(m[pc & 31])
            if not QUICK[op]:
                step(r, m)
                continue
            r[REFRESH] = r[REFRESH] & 128 | (r[REFRESH] + 1) & 127
            length = 1
            p = op >> 4 & 3
            if op >= 0xC0:  # PUSH BC, DE, HL, AF
                sp = r[SP]
                m[(sp - 1) & 31] = r[A if p == 3 else 2 * p]
                m[(sp - 2) & 31] = r[F if p == 3 else 2 * p + 1]
                r[SP] = (sp - 2) & 0xFFFF
            elif op >= 0x40:  # LD r,r'
                r[op >> 3 & 7] = r[op & 7]
            elif op:  # LD BC, DE, HL, SP with the next two bytes
                low, high = np.int64(m[(pc + 1) & 31]), np.int64(m[(pc + 2) & 31])
                length = 3
                if p == 3:
                    r[SP] = high << 8 | low
                else:
                    r[2 * p], r[2 * p + 1] = high, low
            r[PC] = (pc + length) & 0xFFFF
        steps[index] = done
