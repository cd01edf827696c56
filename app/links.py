"""Which worlds are linked, and the comparisons of linked ones; a part of the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.fronts import Front
from app.linking import Link
from app.pictures import Seeing
from app.shell import Shell
from app.viewports.compare import ComparePage
from app.world import World
from engine.core.errors import BadInput
from engine.core.views import Eye

__all__ = ["Comparison", "Links", "install"]


class Comparison(QObject):
    """A comparison of two worlds, as a thing in the workspace.

    Signals
    -------
    title_changed : str
    """

    title_changed = Signal(str)

    def __init__(self, link: Link, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pair = link.pair
        self.page = ComparePage(link)
        self.title = self._titled()
        for world in self.pair:
            world.title_changed.connect(self._retitle)

    def memento(self, worlds: Sequence[Any]) -> dict[str, Any] | None:
        """Return which worlds are compared and how they are looked at, as JSON."""
        if not all(world in worlds for world in self.pair):
            return None
        places = [list(worlds).index(world) for world in self.pair]
        return {"compare": places, "page": self.page.memento()}

    def leave(self) -> None:
        """Hear nothing more of the worlds."""
        self.page.leave()
        for world in self.pair:
            world.title_changed.disconnect(self._retitle)

    def _titled(self) -> str:
        return f"{self.pair[0].title} | {self.pair[1].title}"

    def _retitle(self) -> None:
        self.title = self._titled()
        self.title_changed.emit(self.title)


class Links(QObject):
    """The links between the worlds of a lab: each world is in one at most.

    Signals
    -------
    changed
        Two were linked, or are no longer.
    """

    changed = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._lab, self._space = shell.lab, shell.workspace
        self._teller = shell.teller
        self.links: list[Link] = []
        self.comparisons: list[Comparison] = []
        shell.workspace.remake = self._remake
        shell.pictures.compared = self._in_front
        shell.recordings.compared = self._both
        shell.lab.closed.connect(self._closed)

    # Linking.

    def link(self, first: World, second: World) -> Link:
        """Hold two worlds in lockstep.

        Raises
        ------
        BadInput
            If one of them learns, or is linked already.
        """
        for world in (first, second):
            if world.learning:
                raise BadInput(
                    f"{world.title} learns, and worlds that learn cannot stay in step",
                    remedy="Stop training first",
                )
            if world.link is not None:
                raise BadInput(f"{world.title} is linked already", remedy="Unlink it first")
        if first is second:
            raise BadInput("a world cannot be linked with itself", remedy="Duplicate it first")
        link = Link(first, second, self)
        link.said.connect(self._said)
        link.ended.connect(self._ended)
        self.links.append(link)
        self.changed.emit()
        return link

    def unlink(self, world: World) -> None:
        """Let a world and the one that it is linked with go their own ways."""
        if world.link is not None:
            world.link.end()

    def partners(self, world: World) -> list[World]:
        """Return the worlds that one could be linked with, those of its own system first."""
        free = [w for w in self._lab.worlds if w is not world and w.link is None]
        return sorted(free, key=lambda other: other.slug != world.slug)

    def _said(self, words: str) -> None:
        self._teller.say(words, "train")

    def _ended(self) -> None:
        link = self.sender()
        if isinstance(link, Link) and link in self.links:
            self.links.remove(link)
            link.deleteLater()
            self.changed.emit()

    # Comparing.

    def compare(self, first: World, second: World) -> Comparison:
        """Show the difference of two worlds beside them; they are linked if they are not yet.

        Raises
        ------
        BadInput
            If they cannot be linked.
        """
        for known in self.comparisons:
            if set(known.pair) == {first, second}:
                if known.page.link is None:
                    known.page.join(self.link(*known.pair))
                self._space.focus(known)
                return known
        made = self._make(first, second)
        target, edge = self._space.roomiest()
        self._space.add(made, made.page)
        self._space.split(made, edge, target)
        self._space.focus(made)
        return made

    def _make(self, first: World, second: World) -> Comparison:
        joined = first.link is not None and first.link is second.link
        link = first.link if joined and first.link is not None else self.link(first, second)
        made = Comparison(link, self)
        made.page.link_asked.connect(self._link_again)
        self.comparisons.append(made)
        return made

    def end(self, comparison: Comparison) -> None:
        """Close a comparison; its worlds stay linked."""
        if comparison in self.comparisons:
            self.comparisons.remove(comparison)
            comparison.leave()
            self._space.remove(comparison)
            comparison.page.deleteLater()
            comparison.deleteLater()

    def _link_again(self) -> None:
        page = self.sender()
        for comparison in self.comparisons:
            if comparison.page is page:
                try:
                    page.join(self.link(*comparison.pair))
                except BadInput as error:
                    self._lab.problem.emit(error)

    def _closed(self, world: World) -> None:
        for comparison in [c for c in self.comparisons if world in c.pair]:
            self.end(comparison)

    def _in_front(self) -> Front | None:
        """Return what the comparison in use shows."""
        made = self._space.focused
        viewport = made.page.viewport if isinstance(made, Comparison) else None
        view = made.page.shown if viewport is not None else None
        if viewport is None or view is None:
            return None
        return Front(made.pair[0], viewport.name, view, Eye(), viewport.size().toTuple(), made=True)

    def _both(self) -> tuple[list[Front], int]:
        """Return both worlds of the comparison in use, and which of them is meant; else nothing.

        Meant is the one that is shown; of both at once that which is selected.
        """
        made = self._space.focused
        viewport = made.page.viewport if isinstance(made, Comparison) else None
        if viewport is None:
            return [], 0
        eye = viewport.eye() if isinstance(viewport, Seeing) else Eye()
        ratio = viewport.devicePixelRatioF()
        size = round(viewport.width() * ratio), round(viewport.height() * ratio)
        page = made.page
        fronts = [
            Front(world, viewport.name, view, eye, size)
            for world, view in zip(page.pair, (page.seen.first, page.seen.second), strict=True)
            if view is not None
        ]
        if len(fronts) < 2:
            return [], 0
        second = page.mode == "second" or (page.mode != "first" and self._lab.world is page.pair[1])
        return fronts, int(second)

    # Sessions.

    def memento(self) -> dict[str, Any]:
        """Return who is linked with whom, worlds by their numbers."""
        worlds = self._lab.worlds
        pairs = [[worlds.index(world) for world in link.pair] for link in self.links]
        return {"pairs": pairs}

    def recall(self, memento: Mapping[str, Any], worlds: Sequence[World | None]) -> None:
        """Link those that were linked; what makes no sense is passed over."""
        pairs = memento.get("pairs")
        for pair in pairs if isinstance(pairs, list) else []:
            found = _two(pair, worlds)
            if found is not None and found[0].link is None and found[1].link is None:
                self._try_link(*found)

    def _try_link(self, first: World, second: World) -> bool:
        try:
            self.link(first, second)
        except BadInput:
            return False
        return True

    def _remake(self, value: Mapping[str, Any], worlds: Sequence[Any]) -> Comparison | None:
        """Make a comparison from its memento, for the workspace."""
        found = _two(value.get("compare"), worlds)
        if found is None:
            return None
        for known in self.comparisons:
            if set(known.pair) == set(found):
                return known
        first, second = found
        linked = first.link is not None and first.link is second.link
        if not linked and not self._try_link(first, second):
            return None
        made = self._make(first, second)
        page = value.get("page")
        if isinstance(page, Mapping):
            made.page.recall(page)
        self._space.take_page(made, made.page)
        return made

    def close(self) -> None:
        """End every link; for the end."""
        for comparison in list(self.comparisons):
            self.end(comparison)
        for link in list(self.links):
            link.end()


def _two(value: Any, worlds: Sequence[World | None]) -> tuple[World, World] | None:
    """Return the two worlds that a pair of numbers stands for."""
    if not (isinstance(value, list) and len(value) == 2):
        return None
    if not all(type(n) is int and 0 <= n < len(worlds) for n in value) or value[0] == value[1]:
        return None
    first, second = worlds[value[0]], worlds[value[1]]
    return None if first is None or second is None else (first, second)


def install(shell: Shell) -> Links:
    """Let worlds be linked and compared."""
    return Links(shell)
