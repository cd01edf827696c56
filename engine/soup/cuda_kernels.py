"""The kernels of a soup on CUDA: a thread lives one pair, on a tape of its own.

They are made from what the CPU runs, too: the one-step function of a language and the streams of
`engine.soup.streams`; numba compiles both for the GPU. So a new language needs nothing here.

A warp of 32 pairs lasts as long as its longest run, and one in twenty runs of noise goes round a
loop up to the last step. So runs are watched: one that is in the very state of an earlier step will
repeat itself for ever, and whole rounds are counted instead of run (Brent's cycle detection; the
state is compared byte by byte, so the result is exact). On fresh soups of bff_noheads this halves
the steps, after a takeover it leaves a sixth of them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numba import cuda
from numba.core.dispatcher import Dispatcher

from engine.soup.language import HALT, HEAD0, HEAD1, PC, SP, WRITE, Language
from engine.soup.streams import mark_draws, mutate_tape

__all__ = ["plain_kernel", "traced_kernel"]

FIRST: Final = 64  # steps before the first state that is kept; most runs are over soon after

# Local arrays need their sizes as constants: a tape has 128 bytes, a state 8 slots.


@cuda.jit(device=True)  # type: ignore[untyped-decorator]
def _load(soup: Any, program: Any, tape: Any, first: int) -> None:
    """Copy a program, uint64 (8,) of uint64 (n, 8), to uint8 (64,) of a tape."""
    for number in range(8):
        word = soup[program, number]
        for byte in range(8):
            tape[first + 8 * number + byte] = (word >> np.uint64(8 * byte)) & np.uint64(255)


@cuda.jit(device=True)  # type: ignore[untyped-decorator]
def _store(tape: Any, first: int, soup: Any, program: Any) -> None:
    """Copy half a tape back to its program."""
    for number in range(8):
        word = np.uint64(0)
        for byte in range(8):
            word |= np.uint64(tape[first + 8 * number + byte]) << np.uint64(8 * byte)
        soup[program, number] = word


@cuda.jit(device=True)  # type: ignore[untyped-decorator]
def _move_tokens(
    tokens: Any, left: Any, right: Any, drawn: Any, origin: Any, birth: Any, moved: Any
) -> None:
    """Let the tokens of a pair, uint32 (2, n, 64), follow its bytes; new ones for those made."""
    for byte in range(128):
        program = left if byte < 64 else right
        here = byte % 64
        came = origin[byte]
        if came < 0:
            moved[0, program, here] = birth
            moved[1, program, here] = program * 64 + here
            continue
        source = left if came < 64 else right
        there = came % 64
        if drawn[came] != 0:
            moved[0, program, here] = birth
            moved[1, program, here] = source * 64 + there
        else:
            moved[0, program, here] = tokens[0, source, there]
            moved[1, program, here] = tokens[1, source, there]


def _on_device(function: Callable[..., Any]) -> Any:
    """Give a function that a kernel can call; numba takes its CPU functions as they are."""
    return function if isinstance(function, Dispatcher) else cuda.jit(device=True)(function)


@cuda.jit(device=True)  # type: ignore[untyped-decorator]
def _equal(one: Any, other: Any, size: int) -> bool:
    """Compare the first bytes of two arrays."""
    for at in range(size):  # noqa: SIM110 (kernels know no generators)
        if one[at] != other[at]:
            return False
    return True


def _runner(start: Any, step: Any) -> Any:
    """Make what runs one tape and returns the operations; equal rounds are counted, not run."""

    def run(tape: Any, limit: int) -> int:
        origin = cuda.local.array(128, np.int16)
        stack = cuda.local.array(128, np.uint8)
        stack_origin = cuda.local.array(128, np.int16)
        state = cuda.local.array(8, np.int64)
        kept = cuda.local.array(128, np.uint8)
        kept_stack = cuda.local.array(128, np.uint8)
        start(tape, state)
        done = counted = kept_done = kept_counted = written = 0
        pc = head0 = head1 = sp = -1
        due = FIRST
        while done < limit and state[HALT] == 0:
            counted += step(tape, origin, stack, stack_origin, state)
            done += 1
            if state[WRITE] >= 0:
                written = state[WRITE]
            if due == 0 or state[HALT] != 0:  # a halt may leave the registers as they were
                continue
            if (
                state[PC] == pc
                and state[HEAD0] == head0
                and state[HEAD1] == head1
                and state[SP] == sp
                and tape[written] == kept[written]  # where a difference is likeliest
                and _equal(tape, kept, 128)
                and _equal(stack, kept_stack, sp)
            ):
                rounds = (limit - done) // (done - kept_done)
                done += rounds * (done - kept_done)
                counted += rounds * (counted - kept_counted)
                due = 0
            elif done == due:
                pc, head0, head1, sp = state[PC], state[HEAD0], state[HEAD1], state[SP]
                for at in range(128):
                    kept[at] = tape[at]
                for at in range(sp):
                    kept_stack[at] = stack[at]
                kept_done, kept_counted = done, counted
                due *= 2
        return counted

    return cuda.jit(device=True)(run)


@functools.lru_cache(maxsize=32)
def plain_kernel(language: Language) -> Any:
    """Compile what mutates and runs pairs.

    The kernel's arguments: programs, uint64 (n, 8); order, int32 (n,); the first pair and the one
    after the last; how many pairs run; base and rate of the mutation, uint64; steps at most; the
    programs that are written, uint64 (n, 8); operations, uint64 (1,), added to.
    """
    run = _runner(_on_device(language.start), _on_device(language.step))

    def live(
        soup: Any, order: Any, first: int, end: int, pairs: int, base: Any, rate: Any, limit: int,
        target: Any, ops: Any,
    ) -> None:  # fmt: skip
        pair = first + cuda.grid(1)
        if pair >= end:
            return
        tape = cuda.local.array(128, np.uint8)
        left, right = order[2 * pair], order[2 * pair + 1]
        _load(soup, left, tape, 0)
        _load(soup, right, tape, 64)
        if rate != np.uint64(0):
            mutate_tape(tape, base, pair, rate)
        if pair < pairs:
            cuda.atomic.add(ops, 0, np.uint64(run(tape, limit)))
        _store(tape, 0, target, left)
        _store(tape, 64, target, right)

    return cuda.jit(live)


@functools.lru_cache(maxsize=32)
def traced_kernel(language: Language) -> Any:
    """Compile the same with tokens.

    Further arguments: tokens, uint32 (2, n, 64); the epoch that new ones carry, uint32; the tokens
    that are written, uint32 (2, n, 64).
    """
    start, step = _on_device(language.start), _on_device(language.step)

    def live(
        soup: Any, order: Any, first: int, end: int, pairs: int, base: Any, rate: Any, limit: int,
        target: Any, ops: Any, tokens: Any, birth: Any, moved: Any,
    ) -> None:  # fmt: skip
        pair = first + cuda.grid(1)
        if pair >= end:
            return
        tape = cuda.local.array(128, np.uint8)
        drawn = cuda.local.array(128, np.uint8)
        origin = cuda.local.array(128, np.int16)
        left, right = order[2 * pair], order[2 * pair + 1]
        _load(soup, left, tape, 0)
        _load(soup, right, tape, 64)
        mutate_tape(tape, base, pair, rate)
        mark_draws(drawn, base, pair, rate)
        for byte in range(128):
            origin[byte] = byte
        if pair < pairs:
            stack = cuda.local.array(128, np.uint8)
            stack_origin = cuda.local.array(128, np.int16)
            state = cuda.local.array(8, np.int64)
            start(tape, state)
            done = 0
            counted = 0
            while done < limit and state[HALT] == 0:
                counted += step(tape, origin, stack, stack_origin, state)
                done += 1
            cuda.atomic.add(ops, 0, np.uint64(counted))
        _store(tape, 0, target, left)
        _store(tape, 64, target, right)
        _move_tokens(tokens, left, right, drawn, origin, birth, moved)

    return cuda.jit(live)
