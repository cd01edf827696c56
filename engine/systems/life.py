"""Life-like automata: any rule that counts the eight neighbours, Conway's Game of Life first.

Gardner, "The fantastic combinations of John Conway's new solitaire game 'life'", Scientific
American 223 (4), 1970. Rules are written B/S: the counts with which a dead cell is born and those
with which a living one survives.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from engine.core.errors import BadInput
from engine.core.files import write_atomically
from engine.core.grid import ERASE, GridSystem
from engine.core.measuring import measure
from engine.core.system import Action, BrushTool, Export, Part, Poll, Row, SystemInfo
from engine.core.views import ImageView, Pick, Stroke, View, ViewRequest
from engine.media import life_files
from engine.nca import bit_cells
from engine.nca.bit_reading import BitReader
from engine.nca.blocks import over_rows
from engine.nca.life_parameters import PALETTES, PATTERNS, LifeParams, normal_rule

__all__ = ["GLIDER", "PATTERNS", "Life", "LifeParams", "normal_rule"]

GLIDER = life_files.parse_rle(PATTERNS["glider"]).cells
FADE = 15  # the largest age that the bit planes hold


class Insertion(BaseModel):
    """Where to insert which pattern."""

    rle: str = Field(
        "bob$2bo$3o!", description="The pattern in RLE, as Golly and the LifeWiki write it"
    )
    row: int = Field(0, ge=0, le=4096)
    column: int = Field(0, ge=0, le=4096)


class Life(GridSystem):
    """Life-like cellular automata on up to 4096 x 4096 cells, 64 cells to a machine word.

    Cells carry their age for colour: newborn ones are bright, old ones calm, and the dead leave a
    trail that fades.
    """

    info = SystemInfo(
        slug="life",
        title="Life-like automata",
        summary="Cells live or die by counting their neighbours; any B/S rule, Conway's first.",
        paper="M. Gardner, \"The fantastic combinations of John Conway's new solitaire game "
        "'life'\", Scientific American 223:120, 1970, doi:10.1038/scientificamerican1070-120",
        family="Grids",
        tags=("game of life", "conway", "glider", "cellular automaton", "binary"),
    )
    Params = LifeParams
    params: LifeParams
    incidental: ClassVar[frozenset[str]] = frozenset(("palette",))

    def build(self) -> None:
        """Allocate two buffers of cells with margins, and the ages."""
        self.height, self.width = self.params.height, self.params.width
        words = -(-self.width // 64)
        rest = self.width % 64
        self._edge = np.uint64((1 << rest) - 1 if rest else 2**64 - 1)
        self._cells = np.zeros((self.height + 2, words + 2), np.uint64)
        self._other = np.zeros_like(self._cells)
        self._ages = np.zeros((bit_cells.AGES, self.height, words), np.uint64)
        self.params_changed("palette")

    def params_changed(self, name: str) -> None:
        """Translate rule, edges and palette for the kernels."""
        del name
        born, survives = self.params.rule[1:].split("/S")
        full = 2**64 - 1
        self._births = np.array([full * (str(n) in born) for n in range(9)], np.uint64)
        self._survivals = np.array([full * (str(n) in survives) for n in range(9)], np.uint64)
        self.wraps = self.params.edges == "wrap"
        self._palette = np.array(PALETTES[self.params.palette], np.float32)

    @property
    def words(self) -> NDArray[np.uint64]:
        """The living cells (height, ceil(width / 64)), a view of the world."""
        return self._cells[1:-1, 1:-1]

    def start(self) -> None:
        """Scatter random cells or put a pattern in the middle."""
        shape, pattern = (self.height, self.width), self.params.pattern
        if pattern.startswith("soup"):
            cells = self.world_rng.random(shape, np.float32) < self.params.density
            if pattern == "soup-disc":
                y, x = np.ogrid[: self.height, : self.width]
                far = (y - self.height / 2) ** 2 + (x - self.width / 2) ** 2
                cells &= far < (min(shape) / 5) ** 2
        else:
            part = life_files.parse_rle(PATTERNS[pattern]).cells
            cells = np.zeros(shape, bool)
            top, left = ((a - b) // 2 for a, b in zip(shape, part.shape, strict=True))
            cells[top : top + part.shape[0], left : left + part.shape[1]] = part
        self.words[...] = bit_cells.pack(cells)
        self._other[...] = self._cells
        self._ages[...] = ~self.words  # the living begin young, the dead long dead

    def advance(self, poll: Poll) -> None:
        """Compute one generation; it lasts milliseconds, so that nobody needs to be polled."""
        del poll
        bit_cells.fill_margin(self._cells, self.width, self.wraps)
        ageing = self.step_count % max(1, math.ceil(self.params.trail / FADE)) == 0
        over_rows(self.height, max(16, 2**21 // self.width), partial(self._step_rows, ageing))
        self._cells, self._other = self._other, self._cells

    def _step_rows(self, ageing: bool, first: int, last: int) -> None:
        bit_cells.step_rows(
            self._cells,
            self._other,
            self._ages,
            first,
            last,
            self._births,
            self._survivals,
            ageing,
            self._edge,
        )

    @property
    def extent(self) -> tuple[int, int]:
        """Rows and columns, without unpacking the cells."""
        return self.height, self.width

    def finite(self) -> bool:
        """Bits are always finite."""
        return True

    def channels(self) -> tuple[str, ...]:
        """Name what a cell shows."""
        return ("alive", "age", "trail")

    def field(self) -> NDArray[np.uint8]:
        """Copy the cells as uint8 (height, width, 1) of 0 and 1; writing to it changes nothing."""
        return bit_cells.unpack(self.words, self.width)[..., None]

    def views(self, wanted: Mapping[str, ViewRequest]) -> dict[str, View]:
        """Make the picture of the world."""
        request = wanted.get("world")
        return {} if request is None else {"world": self._picture(request)}

    def _picture(self, request: ViewRequest) -> ImageView:
        """Measure only the blocks that become texels, then let the base draw them."""
        row, column, rows, columns = request.region or (0, 0, self.height, self.width)
        row, column = min(max(row, 0), self.height - 1), min(max(column, 0), self.width - 1)
        rows = min(max(rows, 1), self.height - row)
        columns = min(max(columns, 1), self.width - column)
        size = request.max_size if request.reduce != "mosaic" else max(1, request.max_size // 2)
        coloured = request.reduce == "none" and len(request.channels) != 1
        reader = BitReader(self.words, self._ages, self._palette, self.params.trail > 0)
        texels, rgb = reader.texels((row, column, rows, columns), size, coloured)
        probed = tuple(
            (r, c) for r, c in request.probes if 0 <= r < self.height and 0 <= c < self.width
        )
        where = np.array(probed, np.intp).reshape(-1, 2)
        # Where the colours were mixed with the measuring the base draws a sample only.
        bare = replace(
            request, region=None, max_size=2**30, probes=(), line=None, stats=None, bins=0
        )
        view = self.image(texels[:1, :1] if coloured else texels, bare)
        measured = measure(request, self.extent, 3, reader.block, reader.points)
        return replace(
            view,
            data=rgb if coloured else view.data,
            extent=(self.height, self.width),
            region=(row, column, rows, columns),
            probes=reader.points(where[:, 0], where[:, 1]),
            probed=probed,
            profile=measured.profile,
            summary=measured.summary,
            histogram=measured.histogram,
        )

    def colour(self, cells: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Mix newborn, old and fading colours over the ground by their shares; RGB."""
        rgb = np.empty(cells.shape, np.uint8)
        bit_cells.mix_colours(cells, self._palette, self.params.trail > 0, rgb)
        return rgb

    def brushes(self) -> tuple[BrushTool, ...]:
        """Offer erasing, living cells and gliders."""
        return (
            replace(ERASE, help="Kill the cells under the brush"),
            BrushTool("paint", "Paint", "brush", "Fill the brush with living cells", radius=2.0),
            BrushTool("seed", "Glider", "sprout", "Put down one glider, on its way", radius=2.0),
        )

    def brush_cells(
        self, stroke: Stroke, rows: NDArray[np.intp], columns: NDArray[np.intp]
    ) -> None:
        """Kill, revive or stamp."""
        if stroke.tool == "seed":
            centre = stroke.points[0]
            self.stamp(GLIDER, math.floor(centre[0]) - 1, math.floor(centre[1]) - 1)
        else:
            self._set(rows, columns, np.full(rows.shape, stroke.tool == "paint"))

    def stamp(self, cells: NDArray[np.uint8], row: int, column: int) -> None:
        """Overwrite a rectangle with a pattern; what leaves the world comes round or is cut off."""
        places = np.indices(cells.shape).reshape(2, -1)
        y, x = places[0] + row, places[1] + column
        alive = cells.ravel().astype(bool)
        if self.wraps:
            y, x = y % self.height, x % self.width
        inside = (y >= 0) & (y < self.height) & (x >= 0) & (x < self.width)
        self._set(y[inside], x[inside], alive[inside])

    def _set(
        self, rows: NDArray[np.intp], columns: NDArray[np.intp], alive: NDArray[np.bool_]
    ) -> None:
        """Write single cells; those that change begin a new age."""
        before = self._look_at(rows, columns)
        word, bit = columns >> 6, np.uint64(1) << (columns & 63).astype(np.uint64)
        changed = ((self.words[rows, word] & bit) != 0) != alive
        at, bit = (rows[changed], word[changed]), bit[changed]
        np.bitwise_xor.at(self.words, at, bit)
        for plane in self._ages:
            np.bitwise_and.at(plane, at, ~bit)
        after = self._look_at(rows, columns)
        self.patches.note(rows * self.width + columns, before, after)

    @contextmanager
    def writing(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Iterator[None]:
        """Do nothing: what is written to single cells is remembered there."""
        yield

    def _look_at(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Return whether cells live, in the lowest bit, and their ages above it: uint8 (n,)."""
        word, shift = columns >> 6, (columns & 63).astype(np.uint64)
        found = np.zeros(rows.shape, np.uint8)
        for bit, plane in enumerate((self.words, *self._ages)):
            found |= (plane[rows, word] >> shift & np.uint64(1)).astype(np.uint8) << np.uint8(bit)
        return found

    def write_back(self, places: NDArray[np.intp], values: NDArray[np.uint8]) -> None:
        """Write cells with their ages."""
        rows, columns = np.divmod(places, self.width)
        at, bit = (rows, columns >> 6), np.uint64(1) << (columns & 63).astype(np.uint64)
        for number, plane in enumerate((self.words, *self._ages)):
            np.bitwise_and.at(plane, at, ~bit)
            np.bitwise_or.at(plane, at, np.where(values >> number & 1, bit, np.uint64(0)))

    def inspect(self, pick: Pick) -> tuple[Row, ...]:
        """Tell whether the cell lives, since when, and how many neighbours it has."""
        row, column = math.floor(pick.at[0]), math.floor(pick.at[1])
        if not (0 <= row < self.height and 0 <= column < self.width):
            return ()
        near = [(row + y, column + x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
        if self.wraps:
            near = [(y % self.height, x % self.width) for y, x in near]
        alive = {
            (y, x)
            for y, x in near
            if 0 <= y < self.height
            and 0 <= x < self.width
            and int(self.words[y, x >> 6]) >> (x & 63) & 1
        }
        age = sum(
            int(p[row, column >> 6]) >> (column & 63) & 1 << i for i, p in enumerate(self._ages)
        )
        pace = max(1, math.ceil(self.params.trail / FADE))
        return (
            Row("state", "alive" if (row, column) in alive else "dead"),
            Row("unchanged for", f"{age * pace}{'+' if age == FADE else ''}", "generations"),
            Row("living neighbours", len(alive - {(row, column)})),
        )

    def metrics(self) -> dict[str, float]:
        """Count the living and those born in the last generation."""
        words, before = self.words, self._other[1:-1, 1:-1]
        population = bit_cells.count_bits(words, np.zeros_like(words))
        born = bit_cells.count_bits(words, before)
        return {"population": float(population), "births": float(born)}

    def actions(self) -> dict[str, Action]:
        """Offer inserting a pattern at a cell."""
        return {
            "insert": Action(
                "Insert a pattern", Insertion, target="cell", help="Put a pattern given as RLE here"
            )
        }

    def act(self, name: str, arguments: Any) -> None:
        """Insert the pattern with its upper left corner at the cell."""
        del name
        pattern = life_files.parse_rle(arguments.rle)
        if pattern.cells.shape[0] > self.height or pattern.cells.shape[1] > self.width:
            size = "{1} x {0}".format(*pattern.cells.shape)
            raise BadInput(f"the pattern has {size} cells, more than this world")
        self.stamp(pattern.cells, arguments.row, arguments.column)

    def exports(self) -> tuple[Export, ...]:
        """Offer pattern files of all that lives."""
        return (
            Export(
                ".rle", "Pattern (run-length encoded)", partial(self._export, life_files.write_rle)
            ),
            Export(".cells", "Pattern (plain text)", partial(self._export, life_files.write_cells)),
        )

    def _export(self, write: Any, path: Path) -> None:
        cells = life_files.trim(bit_cells.unpack(self.words, self.width))
        write_atomically(path, write(life_files.Pattern(cells, self.params.rule)).encode())

    def get_arrays(self, part: Part) -> dict[str, NDArray[Any]]:
        """Return the packed cells and ages."""
        return {"cells": self.words, "ages": self._ages} if part == "world" else {}

    def set_arrays(self, part: Part, arrays: dict[str, NDArray[Any]]) -> None:
        """Take the packed cells and ages."""
        if part == "world":
            self.words[...] = arrays["cells"]
            self.words[:, -1] &= self._edge
            self._other[...] = self._cells
            self._ages[...] = arrays["ages"]
