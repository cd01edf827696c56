"""Who meets whom: the rules, and what is refused."""

import re
import tracemalloc

import numpy as np
import pytest

from engine.core.errors import BadInput
from engine.core.spec import Spec
from engine.soup import pairing, streams
from engine.soup.pairing import Cyclic, Fixed, Shuffle, grid, parse_interactions, read_pairing
from engine.systems.soup import ProgramSoup

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


@pytest.mark.parametrize(("width", "height"), [(2, 1), (1, 7), (3, 3), (9, 7)])
def test_a_grid_lists_all_neighbours_of_every_cell(width, height):
    rule = grid(width, height)
    cells = [(y, x) for y in range(height) for x in range(width)]
    for k, (y, x) in enumerate(cells):
        near = [i for i, (v, u) in enumerate(cells) if i != k and max(abs(v - y), abs(u - x)) < 3]
        assert rule.partners[rule.starts[k] : rule.starts[k + 1]].tolist() == near
    assert rule.starts[-1] == len(rule.partners)


def test_the_lists_of_a_grid_need_no_more_than_themselves():
    tracemalloc.start()
    try:
        rule = grid(256, 256)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * (rule.starts.nbytes + rule.partners.nbytes)


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


def test_many_lines_are_read_as_one_by_one():
    """Lists of a program keep the order of their lines."""
    rng = np.random.default_rng(3)
    pairs = rng.integers(0, 50, (4000, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    ends = ["\n", "\r\n", "\r", " # x\n", ",\n"]
    text = "".join(f"{a} {b}{ends[k % 5]}" for k, (a, b) in enumerate(pairs.tolist()))
    rule = parse_interactions(text, 50)
    for i in range(50):
        found = rule.partners[rule.starts[i] : rule.starts[i + 1]]
        np.testing.assert_array_equal(found, pairs[pairs[:, 0] == i, 1])


def test_a_list_that_is_too_long_is_refused(tmp_path):
    path = tmp_path / "pairs.txt"
    with path.open("wb") as file:
        file.truncate(2**26 + 1)
    with pytest.raises(BadInput, match="larger than 64 MB"):
        read_pairing(str(path), 4)


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
        ("0 1\n\n0\n", "line 3 is not two numbers of programs: '0'"),
        ("0 1\r\n\r\n0 1 2\r\n", "line 3 is not two numbers"),
        ("0 1\n0 18446744073709551617", "line 2 is not two numbers"),
        ("0 1\n0\u00a01 2", "line 2 is not two numbers of programs"),
        ("0 1\n2\u00a03", "line 2 is not two numbers of programs"),
        ("0 1\n0x1 2", "line 2 is not two numbers of programs: '0x1 2'"),
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
        ("p" * 5000, "there is no pairing 'pppp"),
        ("./" + "p" * 5000, "the name is too long"),
        ("a\0", "there is no pairing"),
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


def test_another_pairing_makes_no_grid_anew():
    world = ProgramSoup(Spec("soup", {"programs": 64, "grid_width": 8}, device="cpu"))
    before = world._soup.pairing
    world.set_param("pairing", "cyclic")
    assert world._soup.pairing is before
