"""How the picture is seen."""

from __future__ import annotations

from app.deeds.conditions import has_programs, has_world
from app.deeds.spec import ActionSpec, Handler
from app.links import Comparison
from app.shell import Shell
from app.viewports.hand import HandViewport

__all__ = ["SPECS", "handlers"]

SPECS = (
    ActionSpec(
        "view.next",
        "Next channel",
        "View",
        "C",
        "layers",
        "Colour, then every hidden channel, then all of them",
        has_world,
        separator=True,
    ),
    ActionSpec(
        "view.find",
        "Find program...",
        "View",
        "Ctrl+F",
        "search",
        "Search the world for a piece of a program",
        has_programs,
    ),
    ActionSpec("view.fit", "Fit", "View", "F", "maximize", "Show the whole world", has_world),
    ActionSpec(
        "view.one", "One to one", "View", "1", "scan", "One screen pixel per cell", has_world
    ),
    ActionSpec("view.zoom-in", "Zoom in", "View", "+", "zoom-in", "", has_world),
    ActionSpec("view.zoom-out", "Zoom out", "View", "-", "zoom-out", "", has_world),
    ActionSpec(
        "view.smooth",
        "Smooth pixels",
        "View",
        "Ctrl+M",
        "",
        "Interpolate between cells",
        checkable=True,
        separator=True,
    ),
    ActionSpec(
        "view.lines",
        "Grid lines",
        "View",
        "Ctrl+Shift+L",
        "grid-3x3",
        "Lines between large cells",
        checkable=True,
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    view = _View(shell)
    return {
        "view.next": view.next,
        "view.find": view.find,
        "view.fit": view.fit,
        "view.one": view.one_to_one,
        "view.zoom-in": view.zoom_in,
        "view.zoom-out": view.zoom_out,
        "view.smooth": view.smooth,
        "view.lines": view.lines,
    }


class _View:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def next(self, argument: str) -> None:
        if self._shell.page is not None:
            self._shell.page.next_mode()

    def find(self, argument: str) -> None:
        if self._shell.page is not None:
            self._shell.page.open_find(argument)

    def fit(self, argument: str) -> None:
        for grid in self._grids():
            grid.fit()

    def one_to_one(self, argument: str) -> None:
        for grid in self._grids():
            grid.one_to_one()

    def zoom_in(self, argument: str) -> None:
        for grid in self._grids():
            grid.zoom(1)

    def zoom_out(self, argument: str) -> None:
        for grid in self._grids():
            grid.zoom(-1)

    def smooth(self, argument: str) -> None:
        for page in self._shell.window.pages():
            page.set_smooth(self._shell.checked("view.smooth"))

    def lines(self, argument: str) -> None:
        for page in self._shell.window.pages():
            page.set_lines(self._shell.checked("view.lines"))

    def _grids(self) -> tuple[HandViewport, ...]:
        front = self._shell.workspace.focused
        if isinstance(front, Comparison):
            seen = front.page.viewport
            return (seen,) if isinstance(seen, HandViewport) else ()
        return self._shell.page.grids() if self._shell.page is not None else ()
