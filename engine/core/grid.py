"""The base of systems that live on a grid: views, brush, inspector and state for free.

A grid automaton writes `Params`, `build`, `start`, `advance` and `field`; `colour` where its
picture is more than channel 0. Cells are (H, W, C), row 0 on top.
"""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.core.blame import PluginError
from engine.core.errors import BadInput
from engine.core.measuring import clip_region, measure
from engine.core.patches import Patched, Places, Values
from engine.core.reducing import mosaic, principal_components, reduce_cells
from engine.core.spec import Spec
from engine.core.system import BrushTool, Part, Row, ViewOffer
from engine.core.views import ImageView, Pick, Stroke, View, ViewRequest

__all__ = ["GridSystem", "disc_cells"]

Cells = NDArray[Any]

ERASE = BrushTool("erase", "Erase", "eraser", "Set every channel under the brush to zero")
PAINT = BrushTool(
    "paint", "Paint", "brush", "Set one channel under the brush to a value", paints="channel"
)


class GridSystem(Patched):
    """A system whose world is a grid of cells with C channels.

    Attributes
    ----------
    wraps : bool
        True on a torus.
    coloured : int, optional
        How many channels, the first ones, `colour` looks at: only they are read for a picture.
    colormap, limits
        How channel 0 is drawn where `colour` is not overridden.
    """

    wraps: bool = True
    coloured: ClassVar[int | None] = None
    colormap: str = "viridis"
    limits: tuple[float, float] = (0.0, 1.0)

    def __init__(self, spec: Spec) -> None:
        self._born = time.monotonic()
        super().__init__(spec)
        self._check_cells()

    @abstractmethod
    def field(self) -> Cells:
        """Return the live cells (H, W, C), any number type; writing to it writes the world."""

    @abstractmethod
    def channels(self) -> tuple[str, ...]:
        """Name the C channels."""

    def _check_cells(self) -> None:
        """Refuse a field that is none: one that is written by hand is easily one axis short."""
        if type(self).views is not GridSystem.views:
            return  # what it shows is made otherwise
        cells, names = self.field(), self.channels()
        shape = getattr(cells, "shape", None)
        if not isinstance(cells, np.ndarray) or cells.ndim != 3:
            told = type(cells).__name__ if shape is None else f"an array of shape {shape}"
            raise _wrong(self.field, f"field() returned {told}, not (rows, columns, channels)")
        if cells.shape[2] != len(names):
            words = f"channels() named {len(names)}, but field() has {cells.shape[2]} of them"
            raise _wrong(self.channels, words)

    @property
    def extent(self) -> tuple[int, int]:
        """Rows and columns of the world; override where making `field` costs something."""
        rows, columns = self.field().shape[:2]
        return rows, columns

    def colour(self, cells: Cells) -> Cells:
        """Draw cells (h, w, C): uint8 RGB, uint8 premultiplied RGBA, or float32 (h, w) scalars."""
        return np.ascontiguousarray(cells[..., 0], np.float32)

    def view_offers(self) -> tuple[ViewOffer, ...]:
        """Offer the world as an image."""
        return (ViewOffer("world", "World", "image"),)

    def views(self, wanted: Mapping[str, ViewRequest]) -> dict[str, View]:
        """Make the image of the world if it is asked for."""
        request = wanted.get("world")
        return {"world": self.image(self.field(), request)} if request is not None else {}

    def image(self, cells: Cells, request: ViewRequest) -> ImageView:
        """Draw cells (H, W, C) as `request` asks; copies what it shows."""
        rows, columns = cells.shape[:2]
        region = clip_region(request.region, rows, columns)
        row, column, height, width = region
        names = self.channels()
        part = cells[row : row + height, column : column + width]
        probed = tuple((r, c) for r, c in request.probes if 0 <= r < rows and 0 <= c < columns)
        tiles, shown, limits, colormap = (1, 1), "colour", self.limits, self.colormap
        data: Cells
        axes = None
        chosen = tuple(c for c in request.channels if 0 <= c < cells.shape[2])
        if request.reduce == "mosaic":
            side = math.ceil(math.sqrt(len(names)))
            part = reduce_cells(part, max(1, request.max_size // side))
            data, tiles = mosaic(part)
            shown, limits = f"all {len(names)}", _span(data, request.limits)
            colormap = "diverging" if limits[0] < 0 else "viridis"
        elif request.reduce == "pca":
            data, axes = principal_components(reduce_cells(part, request.max_size))
            shown = "principal components"
        elif len(chosen) == 1:
            data = np.ascontiguousarray(reduce_cells(part[..., chosen], request.max_size)[..., 0])
            shown, limits = names[chosen[0]], _span(data, request.limits)
            colormap = "diverging" if limits[0] < 0 else "viridis"
        else:
            part = reduce_cells(part[..., : self.coloured], request.max_size)
            data = self.colour(part)
            self._check_colour(data, part.shape)
            limits = request.limits or limits
        measured = measure(
            request,
            (rows, columns),
            cells.shape[2],
            lambda down, across: cells[down, across],
            lambda down, across: cells[down, across],
        )
        return ImageView(
            step=self.step_count,
            seconds=time.monotonic() - self._born,
            data=data,
            extent=(rows, columns),
            region=region,
            limits=limits,
            colormap=colormap,
            channels=names,
            shown=shown,
            wraps=self.wraps,
            probes=_probe(cells, probed),
            probed=probed,
            tiles=tiles,
            axes=axes,
            profile=measured.profile,
            summary=measured.summary,
            histogram=measured.histogram,
        )

    def _check_colour(self, data: Cells, of: tuple[int, ...]) -> None:
        """Refuse what is no picture of cells of a shape."""
        shape: tuple[int, ...] = getattr(data, "shape", ())
        kind = getattr(data, "dtype", type(data).__name__)
        scalars = len(shape) == 2 and shape == of[:2]
        colours = len(shape) == 3 and shape[:2] == of[:2] and shape[2] in (3, 4)
        if not (scalars or (colours and kind == np.uint8)):
            raise _wrong(
                self.colour,
                f"colour() returned {kind} of shape {shape} for cells of shape {of}: uint8 (rows, "
                "columns, 3 or 4) or float32 (rows, columns) is drawn",
            )

    def brushes(self) -> tuple[BrushTool, ...]:
        """Offer erase and paint."""
        return (ERASE, PAINT)

    def brush(self, stroke: Stroke) -> None:
        """Apply a stroke to the cells under it."""
        if stroke.tool not in {tool.name for tool in self.brushes()}:
            raise BadInput(f"{self.info.title} has no brush {stroke.tool!r}")
        rows, columns = disc_cells(stroke.points, stroke.radius, self.extent, self.wraps)
        if rows.size:
            title = next(tool.title for tool in self.brushes() if tool.name == stroke.tool)
            self.begin_gesture(f"{title.lower()} stroke", stroke.number)
            with self.writing(rows, columns):
                self.brush_cells(stroke, rows, columns)

    @contextmanager
    def writing(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Iterator[None]:
        """Remember, for undo, what is written to these cells meanwhile; each is named once."""
        cells = self.field()
        before = cells[rows, columns]
        yield
        places = rows * cells.shape[1] + columns
        self.patches.note(places, before, self.field()[rows, columns])

    def write_back(self, places: Places, values: Values) -> None:
        """Write whole cells, (n, C), at places counted row by row."""
        cells = self.field()
        cells[np.divmod(places, cells.shape[1])] = values

    def brush_cells(
        self, stroke: Stroke, rows: NDArray[np.intp], columns: NDArray[np.intp]
    ) -> None:
        """Write the cells of a stroke; override to add brushes, call the base for its own two."""
        cells = self.field()
        if stroke.tool == "paint":
            cells[rows, columns, min(max(stroke.channel, 0), cells.shape[2] - 1)] = stroke.value
        else:
            cells[rows, columns] = 0

    def inspect(self, pick: Pick) -> tuple[Row, ...]:
        """List the channels of the picked cell."""
        cells = self.field()
        row, column = int(pick.at[0]), int(pick.at[1])
        if not (0 <= row < cells.shape[0] and 0 <= column < cells.shape[1]):
            return ()
        return tuple(
            Row(name, float(value))
            for name, value in zip(self.channels(), cells[row, column], strict=True)
        )

    def finite(self) -> bool:
        """Tell whether every cell is finite."""
        cells = self.field()
        return cells.dtype.kind != "f" or bool(np.isfinite(cells.sum(dtype=np.float64)))

    def get_arrays(self, part: Part) -> dict[str, NDArray[Any]]:
        """Return the field; systems with weights or a training state add theirs."""
        return {"field": self.field()} if part == "world" else {}

    def set_arrays(self, part: Part, arrays: dict[str, NDArray[Any]]) -> None:
        """Take the field."""
        if part == "world":
            self.field()[...] = arrays["field"]


def _span(data: Cells, limits: tuple[float, float] | None) -> tuple[float, float]:
    if limits is not None:
        return limits
    finite = data[np.isfinite(data)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if low < 0:
        bound = max(-low, high, 1e-6)
        return (-bound, bound)
    return (0.0, max(high, 1e-6))


def _wrong(method: Callable[..., object], problem: str) -> PluginError:
    """Blame a method, by its file and line, for what it returned."""
    code = getattr(method, "__code__", None)
    if code is None:
        return PluginError(problem)
    return PluginError(problem, path=code.co_filename, line=code.co_firstlineno)


def _probe(cells: Cells, places: tuple[tuple[int, int], ...]) -> NDArray[np.float32]:
    if not places:
        return np.zeros((0, cells.shape[2]), np.float32)
    where = np.array(places)
    return np.array(cells[where[:, 0], where[:, 1]], np.float32)


_SPARSE = 8  # cells of the world for one under the brush, above which sorting is quicker


def disc_cells(
    points: tuple[tuple[float, ...], ...],
    radius: float,
    extent: tuple[int, int],
    wraps: bool,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find the cells whose centres lie within `radius` of any point, each once.

    Points are (row, column) with a cell's centre at +0.5; a radius under 0.5 still finds the cell
    under the point.
    """
    rows, columns = extent
    reach = min(max(radius, 0.0), float(rows + columns))
    found: list[NDArray[np.intp]] = []
    for point in points:
        if not (math.isfinite(point[0]) and math.isfinite(point[1])):
            continue
        row, column = (point[0] % rows, point[1] % columns) if wraps else (point[0], point[1])
        r, c = _reached(row, reach, rows, wraps), _reached(column, reach, columns, wraps)
        hit = (r[:, None] + 0.5 - row) ** 2 + (c[None, :] + 0.5 - column) ** 2 <= reach**2
        hit |= (r[:, None] == math.floor(row)) & (c[None, :] == math.floor(column))
        rr, cc = np.nonzero(hit)
        found.append(r[rr] % rows * columns + c[cc] % columns)
    places = np.concatenate(found) if found else np.zeros(0, np.intp)
    if len(places) * _SPARSE < rows * columns:
        places = np.unique(places)
    else:  # a mask of the whole world is quicker to look through than so many are to sort
        mask = np.zeros(rows * columns, bool)
        mask[places] = True
        places = np.nonzero(mask)[0]
    return places // columns, places % columns


def _reached(at: float, reach: float, count: int, wraps: bool) -> NDArray[np.intp]:
    """List an axis' indices within `reach`; on a torus each cell once, where it is nearest."""
    low, high = math.floor(at - reach), math.floor(at + reach)
    if not wraps:
        low, high = min(max(low, 0), count), max(min(high, count - 1), -1)
    elif high - low >= count:
        low = math.ceil(at - count / 2 - 0.5)
        high = low + count - 1
    return np.arange(low, high + 1)
