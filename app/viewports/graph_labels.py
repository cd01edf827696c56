"""Which labels of a graph can be read: none may lie upon another one, or upon another node."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Box", "readable"]

Box = tuple[float, float, float, float]
CELL = 64.0


def readable(boxes: Sequence[Box], nodes: Sequence[Box], order: Sequence[int]) -> list[int]:
    """Choose labels greedily.

    Parameters
    ----------
    boxes : sequence of (left, top, right, bottom)
        Where the label of each node would be, in pixels.
    nodes : sequence of (left, top, right, bottom)
        Where the nodes are; a label may touch its own.
    order : sequence of int
        Nodes, the most important first.

    Returns
    -------
    list of int
        The nodes whose labels are to be written.
    """
    taken = _Boxes()
    for node, box in enumerate(nodes):
        taken.add(box, node)
    chosen = []
    for node in order:
        if not taken.meets(boxes[node], node):
            taken.add(boxes[node], node)
            chosen.append(node)
    return chosen


class _Boxes:
    """Boxes by the cells of a coarse grid that they touch."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[tuple[Box, int]]] = {}

    def add(self, box: Box, owner: int) -> None:
        for cell in _cells(box):
            self._cells.setdefault(cell, []).append((box, owner))

    def meets(self, box: Box, owner: int) -> bool:
        return any(
            other != owner
            and box[0] < there[2]
            and there[0] < box[2]
            and box[1] < there[3]
            and there[1] < box[3]
            for cell in _cells(box)
            for there, other in self._cells.get(cell, ())
        )


def _cells(box: Box) -> list[tuple[int, int]]:
    left, top, right, bottom = (int(side // CELL) for side in box)
    return [(x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]
