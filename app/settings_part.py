"""Settings as a part of the window: the page, and what a change does at once."""

from __future__ import annotations

import logging
from dataclasses import fields
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox

from app.settings import Settings, fits, rows
from app.settings_page import SettingsPage
from app.shell import Shell
from engine.core.device import set_threads
from engine.core.errors import BadInput, UserError

__all__ = ["SettingsPart", "install"]

# Actions that are about settings, too, as far as this program has them.
LINKS = {"help.shortcuts": "Shortcuts...", "plugins.show": "Plugins..."}


class SettingsPart(QObject):
    """Applies settings while the program runs, and shows their page.

    Signals
    -------
    changed : str
        A setting, by its name, has another value; everything that can be applied at once is.
    """

    changed = Signal(str)

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self.page: SettingsPage | None = None

    def open(self, argument: str = "") -> None:
        """Show the page; a word is searched for on it."""
        if self.page is None:
            from app.deeds import ACTIONS  # which needs this module

            known = {spec.id for spec in ACTIONS}
            links = {id: words for id, words in LINKS.items() if id in known}
            page = SettingsPage(self._shell.settings, links, self._shell.window)
            page.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            page.chosen.connect(self._chosen)
            page.reset_asked.connect(self.ask_to_reset)
            page.deed_asked.connect(self._run)
            page.finished.connect(self._page_gone)
            self.page = page
        self.page.search.setText(argument)
        self.page.show()
        self.page.raise_()
        self.page.activateWindow()

    def set(self, name: str, value: Any) -> None:
        """Change one setting and apply it.

        Raises
        ------
        BadInput
            If there is no such setting, or it cannot have that value.
        """
        row = rows().get(name)
        if row is None:
            known = ", ".join(rows())
            raise BadInput(f"there is no setting {name!r}", remedy=f"Use one of: {known}")
        if not fits(row, value, getattr(Settings(), name)):
            allowed = ", ".join(str(choice) for choice, _ in row.choices)
            words = allowed or f"{row.low:g} to {row.high:g} {row.unit}".strip()
            raise BadInput(f"{row.title} cannot be {value!r}", remedy=f"Use {words}")
        if getattr(self._shell.settings, name) != value:
            setattr(self._shell.settings, name, value)
            self._apply(name)

    def write(self, argument: str) -> None:
        """Change a setting by words, as scripts do: NAME VALUE."""
        name, _, text = argument.strip().partition(" ")
        default = getattr(Settings(), name, "")
        value: Any = text.strip()
        try:
            if isinstance(default, int | float):
                value = type(default)(value)
        except ValueError:
            raise BadInput(f"{text!r} is no number", remedy=f"Write {name} {default}") from None
        self.set(name, value)

    def ask_to_reset(self, argument: str = "") -> None:
        """Ask, then give every setting on the page its default."""
        box = QMessageBox(self.page or self._shell.window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("Settings")
        box.setText("Give every setting its default?")
        box.setInformativeText(
            "Shortcuts, named layouts, favourites and the lists of what was used last go, too. "
            "Your sessions, presets and plugins stay."
        )
        reset = box.addButton("Reset", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        reset.clicked.connect(self.reset)
        box.open()

    def reset(self) -> None:
        """Give every setting its default, and arrange the window as at the first start."""
        settings, fresh = self._shell.settings, Settings()
        before = {entry.name: getattr(settings, entry.name) for entry in fields(Settings)}
        for name in before:
            if name not in ("hint_done", "tour_done", "unfinished"):
                setattr(settings, name, getattr(fresh, name))
        self._shell.docks.reset()
        for name, value in before.items():
            if getattr(settings, name) != value:
                self._apply(name)
        self._shell.teller.say("All settings have their defaults again", "accent")

    def close(self) -> None:
        """Go with the window."""
        if self.page is not None:
            self.page.close()

    def _chosen(self, name: str, value: Any) -> None:
        try:
            self.set(name, value)
        except UserError as error:
            self._shell.teller.tell(error)
            self._refresh()

    def _apply(self, name: str) -> None:
        """Let a change count, as far as it can at once."""
        settings, shell = self._shell.settings, self._shell
        if name == "theme":
            shell.window.set_theme(settings.theme)
        elif name == "device":
            shell.lab.device = settings.device
        elif name == "threads":
            set_threads(settings.threads)
        elif name == "log_level":
            logging.getLogger().setLevel(settings.log_level.upper())
        elif name == "plugin_folder":
            self._run("plugins.reload")
        shell.save_settings()
        self._refresh()
        self.changed.emit(name)

    def _refresh(self) -> None:
        if self.page is not None:
            self.page.refresh()

    def _run(self, id: str) -> None:
        try:
            self._shell.run(id)
        except UserError as error:
            self._shell.teller.tell(error)

    def _page_gone(self) -> None:
        self.page = None


def install(shell: Shell) -> SettingsPart:
    """Make the part of a window."""
    return SettingsPart(shell)
