"""Two worlds at once: linking them, and looking at their difference."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog

from app.deeds.conditions import alive
from app.deeds.spec import ActionSpec, Handler
from app.lab import Lab
from app.links import Links
from app.shell import Shell
from app.world import World
from engine.core.errors import BadInput

__all__ = ["SPECS", "handlers"]

Pairing = Callable[[World, World], object]


def _free(lab: Lab) -> str:
    """Need a world that can be linked with another one."""
    world = lab.world
    if world is None or not world.state.alive:
        return alive(lab)
    if world.link is not None:
        return f"It is linked with {world.link.other(world).title}: unlink it first"
    if world.learning:
        return "Worlds that learn cannot stay in step: stop training first"
    if not any(other is not world and other.link is None for other in lab.worlds):
        return "Open a second world first, or compare with a copy"
    return ""


def _comparable(lab: Lab) -> str:
    """Need a world that is linked, or can be."""
    linked = lab.world is not None and lab.world.link is not None
    return "" if linked else _free(lab)


def _copied(lab: Lab) -> str:
    """Need a world that can be linked with its own copy."""
    reason = _free(lab)
    return "" if reason.startswith("Open a second") else reason


def _linked(lab: Lab) -> str:
    if lab.world is None or lab.world.link is None:
        return "This world is not linked"
    return ""


SPECS = (
    ActionSpec(
        "link.link",
        "Link with...",
        "World",
        "Ctrl+Alt+L",
        "link",
        "Hold two worlds in step: same time, seed, strokes and parameters",
        _free,
        separator=True,
    ),
    ActionSpec(
        "link.unlink",
        "Unlink",
        "World",
        "Ctrl+Alt+U",
        "",
        "Let the linked worlds go their own ways",
        _linked,
    ),
    ActionSpec(
        "link.compare",
        "Compare with...",
        "World",
        "Ctrl+Alt+D",
        "git-compare",
        "Link two worlds and show their difference",
        _comparable,
    ),
    ActionSpec(
        "link.compare-copy",
        "Compare with a copy",
        "World",
        "Ctrl+Alt+C",
        "",
        "Duplicate this world, link the two and show their difference",
        _copied,
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    link = _Linking(shell)
    return {
        "link.link": link.link,
        "link.unlink": link.unlink,
        "link.compare": link.compare,
        "link.compare-copy": link.compare_copy,
    }


class _Linking:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    @property
    def _links(self) -> Links:
        links: Links = self._shell.parts["links"]
        return links

    def link(self, argument: str) -> None:
        self._with_partner("Link with", argument, self._links.link)

    def compare(self, argument: str) -> None:
        world = self._shell.lab.world
        if world is not None and world.link is not None:
            self._links.compare(*world.link.pair)
        else:
            self._with_partner("Compare with", argument, self._links.compare)

    def compare_copy(self, argument: str) -> None:
        world = self._shell.lab.world
        if world is not None:
            self._shell.parts["copies"].duplicate(world, then=self._links.compare)

    def unlink(self, argument: str) -> None:
        if self._shell.lab.world is not None:
            self._links.unlink(self._shell.lab.world)

    def _with_partner(self, title: str, argument: str, pair: Pairing) -> None:
        """Pair the world in front with the one that is named, the only one, or a chosen one."""
        world = self._shell.lab.world
        if world is None:
            return
        others = self._links.partners(world)
        if argument:
            found = [other for other in others if other.title == argument]
            if not found:
                known = ", ".join(other.title for other in others) or "none"
                raise BadInput(
                    f"there is no free world {argument!r} beside this", remedy=f"Open: {known}"
                )
            pair(world, found[0])
        elif len(others) == 1:
            pair(world, others[0])
        elif others:
            self._ask(title, world, others, pair)

    def _ask(self, title: str, world: World, others: list[World], pair: Pairing) -> None:
        # Titles may be equal: numbers keep them apart.
        names = [f"{place}  {other.title}" for place, other in enumerate(others, 1)]
        dialog = QInputDialog(self._shell.window)
        dialog.setWindowTitle(title)
        dialog.setLabelText(f"{title} which world?")
        dialog.setComboBoxItems(names)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.textValueSelected.connect(partial(self._chosen, world, others, names, pair))
        dialog.open()

    def _chosen(
        self, world: World, others: list[World], names: list[str], pair: Pairing, name: str
    ) -> None:
        other = others[names.index(name)]
        if world in self._shell.lab.worlds and other in self._shell.lab.worlds:
            try:
                pair(world, other)
            except BadInput as error:
                self._shell.lab.problem.emit(error)
