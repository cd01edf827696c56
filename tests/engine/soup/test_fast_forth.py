"""The fast kernel of the Forth languages against their single steps."""

from __future__ import annotations

import numpy as np
import pytest

from engine.bench.soup_steps import STEPPED, run_steps
from engine.soup.language import LIMIT, TAPE, language

NAMES = ["forth", "forthcopy", "forthtrivial", "forthtrivial_reset"]
LIMITS = (0, 1, 2, 7, 129, 1001, 3333, LIMIT - 1, LIMIT)


def compared(one, tapes, limit):
    """Run copies of tapes with the kernels and step by step.

    Returns where bytes, operations or origins differ, and the operations.
    """
    plain, plain_ops = tapes.copy(), np.full(len(tapes), -1, np.int64)
    plain_origins = np.empty(tapes.shape, np.int16)
    run_steps(plain, plain_origins, limit, plain_ops, STEPPED.index(one.name))
    fast, ops = tapes.copy(), np.full(len(tapes), -1, np.int64)
    one.run(fast, limit, ops)
    traced, traced_ops = tapes.copy(), np.full(len(tapes), -1, np.int64)
    origins = np.full(tapes.shape, 99, np.int16)
    one.run_traced(traced, origins, limit, traced_ops)
    differ = (fast != plain) | (traced != plain) | (origins != plain_origins)
    return np.flatnonzero(differ.any(1) | (ops != plain_ops) | (traced_ops != plain_ops)), plain_ops


def loops(one, rng, count):
    """Tapes of short loops: instructions, a jump back over a few of them, noise or no-ops."""
    own = np.array([byte for byte in one.opcodes if byte < 0x40], np.uint8)
    tapes = np.full((count, TAPE), 0x20, np.uint8)
    noisy = rng.random(count) < 0.5
    tapes[noisy] = rng.integers(0, 256, (noisy.sum(), TAPE), np.uint8)
    for tape in tapes:
        length = rng.integers(1, 14)
        tape[:length] = rng.choice(own, length)
        literal = rng.random(length) < 0.15
        tape[:length][literal] = rng.integers(0x40, 0x80, literal.sum(), np.uint8)
        tape[length] = 0xC0 + rng.integers(0, length)
        tape[rng.integers(0, TAPE, 2)] = 0x13
    tapes[::3, 64:] = tapes[::3, :64]
    tapes[::6, rng.integers(64, TAPE, 2)] = 0x14
    return tapes


def dense(one, rng, count):
    """Random tapes, most of whose bytes are instructions."""
    known = np.array(sorted(one.opcodes), np.uint8)
    few = rng.choice(known, (count, TAPE))
    tapes = np.where(rng.random((count, TAPE)) < 0.8, few, 0x30)
    tapes[rng.random((count, TAPE)) < 0.5] &= 0xCF  # short jumps, small literals
    return tapes.astype(np.uint8)


def evolved(one, rng, count):
    """Replicators, copied by themselves and mutated now and then."""
    tapes = np.frombuffer(one.replicator * 2, np.uint8) + np.zeros((count, 1), np.uint8)
    ops = np.zeros(count, np.int64)
    for _ in range(8):
        drawn = rng.integers(0, 256, tapes.shape, np.uint8)
        tapes = np.where(rng.random(tapes.shape) < 0.01, drawn, tapes)
        one.run(tapes, LIMIT, ops)
        tapes = rng.permutation(tapes.reshape(-1, 64)).reshape(-1, TAPE)
    return tapes


@pytest.mark.parametrize("kind", [loops, dense, evolved])
@pytest.mark.parametrize("name", NAMES)
def test_equals_single_steps_at_any_limit(name, kind):
    one, rng = language(name), np.random.default_rng(NAMES.index(name))
    most = 0
    for limit in LIMITS:
        different, ops = compared(one, kind(one, rng, 24), limit)
        assert not len(different), limit
        most = max(most, ops.max())
    assert most > LIMIT // 2  # else nothing looped


def ran(name, code, limit=LIMIT):
    tapes = np.zeros((1, TAPE), np.uint8) + 0x20
    tapes[0, : len(code)] = list(code)
    ops = np.zeros(1, np.int64)
    language(name).run(tapes, limit, ops)
    return tapes[0], ops[0]


def test_a_counter_is_no_repetition_where_its_upper_bits_count():
    code = b"\x08\x07\xbf\xc2"  # add 1; unless it is 0, skip the jump to the end; back
    assert ran("forth", code)[1] == 256 * 3


def test_a_written_counter_goes_on_past_the_addresses_it_repeats():
    tape, ops = ran("forth", b"\x04\x60\x06\x03\x08\xc4", 6 * 100 + 5)  # right[32] = counter
    assert ops == 6 * 100 + 5
    assert tape[64 + 32] == 100


def test_a_copy_of_equal_halves_is_a_repetition_only_while_they_are():
    code = b"\x04\x0c\x08\xc2"  # dup, copy left[counter] to the right, add 1, back
    tapes = np.full((2, TAPE), 0x20, np.uint8)
    tapes[:, : len(code)] = tapes[:, 64 : 64 + len(code)] = list(code)
    tapes[1, 64 + 50] = 0x21  # found in turn 51
    assert not len(compared(language("forthtrivial"), tapes, LIMIT)[0])
    language("forthtrivial").run(tapes, 4 * 51, np.zeros(2, np.int64))
    assert tapes[1, 64 + 50] == 0x20


def test_no_ops_in_a_repeated_loop_are_not_counted():
    tape, ops = ran("forth", b"\x20\x20\xc1", 8000)
    assert ops == 8000 // 3
    assert (tape[3:] == 0x20).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_full_stack_ends_a_run(name):
    assert ran(name, b"\x41\xc0")[1] == 2 * 128 + 1
    assert ran(name, b"\x04\xc0")[1] == 2 * 127 + 1  # the first dup pushes two zeros


def test_the_guard_scrambles_the_writer():
    code = b"\x45\x0c"
    tapes = np.full((1, TAPE), 0x20, np.uint8)
    tapes[0, :2] = list(code)
    tapes[0, 64 + 5] = 0x13
    language("forthtrivial_reset").run(tapes, 2, np.zeros(1, np.int64))
    assert (tapes[0, 2:64] != 0x20).sum() > 50
    assert tapes[0, 64 + 5] == 0x13
