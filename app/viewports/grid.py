"""The viewport of grid worlds: see it, move over it, paint on it, ask it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from PySide6.QtCore import QPointF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.viewports.camera import texel_budget
from app.viewports.decorations import Decorations, Marks
from app.viewports.display import Display, Switch
from app.viewports.flat import FlatViewport
from app.viewports.hover import hover_lines
from app.viewports.strokes import Point, inside
from app.viewports.surface import make_surface
from engine.core.views import ImageView, Reduce, View, ViewRequest

__all__ = ["GridViewport"]

Cell = tuple[int, int]

MOST_TEXELS = 4096
# What is compared or looked at as a whole may not lie under the chrome (if there is room).
TILED_INSET = (56.0, 60.0)
TILED_FROM = 320


class GridViewport(FlatViewport):
    """Shows `ImageView`s; it paints on a new view and on interaction only.

    Places are cells, (row, column).

    Attributes
    ----------
    framed : bool
        Whether a single picture keeps clear of the chrome, too, as many tiles do.
    """

    display: ClassVar[Display] = Display(
        switches=(
            Switch("smooth", "Smooth pixels"),
            Switch("lines", "Lines between large cells", on=True),
        ),
        maps=True,
        tiles=True,
        words="Colour map, smoothing, lines",
    )

    def __init__(self, name: str = "world", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setAccessibleName("World")
        self.setAccessibleDescription("Drag to use the tool in hand, turn the wheel to zoom")
        self.view: ImageView | None = None
        self.framed = False
        self._surface = make_surface(self)
        self._surface.drawn.connect(self.note_painted)
        self._decorations = Decorations(self)
        self._channels: tuple[int, ...] = ()
        self._reduce: Reduce = "none"
        self._colormap = ""
        self._lines = True
        self._show_cursor()

    @property
    def paints(self) -> int:
        """How often the picture was painted, also when it only moved."""
        return self._surface.paints

    # What is shown

    def set_view(self, view: View) -> None:
        """Show an image; the camera stays unless the size of what is drawn changed."""
        if not isinstance(view, ImageView):
            return
        if self._colormap and view.data.ndim == 2:
            view = replace(view, colormap=self._colormap)
        extent = (view.extent[0] * view.tiles[0], view.extent[1] * view.tiles[1])
        changed = self.view is None or extent != self._extent
        self.view, self._extent = view, extent
        self._surface.show_view(view)
        if changed:
            self.fit()
        if self._cursor is not None:
            self._find_hover()
        self._mark()

    def set_mode(self, channels: tuple[int, ...] = (), reduce: Reduce = "none") -> None:
        """Choose what is shown: () is the system's colours, one channel a map, or a reduction."""
        if (channels, reduce) != (self._channels, self._reduce):
            self._channels, self._reduce = channels, reduce
            self.ask_soon()

    def set_colormap(self, name: str) -> None:
        """Draw scalars by this map from the next view on; "" leaves it to the system."""
        self._colormap = name
        if self.view is not None and name:
            self.set_view(self.view)
        self.ask_soon(again=True)

    def set_smooth(self, on: bool) -> None:
        """Interpolate between cells, or show them as squares."""
        self._surface.set_smooth(on)

    def set_grid_lines(self, on: bool) -> None:
        """Draw lines between cells of at least 16 px."""
        self._lines = on
        self._mark()

    def set_switch(self, name: str, on: bool) -> None:
        """Turn smoothing or lines on or off."""
        {"smooth": self.set_smooth, "lines": self.set_grid_lines}[name](on)

    def request(self) -> ViewRequest:
        """Return what is in sight: region, resolution, mode, and the cells to probe."""
        if self.view is None:
            longest = max(self.width(), self.height(), 1) * self.devicePixelRatioF()
            return ViewRequest(self._channels, None, int(longest), self._reduce)
        region = None
        if self._reduce == "none":
            region = self._camera.visible(self._extent, (self.width(), self.height()))
        cells = max(region[2:] if region is not None else self._extent)
        texels = texel_budget(cells, self.placement().scale)
        probes = self._pins if self._hover is None else (self._hover, *self._pins)
        return ViewRequest(
            self._channels,
            region,
            min(texels, MOST_TEXELS),
            self._reduce,
            tuple(dict.fromkeys(probes)),
        )

    # Places

    def cell_at(self, point: QPointF) -> Cell | None:
        """Return the cell under a point of the viewport, None beside the world."""
        spot = self.spot(point)
        if self.view is None or not inside((spot,), 0.0, self._extent, True):
            return None
        return int(spot[0]) % self.view.extent[0], int(spot[1]) % self.view.extent[1]

    def place_at(self, point: QPointF) -> Cell | None:
        """Return the cell under a point of the viewport, None beside the world."""
        return self.cell_at(point)

    def hover_at(self, point: QPointF) -> Cell | None:
        """Return the cell under a point of the viewport, None beside the world."""
        return self.cell_at(point)

    def about(self, place: Any) -> tuple[str, dict[str, Any]]:
        """Name a cell."""
        row, column = int(place[0]), int(place[1])
        return f"cell {column}, {row}", {"row": row, "column": column}

    def spacing(self) -> float:
        """Return the brush's radius in cells."""
        return self.tools.radius

    # Gestures

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the viewport."""
        self._surface.setGeometry(self.rect())
        self._decorations.setGeometry(self.rect())
        super().resizeEvent(event)

    def camera_moved(self) -> None:
        """Draw through the camera as it is now."""
        self._surface.place(self.placement())
        if self._cursor is not None:
            self._find_hover()
        self._mark()

    def fit(self) -> None:
        """Show the whole world; many tiles between the chrome, since they are to be compared."""
        tiled = self.framed or (self.view is not None and self.view.tiles != (1, 1))
        roomy = min(self.width(), self.height()) > TILED_FROM
        self._inset = TILED_INSET if tiled and roomy else (0.0, 0.0)
        super().fit()

    # Inside

    def _stroke(self, points: tuple[Point, ...]) -> None:
        """Send the part of a stroke that touches the world; in a mosaic every tile is that."""
        view = self.view
        if view is None or self.tools.brush is None:
            return
        kept = inside(points, self.tools.radius, self._extent, view.wraps or view.tiles != (1, 1))
        if view.tiles != (1, 1):
            kept = tuple((row % view.extent[0], column % view.extent[1]) for row, column in kept)
        if kept:
            self.stroked.emit(self.tools.stroke(self.name, kept))

    def chip_words(self, cell: Cell) -> tuple[str, str]:
        """Say something about a cell, in two lines."""
        return hover_lines(self.view, cell) if self.view is not None else ("", "")

    def _mark(self) -> None:
        view = self.view
        if view is None:
            self._decorations.show_marks(None, self.placement())
            return
        ring = None
        if self._cursor is not None and self.tools.brush is not None and not self._space:
            ring = (*self.spot(self._cursor), self.tools.radius)
        chip = self._hover if self.chip_wanted() else None
        corner = None
        if chip is not None and self._cursor is not None:
            spot = self.spot(self._cursor)
            corner = (int(spot[0]), int(spot[1]))
        marks = Marks(
            extent=self._extent,
            tiles=view.tiles,
            captions=view.channels if view.tiles != (1, 1) else (),
            lines=self._lines,
            ring=ring,
            pins=self._pins,
            hover=corner,
            words=self.chip_words(chip) if chip is not None else ("", ""),
            focus=self._keyboard,
        )
        self._decorations.show_marks(marks, self.placement())
