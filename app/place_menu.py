"""The menu of a place in a view: inspect it, do something with it, keep what is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from app.viewports.base import Viewport
from engine.core.system import ActionOffer

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
    for offer in offers:
        needs = TARGETS.get(offer.target)
        if needs is not None and all(name in known for name in needs):
            menu.addAction(offer.title).setData(offer)
    own = viewport.menu_lines(place)
    if own and not menu.isEmpty():
        menu.addSeparator()
    menu.addActions(own)
    chosen = menu.exec(where) if not menu.isEmpty() else None
    menu.deleteLater()
    for line in own:
        line.deleteLater()
    if chosen is None or chosen in own:
        return None
    picked = chosen.data()
    if not isinstance(picked, ActionOffer):
        return Choice(None, {})
    return Choice(picked, {name: known[name] for name in TARGETS.get(picked.target, ())})
