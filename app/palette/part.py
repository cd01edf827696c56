"""The palette as a part of the window."""

from __future__ import annotations

from collections.abc import Sequence

from app.palette.button import PaletteButton
from app.palette.entries import PROVIDERS, Entry, Provider
from app.palette.popup import PalettePopup
from app.shell import Shell
from engine.core.errors import UserError

__all__ = ["Palette", "install"]

ACTION = "palette.open"
REMEMBERED = 8
_PASSING = ("world", "bookmark")
"""Kinds of entries that are others in the next run, by what stands before the colon of the id."""


class Palette:
    """Gathers what can be done, shows it, and does what is chosen.

    Parts offer more by `add`.
    """

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._providers: list[Provider] = list(PROVIDERS)
        self._recent: list[str] = shell.settings.recent_deeds[:REMEMBERED]
        self.popup: PalettePopup | None = None
        self.button = PaletteButton(ACTION)
        self.button.clicked.connect(self._pressed)
        shell.topbar.add_widget(self.button)

    def add(self, provider: Provider) -> None:
        """Offer more entries from now on: `provider(shell)` lists them at each opening."""
        self._providers.append(provider)

    def open(self, typed: str = "") -> None:
        """Show the palette, with something typed already; of nothing, hide it if it is shown."""
        if self.popup is not None and self.popup.isVisible() and not typed:
            self.popup.close_popup()
            return
        if self.popup is None:
            self.popup = PalettePopup(self.entries, self.recent, self._shell.window)
            self.popup.chosen.connect(self._do)
        self.popup.open(typed)

    def entries(self) -> Sequence[Entry]:
        """List everything that can be found now."""
        return [entry for provider in self._providers for entry in provider(self._shell)]

    def recent(self) -> Sequence[str]:
        """List the ids of what was chosen last, in earlier runs as well, the very last first."""
        return self._recent

    def close(self) -> None:
        """Go with the window."""
        if self.popup is not None:
            self.popup.hide()

    def _pressed(self) -> None:
        self._shell.run(ACTION)

    def _do(self, entry: Entry) -> None:
        self._recent = [entry.id, *(id for id in self._recent if id != entry.id)][:REMEMBERED]
        self._shell.settings.recent_deeds = [
            id for id in self._recent if id.partition(":")[0] not in _PASSING
        ]
        try:
            entry.run()
        except UserError as error:
            self._shell.lab.problem.emit(error)


def install(shell: Shell) -> Palette:
    """Make the palette."""
    return Palette(shell)
