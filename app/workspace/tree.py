"""How the middle of the window is divided: a tree of splits with cells as leaves, without Qt.

A cell holds what is in it as tabs, one of them in front. Trees are values: every change makes a new
one. Whatever is asked, each thing stays in exactly one cell, no cell is empty, and no split stands
directly in one of the same direction.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

__all__ = [
    "Cell",
    "Edge",
    "Path",
    "Split",
    "Tree",
    "bring",
    "cell_of",
    "cells",
    "from_json",
    "items",
    "put",
    "reshare",
    "shape",
    "split",
    "splits",
    "take",
    "to_json",
]

Edge = Literal["left", "right", "top", "bottom"]
Path = tuple[int, ...]
"""Which child of which child, from the root."""

_DEEPEST = 16
_LEAST_SHARE = 0.02


@dataclass(frozen=True)
class Cell:
    """Things as tabs; `front` is one of `items`."""

    items: tuple[Any, ...]
    front: Any


@dataclass(frozen=True)
class Split:
    """Cells and splits beside each other (`across`) or one above the other; shares sum to 1."""

    across: bool
    children: tuple[Cell | Split, ...]
    shares: tuple[float, ...]


Tree = Cell | Split | None
"""None is a window without a world."""


def cells(tree: Tree) -> tuple[Cell, ...]:
    """Return the cells, from left to right and from top to bottom."""
    if isinstance(tree, Split):
        return tuple(cell for child in tree.children for cell in cells(child))
    return (tree,) if tree is not None else ()


def items(tree: Tree) -> tuple[Any, ...]:
    """Return everything that is in the tree, cell by cell."""
    return tuple(item for cell in cells(tree) for item in cell.items)


def cell_of(tree: Tree, item: Any) -> Cell | None:
    """Return the cell that holds a thing, None if none does."""
    return next((cell for cell in cells(tree) if item in cell.items), None)


def splits(tree: Tree, path: Path = ()) -> Iterator[tuple[Path, Split]]:
    """Yield every split with the way to it."""
    if isinstance(tree, Split):
        yield path, tree
        for place, child in enumerate(tree.children):
            yield from splits(child, (*path, place))


def shape(tree: Tree) -> Any:
    """Return how a tree is divided, whatever is in it and however large the parts are."""
    if isinstance(tree, Split):
        return tree.across, tuple(shape(child) for child in tree.children)
    return tree is not None


def put(tree: Tree, item: Any, beside: Any = None, place: int | None = None) -> Tree:
    """Put a thing into the cell of another one (the first cell without one), in front.

    One that is somewhere already is moved. `place` is its place among the tabs, the last if None.
    """
    if beside == item:
        beside = next((other for other in _others(tree, item)), None)
    home = cell_of(tree, item)
    if home is not None and beside in home.items:  # it only moves within
        kept = [other for other in home.items if other != item]
        kept.insert(len(kept) if place is None else place, item)
        return _change(tree, home, Cell(tuple(kept), item))
    tree = take(tree, item)
    target = cell_of(tree, beside) or next(iter(cells(tree)), None)
    if target is None:
        return Cell((item,), item)
    tabs = list(target.items)
    tabs.insert(len(tabs) if place is None else place, item)
    return _change(tree, target, Cell(tuple(tabs), item))


def _others(tree: Tree, item: Any) -> tuple[Any, ...]:
    home = cell_of(tree, item)
    return tuple(other for other in home.items if other != item) if home is not None else ()


def take(tree: Tree, item: Any) -> Tree:
    """Take a thing out; a cell that becomes empty goes, and its neighbours get its room."""
    home = cell_of(tree, item)
    if home is None:
        return tree
    place = home.items.index(item)
    kept = home.items[:place] + home.items[place + 1 :]
    if not kept:
        return _change(tree, home, None)
    front = kept[min(place, len(kept) - 1)] if home.front == item else home.front
    return _change(tree, home, Cell(kept, front))


def bring(tree: Tree, item: Any) -> Tree:
    """Bring a thing in front of the others of its cell."""
    home = cell_of(tree, item)
    return tree if home is None else _change(tree, home, replace(home, front=item))


def split(tree: Tree, item: Any, target: Any, edge: Edge) -> Tree:
    """Give a thing a cell of its own at an edge of the cell of `target`, which halves.

    Nothing changes where the thing is alone in that cell, or `target` is nowhere.
    """
    there = cell_of(tree, target)
    if there is None or there.items == (item,):
        return tree
    if target == item:
        target = _others(tree, item)[0]
    tree = take(tree, item)
    there = cell_of(tree, target)
    assert there is not None
    new = Cell((item,), item)
    pair = (new, there) if edge in ("left", "top") else (there, new)
    return _change(tree, there, Split(edge in ("left", "right"), pair, (0.5, 0.5)))


def reshare(tree: Tree, shares: Mapping[Path, Sequence[float]]) -> Tree:
    """Take the sizes that splits have now, by their paths; those that make no sense are ignored."""

    def walk(node: Cell | Split, path: Path) -> Cell | Split:
        if isinstance(node, Cell):
            return node
        children = tuple(walk(child, (*path, n)) for n, child in enumerate(node.children))
        return Split(node.across, children, _fair(shares.get(path, node.shares), len(children)))

    return None if tree is None else walk(tree, ())


def _fair(shares: Sequence[float], count: int) -> tuple[float, ...]:
    """Return `count` shares that sum to 1; equal ones where these are none."""
    usable = len(shares) == count and all(math.isfinite(s) and s >= 0 for s in shares)
    if not usable or not math.isfinite(sum(shares)) or sum(shares) <= 0:
        return (1 / count,) * count
    whole = sum(shares)
    wanted = [max(share / whole, _LEAST_SHARE) for share in shares]
    return tuple(share / sum(wanted) for share in wanted)


def _change(tree: Tree, old: Cell, new: Cell | Split | None) -> Tree:
    """Put something in the place of a cell."""
    if tree is old:
        return new
    if not isinstance(tree, Split):
        return tree
    children = [_change(child, old, new) if old in cells(child) else child
                for child in tree.children]  # fmt: skip
    return _tidy(tree.across, children, tree.shares)


def _tidy(across: bool, children: Sequence[Cell | Split | None], shares: Sequence[float]) -> Tree:
    """Make a split without gaps, without splits of its own direction, or what is left of it."""
    kept: list[tuple[Cell | Split, float]] = []
    for child, share in zip(children, shares, strict=True):
        if isinstance(child, Split) and child.across == across:
            inner = zip(child.children, child.shares, strict=True)
            kept += [(grandchild, share * part) for grandchild, part in inner]
        elif child is not None:
            kept.append((child, share))
    if len(kept) < 2:
        return kept[0][0] if kept else None
    nodes = tuple(node for node, _ in kept)
    return Split(across, nodes, _fair([share for _, share in kept], len(kept)))


# Files.


def to_json(tree: Tree, code: Callable[[Any], Any]) -> dict[str, Any]:
    """Write a tree as JSON; `code` gives what stands for a thing, None for one to leave out."""
    node = _written(tree, code)
    return node if node is not None else {}


def _written(tree: Tree, code: Callable[[Any], Any]) -> dict[str, Any] | None:
    if isinstance(tree, Split):
        written = [(_written(c, code), s) for c, s in zip(tree.children, tree.shares, strict=True)]
        kept = [(node, share) for node, share in written if node is not None]
        return {
            "split": "across" if tree.across else "down",
            "children": [node for node, _ in kept],
            "shares": [round(share, 4) for _, share in kept],
        }
    coded = [] if tree is None else [(code(item), item) for item in tree.items]
    tabs = [value for value, _ in coded if value is not None]
    if tree is None or not tabs:
        return None
    front = next((value for value, item in coded if item == tree.front), None)
    return {"cell": tabs, "front": tabs[0] if front is None else front}


def from_json(data: Any, known: Callable[[Any], Any]) -> Tree:
    """Read a tree; whatever makes no sense is left out.

    Parameters
    ----------
    data : JSON value
        From a file: it may hold anything.
    known : callable
        Gives the thing that a value stands for, None where there is none.
    """
    return _read(data, known, set(), 0)


def _read(data: Any, known: Callable[[Any], Any], seen: set[Any], depth: int) -> Tree:
    if not isinstance(data, Mapping) or depth > _DEEPEST:
        return None
    tabs = data.get("cell")
    if isinstance(tabs, list):
        found: list[Any] = []
        for value in tabs:
            item = known(value)
            if item is not None and item not in seen:
                seen.add(item)
                found.append(item)
        front = known(data.get("front"))
        return Cell(tuple(found), front if front in found else found[0]) if found else None
    children, shares = data.get("children"), data.get("shares")
    if not isinstance(children, list):
        return None
    sizes = shares if isinstance(shares, list) else []
    numbers = [float(s) for s in sizes if isinstance(s, int | float)]
    nodes = [_read(child, known, seen, depth + 1) for child in children]
    return _tidy(data.get("split") != "down", nodes, _fair(numbers, len(nodes)) if nodes else ())
