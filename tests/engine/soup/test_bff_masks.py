"""Commands found by comparing bytes with codes are those that the table of classes gives."""

from __future__ import annotations

import numpy as np
import pytest

from engine.bench.soup_plain import run_plain
from engine.soup.bff_masks import NOTHING, OPEN, classes, codes_of, gathered, look_up, mark
from engine.soup.fast_bff import run_bff

ASCII = {byte: kind for kind, byte in enumerate(b"<>{}+-.,[]", 1)}
NIBBLES = b"\x0c\x0d\x0e\x0f\x08\x09\x0a\x0b\x06\x07"
TABLES = {
    "ascii": classes(ASCII),
    "nibbles": classes(dict(zip(NIBBLES, range(1, 11), strict=True)), 15),
    "few": classes({0: 2, 1: 1, 2: 5, 3: 6, 4: 8, 5: 9, 6: 10}),
    "one bracket": classes({7: 5, 200: 10}),
}


@pytest.mark.parametrize("name", TABLES)
def test_marks_are_those_of_the_table(name):
    table = TABLES[name]
    codes = codes_of(table)
    assert codes[10] in {15, 255}
    tapes = np.random.default_rng(1).integers(0, 256, (40, 128), np.uint8)
    for tape in np.vstack([tapes, np.arange(256, dtype=np.uint8).reshape(2, 128)]):
        marks, expected = np.full(256, 9, np.uint8), np.full(256, 9, np.uint8)
        mark(tape, codes, marks)
        look_up(tape, table, expected)
        np.testing.assert_array_equal(marks, expected)
        np.testing.assert_array_equal(marks[:128], table[tape] != NOTHING)
        np.testing.assert_array_equal(marks[128:], table[tape] >= OPEN)
        words = marks.view(np.uint64)
        for first in (0, 8, 16, 24):
            flags = marks[8 * first : 8 * first + 64]
            assert int(gathered(words, first)) == sum(1 << int(k) for k in np.flatnonzero(flags))


@pytest.mark.parametrize(
    "more",
    [{1: 5}, {1: 9}, dict.fromkeys(b"[]", 0), dict.fromkeys(b"<>{}+-.,", 0)],
    ids=["a ninth command", "a third bracket", "no bracket", "brackets alone"],
)
def test_other_tables_are_looked_up(more):
    table = classes(ASCII | more)
    assert codes_of(table)[10] == 0
    draw = np.random.default_rng(2)
    tapes = draw.choice(np.frombuffer(b"<>{}+-.,[]\x00\x01a", np.uint8), (60, 128))
    results = []
    for run in (run_bff, run_plain):
        copy, ops = tapes.copy(), np.zeros(len(tapes), np.int64)
        run(copy, 5000, ops, table, np.arange(256) == 0, False, False, 0)
        results.append(np.hstack([copy, ops[:, None]]))
    np.testing.assert_array_equal(*results)
