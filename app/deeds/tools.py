"""What the mouse holds."""

from __future__ import annotations

from app.deeds.conditions import has_world
from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell
from app.viewports.brush import HAND, INSPECT
from app.viewports.hand import HandViewport
from engine.core.errors import BadInput

__all__ = ["SPECS", "handlers"]

SPECS = (
    ActionSpec("tool.hand", "Hand", "View", "H", "hand", "Move the picture by dragging", has_world),
    ActionSpec(
        "tool.next", "Next brush", "View", "B", "brush", "Take the next brush in hand", has_world
    ),
    ActionSpec(
        "tool.inspect",
        "Inspect",
        "View",
        "I",
        "crosshair",
        "See the channels of a cell or a vertex; click to pin it",
        has_world,
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    tools = _Tools(shell)
    return {"tool.hand": tools.hand, "tool.next": tools.next, "tool.inspect": tools.inspect}


class _Tools:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def hand(self, argument: str) -> None:
        for grid in self._grids():
            grid.set_tool(HAND)

    def inspect(self, argument: str) -> None:
        for grid in self._grids():
            grid.set_tool(INSPECT)

    def next(self, argument: str) -> None:
        for grid in self._grids():
            names = [brush.name for brush in grid.tools.brushes]
            if argument and argument not in names:
                known = ", ".join(names) or "none"
                raise BadInput(f"there is no brush {argument!r}", remedy=f"Use one of: {known}")
            if names:
                held = grid.tools.tool
                place = names.index(held) + 1 if held in names else 0
                grid.set_tool(argument or names[place % len(names)])

    def _grids(self) -> tuple[HandViewport, ...]:
        return self._shell.page.grids() if self._shell.page is not None else ()
