"""The hand without a mouse: a pointer on the picture that keys move, and the tool used where it is.

What a mouse does by a click the keyboard does so; a stroke is a row of touches.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPointF

from app.deeds.conditions import alive
from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell
from app.viewports.hand import HandViewport
from engine.core.views import Pick

__all__ = ["SPECS", "handlers"]

STEP = 16
"""Pixels of the screen by which a key moves the pointer; with Shift five times as many."""

_SIDES = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


def _spec(side: str, far: bool) -> ActionSpec:
    key = f"{'Shift+' if far else ''}Alt+{side.capitalize()}"
    return ActionSpec(
        f"pointer.{'far-' if far else ''}{side}",
        f"Pointer {'far ' if far else ''}{side}",
        "",
        key,
        "",
        "Move the pointer on the picture without a mouse",
        alive,
    )


SPECS = (
    *(_spec(side, far) for far in (False, True) for side in _SIDES),
    ActionSpec(
        "pointer.use",
        "Use the tool here",
        "",
        "Alt+Return",
        "mouse-pointer-2",
        "Touch the world with the brush at the pointer, or pin what is there",
        alive,
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    pointer = _Pointer(shell)
    found: dict[str, Handler] = {"pointer.use": pointer.use}
    for side, (x, y) in _SIDES.items():
        found[f"pointer.{side}"] = partial(pointer.move, STEP * x, STEP * y)
        found[f"pointer.far-{side}"] = partial(pointer.move, 5 * STEP * x, 5 * STEP * y)
    return found


class _Pointer:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def move(self, x: int, y: int, argument: str) -> None:
        viewport = self._viewport()
        if viewport is not None:
            point = _at(viewport) + QPointF(x, y)
            box = viewport.rect()
            point.setX(min(max(point.x(), 0), box.width() - 1))
            point.setY(min(max(point.y(), 0), box.height() - 1))
            viewport.hover(point)

    def use(self, argument: str) -> None:
        viewport = self._viewport()
        if viewport is None:
            return
        point = _at(viewport)
        place = viewport.place_at(point)
        if viewport.tools.brush is not None:
            viewport.stroke_along((point,))
        elif place is not None:
            viewport.picked.emit(Pick(viewport.name, place))
        viewport.hover(point)

    def _viewport(self) -> HandViewport | None:
        page = self._shell.page
        view = page.viewport if page is not None else None
        return view if isinstance(view, HandViewport) else None


def _at(viewport: HandViewport) -> QPointF:
    """Where the pointer is; in the middle at first."""
    return viewport.pointer or QPointF(viewport.rect().center())
