"""The menu of a place in a view: inspect it, copy it, do something with it, keep what is shown."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QGuiApplication
from shiboken6 import isValid

from app.context_menu import ContextMenu
from app.keys import action_of
from app.viewports.base import Viewport
from app.viewports.brush import next_gesture
from app.viewports.hand import HandViewport
from engine.core.commands import Reply
from engine.core.system import ActionOffer, BrushTool, Row
from engine.core.views import Pick, Stroke

__all__ = ["TARGETS", "PlaceMenu"]

TARGETS: dict[str, tuple[str, ...]] = {
    "none": (),
    "cell": ("row", "column"),
    "head": ("layer", "head"),
    "program": ("program",),
    "vertex": ("vertex",),
    "point": ("index", "x", "y"),
}
"""What an action must know of its place, by its target."""


SEED = "seed"
"""The brush that puts down what a world grows from: it is offered for a place, too."""

_OF_A_PLACE = ("view.fit", "file.copy", "file.screenshot")
_OF_NONE = ("view.fit", "view.one", "transport.reset", "transport.reseed", "file.copy",
            "file.screenshot", "view.panels")  # fmt: skip


class PlaceMenu(ContextMenu):
    """What can be done at a place; what the viewport can do itself is done here.

    Parameters
    ----------
    viewport : Viewport
        The menu closes when it goes, for instance because its world is built anew.
    offers : iterable of ActionOffer
        What the world can do; those that the place tells enough for are offered.
    place
        What the viewport's `context_menu` brought; None beside everything.
    inspected : bool
        Whether places of this view can be inspected.

    Signals
    -------
    act_asked : ActionOffer, dict
        An action of the world was chosen, with what it must know of the place.
    inspect_asked : Pick
        The place is to be inspected.
    """

    act_asked = Signal(object, object)
    inspect_asked = Signal(object)

    def __init__(
        self,
        viewport: Viewport,
        offers: Iterable[ActionOffer],
        place: Any,
        *,
        inspected: bool = True,
    ) -> None:
        super().__init__(viewport)
        self._viewport, self._place = viewport, place
        self._known: dict[str, Any] = {}
        if place is not None:
            self._add_place(inspected)
        for offer in offers:
            needs = TARGETS.get(offer.target)
            if needs is not None and all(name in self._known for name in needs):
                self.add(offer.title, partial(self._act, offer))
        own = viewport.menu_lines(place)
        for line in own:
            line.setParent(self)  # it goes with the menu
        self._add_group(own)
        self._add_group(_general(viewport, place))

    def _add_place(self, inspected: bool) -> None:
        what, self._known = self._viewport.about(self._place)
        if what and inspected:
            self.add(f"Inspect {what}", self._inspect)
            self.add("Copy value", self._copy)
        seed = _seed_of(self._viewport)
        if seed is not None:
            self.add(f"{seed.title} here", partial(self._plant, seed))

    def _add_group(self, lines: Iterable[QAction]) -> None:
        lines = list(lines)
        if lines and not self.isEmpty():
            self.addSeparator()
        self.addActions(lines)

    def _act(self, offer: ActionOffer) -> None:
        known = {name: self._known[name] for name in TARGETS.get(offer.target, ())}
        self.act_asked.emit(offer, known)

    def _inspect(self) -> None:
        self.inspect_asked.emit(Pick(self._viewport.name, tuple(self._place)))

    def _copy(self) -> None:
        """Ask the world what is there, and put that on the clipboard, a line for each value."""
        pick = Pick(self._viewport.name, self._at())
        self._viewport.asked.emit("inspect", {"pick": pick}, _Copying(self._viewport).take)

    def _plant(self, brush: BrushTool) -> None:
        """Touch the place once with a brush that need not be in hand."""
        viewport = self._viewport
        assert isinstance(viewport, HandViewport)
        tools = viewport.tools
        radius = tools.radii.get(brush.name, brush.radius)
        amount = tools.values.get(brush.name, tools.value)
        at, gesture = (self._at(),), next_gesture()
        stroke = Stroke(viewport.name, brush.name, at, radius, amount, tools.channel, gesture)
        viewport.stroked.emit(stroke)
        viewport.stroke_finished.emit()

    def _at(self) -> tuple[float, ...]:
        return tuple(float(part) for part in self._place)


def _general(viewport: Viewport, place: Any) -> list[QAction]:
    """Return what can be done with the picture as a whole, by the actions of the window."""
    if not isinstance(viewport, HandViewport):
        return []
    found = (action_of(viewport, id) for id in (_OF_NONE if place is None else _OF_A_PLACE))
    return [action for action in found if action is not None]


def _seed_of(viewport: Viewport) -> BrushTool | None:
    brushes = viewport.tools.brushes if isinstance(viewport, HandViewport) else ()
    return next((brush for brush in brushes if brush.name == SEED), None)


class _Copying:
    def __init__(self, viewport: Viewport) -> None:
        self._viewport = viewport

    def take(self, reply: Reply) -> None:
        if reply.error is not None:
            if isValid(self._viewport):  # else it went before the answer came
                self._viewport.problem.emit(reply.error)
            return
        rows: tuple[Row, ...] = reply.value
        lines = (f"{row.label}\t{row.value}\t{row.unit}".rstrip() for row in rows)
        QGuiApplication.clipboard().setText("\n".join(lines))
