"""A viewport that tools work on: which is in hand, what it points at, what is marked and kept."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from PySide6.QtCore import QMargins, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from app.measures import MOST_PINS, Measures
from app.remembering import flag, part
from app.viewports.brush import HAND, INSPECT, Tools
from app.viewports.display import Display
from app.viewports.measure import Ruler
from app.viewports.mementos import recall_tools, tools_memento
from app.viewports.roving import RovingViewport
from app.viewports.strokes import CELLS, Point, Sizes, along
from engine.core.capabilities import Capabilities
from engine.core.views import ImageView, Legend, MeshView, Reduce

__all__ = ["HoldingViewport"]


class HoldingViewport(RovingViewport):
    """Knows the tools and what they are about; a subclass says what is under a point and a stroke.

    Signals
    -------
    stroked(Stroke), stroke_finished()
        A piece of a brush stroke; its end.
    hovered(cell or vertex or None)
        What is under the cursor.
    tools_changed()
        The tool in hand or its settings changed here, by wheel or key.
    switched(str, bool)
        One of `display.switches` was changed here, by key or by what was kept.
    mode_changed(tuple of channels, reduce), map_changed(str)
        What is shown, or its colour map, was changed here.
    space_tapped()
        Space was pressed and released without a drag: play or pause.

    Attributes
    ----------
    tools : Tools
    display : Display
    ruler : Ruler, optional
        What draws lines and rectangles, where there are cells.
    measures : Measures, optional
        What is measured in the world.
    """

    display: ClassVar[Display] = Display()
    sizes: ClassVar[Sizes] = CELLS

    stroked = Signal(object)
    stroke_finished = Signal()
    hovered = Signal(object)
    tools_changed = Signal()
    switched = Signal(str, bool)
    mode_changed = Signal(tuple, str)
    map_changed = Signal(str)
    space_tapped = Signal()

    def __init__(self, name: str = "world", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.tools = Tools(sizes=self.sizes)
        self.ruler: Ruler | None = None
        self.measures: Measures | None = None
        self._wanted_tool = ""  # until the system offers it
        self._pins: tuple[Any, ...] = ()
        self._hover: Any = None
        self._pan_from: QPointF | None = None
        self._stroke_from: Point | None = None
        self._space = False
        self._keyboard = False

    # What a subclass says

    @property
    def paints(self) -> int:
        """How often the picture was painted, also when it only moved."""
        raise NotImplementedError

    def sway(self, pixels: int) -> None:
        """Move the picture aside."""
        self.pan(pixels, 0)

    def place_at(self, point: QPointF) -> tuple[float, ...] | None:
        """Return the place under a point of the viewport, as `Pick` has it; None beside it."""
        raise NotImplementedError

    def about(self, place: Any) -> tuple[str, dict[str, Any]]:
        """Name a place in words, and what actions need to know of it."""
        raise NotImplementedError

    def spot(self, point: QPointF) -> Point:
        """Return a point of the viewport in the plane in which strokes are evenly spaced."""
        raise NotImplementedError

    def spacing(self) -> float:
        """Return the brush's radius in that plane."""
        raise NotImplementedError

    def hover_at(self, point: QPointF) -> Any:
        """Return what is under a point, as `hovered` has it."""
        raise NotImplementedError

    def steers(self, point: QPointF) -> bool:
        """Whether a press there moves the picture, though the tool in hand would not."""
        return False

    def drag(self, moved: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Move the picture along with the hand."""
        self.pan(moved.x(), moved.y())

    def set_mode(self, channels: tuple[int, ...] = (), reduce: Reduce = "none") -> None:
        """Choose what is shown: () is the system's colours, one channel a map, or a reduction."""
        raise NotImplementedError

    def show_mode(self, channels: tuple[int, ...] = (), reduce: Reduce = "none") -> None:
        """Choose what is shown, and have the chrome say so."""
        self.set_mode(channels, reduce)
        self.mode_changed.emit(channels, reduce)

    def probe_of(self, place: tuple[float, ...]) -> tuple[int, ...] | None:
        """Return what a `ViewRequest` asks for the channels of a place by, None if it has none."""
        return None

    def set_switch(self, name: str, on: bool) -> None:
        """Turn one of `display.switches` on or off."""
        raise NotImplementedError

    def set_colormap(self, name: str) -> None:
        """Draw scalars by this map, where they are drawn here."""

    def jump(self, name: str) -> None:
        """Look from one of `display.jumps`."""

    def keep_clear(self, margins: QMargins) -> None:
        """Learn how much of each side the chrome covers, where the picture can give way."""

    def bars(self) -> tuple[QWidget, ...]:
        """Return bars of its own at the top, which the chrome gives way to."""
        return ()

    def legend_of(self, view: ImageView | MeshView) -> Legend | None:
        """Return what the colours mean: as the system says, or as they are drawn here."""
        return view.legend

    def adjust_limits(self, corner: QPoint) -> None:
        """Let the limits of the colour map be set, at a global point, where there is one."""

    def _stroke(self, points: tuple[Point, ...]) -> None:
        """Send the part of a stroke that touches the world."""
        raise NotImplementedError

    def _mark(self) -> None:
        """Draw what lies upon the picture anew."""
        raise NotImplementedError

    # What is in hand

    def set_capabilities(self, capabilities: Capabilities) -> None:
        """Take the brushes of the system."""
        self.tools.offer(capabilities.brushes)
        if self._wanted_tool in {brush.name for brush in capabilities.brushes}:
            self.tools.tool, self._wanted_tool = self._wanted_tool, ""
        self.tools_changed.emit()
        self._show_cursor()
        self._mark()

    def set_pins(self, places: tuple[Any, ...]) -> None:
        """Mark these places and have their channels probed."""
        if places != self._pins:
            self._pins = places
            self._mark()
            self.ask_soon()

    def set_measures(self, measures: Measures) -> None:
        """Draw what is measured in the world, and let the ruler change it."""
        self.measures = measures
        if self.ruler is not None:
            self.ruler.measures = measures
        measures.changed.connect(self._measured)
        self._mark()

    def keep(self, place: tuple[float, ...]) -> None:
        """Follow a place with others, or no longer if it is followed."""
        probe = self.probe_of(place)
        if self.measures is None or probe is None:
            return
        if any(pin.probe == probe for pin in self.measures.pins):
            self.measures.drop(probe)
        else:
            self.measures.keep(place, probe)

    def menu_lines(self, place: Any) -> tuple[QAction, ...]:
        """Offer to follow a place beside others, or to follow it no longer."""
        probe = self.probe_of(tuple(place)) if place is not None else None
        if self.measures is None or probe is None:
            return ()
        pinned = any(pin.probe == probe for pin in self.measures.pins)
        full = not pinned and len(self.measures.pins) == MOST_PINS
        action = QAction("Unpin" if pinned else "Pin beside others", self)
        action.setEnabled(not full)
        action.triggered.connect(partial(self.keep, tuple(place)))
        return (action,)

    def memento(self) -> dict[str, Any]:
        """Return the tools, what is measured and what is switched on."""
        kept: dict[str, Any] = {"tools": tools_memento(self.tools), "switches": self.switches()}
        if self.measures is not None:
            kept["measures"] = self.measures.memento()
        return kept

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Take the tools in hand as they were, measure what was measured, switch as it was."""
        tool = recall_tools(self.tools, part(kept, "tools"))
        if tool in {HAND, INSPECT, *self.tools.rulers, *(b.name for b in self.tools.brushes)}:
            self.set_tool(tool)
        else:
            self._wanted_tool = tool
        if self.measures is not None:
            self.measures.recall(part(kept, "measures"))
        switches = part(kept, "switches")
        for switch in self.display.switches:
            on = flag(switches, switch.name)
            if on is not None:
                self.set_switch(switch.name, on)

    def switches(self) -> dict[str, bool]:
        """Return which of `display.switches` are on."""
        return {}

    def set_tool(self, name: str) -> None:
        """Take a tool in hand: "hand", "inspect", a ruler's or the name of a brush."""
        self._finish_stroke()
        self._wanted_tool = ""
        self.tools.tool = name
        self._show_cursor()
        self._mark()
        self.tools_changed.emit()

    def clear_hover(self) -> None:
        """Forget the cursor, which has left the picture."""
        self._cursor = None
        self._set_hover(None)
        self._mark()

    def stroke_along(self, points: tuple[QPointF, ...]) -> None:
        """Draw the brush in hand over points of the viewport, as a drag does."""
        spots = [self.spot(point) for point in points]
        self.tools.begin()
        for before, spot in zip([None, *spots], spots, strict=False):
            path = (spot,) if before is None else along(before, spot, self.spacing())
            self._stroke(path)
        self.stroke_finished.emit()

    def hover(self, point: QPointF) -> None:
        """Put the cursor to a point of the viewport."""
        self._cursor = point
        self._find_hover()
        self._mark()

    def chip_wanted(self) -> bool:
        """Whether what is under the cursor is told about."""
        return self.tools.tool != HAND and self._pan_from is None

    def _find_hover(self) -> None:
        self._set_hover(self.hover_at(self._cursor) if self._cursor is not None else None)

    def _set_hover(self, what: Any) -> None:
        if what != self._hover:
            self._hover = what
            self.hovered.emit(what)
            self.ask_soon()

    # Inside

    def _measured(self) -> None:
        self._mark()

    def _finish_stroke(self) -> None:
        if self._stroke_from is not None:
            self._stroke_from = None
            self.stroke_finished.emit()

    def _show_cursor(self) -> None:
        shape = Qt.CursorShape.CrossCursor
        if self._pan_from is not None:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._space or self.tools.tool == HAND:
            shape = Qt.CursorShape.OpenHandCursor
        self.setCursor(shape)
