"""The fast kernels of the SUBLEQ languages against their single steps."""

from __future__ import annotations

import numpy as np
import pytest

from engine.bench.soup_steps import STEPPED, run_steps
from engine.soup.language import LIMIT, TAPE, language

NAMES = ["subleq", "rsubleq4"]
LIMITS = (0, 1, 2, 7, 125, 126, 127, 128, 1001, LIMIT - 1, LIMIT)


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


def noise(one, rng, count):
    return rng.integers(0, 256, (count, TAPE), np.uint8)


def low(one, rng, count):
    """Small numbers: they jump near, and are zero now and then."""
    tapes = rng.integers(0, 30, (count, TAPE), np.uint8)
    if one.name == "rsubleq4":
        tapes[:, 3::4] -= rng.integers(0, 40, (count, TAPE // 4), np.uint8)
    return tapes


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


@pytest.mark.parametrize("kind", [noise, low, evolved])
@pytest.mark.parametrize("name", NAMES)
def test_equals_single_steps_at_any_limit(name, kind):
    one, rng = language(name), np.random.default_rng(NAMES.index(name))
    most = 0
    for limit in LIMITS:
        different, ops = compared(one, kind(one, rng, 100), limit)
        assert not len(different), limit
        most = max(most, ops.max())
    assert most > 20


@pytest.mark.parametrize(("name", "code"), [("subleq", "060600"), ("rsubleq4", "0a0a0a00")])
def test_a_loop_that_changes_nothing_counts_to_the_limit(name, code):
    tapes = np.zeros((1, TAPE), np.uint8)
    tapes[0, : len(code) // 2] = list(bytes.fromhex(code))
    ops = np.zeros(1, np.int64)
    language(name).run(tapes, 7777, ops)
    assert ops[0] == 7777


@pytest.mark.parametrize("name", NAMES)
def test_a_run_over_the_whole_tape_ends_behind_it(name):
    size = 3 if name == "subleq" else 4
    tapes = np.zeros((1, TAPE), np.uint8)
    tapes[0, size - 1 :: size] = range(size, TAPE + size, size)[: len(tapes[0, size - 1 :: size])]
    if name == "rsubleq4":
        tapes[0, 3::4] = 4
    ops = np.zeros(1, np.int64)
    language(name).run(tapes, LIMIT, ops)
    assert ops[0] == TAPE // size
