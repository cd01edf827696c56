"""Gray-Scott reaction-diffusion: two chemicals, two knobs, and a zoo of patterns.

Pearson, "Complex patterns in a simple system", Science 261:189-192, 1993. In a time step dt::

    u <- u + dt Du (K * u),    v <- v + dt Dv (K * v),    then
    u <- u + dt (F (1 - u) - u v^2),    v <- v + dt (u v^2 - (F + k) v)

with K = [[1, 2, 1], [2, -12, 2], [1, 2, 1]] / 16: first the chemicals spread, then they react. K is
about a quarter of the continuous Laplacian; patterns scale with sqrt(D).
"""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from engine.core.grid import ERASE, PAINT, GridSystem, disc_cells
from engine.core.params import Params, live, rebuild
from engine.core.system import BrushTool, Part, Poll, SystemInfo
from engine.core.views import Stroke
from engine.nca import reaction
from engine.nca.blocks import over_rows

__all__ = ["GrayScott", "GrayScottParams"]

TOP = 0.42  # about the largest v of any settled pattern: the top of the colour ramp
BLOCK = 2**17  # cells that one thread takes at a time
MOST_V = 0.5  # a brush beyond it can make the explicit step overshoot (u v^2 > u)

# Colours from no v to much v, equally spaced.
PALETTES: dict[str, tuple[tuple[int, int, int], ...]] = {
    "lagoon": ((9, 14, 32), (16, 58, 92), (28, 138, 150), (134, 214, 176), (252, 240, 202)),
    "coral": ((18, 22, 44), (74, 34, 88), (198, 66, 90), (250, 148, 102), (255, 234, 196)),
    "ink": ((246, 242, 232), (218, 214, 206), (120, 134, 156), (44, 62, 104), (16, 22, 52)),
    "moss": ((16, 20, 18), (28, 58, 44), (72, 122, 60), (172, 182, 82), (248, 240, 190)),
}


class GrayScottParams(Params):
    """Parameters of Gray-Scott; the defaults divide like cells."""

    feed: float = live(
        0.0367,
        "Feed rate F, at which u flows in; with k it chooses the pattern",
        ge=0.005,
        le=0.1,
        unit="1/t",
        title="Feed F",
    )
    kill: float = live(
        0.0649,
        "Kill rate k, at which v is taken out besides F; above about 0.066 everything dies",
        ge=0.03,
        le=0.075,
        unit="1/t",
        title="Kill k",
    )
    du: float = live(
        1.0,
        "Diffusion of u; patterns grow with its root if Dv follows",
        ge=0.05,
        le=1.0,
        title="Diffusion of u",
    )
    dv: float = live(
        0.5,
        "Diffusion of v; half of Du in Pearson's paper, no patterns when they are equal",
        ge=0.02,
        le=1.0,
        title="Diffusion of v",
    )
    dt: float = live(
        1.0,
        "Length of a time step; smaller is slower and more exact",
        ge=0.1,
        le=1.0,
        unit="t",
        title="Time step dt",
    )
    noise: float = live(
        0.0,
        "Uniform noise on v at every step, plus or minus; a little of it keeps patterns moving",
        ge=0.0,
        le=0.01,
        expert=True,
    )
    substeps: int = live(
        12, "Time steps from one picture to the next", ge=1, le=64, cost="time", title="Substeps"
    )
    pattern: Literal["square", "spots", "drop", "noise"] = rebuild(
        "spots",
        "The start: one square in the middle, random spots, a smooth drop, or v everywhere",
    )
    width: int = rebuild(320, "Columns of the world", ge=64, le=2048, unit="cells", cost="memory")
    height: int = rebuild(240, "Rows of the world", ge=64, le=2048, unit="cells", cost="memory")
    edges: Literal["wrap", "closed"] = live(
        "wrap", "What lies beyond the edge: the opposite edge (a torus), or a wall without flux"
    )
    palette: Literal["lagoon", "coral", "ink", "moss"] = live(
        "lagoon", "Colours from no v to much v"
    )
    relief: float = live(
        1.0, "Light on the slopes of v, as if it were a landscape; 0 is a flat map", ge=0.0, le=3.0
    )


