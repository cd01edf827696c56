"""The tree of the middle: whatever is done to it, everything stays in it once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.workspace import tree as t

NAMES = st.sampled_from("abcdef")
EDGES = st.sampled_from(["left", "right", "top", "bottom"])
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), NAMES, st.none() | NAMES, st.none() | st.integers(0, 7)),
        st.tuples(st.just("take"), NAMES),
        st.tuples(st.just("bring"), NAMES),
        st.tuples(st.just("split"), NAMES, NAMES, EDGES),
    ),
    max_size=25,
)


def _sound(node: Any, inside: bool | None = None) -> None:
    """No empty cell, no split of one, none in another of its direction, shares that sum to 1."""
    if isinstance(node, t.Cell):
        assert node.items
        assert node.front in node.items
    elif node is not None:
        assert len(node.children) > 1
        assert len(node.shares) == len(node.children)
        assert sum(node.shares) == pytest.approx(1)
        assert min(node.shares) > 0
        assert node.across is not inside
        for child in node.children:
            _sound(child, node.across)


@given(DEEDS)
def test_everything_is_in_the_tree_once_whatever_is_done(deeds: list[tuple[Any, ...]]) -> None:
    tree: t.Tree = None
    there: set[str] = set()
    for name, *arguments in deeds:
        tree = getattr(t, name)(tree, *arguments)
        if name == "put":
            there.add(arguments[0])
        elif name == "take":
            there.discard(arguments[0])
        elif name == "split" and arguments[1] in there:
            # A newcomer may be split off as well as one that is there.
            there.add(arguments[0])
        assert sorted(t.items(tree)) == sorted(there)
        _sound(tree)


@given(DEEDS)
def test_a_tree_survives_a_file(deeds: list[tuple[Any, ...]]) -> None:
    tree: t.Tree = None
    for name, *arguments in deeds:
        tree = getattr(t, name)(tree, *arguments)
    text = json.dumps(t.to_json(tree, lambda item: "abcdef".index(item)))
    back = t.from_json(json.loads(text), lambda n: "abcdef"[n] if isinstance(n, int) else None)
    assert t.items(back) == t.items(tree)
    assert [cell.front for cell in t.cells(back)] == [cell.front for cell in t.cells(tree)]
    here, there = dict(t.splits(tree)), dict(t.splits(back))
    assert here.keys() == there.keys()
    for path, node in here.items():
        assert there[path].across == node.across
        assert there[path].shares == pytest.approx(node.shares, abs=1e-3)


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["cell", "front", "split", "children", "shares"]), inner, max_size=5
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_file_gives_a_sound_tree(data: Any) -> None:
    known = {n: "abcdef"[n] for n in range(6)}
    tree = t.from_json(data, lambda v: known.get(v) if type(v) is int else None)
    _sound(tree)
    assert len(set(t.items(tree))) == len(t.items(tree))


def test_what_is_closed_leaves_its_room_to_the_neighbours() -> None:
    tree = t.split(t.put(t.put(None, "a"), "b"), "b", "a", "right")
    tree = t.split(t.put(tree, "c", beside="b"), "c", "b", "right")
    assert isinstance(tree, t.Split)
    assert tree.shares == pytest.approx((0.5, 0.25, 0.25))
    tree = t.take(tree, "a")
    assert isinstance(tree, t.Split)
    assert tree.shares == pytest.approx((0.5, 0.5))
    assert t.take(tree, "b") == t.Cell(("c",), "c")


def test_a_tab_that_goes_leaves_the_next_in_front() -> None:
    tree = t.put(t.put(t.put(None, "a"), "b"), "c")
    tree = t.bring(tree, "b")
    assert t.take(tree, "b") == t.Cell(("a", "c"), "c")
    assert t.take(tree, "a") == t.Cell(("b", "c"), "b")


def test_a_tab_moves_within_its_cell() -> None:
    tree = t.put(t.put(t.put(None, "a"), "b"), "c")
    assert t.put(tree, "c", beside="a", place=0) == t.Cell(("c", "a", "b"), "c")
    assert t.put(tree, "c", beside="c", place=0) == t.Cell(("c", "a", "b"), "c")


def test_one_alone_in_its_cell_cannot_be_split_from_itself() -> None:
    tree = t.put(None, "a")
    assert t.split(tree, "a", "a", "left") is tree


def test_sizes_follow_the_handles() -> None:
    tree = t.split(t.put(t.put(None, "a"), "b"), "b", "a", "bottom")
    tree = t.reshare(tree, {(): [300, 100]})
    assert isinstance(tree, t.Split)
    assert tree.shares == pytest.approx((0.75, 0.25))
    assert t.reshare(tree, {(): [1.0, float("nan")]}).shares == (0.5, 0.5)  # type: ignore[union-attr]
