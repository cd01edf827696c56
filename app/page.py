"""One open world in the middle of the window: its viewports, the chrome on them, and drops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtWidgets import QStackedLayout, QTabBar, QVBoxLayout, QWidget

from app.driving import Driver
from app.dropping import plan_drop
from app.first_step import FirstStep
from app.lab import Lab
from app.measures import measures_of
from app.newcomer import Newcomer
from app.touching import Touch
from app.viewports.base import Viewport
from app.viewports.drop import DropOverlay
from app.viewports.factory import make_viewport
from app.viewports.grid import GridViewport
from app.viewports.hand import HandViewport
from app.viewports.overlay import Overlay
from app.viewports.tapes import TapesViewport
from app.world import World
from engine.core.commands import Failure, RunnerState, SetFrameRate
from engine.core.courtesy import please
from engine.core.errors import UserError
from engine.core.system import ViewOffer
from engine.core.views import View, ViewRequest

__all__ = ["WorldPage"]


class WorldPage(QWidget):
    """Shows a world; where a system offers several views, small tabs above choose one.

    Attributes
    ----------
    world : World
    driver : Driver
        Lets its time run.

    Signals
    -------
    dropped : Plan
        A file or preset was let go here.
    picked : object
        A cell (row, column) was pinned, or a point of a mesh (face, u, v).
    act_asked : ActionOffer, dict
        One of the system's own actions was chosen, with the place it is for.
    drawn
        A picture reached the screen.
    stroke_made
        The hand did something here: hints are no longer needed.
    dragging : bool
        A file is held over the picture, or no longer.
    warned : str
        What was bent when the world was built or restored.
    needed : Need
        The tool in hand does nothing before a choice is made.
    """

    dropped = Signal(object)
    picked = Signal(object)
    act_asked = Signal(object, object)
    drawn = Signal()
    stroke_made = Signal()
    dragging = Signal(bool)
    warned = Signal(str)
    needed = Signal(object)

    def __init__(
        self, world: World, lab: Lab, *, hint: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.world = world
        self.driver = Driver(world, self)
        self._touch = Touch(self)
        self._lab = lab
        self._warnings: tuple[str, ...] = ()
        self._offers: tuple[ViewOffer, ...] = ()
        self._viewports: dict[str, Viewport] = {}
        self._overlays: dict[str, Overlay] = {}
        self._shown = True
        self._pace = 60.0  # as a runner begins
        self._waiting = True  # for the first picture, whose kernels may have to be compiled
        self._first_step = FirstStep(self)
        self._newcomer = Newcomer(self, hint=hint)
        self._program: bytes | None = None
        self._kept: dict[str, dict[str, Any]] = {}  # mementos of views that are not made yet
        self._smooth, self._lines, self._immersive = False, True, False
        self._tabs = QTabBar()
        self._tabs.setDocumentMode(True)
        self._tabs.setExpanding(False)
        self._tabs.setObjectName("small")
        self._tabs.setAccessibleName("Views")
        self._tabs.hide()
        self._tabs.currentChanged.connect(self._choose)
        self._stack = QStackedLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._tabs)
        layout.addLayout(self._stack, 1)
        self._touch.picked.connect(self.picked)
        self._touch.act_asked.connect(self.act_asked)
        self._touch.stroke_made.connect(self.stroke_made)
        self._touch.needed.connect(self.needed)
        world.state_changed.connect(self._state_changed)
        world.views_changed.connect(self._views_changed)
        world.failed.connect(self._failed)
        world.title_changed.connect(self._title_changed)
        world.program_picked.connect(self._program_picked)
        self._offer((ViewOffer("world", "World", "image"),))
        self.overlay.say_notice("Building the world...", "hourglass")
        self._state_changed(world.state)

    @property
    def viewport(self) -> Viewport:
        """The viewport in front."""
        return self._viewports[self._offers[max(0, self._tabs.currentIndex())].name]

    @property
    def overlay(self) -> Overlay:
        """The chrome on the viewport in front."""
        return self._overlays[self.viewport.name]

    def grids(self) -> tuple[HandViewport, ...]:
        """Return the viewports on which a hand works."""
        return tuple(v for v in self._viewports.values() if isinstance(v, HandViewport))

    def titles(self) -> tuple[str, ...]:
        """Return the titles of the views, in the order of their tabs."""
        return tuple(self._tabs.tabText(place) for place in range(self._tabs.count()))

    def choose(self, place: int) -> None:
        """Show the view of this tab."""
        self._tabs.setCurrentIndex(place)

    def set_shown(self, on: bool) -> None:
        """Say whether this page is in front; a hidden one asks for no pictures."""
        self._shown = on
        self._look()

    def set_pace(self, per_second: float) -> None:
        """Show at most so many pictures per second."""
        if per_second != self._pace:
            self._pace = per_second
            self.world.submit(SetFrameRate(per_second))

    def memento(self) -> dict[str, Any]:
        """Return which view is in front and how each is looked at, as JSON."""
        seen = {name: viewport.memento() for name, viewport in self._viewports.items()}
        return {"front": self.viewport.name, "views": self._kept | seen}

    def recall(self, memento: Mapping[str, Any]) -> None:
        """Look at the world as a memento says; views that are not made yet follow when they are.

        What is unknown, or makes no sense, is passed over.
        """
        views = memento.get("views")
        if isinstance(views, Mapping):
            self._kept = {str(n): dict(v) for n, v in views.items() if isinstance(v, Mapping)}
        for name, viewport in self._viewports.items():
            self._look_again(name, viewport)
        front = memento.get("front")
        names = [offer.name for offer in self._offers]
        if isinstance(front, str):
            if front in names:
                self.choose(names.index(front))
            if front not in names or not self.world.state.alive:
                self.world.opens_with = front

    def _look_again(self, name: str, viewport: Viewport) -> None:
        # What stands there while the world is built may be replaced: it is kept for the next, too.
        alive = self.world.state.alive
        kept = self._kept.pop(name, None) if alive else self._kept.get(name)
        if kept is not None:
            viewport.recall(kept)

    def set_immersive(self, on: bool) -> None:
        """Let the chrome fade, in full screen."""
        self._immersive = on
        for overlay in self._overlays.values():
            overlay.set_immersive(on)

    def set_smooth(self, on: bool) -> None:
        """Interpolate between cells, in every view."""
        self._smooth = on
        self._switch("smooth", on)

    def set_lines(self, on: bool) -> None:
        """Draw lines between large cells, in every view."""
        self._lines = on
        self._switch("lines", on)

    def _switch(self, name: str, on: bool) -> None:
        for overlay in self._overlays.values():
            if overlay.modes is not None:
                overlay.modes.set_switch(name, on)

    def next_mode(self) -> None:
        """Show the next channel of the view in front."""
        if self.overlay.modes is not None:
            self.overlay.modes.choose_next()

    def open_find(self, text: str = "") -> None:
        """Open the search of a world of programs."""
        if isinstance(self.viewport, TapesViewport):
            self.viewport.open_find(text)

    def _offer(self, offers: tuple[ViewOffer, ...]) -> None:
        if offers == self._offers:
            return
        kept = {offer.name for offer in offers if offer in self._offers}
        for name in [name for name in self._viewports if name not in kept]:
            viewport = self._viewports.pop(name)
            del self._overlays[name]
            self._stack.removeWidget(viewport)
            viewport.hide()
            viewport.deleteLater()
        self._offers = offers
        blocked = self._tabs.blockSignals(True)
        while self._tabs.count():
            self._tabs.removeTab(0)
        for offer in offers:
            self._tabs.addTab(offer.title)
        place = self._first_of(offers)
        self._tabs.setCurrentIndex(place)
        self._tabs.blockSignals(blocked)
        self._tabs.setVisible(len(offers) > 1)
        self._choose(place)

    def _first_of(self, offers: tuple[ViewOffer, ...]) -> int:
        """Choose the view to begin with: the one that the preset names, once."""
        wanted = self.world.opens_with
        found = [place for place, offer in enumerate(offers) if offer.is_called(wanted)]
        if found and wanted:
            self.world.opens_with = ""
        return found[0] if found else 0

    def _add(self, offer: ViewOffer) -> None:
        viewport = make_viewport(offer, self)
        if isinstance(viewport, GridViewport):
            viewport.framed = not offer.brushed
        overlay = Overlay(viewport)
        overlay.set_title(self.world.title)
        drop = DropOverlay(viewport, self._judge)
        drop.dropped.connect(self._drop)
        drop.shown.connect(self.dragging)
        viewport.request_changed.connect(self._look)
        self._touch.connect_to(viewport)
        viewport.asked.connect(self.world.ask)
        viewport.acted.connect(self.world.act)
        viewport.problem.connect(self._lab.problem)
        viewport.program_picked.connect(self.world.program_picked)
        viewport.set_program(self._program)
        viewport.painted.connect(self._painted)
        if isinstance(viewport, HandViewport):
            viewport.set_measures(measures_of(self.world))
        self.driver.connect_to(overlay)
        if overlay.modes is not None:
            overlay.modes.set_switch("smooth", self._smooth)
            overlay.modes.set_switch("lines", self._lines)
            overlay.modes.choice_made.connect(self._choice_made)
        overlay.set_immersive(self._immersive)
        self._viewports[offer.name] = viewport
        self._overlays[offer.name] = overlay
        self._look_again(offer.name, viewport)
        self._stack.addWidget(viewport)

    def _choose(self, place: int) -> None:
        if 0 <= place < len(self._offers):
            # A view that nobody looked at costs nothing: its widgets are made when it is chosen.
            if self._offers[place].name not in self._viewports:
                with please():
                    self._add(self._offers[place])
            self._stack.setCurrentWidget(self._viewports[self._offers[place].name])
            self._state_changed(self.world.state)
            self._look()

    def _look(self) -> None:
        viewport = self.viewport
        wanted: dict[str, ViewRequest] = {viewport.name: viewport.request()} if self._shown else {}
        self.world.look("viewport", wanted)

    def _state_changed(self, state: RunnerState) -> None:
        if state.capabilities is not None:
            self._offer(tuple(o for o in state.capabilities.views if o.place == "main"))
        self.overlay.set_state(self._as_seen(state))
        self._show_choices()
        self._first_step.follow(state)
        if state.alive:
            if state.warnings != self._warnings:
                self._warnings = state.warnings
                if state.warnings:
                    self.warned.emit("; ".join(state.warnings))
            words = "Preparing the first picture..." if self._waiting else ""
            self.overlay.say_notice(words, "hourglass" if words else "")
            self._newcomer.follow(state)

    def _as_seen(self, state: RunnerState) -> RunnerState:
        """Leave the brushes out where the view in front takes none."""
        can, name = state.capabilities, self.viewport.name
        if can is None or next((o.brushed for o in self._offers if o.name == name), True):
            return state
        return replace(state, capabilities=replace(can, brushes=()))

    def _show_choices(self) -> None:
        """Offer what the system lets choose about the view in front."""
        names = next((o.modes for o in self._offers if o.name == self.viewport.name), ())
        if names:
            fields = tuple(f for f in self.world.fields if f.name in names and f.choices)
            self.overlay.set_choices(fields, self.world.params)

    def _choice_made(self, name: str, value: str) -> None:
        self.world.set_param(name, value)
        self._show_choices()

    def _views_changed(self, views: dict[str, View]) -> None:
        view = views.get(self.viewport.name)
        if view is not None:
            self.viewport.set_view(view)
            self.overlay.set_view(view)
            if not isinstance(self.viewport, HandViewport):
                self._wait_no_more()  # an empty table says so itself and is never painted

    def _painted(self) -> None:
        self._wait_no_more()
        self.drawn.emit()

    def _wait_no_more(self) -> None:
        if self._waiting:
            self._waiting = False
            self.overlay.say_notice("")

    def _program_picked(self, code: bytes) -> None:
        self._program = code
        for viewport in self._viewports.values():
            viewport.set_program(code)

    def _failed(self, failure: Failure) -> None:
        if self.world.state.alive:
            self._wait_no_more()  # the dialog says why there is no picture
        if failure.during == "building" and not self.world.state.alive:
            error = failure.error
            words = (
                str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
            )
            self.overlay.say_notice(words, "circle-x", "danger")

    def _title_changed(self, title: str) -> None:
        for overlay in self._overlays.values():
            overlay.set_title(title)

    def _judge(self, data: QMimeData) -> tuple[bool, str]:
        plan = plan_drop(data, self._lab, self.world)
        return plan.accepted, plan.sentence

    def _drop(self, data: QMimeData) -> None:
        self._lab.select(self.world)  # what was dropped here is meant for this world
        self.dropped.emit(plan_drop(data, self._lab, self.world))
