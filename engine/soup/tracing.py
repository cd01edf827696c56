"""Following one tape step by step, and telling how a program replicates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.programs import Replication, Trace
from engine.soup import scoring
from engine.soup.language import (
    HALF,
    HALT,
    HALTS,
    LIMIT,
    READ,
    READ2,
    SP,
    TAPE,
    WRITE,
    Language,
)

__all__ = ["NOISE", "filled", "replication", "tape", "trace"]

NOISE = np.random.default_rng(2406).integers(0, 256, HALF, np.uint8).tobytes()
"""The partner of a program that is tried without one: always the same random bytes."""

Write = tuple[int, int, int, int]  # step, address, old, new


def filled(code: bytes, length: int = HALF) -> bytes:
    """Fill a short program up with zeros; `BadInput` if it is longer than a program."""
    if len(code) > length:
        raise BadInput(f"the program has {len(code)} bytes, a program holds {length}")
    return code.ljust(length, b"\0")


def tape(left: bytes, right: bytes, length: int = HALF) -> bytes:
    """Lay two programs side by side; short ones are filled up with zeros.

    Raises
    ------
    BadInput
        If one is longer than a program.
    """
    return filled(left, length) + filled(right, length)


def trace(language: Language, tape: bytes, steps: int = LIMIT) -> Trace:
    """Run one tape and note every step.

    Parameters
    ----------
    language : Language
        How it runs.
    tape : bytes
        128 bytes: the left program and the right one.
    steps : int
        Steps at most.

    Raises
    ------
    BadInput
        If the tape has another length.
    """
    start = np.frombuffer(bytes(tape), np.uint8)
    if len(start) != TAPE:
        raise BadInput(f"the tape has {len(start)} bytes, two programs have {TAPE}")
    now, origin = start.copy(), np.arange(TAPE, dtype=np.int16)
    stack, stack_origin = np.zeros(TAPE, np.uint8), np.zeros(TAPE, np.int16)
    state = np.zeros(8, np.int64)
    language.start(now, state)
    states, stacks, counted = [state.copy()], [stack.copy()], []
    writes: list[Write] = []
    reads: list[tuple[int, int]] = []
    before = now.tobytes()
    for step in range(steps):
        counted.append(bool(language.step(now, origin, stack, stack_origin, state)))
        reads += [(step, int(at)) for at in dict.fromkeys(state[[READ, READ2]]) if at >= 0]
        after = now.tobytes()
        written = int(state[WRITE])
        if written >= 0:
            writes.append((step, written, before[written], after[written]))
        if after != before:
            writes += _others(step, written, before, after)
        before = after
        states.append(state.copy())
        stacks.append(stack.copy())
        if state[HALT]:
            break
    table = np.array(states)
    depth = max(1, int(table[:, SP].max()))
    write_step, write_at, write_old, write_new = _columns(writes, 4)
    read_step, read_at = _columns(reads, 2)
    return Trace(
        start=start,
        registers=language.registers,
        pointers=language.pointers,
        states=table[:, language.slots].astype(np.int32),
        counted=np.array(counted, np.bool_),
        write_step=write_step.astype(np.int32),
        write_at=write_at.astype(np.int16),
        write_old=write_old.astype(np.uint8),
        write_new=write_new.astype(np.uint8),
        read_step=read_step.astype(np.int32),
        read_at=read_at.astype(np.int16),
        stack=np.array(stacks)[:, :depth] if "sp" in language.registers else None,
        halted=HALTS[int(state[HALT])],
    )


def _others(step: int, written: int, before: bytes, after: bytes) -> list[Write]:
    """List the changes beside the one write that a step names: some steps write a whole half."""
    pairs = enumerate(zip(before, after, strict=True))
    return [(step, at, old, new) for at, (old, new) in pairs if old != new and at != written]


def _columns(rows: Sequence[tuple[int, ...]], width: int) -> NDArray[np.int64]:
    return np.array(rows, np.int64).reshape(-1, width).T


def replication(
    language: Language, program: bytes, *, seed: int = 0, epoch: int = 0
) -> Replication:
    """Test whether a program replicates by itself; a short one is filled up with zeros.

    Raises
    ------
    BadInput
        If it is longer than a program.
    """
    filled(program)
    return Replication(
        score=scoring.score(language, program, seed=seed, epoch=epoch),
        length=HALF,
        threshold=scoring.THRESHOLD,
        generations=scoring.generations(language, program, seed=seed, epoch=epoch),
    )
