"""Measuring a world: pins, a line, a rectangle, and tables of them."""

from __future__ import annotations

from app.deeds.conditions import alive, has_world
from app.deeds.spec import ActionSpec, Handler
from app.inspecting import DOCK, Inspecting
from app.lab import Lab
from app.measures import measures_of
from app.shell import Shell
from app.viewports.brush import LINE, REGION
from engine.core.errors import BadInput

__all__ = ["SPECS", "handlers"]


def on_cells(lab: Lab) -> str:
    """Need a world of cells in a plane."""
    reason = alive(lab)
    if reason or lab.world is None:
        return reason
    can = lab.world.state.capabilities
    offers = can.views if can is not None else ()
    plane = any(o.name == "world" and o.kind == "image" for o in offers)
    return "" if plane else "This world has no cells in a plane"


def has_measures(lab: Lab) -> str:
    """Need something that is measured."""
    if lab.world is None:
        return has_world(lab)
    kept = measures_of(lab.world)
    there = kept.pins or kept.line is not None or kept.region is not None
    return "" if there else "Nothing is pinned, no line and no region is drawn"


SPECS = (
    ActionSpec(
        "inspect.panel",
        "Inspect panel",
        "View",
        "Ctrl+I",
        "chart-column",
        "Pins, all channels, histogram, line and region, beside the picture",
        separator=True,
    ),
    ActionSpec(
        "inspect.line",
        "Measure along a line",
        "View",
        "Shift+L",
        "ruler",
        "Drag across the picture: the profile is shown beside it",
        on_cells,
    ),
    ActionSpec(
        "inspect.region",
        "Measure in a rectangle",
        "View",
        "Shift+M",
        "square-dashed",
        "Drag a rectangle: its numbers are shown beside the picture",
        on_cells,
    ),
    ActionSpec(
        "inspect.clear",
        "Remove pins, line and region",
        "View",
        "",
        "pin-off",
        "Measure nothing any more",
        has_measures,
    ),
    ActionSpec(
        "inspect.keep",
        "Follow a cell",
        "",
        "",
        "pin",
        "ROW COLUMN: pin a cell beside those that are pinned",
        on_cells,
        scripted=True,
    ),
    ActionSpec(
        "inspect.export",
        "Export measurements",
        "",
        "",
        "download",
        "NAME PATH: write pins, channels, components, histogram, line... as CSV",
        has_world,
        scripted=True,
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    deeds = _Inspect(shell)
    return {
        "inspect.panel": deeds.panel,
        "inspect.line": deeds.line,
        "inspect.region": deeds.region,
        "inspect.clear": deeds.clear,
        "inspect.keep": deeds.keep,
        "inspect.export": deeds.export,
    }


class _Inspect:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    @property
    def _part(self) -> Inspecting:
        part: Inspecting = self._shell.parts["inspect"]
        return part

    def panel(self, argument: str) -> None:
        self._shell.docks.toggle(DOCK)

    def line(self, argument: str) -> None:
        """Take the tool in hand; a script gives ROW COLUMN ROW COLUMN instead."""
        numbers = _numbers(argument, 4)
        if numbers and self._shell.lab.world is not None:
            a, b, c, d = numbers
            measures_of(self._shell.lab.world).set_line(((a, b), (c, d)))
        self._take(LINE)

    def region(self, argument: str) -> None:
        """Take the tool in hand; a script gives ROW COLUMN ROWS COLUMNS instead."""
        numbers = _numbers(argument, 4)
        if numbers and self._shell.lab.world is not None:
            row, column, rows, columns = numbers
            region = (row, column, max(1, rows), max(1, columns))
            measures_of(self._shell.lab.world).set_region(region)
        self._take(REGION)

    def clear(self, argument: str) -> None:
        if self._shell.lab.world is not None:
            measures_of(self._shell.lab.world).clear()

    def keep(self, argument: str) -> None:
        numbers = _numbers(argument, 2)
        if not numbers:
            raise BadInput("which cell is to be followed?", remedy="Give ROW COLUMN")
        row, column = numbers
        self._part.keep((float(row), float(column)), (row, column))

    def export(self, argument: str) -> None:
        name, _, path = argument.strip().partition(" ")
        if not path:
            raise BadInput("what is to be written, and where?", remedy="Give NAME PATH")
        self._part.write(name, path)

    def _take(self, tool: str) -> None:
        self._part.show()
        page = self._shell.page
        for viewport in page.grids() if page is not None else ():
            if tool in viewport.tools.rulers:
                viewport.set_tool(tool)


def _numbers(argument: str, count: int) -> list[int]:
    """Read so many whole numbers, none where nothing was given."""
    if not argument.strip():
        return []
    try:
        numbers = [int(word) for word in argument.split()]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        raise BadInput(f"{argument!r} are not {count} whole numbers", remedy=f"Give {count}")
    return numbers
