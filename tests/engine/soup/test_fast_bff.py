"""The fast kernel of the BFF languages against the plain interpreter and single steps.

The reference's traces hold it in `test_soup_languages.py`, as `run` of the languages.
"""

from __future__ import annotations

import numpy as np
import pytest

from engine.bench.soup_plain import run_plain
from engine.bench.soup_steps import run_bff_steps
from engine.soup.epoch import Soup
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
from engine.soup.language import HALF, language

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
    """Run copies of tapes with both, noting origins; return where anything differs, and them."""
    results = []
    for run in (run_bff, run_bff_steps):
        copy, ops = tapes.copy(), np.full(len(tapes), -1, np.int64)
        origins = np.full(tapes.shape, 99, np.int16)
        run(copy, limit, ops, *LANGUAGES[name], origins)
        results.append(np.hstack([copy, origins, ops[:, None]]))
    return np.flatnonzero((results[0] != results[1]).any(1)), origins


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
            different, _ = compared_origins(name, tapes_of(name, rng, 16, density), limit)
            assert not len(different), (limit, density)


@pytest.mark.parametrize("name", LANGUAGES)
def test_evolved_tapes_and_their_origins_equal_those_of_single_steps(name):
    """Pairs of a soup in which replicators, mutants and noise have met for a while."""
    rng = np.random.default_rng(list(LANGUAGES).index(name))
    spoken = language(name)
    planted = spoken.replicator.ljust(HALF, b"\0") * 8
    soup = Soup(spoken, 128, 5, mutation=2**22, initial=planted)
    moved = 0
    for _ in range(4):
        for _ in range(3):
            soup.step()
        tapes = soup.soup[rng.permutation(128)].reshape(64, 128)
        for limit in (8192, 8191, int(rng.integers(100, 8000))):
            different, origins = compared_origins(name, tapes, limit)
            assert not len(different), (soup.epoch, limit)
            moved += (origins != np.arange(128)).sum()
    assert moved > 3000  # else little was copied


def circling_tapes(name, rng, count):
    """Tapes of equal pieces, in which endless loops copy equal bytes from piece to piece.

    No byte changes, and yet tokens go round for several turns of the whole tape.
    """
    table, _, own_heads, *_ = LANGUAGES[name]
    assert own_heads
    codes = {int(kind): int(code) for code, kind in enumerate(table) if kind}
    moves = [codes[kind] for kind in (LEFT_0, RIGHT_0, LEFT_1, RIGHT_1) if kind in codes]
    copies = [codes[kind] for kind in (COPY_TO_1, COPY_TO_0) if kind in codes]
    tapes = np.full((count, 128), 200, np.uint8)
    for index in range(count):
        body, tail = np.full((2, 7), 200)
        way = moves[rng.integers(2) :: 2]  # both heads, as far as they can, go one way
        body[1 : 1 + len(way)] = tail[1 : 1 + len(way)] = way
        (body if rng.random() < 0.5 else tail)[0] = rng.choice(copies)
        piece = np.full(32, 200)
        piece[3:12] = codes[OPEN], *body, codes[CLOSE]
        if rng.random() < 0.5:  # a loop around it, which goes on where a zero ends the inner one
            piece[2] = codes[OPEN]
            piece[12:20] = *tail, codes[CLOSE]
            piece[rng.integers(20, 32)] = 0
        first = rng.integers(1, 128)
        piece[:2] = first, (first + 32 * rng.integers(1, 4)) % 128
        tapes[index] = np.tile(piece, 4)
    return tapes


@pytest.mark.parametrize("name", ["bff", "bff8", "bff_perm", "bff_selfmove"])
def test_tokens_circle_among_equal_bytes_exactly_so(name):
    rng = np.random.default_rng(7)
    for limit in rng.integers(1000, 8193, 20):
        different, _ = compared_origins(name, circling_tapes(name, rng, 20), limit)
        assert not len(different), limit


def test_a_replicator_copies_itself_and_then_idles_to_the_limit():
    code = b"[[{.>]-]" + b" " * 48 + b"]-]>.{[["
    tapes = np.frombuffer(code + b"\x01" * 64, np.uint8).reshape(1, 128).copy()
    ops = np.zeros(1, np.int64)
    run_bff(tapes, 8192, ops, *LANGUAGES["bff_noheads"])
    assert tapes[0, 64:].tobytes() == code
    assert ops[0] > 8000
