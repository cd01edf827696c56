"""What stands around the picture, and how the window looks."""

from __future__ import annotations

from app.deeds.spec import ActionSpec, Handler
from app.lab import Lab
from app.layouts import Layouts
from app.shell import Shell

__all__ = ["SPECS", "handlers"]


def _kept(lab: Lab) -> str:
    """Need a layout that was kept."""
    return "" if lab.layouts else "No layout was kept yet"


SPECS = (
    ActionSpec(
        "view.gallery",
        "Gallery",
        "View",
        "Ctrl+1",
        "panel-left",
        "",
        checkable=True,
        separator=True,
    ),
    ActionSpec("view.controls", "Controls", "View", "Ctrl+2", "panel-right", "", checkable=True),
    ActionSpec(
        "view.bottom", "Plots and log", "View", "Ctrl+3", "panel-bottom", "", checkable=True
    ),
    ActionSpec("view.panels", "Hide all panels", "View", "Ctrl+0", "", "Only the picture, or back"),
    ActionSpec("view.full-screen", "Full screen", "View", "F11", "", "", checkable=True),
    ActionSpec(
        "view.reset-layout", "Reset layout", "View", "Ctrl+Shift+0", "", "Panels as at first launch"
    ),
    ActionSpec(
        "view.keep-layout",
        "Keep layout as...",
        "View",
        "Ctrl+Alt+0",
        "",
        "Give the arrangement of the panels a name, to come back to it",
    ),
    ActionSpec(
        "view.layout",
        "Use a layout...",
        "View",
        "Ctrl+Alt+9",
        "",
        "Arrange the panels as in a layout that was kept",
        _kept,
    ),
    ActionSpec(
        "view.forget-layout",
        "Forget a layout...",
        "View",
        "",
        "",
        "Remove a layout that was kept",
        _kept,
    ),
    ActionSpec(
        "view.theme",
        "Dark or light",
        "View",
        "Ctrl+L",
        "moon",
        "Change between the themes",
        separator=True,
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    window, docks = shell.window, shell.docks
    layouts = Layouts(shell)
    return {
        "view.gallery": docks.toggle_gallery,
        "view.controls": docks.toggle_controls,
        "view.bottom": docks.toggle_bottom,
        "view.panels": docks.toggle_all,
        "view.full-screen": window.full_screen,
        "view.reset-layout": docks.reset,
        "view.keep-layout": layouts.keep,
        "view.layout": layouts.use,
        "view.forget-layout": layouts.forget,
        "view.theme": window.set_theme,
    }
