"""The viewport of grid worlds: see it, move over it, paint on it, ask it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.remembering import numbers, part, text
from app.viewports.brush import LINE, REGION
from app.viewports.camera import Camera, texel_budget
from app.viewports.decorations import Decorations, Marks
from app.viewports.display import Display, Switch
from app.viewports.flat import FlatViewport
from app.viewports.hover import hover_lines
from app.viewports.limits import LimitsPopup
from app.viewports.measure import Ruler
from app.viewports.mementos import camera_memento, recalled_camera
from app.viewports.scale import Scale
from app.viewports.strokes import Point, inside
from app.viewports.surface import make_surface
from engine.core.reducing import Steady
from engine.core.views import ImageView, Legend, MeshView, Reduce, View, ViewRequest

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
            Switch("locked", "Lock the camera"),
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
        self.ruler = Ruler(self.cell_near, self.point_of_spot)
        self.tools.rulers = (LINE, REGION)
        self._channels: tuple[int, ...] = ()
        self._reduce: Reduce = "none"
        self._scale = Scale()
        self._given: ImageView | None = None  # as the system drew it
        self._limits: LimitsPopup | None = None
        self._steady = Steady()
        self._kept_camera: Camera | None = None  # until there is something to look at
        self._lines, self._smooth = True, False
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
        if view is not self._given:
            view = self._steady.image(view)
        self._given = view
        view = self._scale.drawn(view)
        extent = (view.extent[0] * view.tiles[0], view.extent[1] * view.tiles[1])
        changed = self.view is None or extent != self._extent
        self.view, self._extent = view, extent
        self._surface.show_view(view)
        if self._limits is not None:
            self._limits.follow(view.limits)
        if self._kept_camera is not None:
            camera, self._kept_camera = self._kept_camera, None
            super().set_camera(camera)
        elif changed:
            self.refit()
        if self._cursor is not None:
            self._find_hover()
        self._mark()

    def set_mode(self, channels: tuple[int, ...] = (), reduce: Reduce = "none") -> None:
        """Choose what is shown: () is the system's colours, one channel a map, or a reduction."""
        if (channels, reduce) != (self._channels, self._reduce):
            self._channels, self._reduce = channels, reduce
            self.ask_soon()

    @property
    def scale(self) -> Scale:
        """How scalars are drawn."""
        return self._scale

    def set_scale(self, scale: Scale) -> None:
        """Draw scalars so from now on."""
        if scale != self._scale:
            self._scale = scale
            if self._given is not None:
                self.set_view(self._given)
            self.ask_soon(again=True)

    def set_colormap(self, name: str) -> None:
        """Draw scalars by this map from now on; "" leaves it to the system."""
        self.set_scale(replace(self._scale, colormap=name))

    def legend_of(self, view: ImageView | MeshView) -> Legend | None:
        """Return what the colours mean as they are drawn here."""
        return self._scale.legend(self.view) if self.view is not None else view.legend

    def adjust_limits(self, corner: QPoint) -> None:
        """Open the limits of the colour map, with their top right at a global point."""
        if self._limits is None:
            self._limits = LimitsPopup(self)
            self._limits.changed.connect(self.set_scale)
        if self.view is not None:
            self._limits.open_at(corner, self._scale, self.view.limits)

    def set_smooth(self, on: bool) -> None:
        """Interpolate between cells, or show them as squares."""
        self._smooth = on
        self._surface.set_smooth(on)

    def set_grid_lines(self, on: bool) -> None:
        """Draw lines between cells of at least 16 px."""
        self._lines = on
        self._mark()

    def set_switch(self, name: str, on: bool) -> None:
        """Turn smoothing or lines on or off, or hold the camera."""
        switches = {
            "smooth": self.set_smooth,
            "lines": self.set_grid_lines,
            "locked": self.set_locked,
        }
        switches[name](on)
        self.switched.emit(name, on)

    def switches(self) -> dict[str, bool]:
        """Return which of `display.switches` are on."""
        return {"smooth": self._smooth, "lines": self._lines, "locked": self.locked}

    def memento(self) -> dict[str, Any]:
        """Return the camera, what is shown and how."""
        return super().memento() | {
            "camera": camera_memento(self._camera, self._fits),
            "channels": list(self._channels),
            "reduce": self._reduce,
            "scale": self._scale.memento(),
        }

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Show what was shown, as it was shown and from where."""
        count = len(kept["channels"]) if isinstance(kept.get("channels"), list) else 0
        channels = tuple(map(int, numbers(kept, "channels", count) or ()))
        self.set_mode(channels, _reduce_of(text(kept, "reduce")))
        self.mode_changed.emit(self._channels, self._reduce)
        self.set_scale(Scale.recalled(part(kept, "scale")))
        self.map_changed.emit(self._scale.colormap)
        camera = recalled_camera(part(kept, "camera"))
        if camera is not None and self.view is None:
            self._kept_camera = camera
        elif camera is not None:
            self.set_camera(camera.clamped(self._extent))
        super().recall(kept)

    def request(self) -> ViewRequest:
        """Return what is in sight: region, resolution, mode, and the cells to probe."""
        if self.view is None:
            longest = max(self.width(), self.height(), 1) * self.devicePixelRatioF()
            limits = self._scale.wanted()
            return ViewRequest(self._channels, None, int(longest), self._reduce, limits=limits)
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
            self._scale.wanted(),
        )

    # Places

    def cell_at(self, point: QPointF) -> Cell | None:
        """Return the cell under a point of the viewport, None beside the world."""
        spot = self.spot(point)
        if self.view is None or not inside((spot,), 0.0, self._extent, True):
            return None
        return int(spot[0]) % self.view.extent[0], int(spot[1]) % self.view.extent[1]

    def cell_near(self, point: QPointF) -> Cell:
        """Return the cell under a point, or the one at the edge that is nearest to it."""
        rows, columns = self.view.extent if self.view is not None else (1, 1)
        row, column = (int(part // 1) for part in self.spot(point))
        if self.view is not None and self.view.tiles != (1, 1):
            row, column = row % rows, column % columns
        return min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)

    def point_of_spot(self, row: float, column: float) -> QPointF:
        """Return the point of the viewport at a place in the world, in fractions of a cell."""
        return QPointF(*self.placement().point_of(row, column))

    def place_at(self, point: QPointF) -> Cell | None:
        """Return the cell under a point of the viewport, None beside the world."""
        return self.cell_at(point)

    def probe_of(self, place: tuple[float, ...]) -> tuple[int, ...] | None:
        """Return the cell."""
        return int(place[0]), int(place[1])

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

    def refit(self) -> None:
        """Show the whole world; many tiles between the chrome, since they are to be compared."""
        tiled = self.framed or (self.view is not None and self.view.tiles != (1, 1))
        roomy = min(self.width(), self.height()) > TILED_FROM
        self._inset = TILED_INSET if tiled and roomy else (0.0, 0.0)
        super().refit()

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
        measures = self.measures
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
            kept=tuple((*pin.probe, pin.colour) for pin in measures.pins if len(pin.probe) == 2)
            if measures is not None
            else (),
            line=measures.line if measures is not None else None,
            region=measures.region if measures is not None else None,
            hover=corner,
            words=self.chip_words(chip) if chip is not None else ("", ""),
            focus=self._keyboard,
        )
        self._decorations.show_marks(marks, self.placement())


def _reduce_of(name: str | None) -> Reduce:
    return "mosaic" if name == "mosaic" else "pca" if name == "pca" else "none"
