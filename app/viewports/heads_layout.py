"""Where the parts of a heads viewport lie: plain arithmetic on rectangles, in pixels."""

from __future__ import annotations

from dataclasses import dataclass

from app.viewports.heads_look import Mode

__all__ = ["GridPlan", "Places", "Rect", "lay_out", "plan_grid", "plan_maps", "snapped", "stride"]

Rect = tuple[int, int, int, int]
"""Left, top, width, height."""

GAP = 20
ROW_LABELS = 32
COLUMN_LABELS = 18
CAPTION = 22
"""The line above a heat-map and above the arcs."""

AXIS = 26
"""Labels of tokens above a heat-map, or to the left of it."""

RING = 3
"""Room beside the last tiles, for the ring of the one in focus."""

LARGEST_TILE, SMALLEST_TILE = 184, 9
ALONE = 320
"""Side of the largest tile where there is nothing beside them."""

ARCS, ARCS_SHARE, MOST_ARCS = (104, 220), 0.25, 0.4
"""Height of the arcs, and their share of the room: a map has more use for it, if it can."""

SNAP = 0.88
"""Share of the room that cells of whole pixels must fill."""

FEW, THICK = 4, 28.0
"""Where queries are so many times fewer than keys a row is so thick, or the other way round."""

ROOMY = 56
"""Side of a tile that may give way so that tiles and heat-map stand on one line."""

LEAST = (150, 140)
"""Width and height below which a part is not worth its place."""


@dataclass(frozen=True)
class Places:
    """Where the parts lie; None for one that is not seen."""

    grid: Rect | None = None
    focus: Rect | None = None
    arcs: Rect | None = None


