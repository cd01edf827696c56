"""Views that are figures: heads of attention, matrices, charts, graphs, tables.

Views of worlds one looks into (pictures, meshes, tapes) are in `engine.core.views`, and so is what
is asked of a view.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.core.views import Array, View

__all__ = [
    "FIGURES",
    "ChartView",
    "Cursor",
    "GraphView",
    "Grip",
    "HeadsView",
    "Matrix",
    "MatrixView",
    "PointsView",
    "TableView",
]


@dataclass(frozen=True, eq=False, kw_only=True)
class HeadsView(View):
    """Who attends to whom: the attention weights of every head for one sequence.

    Attributes
    ----------
    weights : ndarray
        ``(layers, heads, queries, keys)`` float32; NaN where a query may not look, and in the whole
        tile of a head that a layer does not have. Where the sequence is longer than what was asked
        for, each texel holds the weight of greatest magnitude in its block, so that thin diagonals
        stay visible.
    keys : tuple of str
        Label of every token that is looked at, unreduced.
    queries : tuple of str
        Label of every token that looks; empty where they are the same tokens.
    signed : bool, or tuple of bool
        Linear and mesa attention: weights of both signs and any size, rows do not sum to 1. A tuple
        says it of each layer; see `is_signed`.
    focused : (layer, head)
        The head of which `focus` holds the weights.
    focus : ndarray
        ``(queries, keys)`` float32, unreduced.
    roles : tuple of (layers) tuples of (heads) str
        What each head was seen to do, for a badge: "previous", "induction", "first", ...; "" where
        it does nothing that has a name.
    scores : tuple of (name, ndarray (layers, heads))
        Figures behind the roles, 0 to 1.
    off, patched : tuple of (layer, head)
        Heads that are switched off, and those replaced by their constructed version.
    guide : tuple of (query, key)
        Places that theory names: a thin mark.
    groups : tuple of int
        Which segment each key belongs to; empty where there are none.
    cursor : int
        The query that is being read; -1 for none.
    other : ndarray, optional
        Weights of the model that this one is compared with, shape of `weights`.
    other_focus : ndarray, optional
        Its `focus`.
    names : (str, str)
        What the model is, and the other one.
    """

    weights: Array
    keys: tuple[str, ...]
    queries: tuple[str, ...] = ()
    signed: bool | tuple[bool, ...] = False
    focused: tuple[int, int] = (0, 0)
    focus: Array = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    roles: tuple[tuple[str, ...], ...] = ()
    scores: tuple[tuple[str, Array], ...] = ()
    off: tuple[tuple[int, int], ...] = ()
    patched: tuple[tuple[int, int], ...] = ()
    guide: tuple[tuple[int, int], ...] = ()
    groups: tuple[int, ...] = ()
    cursor: int = -1
    other: Array | None = None
    other_focus: Array | None = None
    names: tuple[str, str] = ("", "")

    def is_signed(self, layer: int) -> bool:
        """Whether weights of a layer have both signs and any size."""
        return self.signed if isinstance(self.signed, bool) else self.signed[layer]


@dataclass(frozen=True, eq=False, kw_only=True)
class Matrix:
    """A labelled matrix, drawn as cells of colour.

    Attributes
    ----------
    title : str
    values : ndarray
        ``(rows, columns)`` float32, NaN where there is nothing.
    rows, columns : tuple of str
        A label for each line, or for each block where blocks are given; empty for none.
    row_blocks, column_blocks : tuple of int
        Where blocks begin, 0 first; lines are drawn between them.
    limits : (low, high)
        Values at the two ends of the colour map; matrices to be compared share them.
    colormap : str
        "diverging" with 0 in its middle, or "viridis".
    note : str
        A few words under it.
    """

    title: str
    values: Array
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    row_blocks: tuple[int, ...] = ()
    column_blocks: tuple[int, ...] = ()
    limits: tuple[float, float] = (-1.0, 1.0)
    colormap: str = "diverging"
    note: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class MatrixView(View):
    """Matrices side by side: learned, constructed, difference; layers by positions.

    `across` of them stand in a row; `facts` are figures worth reading beside them.
    """

    matrices: tuple[Matrix, ...]
    across: int = 3
    facts: tuple[tuple[str, float | str], ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class PointsView(View):
    """Points in the plane or in space: float32 (n, 2 or 3), colours uint8 (n, 4)."""

    points: Array
    colours: Array | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class GraphView(View):
    """Nodes and directed edges.

    Attributes
    ----------
    nodes : ndarray
        float32 (n, 2): x in units of `axis`, y in lanes.
    edges : ndarray
        int32 (m, 2): from node to node.
    labels : tuple of n str
        What a node is called.
    sizes : ndarray, optional
        float32 (n,) in 0 to 1: how large a node is drawn.
    colours : ndarray, optional
        uint8 (n, 3).
    notes : tuple of n str
        More words, for hovering.
    axis : str
        Name of x; "" where places mean nothing.
    programs : tuple of n bytes
        The program that a node stands for, where it stands for one.
    """

    nodes: Array
    edges: Array
    labels: tuple[str, ...] = ()
    sizes: Array | None = None
    colours: Array | None = None
    notes: tuple[str, ...] = ()
    axis: str = ""
    programs: tuple[bytes, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class TableView(View):
    """Rows under column heads; cells are numbers or texts.

    `programs` holds the program that each row stands for, where rows stand for programs, and
    `swatches` uint8 (rows, 3) a colour for each.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[float | int | str, ...], ...]
    programs: tuple[bytes, ...] = ()
    swatches: Array | None = None


