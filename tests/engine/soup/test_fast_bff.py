"""The fast kernel of the BFF languages against the plain interpreter and the reference's traces."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.bench.soup_plain import run_plain
from engine.bench.soup_steps import run_bff_steps
from engine.soup.fast_bff import (
    CLOSE,
    COPY_TO_0,
    COPY_TO_1,
    LEFT_0,
    LEFT_1,
    MINUS,
    OPEN,
    PLUS,
    RIGHT_0,
    RIGHT_1,
    classes,
    run_bff,
)

TRACES = Path(__file__).parents[2] / "data" / "soup" / "bff_traces.json"

ALL = (LEFT_0, RIGHT_0, LEFT_1, RIGHT_1, PLUS, MINUS, COPY_TO_1, COPY_TO_0, OPEN, CLOSE)
BYTES = np.arange(256)
ASCII = classes(dict(zip(b"<>{}+-.,[]", ALL, strict=True)))
NIBBLES = classes(dict(zip(bytes.fromhex("0c0d0e0f08090a0b0607"), ALL, strict=True)), low_bits=15)
PERM = classes(dict(zip(range(1, 11), ALL, strict=True)))
SELFMOVE = classes({1: LEFT_0, 0: RIGHT_0, 2: PLUS, 3: MINUS, 4: COPY_TO_0, 5: OPEN, 6: CLOSE})
LANGUAGES = {
    "bff": (ASCII, BYTES == 0, True, False, 0),
    "bff_noheads": (ASCII, BYTES == 0, False, False, 0),
    "bff8": (ASCII, BYTES == 0, True, False, 8),
    "bff8_noheads": (ASCII, BYTES == 0, False, False, 8),
    "bff_noheads_4bit": (NIBBLES, BYTES % 16 == 0, False, False, 0),
    "bff_perm": (PERM, BYTES == 0, True, False, 0),
    "bff_selfmove": (SELFMOVE, BYTES == 0, True, True, 0),
}


def compared(name, tapes, limit):
    """Run copies of tapes with both; return where they differ."""
    results = []
    for run in (run_bff, run_plain):
        copy, ops = tapes.copy(), np.full(len(tapes), -1, np.int64)
        run(copy, limit, ops, *LANGUAGES[name])
        results.append((copy, ops))
    (fast, fast_ops), (plain, plain_ops) = results
    return np.flatnonzero((fast != plain).any(1) | (fast_ops != plain_ops)), plain_ops


def compared_origins(name, tapes, limit):
    """Run copies of tapes and note origins with both; return where they or anything differ."""
    results = []
    for run in (run_bff, run_bff_steps):
        copy, ops = tapes.copy(), np.full(len(tapes), -1, np.int64)
        origins = np.full(tapes.shape, 99, np.int16)
        run(copy, limit, ops, *LANGUAGES[name], origins)
        results.append(np.hstack([copy, origins, ops[:, None]]))
    return np.flatnonzero((results[0] != results[1]).any(1))


def tapes_of(name, rng, count, density):
    """Random tapes with commands drawn more often, half of them with a mirrored second half."""
    commands = np.flatnonzero(LANGUAGES[name][0])
    weights = rng.random(len(commands)) ** 3
    drawn = rng.choice(commands, (count, 128), p=weights / weights.sum())
    tapes = np.where(rng.random((count, 128)) < density, drawn, rng.integers(0, 256, (count, 128)))
    tapes[rng.random((count, 128)) < rng.choice([0, 0.02, 0.2])] = 0
    tapes[::2, 64:] = tapes[::2, 63::-1]
    return tapes.astype(np.uint8)


@pytest.mark.parametrize("name", LANGUAGES)
def test_equals_the_plain_interpreter_at_any_limit(name):
    rng = np.random.default_rng(list(LANGUAGES).index(name))
    most = 0
    for limit in (0, 1, 2, 7, 129, 1001, 3333, 8191, 8192):
        for density in (0.0, 0.2, 0.5, 1.0):
            different, ops = compared(name, tapes_of(name, rng, 60, density), limit)
            assert not len(different), (limit, density)
            most = max(most, ops.max())
    assert most > 4000  # else nothing looped


@pytest.mark.parametrize("name", LANGUAGES)
def test_origins_equal_those_of_single_steps_at_any_limit(name):
    rng = np.random.default_rng(list(LANGUAGES).index(name))
    for limit in (1, 7, 129, 1001, 8191, 8192):
        for density in (0.0, 0.5, 1.0):
            assert not len(compared_origins(name, tapes_of(name, rng, 16, density), limit))


def test_equals_the_reference():
    traces = json.loads(TRACES.read_text())
    assert {trace["lang"] for trace in traces} == set(LANGUAGES)
    for trace in traces:
        for limit, count, tape in trace["results"]:
            ops = np.zeros(1, np.int64)
            tapes = np.frombuffer(bytes.fromhex(trace["in"]), np.uint8).reshape(1, 128).copy()
            run_bff(tapes, limit, ops, *LANGUAGES[trace["lang"]])
            expected = (count, tape or trace["in"])
            assert (ops[0], tapes.tobytes().hex()) == expected, (trace["lang"], trace["name"])


def test_a_replicator_copies_itself_and_then_idles_to_the_limit():
    code = b"[[{.>]-]" + b" " * 48 + b"]-]>.{[["
    tapes = np.frombuffer(code + b"\x01" * 64, np.uint8).reshape(1, 128).copy()
    ops = np.zeros(1, np.int64)
    run_bff(tapes, 8192, ops, *LANGUAGES["bff_noheads"])
    assert tapes[0, 64:].tobytes() == code
    assert ops[0] > 8000
