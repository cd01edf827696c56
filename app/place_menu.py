"""The menu of a place in a view: inspect it, copy it, do something with it, keep what is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from app.keys import action_of
from app.viewports.base import Viewport
from app.viewports.brush import next_gesture
from app.viewports.hand import HandViewport
from engine.core.commands import Reply
from engine.core.system import ActionOffer, BrushTool, Row
from engine.core.views import Pick, Stroke

__all__ = ["TARGETS", "Choice", "choose"]

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


class Choice(NamedTuple):
    """What was chosen: an action with what it knows of the place, or to inspect it (None)."""

    offer: ActionOffer | None
    known: dict[str, Any]


def choose(
    viewport: Viewport,
    offers: Iterable[ActionOffer],
    where: QPoint,
    place: Any,
    parent: QWidget,
    *,
    inspected: bool = True,
) -> Choice | None:
    """Ask what is to be done at a place; what the viewport does itself is done here.

    Parameters
    ----------
    viewport : Viewport
    offers : iterable of ActionOffer
        What the world can do; those that the place tells enough for are offered.
    where : QPoint
        On the screen.
    place
        What the viewport's `context_menu` brought; None beside everything.
    parent : QWidget
        It owns the menu.
    inspected : bool
        Whether places of this view can be inspected.
    """
    menu = QMenu(parent)
    known: dict[str, Any] = {}
    if place is not None:
        what, known = viewport.about(place)
        if what and inspected:
            menu.addAction(f"Inspect {what}").setData(None)
            menu.addAction(_COPY).setData(_COPY)
        seed = _seed_of(viewport)
        if seed is not None:
            menu.addAction(f"{seed.title} here").setData(seed)
    for offer in offers:
        needs = TARGETS.get(offer.target)
        if needs is not None and all(name in known for name in needs):
            menu.addAction(offer.title).setData(offer)
    own = viewport.menu_lines(place)
    if own and not menu.isEmpty():
        menu.addSeparator()
    menu.addActions(own)
    general = _general(viewport, place, parent)
    if general and not menu.isEmpty():
        menu.addSeparator()
    menu.addActions(general)
    chosen = menu.exec(where) if not menu.isEmpty() else None
    menu.deleteLater()
    for line in own:
        line.deleteLater()
    if chosen is None or chosen in own or chosen in general:
        return None
    picked = chosen.data()
    if picked == _COPY:
        _copy(viewport, place)
        return None
    if isinstance(picked, BrushTool):
        _plant(viewport, picked, place)
        return None
    if not isinstance(picked, ActionOffer):
        return Choice(None, {})
    return Choice(picked, {name: known[name] for name in TARGETS.get(picked.target, ())})


_COPY = "Copy value"


def _general(viewport: Viewport, place: Any, parent: QWidget) -> list[QAction]:
    """Return what can be done with the picture as a whole, by the actions of the window."""
    if not isinstance(viewport, HandViewport):
        return []
    found = (action_of(parent, id) for id in (_OF_NONE if place is None else _OF_A_PLACE))
    return [action for action in found if action is not None]


def _seed_of(viewport: Viewport) -> BrushTool | None:
    brushes = viewport.tools.brushes if isinstance(viewport, HandViewport) else ()
    return next((brush for brush in brushes if brush.name == SEED), None)


def _plant(viewport: Viewport, brush: BrushTool, place: Any) -> None:
    """Touch the place once with a brush that need not be in hand."""
    assert isinstance(viewport, HandViewport)
    tools = viewport.tools
    radius = tools.radii.get(brush.name, brush.radius)
    amount = tools.values.get(brush.name, tools.value)
    at = (tuple(float(part) for part in place),)
    stroke = Stroke(viewport.name, brush.name, at, radius, amount, tools.channel, next_gesture())
    viewport.stroked.emit(stroke)
    viewport.stroke_finished.emit()


def _copy(viewport: Viewport, place: Any) -> None:
    """Ask the world what is there, and put that on the clipboard, a line for each value."""
    pick = Pick(viewport.name, tuple(float(part) for part in place))
    viewport.asked.emit("inspect", {"pick": pick}, _Copying(viewport).take)


class _Copying:
    def __init__(self, viewport: Viewport) -> None:
        self._viewport = viewport

    def take(self, reply: Reply) -> None:
        if reply.error is not None:
            self._viewport.problem.emit(reply.error)
            return
        rows: tuple[Row, ...] = reply.value
        lines = (f"{row.label}\t{row.value}\t{row.unit}".rstrip() for row in rows)
        QGuiApplication.clipboard().setText("\n".join(lines))
