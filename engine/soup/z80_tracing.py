"""What one pair of Z80 programs does, step by step, and whether a program copies itself."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from engine.core.programs import Replication, Trace
from engine.soup.scoring import GENERATIONS, RUNS, SHARED, THRESHOLD
from engine.soup.streams import split_mix
from engine.soup.z80.core import run, step
from engine.soup.z80.state import (
    HALTED,
    IX,
    IY,
    LOG,
    PC,
    READS,
    SP,
    WRITES,
    A,
    B,
    D,
    F,
    H,
    new_registers,
)
from engine.soup.z80_grid import BYTES

__all__ = ["REGISTERS", "noise", "replication", "trace"]

Bytes = NDArray[np.uint8]

REGISTERS = ("PC", "SP", "AF", "BC", "DE", "HL", "IX", "IY")
POINTERS = ("PC", "SP", "BC", "DE", "HL", "IX", "IY")
DIGITS = (2, 4, 4, 4, 4, 4, 4, 4)


def trace(memory: bytes, steps: int = 128) -> Trace:
    """Run a memory of 32 bytes on a fresh processor and note everything.

    The program counter is given mod 32, where it points to; the other registers are whole.
    """
    m = np.frombuffer(memory, np.uint8).copy()
    r = new_registers()
    states, reads, writes = [_row(r)], [], []
    done = 0
    while done < steps and not r[HALTED]:
        step(r, m)
        reads += [(done, int(at)) for at in r[LOG : LOG + r[READS]]]
        logged = [(int(word) & 31, int(word) >> 8) for word in r[LOG + 2 : LOG + 2 + r[WRITES]]]
        for at, old in logged:
            writes.append((done, at, old, int(m[at])))
        done += 1
        states.append(_row(r))
    written = np.array(writes, np.int64).reshape(-1, 4)
    read = np.array(reads, np.int64).reshape(-1, 2)
    return Trace(
        start=np.frombuffer(memory, np.uint8).copy(),
        registers=REGISTERS,
        pointers=POINTERS,
        states=np.array(states, np.int32),
        counted=np.ones(done, np.bool_),
        write_step=written[:, 0].astype(np.int32),
        write_at=written[:, 1].astype(np.int16),
        write_old=written[:, 2].astype(np.uint8),
        write_new=written[:, 3].astype(np.uint8),
        read_step=read[:, 0].astype(np.int32),
        read_at=read[:, 1].astype(np.int16),
        halted="HALT" if r[HALTED] else "",
        digits=DIGITS,
    )


def _row(r: NDArray[np.int64]) -> list[int]:
    words = [int(r[high]) << 8 | int(r[high + 1]) for high in (B, D, H, IX, IY)]
    return [int(r[PC]) % (2 * BYTES), int(r[SP]), int(r[A]) << 8 | int(r[F]), *words]


@functools.cache
def _noises() -> Bytes:
    """Return the partners of the test, uint8 (13, 16), the same ones always."""
    table = np.empty((RUNS, BYTES), np.uint8)
    for a in range(RUNS):
        for j in range(BYTES):
            inner = int(split_mix(np.uint64((a + 1) * 64 + j)))
            table[a, j] = int(split_mix(np.uint64(inner))) & 255
    return table


def noise() -> bytes:
    """Return a program of noise to run against, the same one always."""
    return bytes(_noises()[0])


def replication(code: bytes, limit: int = 128) -> Replication:
    """Test whether a program of 16 bytes copies itself.

    The test of the soups of 64 bytes (the reference's, 13 runs against noise, 5 generations), cut
    down to 16: position j counts on the left if a run has the program's byte there and at least 4
    runs share it, on the right if at least 4 runs share a byte. Of 5,000 random programs none
    scored more than 1, so the reference's threshold of 5 serves here, too.
    """
    program = np.frombuffer(code, np.uint8)
    noises = _noises()
    tapes = np.concatenate([np.broadcast_to(program, noises.shape), noises], axis=1).copy()
    generations, steps = [tapes[0].copy()], np.zeros(RUNS, np.int64)
    for generation in range(GENERATIONS):
        if generation:
            tapes = np.concatenate([tapes[:, BYTES:], noises], axis=1)
        run(tapes, limit, steps)
        generations.append(tapes[0].copy())
    shared = np.array([np.bincount(column, minlength=256) for column in tapes.T])
    kept = shared[np.arange(BYTES), program] >= SHARED
    copied = shared[BYTES:].max(axis=1) >= SHARED
    score = min(int(kept.sum()), int(copied.sum()))
    return Replication(score, BYTES, THRESHOLD, np.array(generations))
