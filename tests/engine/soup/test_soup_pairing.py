"""Who meets whom: the rules, and what is refused."""

import re

import numpy as np
import pytest

from engine.core.errors import BadInput
from engine.soup import pairing, streams
from engine.soup.pairing import Cyclic, Fixed, Shuffle, grid, parse_interactions, read_pairing

WRAP = 2**64 - 1


def arranged(rule, n, epoch, seed=5):
    order = np.full(n, -9, np.int32)
    steps = rule.arrange(order, epoch, seed)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return order.tolist(), end.value


def mixed(value):
    return int(streams.split_mix(np.uint64(value)))


def test_the_shuffle_draws_for_every_program(monkeypatch):
    monkeypatch.setattr(pairing, "_SLICE", 7)  # slices change nothing
    n, epoch = 50, 3
    expected = list(range(n))
    for i in range(n - 1, -1, -1):
        j = mixed(streams.stream(5, epoch * n + i)) % (i + 1)
        expected[i], expected[j] = expected[j], expected[i]
    assert arranged(Shuffle(), n, epoch) == (expected, n // 2)


def test_the_ring_turns():
    assert arranged(Cyclic(), 6, 0) == ([5, 0, 1, 2, 3, 4], 3)
    assert arranged(Cyclic(), 6, 1) == ([0, 1, 2, 3, 4, 5], 3)


def test_the_fixed_shuffle_is_a_permutation_in_every_epoch():
    for epoch in range(9):
        order, pairs = arranged(Fixed(), 16, epoch)
        assert sorted(order) == list(range(16))
        assert pairs == 8
    assert arranged(Fixed(), 16, 1)[0][:4] == [1, 2, 7, 8]


def test_a_fixed_shuffle_needs_a_power_of_two():
    with pytest.raises(BadInput, match="1,002 programs"):
        read_pairing("fixed", 1002)


def test_cells_of_a_grid_meet_only_their_neighbours():
    width, height = 9, 7
    rule = grid(width, height)
    counts = np.diff(rule.starts)
    assert counts[0] == 8  # a corner
    assert counts[3 * width + 4] == 24
    seen = set()
    for epoch in range(30):
        order, pairs = arranged(rule, width * height, epoch)
        assert sorted(order) == list(range(width * height))
        assert order[2 * pairs :] == sorted(order[2 * pairs :])
        for left, right in zip(order[: 2 * pairs : 2], order[1 : 2 * pairs : 2], strict=True):
            dy, dx = abs(left // width - right // width), abs(left % width - right % width)
            assert max(dy, dx) in (1, 2)
            seen.add((dy, dx))
    assert len(seen) == 8


def test_lists_are_directed_and_need_not_be_sorted():
    rule = parse_interactions("3 0\n1,2\n\n# nothing\n3 1 # again\n", 4)
    assert rule.starts.tolist() == [0, 0, 1, 1, 3]
    assert rule.partners.tolist() == [2, 0, 1]
    for epoch in range(20):
        order, pairs = arranged(rule, 4, epoch)
        for left in order[: 2 * pairs : 2]:
            assert left in (1, 3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0 1\n1 4\n", "line 2 names program 4, the soup has 4"),
        ("0 1\n2\n", "line 2 is not two numbers"),
        ("0 -1\n", "line 1 is not two numbers"),
        ("0 ²\n", "line 1 is not two numbers"),
        ("1 1\n", "line 1 lets program 1 run with itself"),
        ("\n# none\n", "lists no interactions"),
        ("0 99999999999999999999999\n", "line 1 is not two numbers"),
    ],
)
def test_bad_lists_name_the_line(text, said, tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=re.escape(f"{path}: {said}")):
        read_pairing(str(path), 4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("shuffel", "there is no pairing 'shuffel'"),
        ("grid:4x4", "16 cells, the soup has 64"),
        ("grid:four", "is no grid"),
        ("grid:0x64", "the soup has 64"),
        ("missing.txt", "no such file"),
    ],
)
def test_bad_pairings(text, said):
    with pytest.raises(BadInput, match=re.escape(said)):
        read_pairing(text, 64)


def test_a_file_that_is_no_text(tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_bytes(b"\xff\xfe0 1")
    with pytest.raises(BadInput, match="is no text"):
        read_pairing(str(path), 64)


def test_a_file_pairs_as_it_says(tmp_path):
    path = tmp_path / "pairs"
    path.write_text("0 1\n2 3\n")
    rule = read_pairing(str(path), 4)
    assert arranged(rule, 4, 0)[1] == 2
    with pytest.raises(BadInput, match="for 4 programs"):
        rule.check(6)
