"""The middle of the window: pages in cells that can be split, dragged, closed and remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedLayout, QVBoxLayout, QWidget

from app.workspace import tree as t
from app.workspace.cell import CellView
from app.workspace.edges import DropZones
from app.workspace.entering import Entering

__all__ = ["Workspace"]

_FINE = 10_000  # sizes of a splitter that stand for shares

Numbers = Callable[[], Sequence[Any]]


class Workspace(QWidget):
    """Shows pages, each for one thing (a world, a comparison), as tabs in cells beside each other.

    Parameters
    ----------
    empty : QWidget
        What is shown without any page.
    numbers : callable
        Gives the worlds in the order by which mementos number them.

    Signals
    -------
    turned_to : object
        The user turned to another thing: clicked into its cell, or chose its tab.
    close_asked : object
        The user wants to close a thing.
    menu_asked : object, QPoint
        The right button was pressed on a thing's tab.
    arranged
        Other pages may be in sight than before.

    Attributes
    ----------
    focused : object or None
        The thing in front of the cell that keys and panels act on.
    remake : callable or None
        Makes what is no world from its part of a memento; see `Comparison.memento`.
    """

    turned_to = Signal(object)
    close_asked = Signal(object)
    menu_asked = Signal(object, QPoint)
    arranged = Signal()

    def __init__(self, empty: QWidget, numbers: Numbers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.focused: Any = None
        self.remake: Callable[[Mapping[str, Any], Sequence[Any]], Any] | None = None
        self._numbers = numbers
        self._pages: dict[Any, QWidget] = {}
        self._tree: t.Tree = None
        self._views: list[CellView] = []
        self._splitters: dict[t.Path, QSplitter] = {}
        self._shape: Any = None
        self._entering = Entering(self)
        self._entering.entered.connect(self._entered)
        self._host = QWidget()
        self._room = QVBoxLayout(self._host)
        self._room.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(empty)
        self._stack.addWidget(self._host)
        self._zones = DropZones(self, self._rooms)
        self._zones.let_go.connect(self._let_go)

    # What is where.

    @property
    def tree(self) -> t.Tree:
        """How the cells lie, with the sizes that they have now."""
        if self.isVisible():
            sizes = {path: splitter.sizes() for path, splitter in self._splitters.items()}
            self._tree = t.reshare(self._tree, {p: s for p, s in sizes.items() if sum(s) > 0})
        return self._tree

    def items(self) -> tuple[Any, ...]:
        """Return all things, cell by cell."""
        return t.items(self._tree)

    def seen(self) -> tuple[Any, ...]:
        """Return the things in front of their cells."""
        return tuple(cell.front for cell in t.cells(self._tree))

    def beside(self, item: Any) -> Any:
        """Return what should be turned to when a thing goes: its neighbour; None if it is alone."""
        kept = t.take(self._tree, item)
        home = t.cell_of(self._tree, item)
        before = set(home.items if home is not None else ())
        near = [cell.front for cell in t.cells(kept) if before & set(cell.items)]
        return near[0] if near else next((cell.front for cell in t.cells(kept)), None)

    def roomiest(self) -> tuple[Any, t.Edge]:
        """Return what is in front of the largest cell, and the edge at which it is split best."""
        rooms = [(view.width() * view.height(), view) for view in self._views if view.cell]
        if not rooms:
            return None, "right"
        view = max(rooms, key=lambda room: room[0])[1]
        assert view.cell is not None
        return view.cell.front, "right" if view.width() >= view.height() else "bottom"

    def page(self, item: Any) -> QWidget | None:
        """Return the page of a thing."""
        return self._pages.get(item)

    # What the program does.

    def add(self, item: Any, page: QWidget, after: Any = None) -> None:
        """Take a page as a tab of the focused cell, behind what is in front there.

        It becomes the last one there, or the one after another thing.
        """
        front = self.seen()
        self._pages[item] = page
        home = t.cell_of(self._tree, self.focused)
        place = home.items.index(after) + 1 if home is not None and after in home.items else None
        tree = t.put(self._tree, item, beside=self.focused, place=place)
        for other in front:
            tree = t.bring(tree, other)
        self._show(tree)

    def remove(self, item: Any) -> None:
        """Give a page back, hidden."""
        if item is self.focused:
            self.focused = self.beside(item)
        tree = t.take(self.tree, item)
        page = self._pages.pop(item)
        page.hide()
        self._show(tree)
        page.setParent(None)

    def focus(self, item: Any) -> None:
        """Bring a thing to the front of its cell, which keys and panels act on from now."""
        if item not in self._pages:
            return
        self.focused = item
        self._show(t.bring(self.tree, item))

    def turn_to(self, item: Any) -> None:
        """Focus a thing as the user does, with the keyboard in it."""
        if item in self._pages:
            self.focus(item)
            self.turned_to.emit(item)

    def split(self, item: Any, edge: t.Edge, target: Any = None) -> None:
        """Give a thing a cell of its own at an edge of its cell, or of another thing's."""
        if item in self._pages:
            tree = t.split(self.tree, item, item if target is None else target, edge)
            self._show(t.bring(tree, item))

    def put(self, item: Any, target: Any, place: int | None = None) -> None:
        """Move a thing into the cell of another one, as a tab."""
        if item in self._pages:
            self._show(t.put(self.tree, item, target, place))

    def join(self, item: Any) -> None:
        """Close the cell of a thing: all that is in it moves into the cell before it."""
        cells = t.cells(self._tree)
        home = t.cell_of(self._tree, item)
        if home is None or len(cells) < 2:
            return
        place = cells.index(home)
        target = cells[place - 1 if place else 1].front
        tree = self.tree
        for moved in home.items:
            tree = t.put(tree, moved, target)
        self._show(t.bring(tree, item))

    def neighbour(self, item: Any, step: int) -> Any:
        """Return what is in front of the next cell (the one before for -1); itself if alone."""
        cells = t.cells(self._tree)
        home = t.cell_of(self._tree, item)
        if home is None:
            return cells[0].front if cells else None
        return cells[(cells.index(home) + step) % len(cells)].front

    def drag(self, item: Any) -> None:
        """Let the user carry a thing to another place, until the button is released."""
        if item in self._pages:
            self._zones.drag(item)

    # Remembering.

    def memento(self) -> dict[str, Any]:
        """Return how the cells lie, for a session: JSON in which worlds are numbers."""
        written: dict[str, Any] = {"tree": t.to_json(self.tree, self._code)}
        focused = self._code(self.focused)
        return written if focused is None else written | {"focused": focused}

    def recall(self, memento: Mapping[str, Any], worlds: Sequence[Any]) -> None:
        """Lay the cells as a memento says; what makes no sense is ignored.

        What the memento does not know keeps its page, in the first cell.
        """
        made: dict[str, Any] = {}

        def known(value: Any) -> Any:
            if isinstance(value, Mapping) and self.remake is not None:
                key = repr(sorted(value.items(), key=repr))
                if key not in made:
                    made[key] = self.remake(value, worlds)
                return made[key]
            whole = isinstance(value, int) and not isinstance(value, bool)
            item = worlds[value] if whole and 0 <= value < len(worlds) else None
            return item if item in self._pages else None

        tree = t.from_json(memento.get("tree"), known)
        for item in self._pages:
            if t.cell_of(tree, item) is None:
                front = t.cells(tree)[0].front if tree is not None else item
                tree = t.bring(t.put(tree, item, front), front)
        focused = known(memento.get("focused"))
        if focused is not None:
            self.focused = focused
            tree = t.bring(tree, focused)
        self._show(tree)
        if focused is not None:
            self.turned_to.emit(focused)

    def take_page(self, item: Any, page: QWidget) -> None:
        """Take the page of a thing that `remake` makes; it has no place yet."""
        self._pages[item] = page

    def _code(self, item: Any) -> Any:
        worlds = self._numbers()
        if item in worlds:
            return list(worlds).index(item)
        write = getattr(item, "memento", None)
        return write(list(worlds)) if callable(write) else None

    # Laying out.

    def _show(self, tree: t.Tree) -> None:
        """Make the widgets follow the tree."""
        self._tree = tree
        cells = t.cells(tree)
        if self.focused not in self._pages:
            self.focused = None
        views = self._assign(cells)
        for view, cell in zip(views, cells, strict=True):
            view.release(cell.items)
        for view in self._views:
            if view not in views:
                view.release(())
        for view, cell in zip(views, cells, strict=True):
            view.show_cell(cell, self._pages, alone=len(cells) == 1)
            view.set_focused(self.focused in cell.items)
        shape = t.shape(tree), tuple(map(id, views))
        if shape != self._shape:
            self._shape = shape
            self._lay_out(tree, views)
        gone = [view for view in self._views if view not in views]
        self._views = views
        for view in gone:
            view.hide()
            view.deleteLater()
        self._stack.setCurrentIndex(0 if tree is None else 1)
        self._entering.watch(len(cells) > 1)
        self.arranged.emit()

    def _assign(self, cells: tuple[t.Cell, ...]) -> list[CellView]:
        """Choose a view for each cell: the one that shows it already, where there is one."""
        free = list(self._views)
        chosen: dict[int, CellView] = {}
        for exact in (True, False):
            for place, cell in enumerate(cells):
                fitting = (
                    view
                    for view in free
                    if view.cell is not None
                    and (
                        cell.front in view.cell.items
                        if exact
                        else set(cell.items) & set(view.cell.items)
                    )
                )
                found = None if place in chosen else next(fitting, None)
                if found is not None:
                    chosen[place] = found
                    free.remove(found)
        return [chosen.get(place) or self._new_view() for place in range(len(cells))]

    def _new_view(self) -> CellView:
        view = CellView()
        view.chosen.connect(self._turn_to)
        view.close_asked.connect(self.close_asked)
        view.torn.connect(self.drag)
        view.menu_asked.connect(self.menu_asked)
        view.join_asked.connect(self._join)
        view.sorted.connect(self._sorted)
        return view

    def _lay_out(self, tree: t.Tree, views: list[CellView]) -> None:
        """Build splitters anew; the cells move into them."""
        former = list(self._splitters.values())
        self._splitters = {}
        waiting = iter(views)
        root = self._built(tree, (), waiting) if tree is not None else None
        if root is not None:
            self._room.addWidget(root)
            root.show()
        for splitter in former:
            splitter.hide()
            splitter.setParent(None)
            splitter.deleteLater()

    def _built(self, node: t.Cell | t.Split, path: t.Path, views: Any) -> QWidget:
        if isinstance(node, t.Cell):
            view: CellView = next(views)
            return view
        way = Qt.Orientation.Horizontal if node.across else Qt.Orientation.Vertical
        splitter = QSplitter(way)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(3)
        for place, child in enumerate(node.children):
            splitter.addWidget(self._built(child, (*path, place), views))
            splitter.setStretchFactor(place, 1)
        splitter.setSizes([round(_FINE * share) for share in node.shares])
        self._splitters[path] = splitter
        return splitter

    def _rooms(self) -> list[tuple[Any, QRect]]:
        rooms = []
        for view in self._views:
            # One alone in its cell has nothing to be moved away from there.
            if view.cell is not None and view.cell.items != (self._zones.item,):
                corner = view.mapTo(self, QPoint(0, 0))
                rooms.append((view.cell.front, QRect(corner, view.size())))
        return rooms

    # What the user does.

    def _turn_to(self, item: Any) -> None:
        if item in self._pages and item is not self.focused:
            self.focus(item)
            self.turned_to.emit(item)

    def _join(self, item: Any) -> None:
        self.join(item)
        self.turned_to.emit(self.focused)

    def _sorted(self) -> None:
        view = self.sender()
        if isinstance(view, CellView) and view.cell is not None:
            tree = self.tree
            for item in view.tabs.items:
                tree = t.put(tree, item, view.cell.front)
            self._show(t.bring(tree, view.cell.front))

    def _let_go(self, item: Any, target: Any, zone: str) -> None:
        if item not in self._pages or target not in self._pages:
            return
        if zone == "middle":
            self.put(item, target)
        else:
            self.split(item, zone, target)  # type: ignore[arg-type]
        self.focus(item)
        self.turned_to.emit(item)

    def showEvent(self, event: QShowEvent) -> None:
        """Listen to the window, which may have come only now."""
        super().showEvent(event)
        self._entering.find_window()

    def stop(self) -> None:
        """Follow nothing any more; for the end."""
        self._entering.watch(False)

    def _entered(self, widget: QWidget) -> None:
        for view in self._views:
            if view.cell is not None and (widget is view or view.isAncestorOf(widget)):
                # The tabs say themselves which one is chosen.
                if widget is not view.tabs and not view.tabs.isAncestorOf(widget):
                    self._turn_to(view.cell.front)
                return
