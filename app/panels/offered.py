"""Views that a world offers for the bottom panel: a tab each, looked at only while it is seen."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QPoint, QTimer, Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from app.lab import Lab
from app.place_menu import PlaceMenu
from app.viewports.base import Viewport
from app.viewports.factory import make_viewport
from app.world import World
from engine.core.commands import RunnerState
from engine.core.system import ViewOffer
from engine.core.views import View

__all__ = ["OfferedTabs"]

REFRESH_MS = 300
"""Tables, charts and graphs are read, not watched: this often they change at most."""


class OfferedTabs(QObject):
    """Keeps the tabs of a tab widget up with what the selected world offers.

    Parameters
    ----------
    lab : Lab
    tabs : QTabWidget
        It owns this object.
    before : QWidget
        The tab in front of which they are put.

    Signals
    -------
    opened
        The program that was picked in one of them is to be seen on its tape.
    wanted(page)
        The preset of the world tells its story on this tab.
    act_asked : ActionOffer, dict
        One of the world's own actions was chosen, with the place it is for.
    """

    opened = Signal()
    wanted = Signal(object)
    act_asked = Signal(object, object)

    def __init__(self, lab: Lab, tabs: QTabWidget, before: QWidget) -> None:
        super().__init__(tabs)
        self._lab = lab
        self._tabs = tabs
        self._before = before
        self._world: World | None = None
        self._pages: dict[ViewOffer, _ViewPage] = {}
        lab.selected.connect(self._select)
        self._select(lab.world)

    def _select(self, world: World | None) -> None:
        if world is self._world:
            return
        if self._world is not None:
            self._world.state_changed.disconnect(self._state_changed)
        self._world = world
        self._offer(())
        if world is not None:
            world.state_changed.connect(self._state_changed)
            self._state_changed(world.state)

    def _state_changed(self, state: RunnerState) -> None:
        if state.capabilities is not None:
            self._offer(tuple(o for o in state.capabilities.views if o.place == "panel"))

    def _offer(self, offers: tuple[ViewOffer, ...]) -> None:
        if offers == tuple(self._pages):
            return
        for page in self._pages.values():
            self._tabs.removeTab(self._tabs.indexOf(page))
            page.leave()
            page.deleteLater()
        self._pages = {}
        for offer in offers:
            assert self._world is not None
            page = self._pages[offer] = _ViewPage(self._world, offer)
            page.opened.connect(self.opened)
            page.problem.connect(self._lab.problem)
            page.act_asked.connect(self.act_asked)
            self._tabs.insertTab(self._tabs.indexOf(self._before), page, offer.title)
            if self._world.opens_with and offer.is_called(self._world.opens_with):
                self._world.opens_with = ""
                self.wanted.emit(page)


class _ViewPage(QWidget):
    """One view of one world; its viewport is made when it is first seen."""

    opened = Signal()
    problem = Signal(object)
    act_asked = Signal(object, object)

    def __init__(self, world: World, offer: ViewOffer) -> None:
        super().__init__()
        self._world = world
        self._offer = offer
        self._viewport: Viewport | None = None
        self._seen = False
        self._newest: View | None = None
        self._program: bytes | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._draw)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        world.views_changed.connect(self._views_changed)
        world.state_changed.connect(self._state_changed)
        world.program_picked.connect(self._program_picked)

    @property
    def viewport(self) -> Viewport | None:
        """What draws it, once it was seen."""
        return self._viewport

    def leave(self) -> None:
        """Look no more: the world or the view is no longer here."""
        self._world.views_changed.disconnect(self._views_changed)
        self._world.state_changed.disconnect(self._state_changed)
        self._world.program_picked.disconnect(self._program_picked)
        self._timer.stop()
        self._seen = False
        self._look()

    def showEvent(self, event: object) -> None:
        if self._viewport is None:
            viewport = self._viewport = make_viewport(self._offer, self)
            viewport.set_bare()
            viewport.request_changed.connect(self._look)
            viewport.asked.connect(self._world.ask)
            viewport.acted.connect(self._world.act)
            viewport.problem.connect(self.problem)
            viewport.context_menu.connect(self._menu)
            viewport.program_picked.connect(self._world.program_picked)
            viewport.program_opened.connect(self.opened)
            viewport.set_marks(self._world.state.marks)
            viewport.set_program(self._program)
            self._layout.addWidget(viewport)
        known = self._world.views.get(self._offer.name)
        if known is not None and self._newest is None:
            self._viewport.set_view(known)
        self._seen = True
        self._look()

    def hideEvent(self, event: object) -> None:
        self._seen = False
        self._look()

    def _menu(self, where: QPoint, place: Any) -> None:
        can = self._world.state.capabilities
        offers = can.actions if can is not None else ()
        if self._viewport is None:
            return
        menu = PlaceMenu(self._viewport, offers, place, inspected=False)
        menu.act_asked.connect(self.act_asked)
        menu.open(where)

    def _look(self) -> None:
        name = self._offer.name
        seen = self._seen and self._viewport is not None
        wanted = {name: self._viewport.request()} if seen and self._viewport is not None else {}
        self._world.look(f"panel {name}", wanted)

    def _views_changed(self, views: dict[str, View]) -> None:
        view = views.get(self._offer.name)
        if view is None or not self._seen:
            return
        first, self._newest = self._newest is None, view
        if first:
            self._draw()
        elif not self._timer.isActive():
            self._timer.start()

    def _state_changed(self, state: RunnerState) -> None:
        if self._viewport is not None:
            self._viewport.set_marks(state.marks)

    def _program_picked(self, code: bytes) -> None:
        self._program = code
        if self._viewport is not None:
            self._viewport.set_program(code)

    def _draw(self) -> None:
        if self._viewport is not None and self._newest is not None and self._seen:
            self._viewport.set_view(self._newest)