class GrayScott(GridSystem):
    """The Gray-Scott equations on a grid, float32, several time steps per tick.

    Spots divide, worms crawl, corals branch, waves roll: all from the feed rate F and the kill
    rate k.
    """

    info = SystemInfo(
        slug="gray-scott",
        title="Gray-Scott",
        summary="Two chemicals react and spread; two knobs choose spots that divide, mazes, waves.",
        paper='J. E. Pearson, "Complex patterns in a simple system", Science 261:189-192, 1993, '
        "doi:10.1126/science.261.5118.189",
        family="Chemistry",
        tags=("reaction-diffusion", "turing", "pearson", "mitosis", "coral"),
    )
    Params = GrayScottParams
    params: GrayScottParams
    incidental: ClassVar[frozenset[str]] = frozenset(("palette", "relief"))

    def build(self) -> None:
        """Allocate two buffers of u and v with margins."""
        self.height, self.width = self.params.height, self.params.width
        self._field = np.zeros((2, self.height + 2, self.width + 2), np.float32)
        self._next = np.zeros_like(self._field)
        self.params_changed("palette")

    def params_changed(self, name: str) -> None:
        """Follow edges and palette."""
        del name
        self.wraps = self.params.edges == "wrap"
        stops = np.array(PALETTES[self.params.palette], np.float64)
        at = np.linspace(0, len(stops) - 1, 256)
        self._ramp = np.stack(
            [np.interp(at, np.arange(len(stops)), stops[:, c]) for c in range(3)], axis=1
        ).astype(np.float32)

    def start(self) -> None:
        """Fill with u and put in some v."""
        cells, pattern, rng = self.field(), self.params.pattern, self.world_rng
        cells[..., 0], cells[..., 1] = 1.0, 0.0
        shape = (self.height, self.width)
        if pattern == "square":
            top, left = self.height // 2 - 8, self.width // 2 - 8
            cells[top : top + 16, left : left + 16] = (0.5, 0.25)
            cells[..., 1] += np.float32(0.01) * rng.random(shape, np.float32)
        elif pattern == "spots":
            count = max(3, self.height * self.width // 4000)
            for y, x, radius in rng.random((count, 3)) * (*shape, 4.0):
                rows, columns = disc_cells(((y, x),), 3.0 + radius, shape, wraps=True)
                cells[rows, columns] = (0.5, 0.3)
            cells[..., 1] += np.float32(0.01) * rng.random(shape, np.float32)
        elif pattern == "drop":
            y, x = np.ogrid[: self.height, : self.width]
            r2 = ((y + 0.5) * 2 / self.height - 1) ** 2 + ((x + 0.5) * 2 / self.width - 1) ** 2
            cells[..., 0], cells[..., 1] = 0.7, 0.7 * np.exp(-100 * r2)
        else:
            cells[..., 0] = 0.5 + 0.5 * rng.random(shape, np.float32)
            cells[..., 1] = 0.5 * rng.random(shape, np.float32)

    def advance(self, poll: Poll) -> None:
        """Do the substeps of one tick."""
        p = self.params
        rates = tuple(np.float32(x) for x in (p.du, p.dv, p.feed, p.kill, p.dt))
        noise = np.float32(p.noise)
        keys = self.world_rng.integers(2**31, size=p.substeps) if p.noise else [0] * p.substeps
        before = self._field.copy()
        try:
            for key in keys:
                reaction.fill_margin(self._field, self.wraps)
                source, result = self._field, self._next
                work = partial(_step_rows, source, result, rates, noise, int(key))
                over_rows(self.height, BLOCK // self.width, work)
                self._field, self._next = result, source
                poll()
        except BaseException:
            self._field = before  # a tick is complete or did not happen
            raise

    def field(self) -> NDArray[np.float32]:
        """The live cells (height, width, 2) of u and v."""
        return np.moveaxis(self._field[:, 1:-1, 1:-1], 0, -1)

    def channels(self) -> tuple[str, ...]:
        """Name the chemicals."""
        return ("u", "v")

    def colour(self, cells: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Draw v as a lit landscape; RGB."""
        heights = np.ascontiguousarray(cells[..., 1], np.float32)
        out = np.empty((*heights.shape, 3), np.uint8)
        top, relief = np.float32(TOP), np.float32(1.5 * self.params.relief)

        def work(first: int, last: int) -> None:
            reaction.shade(heights, self._ramp, top, relief, first, last, out)

        over_rows(len(heights), BLOCK // heights.shape[1], work)
        return out

    def brushes(self) -> tuple[BrushTool, ...]:
        """Offer clearing, a drop of v and painting."""
        return (
            BrushTool("erase", "Erase", ERASE.icon, "Take all v away and fill up with u"),
            BrushTool("seed", "Seed", "droplet", "Let a drop of v fall in", radius=5.0),
            PAINT,
        )

    def brush_cells(
        self, stroke: Stroke, rows: NDArray[np.intp], columns: NDArray[np.intp]
    ) -> None:
        """Write u and v under the brush, within what the explicit step can bear."""
        cells = self.field()
        if stroke.tool == "erase":
            cells[rows, columns] = (1.0, 0.0)
        elif stroke.tool == "seed":
            cells[rows, columns] = (0.5, 0.3)
        else:
            channel = min(max(stroke.channel, 0), 1)
            most = 1.0 if channel == 0 else MOST_V
            value = stroke.value if np.isfinite(stroke.value) else 0.0
            cells[rows, columns, channel] = min(max(value, 0.0), most)

    def metrics(self) -> dict[str, float]:
        """Measure the mean of both chemicals and the share of cells with v above half the top."""
        u, v = self._field[:, 1:-1, 1:-1]
        return {
            "mean u": float(u.mean()),
            "mean v": float(v.mean()),
            "covered": float((v > TOP / 2).mean()),
        }

    def get_arrays(self, part: Part) -> dict[str, NDArray[Any]]:
        """Return u and v as (2, height, width)."""
        return {"field": self._field[:, 1:-1, 1:-1]} if part == "world" else {}

    def set_arrays(self, part: Part, arrays: dict[str, NDArray[Any]]) -> None:
        """Take u and v."""
        if part == "world":
            self._field[:, 1:-1, 1:-1] = arrays["field"]


def _step_rows(
    source: NDArray[np.float32],
    result: NDArray[np.float32],
    rates: tuple[np.float32, ...],
    noise: np.float32,
    key: int,
    first: int,
    last: int,
) -> None:
    """Call the kernel with the rows last, as `over_rows` gives them."""
    reaction.step_rows(source, result, first, last, rates, noise, key)
