"""The pages of all worlds: which are in sight, and how one of them is turned to."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.lab import Lab
from app.links import Comparison
from app.page import WorldPage
from app.settings import Settings
from app.workspace import tree as t
from app.workspace.workspace import Workspace
from app.world import World

__all__ = ["Pages"]

# Pictures per second of the world that is used, and of those beside it.
_FRONT, _BESIDE = 60.0, 20.0


class Pages(QObject):
    """Makes a page for every world that is opened, and shows it in the workspace.

    Signals
    -------
    made : WorldPage
        To be connected, before it is seen.
    turned
        Another world, or a comparison, is in use; or the middle was arranged anew.
    """

    made = Signal(object)
    turned = Signal()

    def __init__(
        self, lab: Lab, space: Workspace, settings: Settings, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._lab, self._space, self._settings = lab, space, settings
        self._pages: dict[World, WorldPage] = {}
        lab.opened.connect(self._opened)
        lab.closed.connect(self._closed)
        lab.selected.connect(space.focus)
        lab.successor = space.beside
        space.turned_to.connect(self._turned_to)
        space.arranged.connect(self._arranged)

    @property
    def front(self) -> WorldPage | None:
        """The page of the selected world."""
        return self._pages.get(self._lab.world) if self._lab.world is not None else None

    def all(self) -> tuple[WorldPage, ...]:
        """Return every page."""
        return tuple(self._pages.values())

    def of(self, world: World) -> WorldPage | None:
        """Return the page of a world."""
        return self._pages.get(world)

    def focus(self) -> None:
        """Give the keyboard to the picture in front."""
        if self.front is not None:
            self.front.viewport.setFocus()

    def _opened(self, world: World) -> None:
        page = WorldPage(world, self._lab, hint=not self._settings.hint_done)
        self._pages[world] = page
        self.made.emit(page)
        place = self._lab.worlds.index(world)
        self._space.add(world, page, self._lab.worlds[place - 1] if place else None)

    def _closed(self, world: World) -> None:
        page = self._pages.pop(world)
        self._space.remove(world)
        page.deleteLater()

    def _arranged(self) -> None:
        seen = self._space.seen()
        for world, page in self._pages.items():
            page.set_shown(world in seen)
            page.set_pace(_FRONT if world is self._lab.world else _BESIDE)
        cell = t.cell_of(self._space.tree, self._space.focused)
        self._lab.cells = len(t.cells(self._space.tree))
        self._lab.tabs = len(cell.items) if cell is not None else 0
        self.turned.emit()

    def _turned_to(self, item: object) -> None:
        if isinstance(item, World):
            self._lab.select(item)
            self.focus()
        elif isinstance(item, Comparison) and item.page.viewport is not None:
            item.page.viewport.setFocus()
        self.turned.emit()