@dataclass(frozen=True)
class GridPlan:
    """Where tiles lie before they are zoomed: the first one, their side and the gap between them.

    `columns` heads stand in a row of a layer.
    """

    left: float
    top: float
    tile: float
    gap: float
    rows: int
    columns: int

    @property
    def pitch(self) -> float:
        """From one tile to the next."""
        return self.tile + self.gap

    def rect(self, layer: int, head: int) -> tuple[float, float, float, float]:
        """Return the place of a tile."""
        return (
            self.left + head * self.pitch,
            self.top + layer * self.pitch,
            self.tile,
            self.tile,
        )

    def at(self, x: float, y: float) -> tuple[int, int] | None:
        """Return the (layer, head) of the tile at a point."""
        layer, head = int((y - self.top) // self.pitch), int((x - self.left) // self.pitch)
        inside = 0 <= layer < self.rows and 0 <= head < self.columns
        if not inside:
            return None
        left, top, side, _ = self.rect(layer, head)
        return (layer, head) if x < left + side and y < top + side else None


def lay_out(width: int, height: int, layers: int, heads: int, mode: Mode, maps: int = 1) -> Places:
    """Share the room.

    Parameters
    ----------
    width, height : int
        Room that the chrome leaves.
    layers, heads : int
    mode : "all", "focus", "arcs" or "grid"
        "all" leaves out what would be too small to be read: first the arcs, then the tiles.
    maps : int
        Heat-maps beside each other.
    """
    whole = (0, 0, width, height)
    if mode == "grid":
        plan = plan_grid(width, height, layers, heads, ALONE)
        used = min(round(ROW_LABELS + heads * plan.pitch - plan.gap) + RING, width)
        return Places(grid=((width - used) // 2, 0, used, height))
    if mode == "arcs":
        return Places(arcs=whole)
    arcs = min(max(round(ARCS_SHARE * height), ARCS[0]), ARCS[1])
    if height - arcs - GAP < LEAST[1]:
        arcs = 0
    upper = height - arcs - (GAP if arcs else 0)
    flow = (0, upper + GAP, width, arcs) if arcs else None
    if mode == "focus" or width < 2 * LEAST[0] + GAP:
        return Places(focus=(0, 0, width, upper), arcs=flow)
    # A heat-map is as high as there is room; tiles take what is left, and it takes what they leave.
    side = upper - CAPTION - AXIS
    wanted = maps * (side + AXIS + ROW_LABELS) + (maps - 1) * GAP
    focus = min(wanted, round(width * (0.5 if maps == 1 else 0.62)))
    # Tiles begin where the cells of the heat-map do, if they need not be smaller for it.
    down = CAPTION + AXIS - COLUMN_LABELS
    plan = plan_grid(width - focus - GAP, upper - down, layers, heads)
    if plan.tile < ROOMY and plan_grid(width - focus - GAP, upper, layers, heads).tile > plan.tile:
        down = 0
        plan = plan_grid(width - focus - GAP, upper, layers, heads)
    used = round(ROW_LABELS + heads * plan.pitch - plan.gap) + RING
    focus = min(wanted, width - used - GAP)
    spare = max(width - used - GAP - focus, 0)
    # What nobody needs lies between them and on both sides.
    edge, between = spare // 4, GAP + spare // 2
    if arcs:  # arcs take what maps that are short of width leave of the height
        lower = down + COLUMN_LABELS + round(layers * plan.pitch - plan.gap) + RING
        maps_high = (min(focus, width) - maps * (AXIS + ROW_LABELS) - (maps - 1) * GAP) // maps
        lower = max(lower, CAPTION + AXIS + maps_high, LEAST[1])
        arcs += max(min(upper - lower, round(MOST_ARCS * height) - arcs), 0)
        upper = height - arcs - GAP
        flow = (0, upper + GAP, width, arcs)
    left = edge + used + between
    return Places(
        (edge, down, used, upper - down), (left, 0, min(focus, width - left), upper), flow
    )


def plan_grid(
    width: float, height: float, layers: int, heads: int, largest: float = LARGEST_TILE
) -> GridPlan:
    """Choose the largest tiles that fit, layers downwards and heads to the right."""
    layers, heads = max(layers, 1), max(heads, 1)
    across, down = width - ROW_LABELS - RING, height - COLUMN_LABELS - RING
    gap = float(min(max(round(0.1 * min(across / heads, down / layers)), 2), 10))
    # The last tile needs no gap after it.
    tile = min((across + gap) / heads, (down + gap) / layers) - gap
    tile = float(int(min(max(tile, SMALLEST_TILE), largest)))
    return GridPlan(ROW_LABELS, COLUMN_LABELS, tile, gap, layers, heads)


def plan_maps(
    width: float, height: float, rows: int, columns: int, maps: int, axes: tuple[float, float]
) -> tuple[tuple[float, float, float, float], ...]:
    """Place heat-maps beside each other, or below each other where that makes them larger.

    Cells are square, but few rows are higher, so that a single one can be read.

    Parameters
    ----------
    axes : (left, top)
        Room for labels beside and above each map; the caption comes on top of that.
    """
    if not maps or not rows or not columns:
        return ()

    def fitted(across: int) -> tuple[float, float]:
        down = -(-maps // across)
        room_x = (width - (across - 1) * GAP) / across - axes[0]
        room_y = (height - (down - 1) * GAP) / down - axes[1] - CAPTION
        cell = snapped(min(room_x / columns, room_y / rows))
        wide, high = cell * columns, cell * rows
        if FEW * rows < columns:
            high = min(room_y, max(high, THICK * rows))
        elif FEW * columns < rows:
            wide = min(room_x, max(wide, THICK * columns))
        return max(wide, 8.0), max(high, 8.0)

    across = max((maps, 1), key=lambda n: min(fitted(n)))
    wide, high = fitted(across)
    places = []
    for number in range(maps):
        row, column = divmod(number, across)
        left = column * (wide + axes[0] + GAP) + axes[0]
        top = row * (high + axes[1] + CAPTION + GAP) + CAPTION + axes[1]
        places.append((left, top, wide, high))
    return tuple(places)


def snapped(cell: float) -> float:
    """Return whole pixels for a cell, if little room is lost: then all cells are equal."""
    return float(int(cell)) if int(cell) >= SNAP * cell else cell


def stride(pixels: float, least: float) -> int:
    """Return how many lines share one label so that labels are at least so far apart."""
    return 1 if pixels >= least else max(1, -int(-least // max(pixels, 1e-6)))
