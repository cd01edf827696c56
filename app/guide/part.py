"""The guide as a part of the window: F1 opens the page about what has the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from app.guide.keys import PAGE, keys_page
from app.guide.pages import FIRST, Guide
from app.guide.panel import GuidePanel
from app.palette.entries import Entry
from app.shell import Shell
from engine.core import registry
from engine.core.errors import UserError

__all__ = ["PROPERTY", "GuidePart", "install"]

PROPERTY = "guide"
"""A widget's property: its place in the guide, "page.md#heading"; it holds for children, too."""

SIZE = (900, 640)


class GuidePart(QObject):
    """Opens the guide, in a panel that floats at first."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self.panel: GuidePanel | None = None
        self._placed = False
        self._shipped: Guide | None = None
        area = Qt.DockWidgetArea.RightDockWidgetArea
        self._dock = shell.docks.add("guide", "Guide", self._make, area)
        for widget, place in (
            (shell.gallery, "using.md#the-gallery"),
            (shell.controls.parameters, "using.md#parameters"),
            (shell.controls.inspector, "inspect.md"),
            (shell.bottom.metrics, "inspect.md#plots"),
            (shell.bottom.tape, "soups.md"),
            (shell.bottom.activity, "trouble.md#what-is-under-way"),
            (shell.bottom.log, "trouble.md#the-log"),
        ):
            widget.setProperty(PROPERTY, place)
        shell.parts["palette"].add(self._entries)

    def close(self) -> None:
        """Nothing runs."""

    def open(self, place: str = "") -> None:
        """Open a place, "page.md#heading"; without one that of what has the keyboard."""
        place = place or self.context(QApplication.focusWidget())
        if not self._placed and not self._dock.isVisible():
            self._dock.setFloating(True)
            self._dock.resize(*SIZE)
            self._dock.move(self._shell.window.geometry().center() - self._dock.rect().center())
        self._placed = True
        self._shell.docks.bring("guide")
        if self.panel is not None:
            page, _, heading = place.partition("#")
            self.panel.open(page, heading)

    def search(self, words: str) -> None:
        """Open the guide and look for words."""
        self.open(FIRST)
        if self.panel is not None:
            self.panel.search(words)

    def context(self, widget: QWidget | None) -> str:
        """Return the place about a widget: its own, or that of the family of the world."""
        while widget is not None:
            place = widget.property(PROPERTY)
            if place:
                return str(place)
            widget = widget.parentWidget()
        world = self._shell.lab.world
        if world is None:
            return FIRST
        try:
            family = registry.entry(world.slug).info.family
        except UserError:  # of a plugin that has gone since
            return FIRST
        return self.read().of_family(family) or FIRST

    def read(self) -> Guide:
        """Read the guide, with the keys as they are now."""
        from app.actions import ACTIONS
        from app.keymap import RESERVED

        keymap = self._shell.window.user_actions.keymap
        page = keys_page(ACTIONS, lambda spec: keymap.keys(spec.id), RESERVED)
        return Guide(instead={PAGE: page})

    def _make(self) -> QWidget:
        self.panel = GuidePanel(self.read)
        self.panel.setProperty(PROPERTY, FIRST)
        return self.panel

    def _entries(self, shell: Shell) -> Iterator[Entry]:
        """Offer the pages to the palette, which finds them by their headings, too."""
        self._shipped = self._shipped or Guide()  # it does not change while the program runs
        for page in self._shipped.pages:
            yield Entry(
                f"guide/{page.name}",
                page.title,
                "Guide",
                partial(self.open, page.name),
                words=" ".join(section.heading for section in page.sections[1:]),
                icon="book-open",
                weight=-1.0,
            )


def install(shell: Shell) -> GuidePart:
    """Make the part."""
    return GuidePart(shell)
