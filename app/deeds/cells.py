"""The parts of the middle: splitting it, and going from part to part."""

from __future__ import annotations

from app.deeds.spec import ActionSpec, Handler
from app.lab import Lab
from app.shell import Shell
from app.workspace.tree import Edge

__all__ = ["SPECS", "handlers"]


def _shared(lab: Lab) -> str:
    """Need a part with several tabs."""
    if lab.world is None:
        return "Open a world first"
    return "" if lab.tabs > 1 else "Open another world first: this part shows only one"


def _divided(lab: Lab) -> str:
    """Need several parts."""
    return "" if lab.cells > 1 else "The middle is not split"


SPECS = (
    ActionSpec(
        "view.split-right",
        "Split right",
        "View",
        "Ctrl+Alt+Right",
        "columns-2",
        "Show this world in a part of its own, on the right",
        _shared,
        separator=True,
    ),
    ActionSpec(
        "view.split-down",
        "Split below",
        "View",
        "Ctrl+Alt+Down",
        "rows-2",
        "Show this world in a part of its own, below",
        _shared,
    ),
    ActionSpec(
        "view.move-on",
        "Move to the next part",
        "View",
        "Ctrl+Alt+Left",
        "",
        "Make this world a tab of the next part",
        _divided,
    ),
    ActionSpec(
        "view.join",
        "Close this part",
        "View",
        "Ctrl+Alt+W",
        "",
        "Its worlds move into the part beside it",
        _divided,
    ),
    ActionSpec("view.next-part", "Next part", "View", "F6", "", "Turn to the next part", _divided),
    ActionSpec(
        "view.previous-part",
        "Previous part",
        "View",
        "Shift+F6",
        "",
        "Turn to the part before",
        _divided,
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    cells = _Cells(shell)
    return {
        "view.split-right": cells.split_right,
        "view.split-down": cells.split_down,
        "view.move-on": cells.move_on,
        "view.join": cells.join,
        "view.next-part": cells.next,
        "view.previous-part": cells.previous,
    }


class _Cells:
    def __init__(self, shell: Shell) -> None:
        self._space = shell.workspace

    def split_right(self, argument: str) -> None:
        self._split("right")

    def split_down(self, argument: str) -> None:
        self._split("bottom")

    def move_on(self, argument: str) -> None:
        space, item = self._space, self._space.focused
        if item is not None:
            space.put(item, space.neighbour(item, 1))
            space.turn_to(item)

    def join(self, argument: str) -> None:
        item = self._space.focused
        if item is not None:
            self._space.join(item)
            self._space.turn_to(item)

    def next(self, argument: str) -> None:
        self._space.turn_to(self._space.neighbour(self._space.focused, 1))

    def previous(self, argument: str) -> None:
        self._space.turn_to(self._space.neighbour(self._space.focused, -1))

    def _split(self, edge: Edge) -> None:
        item = self._space.focused
        if item is not None:
            self._space.split(item, edge)
            self._space.turn_to(item)