@dataclass(frozen=True, eq=False)
class Grip:
    """Points of a chart that the hand may drag.

    Attributes
    ----------
    name : str
        What they are, for the legend.
    points : ndarray
        ``(n, 2)`` float64: x, y.
    action : str
        One of the system's actions; it gets `index`, `x` and `y` while a point is dragged.
    one : str
        What one of them is called, before its number; "" is as all of them.
    """

    name: str
    points: Array
    action: str
    one: str = ""

    def word_of(self, index: int) -> str:
        """Name one of them, counted from 1."""
        return f"{self.one or self.name} {index + 1}"


@dataclass(frozen=True)
class Cursor:
    """A line across a chart that the hand may drag.

    Attributes
    ----------
    at : float
        Where on the x axis.
    words : str
        What is there, in a few words.
    action : str
        One of the system's actions; it gets `x`. Empty for a line that only marks a place.
    stops : tuple of float
        The only places where it can be, ascending; empty for anywhere.
    """

    at: float
    words: str = ""
    action: str = ""
    stops: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class ChartView(View):
    """Curves that the system keeps itself, since they are not one scalar a tick.

    Attributes
    ----------
    x : str
        Name of the horizontal axis.
    y : str
        Name and unit of the vertical one.
    curves : tuple of (name, x, y)
        float64 arrays of equal length.
    stacked : bool
        Draw the curves as areas upon each other; they then share their x.
    colours : ndarray, optional
        uint8 (curves, 3).
    dashed : tuple of str
        Curves that are references, not measurements.
    points : tuple of (name, x, y)
        Marks without a line between them.
    grip : Grip, optional
        Points that may be dragged.
    cursors : tuple of Cursor
        Lines across: what was trained at, when the phase changed, the moment that is shown.
    logarithmic : (bool, bool)
        Whether x and y go by powers of ten.
    limits : ((low, high), (low, high)), optional
        Fixed ranges of x and y; None fits the curves.
    equal : bool
        One unit is as long in x as in y: points in a plane.
    """

    x: str
    y: str
    curves: tuple[tuple[str, Array, Array], ...]
    stacked: bool = False
    colours: Array | None = None
    dashed: tuple[str, ...] = ()
    points: tuple[tuple[str, Array, Array], ...] = ()
    grip: Grip | None = None
    cursors: tuple[Cursor, ...] = ()
    logarithmic: tuple[bool, bool] = (False, False)
    limits: tuple[tuple[float, float], tuple[float, float]] | None = None
    equal: bool = False


FIGURES = (ChartView, GraphView, MatrixView, PointsView, TableView)
"""Views that `engine.media.figures` draws; heads of attention are drawn by `engine.core.tiles`."""
