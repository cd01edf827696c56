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
    READS,
    REFRESH,
    SLOTS,
    WRITES,
    H,
    fetch,
    operand,
    reset,
    word,
)

__all__ = ["run", "step"]


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

    `steps` int64 (n,) takes the instructions that were executed.
    """
    r = np.zeros(SLOTS, np.int64)
    for index in range(len(memories)):
        reset(r)
        m = memories[index]
        done = 0
        while done < limit and not r[HALTED]:
            step(r, m)
            done += 1
        steps[index] = done
