"""What the window asks of every viewport, whatever kind of view it draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QPoint, QSize, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from engine.core.system import Mark
from engine.core.views import View, ViewRequest

__all__ = ["Viewport"]


class Viewport(QWidget):
    """A widget that shows one view of a world.

    Signals
    -------
    request_changed(ViewRequest)
        What it looks at from now on.
    picked(Pick)
        The user points at a place.
    context_menu(QPoint, place or None)
        The right button was pressed at a global position.
    asked(str, dict, callable)
        A question for the world, its arguments, and what takes the reply: see `World.ask`.
    acted(str, dict, callable or None)
        One of the world's own actions is to be done, with these arguments; a callable gets the
        reply as well: see `World.act`.
    problem(UserError)
        Something that the user asked of the viewport itself could not be done.
    program_picked(bytes, Place or None)
        The user chose a program.
    program_opened()
        The program that was chosen is to be seen on its tape.
    painted()
        A view that had not been seen before is on the screen.

    Attributes
    ----------
    name : str
        Name of the view among the system's offers.
    frames_drawn : int
        Views that reached the screen since the viewport was made.
    hint : str
        What a newcomer can do with the hand here, in a few words.
    """

    hint = "Drag across it"

    request_changed = Signal(object)
    picked = Signal(object)
    context_menu = Signal(QPoint, object)
    asked = Signal(str, object, object)
    acted = Signal(str, object, object)
    problem = Signal(object)
    program_picked = Signal(object, object)
    program_opened = Signal()
    painted = Signal()

    def __init__(self, name: str = "world", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.frames_drawn = 0

    @property
    def paints(self) -> int:
        """How often the picture was painted, also when only something upon it moved."""
        return self.frames_drawn

    def sway(self, pixels: int) -> None:
        """Move what is seen, or the cursor upon it, a little aside: so benches look about."""

    def minimumSizeHint(self) -> QSize:
        """Leave room for the least chrome."""
        return QSize(280, 220)

    def set_view(self, view: View) -> None:
        """Show a view; one of another kind is ignored."""
        raise NotImplementedError

    def request(self) -> ViewRequest:
        """Return what this viewport looks at now."""
        return ViewRequest()

    def about(self, place: Any) -> tuple[str, dict[str, Any]]:
        """Say what a place is, in words ("" where nothing can be told of it), and its arguments.

        The place is one that `context_menu` brought; the arguments are those of
        `app.place_menu.TARGETS` that are known there.
        """
        return "", {}

    def menu_lines(self, place: Any) -> tuple[QAction, ...]:
        """Return what it does itself with what it shows, for the end of the menu of a place."""
        return ()

    def chrome_width(self) -> int:
        """Return how much of the upper edge buttons of its own take, on the right."""
        return 0

    def memento(self) -> dict[str, Any]:
        """Return how it is looked at now, in plain JSON values: what a session keeps of it."""
        return {}

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Look at it as `memento` told once; what is unknown or no longer fits is passed over."""

    def set_bare(self) -> None:
        """Take the whole widget: no chrome floats on it, as in the bottom panel."""

    def set_marks(self, marks: tuple[Mark, ...]) -> None:
        """Take what happened in the world, for viewports that show time."""

    def set_program(self, code: bytes | None) -> None:
        """Take the program that is picked now, for viewports that set it off among others."""

    def note_painted(self) -> None:
        """Count a view that has just been drawn."""
        self.frames_drawn += 1
        self.painted.emit()
