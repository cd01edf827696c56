"""The random streams, against numbers of the published SplitMix64 and plain Python integers."""

import numpy as np
import pytest

from engine.soup import streams

WRAP = 2**64 - 1


def plain(seed):
    z = (seed + 0x9E3779B97F4A7C15) & WRAP
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & WRAP
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & WRAP
    return z ^ z >> 31


def test_the_generator_is_split_mix():
    # The first numbers of the public domain splitmix64.c, seed 1234567.
    state, given = 1234567, []
    for _ in range(3):
        given.append(int(streams.split_mix(np.uint64(state))))
        state = (state + 0x9E3779B97F4A7C15) & WRAP
    assert given == [6457827717110365317, 3203168211198807973, 9817491932198370423]


@pytest.mark.parametrize(("seed", "number"), [(0, 0), (1234, 7), (-1, 2**64 - 1), (2**70 + 3, 5)])
def test_a_stream_is_a_hash_of_seed_and_number(seed, number):
    expected = plain(plain(seed & WRAP) ^ plain(number)) * 131072 & WRAP
    assert streams.stream(seed, number, 131072) == expected


def test_filling_in_pieces_is_filling_at_once():
    whole = np.empty(1000, np.uint8)
    base = np.uint64(2**64 - 77)  # wraps within
    streams.fill(whole, np.uint64(0), base)
    piece = np.empty(300, np.uint8)
    streams.fill(piece, np.uint64(500), base)
    np.testing.assert_array_equal(piece, whole[500:800])
    assert whole[3] == plain((2**64 - 77 + 3) & WRAP) % 256


def test_mutation_replaces_what_it_draws_and_nothing_else():
    rate, base = 2**26, 2**64 - 900
    tapes = np.full((20, 128), 7, np.uint8)
    drawn = np.zeros((20, 128), np.uint8)
    streams.mutate(tapes, np.uint64(base), np.uint64(rate))
    streams.token_draws(drawn, np.uint64(base), np.uint64(rate))
    for at in range(20 * 128):
        r = plain((base + at) & WRAP)
        hit = ((r >> 8) & (2**30 - 1)) < rate
        assert tapes.reshape(-1)[at] == (r % 256 if hit else 7)
        assert drawn.reshape(-1)[at] == hit
    assert 80 < drawn.sum() < 240  # 1 in 16 of 2,560
