"""The tools "Line" and "Region": drawn by a drag, then moved by their ends and corners."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF

from app.measures import Measures
from app.viewports.brush import LINE
from engine.core.views import Region

__all__ = ["REACH", "Ruler", "corners"]

Cell = tuple[int, int]

REACH = 9.0
"""Pixels within which a press takes hold of an end, a corner or the middle."""


class Ruler:
    """What a hand does with a line or a rectangle over a plane of cells.

    Parameters
    ----------
    cell_near : callable
        The cell under a point of the viewport, the nearest one beside the world.
    point_of : callable
        The point of the viewport at (row, column), in fractions of a cell.
    """

    def __init__(
        self,
        cell_near: Callable[[QPointF], Cell],
        point_of: Callable[[float, float], QPointF],
    ) -> None:
        self.measures: Measures | None = None
        self._cell_near = cell_near
        self._point_of = point_of
        self._tool = ""
        self._anchor: Cell = (0, 0)
        self._grip: Cell | None = None  # what of a rectangle that moves as a whole is held
        self._before: Region | None = None

    @property
    def active(self) -> bool:
        """Whether something is being drawn or moved."""
        return bool(self._tool)

    def press(self, tool: str, point: QPointF) -> None:
        """Take hold of what is near, or begin anew."""
        if self.measures is None:
            return
        self._tool, self._grip = tool, None
        cell = self._cell_near(point)
        held = self._held(point)
        self._anchor = held if held is not None else cell
        region = self.measures.region
        if tool != LINE and held is None and region is not None and _inside(cell, region):
            self._grip, self._before = cell, region
        elif held is None:
            self.move(point)

    def move(self, point: QPointF) -> None:
        """Go on to a point."""
        if self.measures is None or not self._tool:
            return
        cell = self._cell_near(point)
        if self._tool == LINE:
            self.measures.set_line((self._anchor, cell))
        elif self._grip is not None and self._before is not None:
            row, column, rows, columns = self._before
            down, across = cell[0] - self._grip[0], cell[1] - self._grip[1]
            self.measures.set_region((max(0, row + down), max(0, column + across), rows, columns))
        else:
            self.measures.set_region(_between(self._anchor, cell))

    def release(self) -> None:
        """Let go."""
        self._tool = ""

    def drop(self, tool: str) -> bool:
        """Measure along nothing, or in nothing; tells whether there was anything."""
        measures = self.measures
        if measures is None:
            return False
        self.release()
        there = measures.line if tool == LINE else measures.region
        if tool == LINE:
            measures.set_line(None)
        else:
            measures.set_region(None)
        return there is not None

    def _held(self, point: QPointF) -> Cell | None:
        """Find an end or a corner near a point; returns the opposite one, which stays."""
        assert self.measures is not None
        if self._tool == LINE:
            if self.measures.line is None:
                return None
            pairs = [self.measures.line, self.measures.line[::-1]]
        else:
            if self.measures.region is None:
                return None
            ends = corners(self.measures.region)
            pairs = [(one, ends[(place + 2) % 4]) for place, one in enumerate(ends)]
        near = [
            (self._distance(point, end), other)
            for end, other in pairs
            if self._distance(point, end) <= REACH
        ]
        return min(near)[1] if near else None

    def _distance(self, point: QPointF, cell: Cell) -> float:
        away = self._point_of(cell[0] + 0.5, cell[1] + 0.5) - point
        return math.hypot(away.x(), away.y())


def corners(region: Region) -> tuple[Cell, Cell, Cell, Cell]:
    """Return the cells in the corners of a rectangle, clockwise from the top left."""
    row, column, rows, columns = region
    low, right = row + rows - 1, column + columns - 1
    return (row, column), (row, right), (low, right), (low, column)


def _between(one: Cell, other: Cell) -> Region:
    row, column = min(one[0], other[0]), min(one[1], other[1])
    return row, column, abs(one[0] - other[0]) + 1, abs(one[1] - other[1]) + 1


def _inside(cell: Cell, region: Region) -> bool:
    row, column, rows, columns = region
    return row <= cell[0] < row + rows and column <= cell[1] < column + columns
