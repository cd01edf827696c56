"""What the hand does on the pictures of a world: strokes, picks, the menu of a place."""

from __future__ import annotations

from typing import Any, Protocol

from PySide6.QtCore import QObject, QPoint, Signal

from app.place_menu import PlaceMenu
from app.viewports.base import Viewport
from app.viewports.hand import HandViewport
from app.viewports.overlay import Overlay
from app.viewports.tapes import TapesViewport
from app.world import World
from engine.core.commands import Brush
from engine.core.system import BrushTool
from engine.core.views import Pick, Stroke

__all__ = ["Touch"]


class Page(Protocol):
    """What shows a world."""

    world: World

    @property
    def viewport(self) -> Viewport:
        """The viewport in front."""

    @property
    def overlay(self) -> Overlay:
        """The chrome on it."""


class Touch(QObject):
    """Takes what the viewports of one page tell of the hand to their world.

    Parameters
    ----------
    page : Page
        An object of Qt.

    Signals
    -------
    picked, act_asked, stroke_made, needed
        As of `app.page.WorldPage`.
    """

    picked = Signal(object)
    act_asked = Signal(object, object)
    stroke_made = Signal()
    needed = Signal(object)

    def __init__(self, page: Page) -> None:
        assert isinstance(page, QObject)
        super().__init__(page)
        self._page = page
        self._in_vain = 0  # the stroke that a tool in need was told of

    def connect_to(self, viewport: Viewport) -> None:
        """Listen to a viewport of the page."""
        viewport.picked.connect(self._pick)
        viewport.context_menu.connect(self._menu)
        if isinstance(viewport, HandViewport):
            viewport.stroked.connect(self._stroke)

    def _pick(self, pick: Pick) -> None:
        viewport = self._page.viewport
        if isinstance(viewport, TapesViewport):
            viewport.pick_program((int(pick.at[0]), int(pick.at[1])))
            self._page.overlay.say_hint("")
            self.stroke_made.emit()
        else:
            self.picked.emit(tuple(pick.at))

    def _menu(self, where: QPoint, place: Any) -> None:
        can = self._page.world.state.capabilities
        offers = can.actions if can is not None else ()
        menu = PlaceMenu(self._page.viewport, offers, place)
        menu.act_asked.connect(self.act_asked)
        menu.inspect_asked.connect(self._pick)
        menu.open(where)

    def _stroke(self, stroke: Stroke) -> None:
        world = self._page.world
        tool = next((b for b in self._brushes() if b.name == stroke.tool), None)
        need = tool.needs if tool is not None else None
        if need is None or world.params.get(need.param) != need.idle:
            world.submit(Brush(stroke))
            self.stroke_made.emit()
        elif stroke.number != self._in_vain:  # once for the pieces of a stroke
            self._in_vain = stroke.number
            self.needed.emit(need)

    def _brushes(self) -> tuple[BrushTool, ...]:
        can = self._page.world.state.capabilities
        return can.brushes if can is not None else ()
