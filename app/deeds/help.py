"""Help."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, metadata

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox

from app.about import about_text
from app.deeds.spec import ActionSpec, Handler
from app.lab import Lab
from app.shell import Shell

__all__ = ["SPECS", "handlers", "project_page"]


@cache
def project_page() -> str:
    """Return the address of the project's page, as the package names it; "" if it names none."""
    try:
        lines = metadata("primordia").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    named: dict[str, str] = dict(line.split(", ", 1) for line in lines if ", " in line)
    for word in ("Releases", "Homepage", "Repository", "Source"):
        if named.get(word, "").startswith("https://"):
            return named[word]
    return ""


def _has_page(lab: Lab) -> str:
    return "" if project_page() else "This build names no page of the project"


SPECS = (
    ActionSpec(
        "help.guide",
        "Guide",
        "Help",
        "F1",
        "book-open",
        "What things are and what to try, about what has the keyboard now",
    ),
    ActionSpec(
        "help.search",
        "Search the guide...",
        "Help",
        "",
        "search",
        "Find words in all pages",
    ),
    ActionSpec(
        "help.shortcuts",
        "Shortcuts",
        "Help",
        "Ctrl+/",
        "keyboard",
        "All actions and their keys",
    ),
    ActionSpec(
        "help.show-log",
        "Show log",
        "Help",
        "Ctrl+Shift+F1",
        "list",
        "What the program did, with a search",
        separator=True,
    ),
    ActionSpec("help.log", "Open log folder", "Help", "Ctrl+F1", "file", "Where the log file is"),
    ActionSpec(
        "help.diagnostics",
        "Copy diagnostics",
        "Help",
        "Shift+F1",
        "copy",
        "Versions, devices and the newest lines of the log, without your folders",
    ),
    ActionSpec(
        "help.updates",
        "Look for a newer version",
        "Help",
        "",
        "external-link",
        "Open the project's page in the browser; Primordia itself never asks the network",
        _has_page,
        separator=True,
    ),
    ActionSpec("help.about", "About Primordia", "Help", "Alt+F1", "info", ""),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    help = _Help(shell)
    return {
        "help.guide": help.guide,
        "help.search": help.search,
        "help.shortcuts": help.shortcuts,
        "help.show-log": help.show_log,
        "help.log": help.open_log,
        "help.diagnostics": help.copy_diagnostics,
        "help.updates": help.look_for_updates,
        "help.about": help.about,
    }


class _Help:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def guide(self, argument: str) -> None:
        self._shell.parts["guide"].open(argument)

    def search(self, argument: str) -> None:
        self._shell.parts["guide"].search(argument)

    def shortcuts(self, argument: str) -> None:
        from app.dialogs.shortcuts import ShortcutsDialog  # which lists the actions

        dialog = ShortcutsDialog(self._shell)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def show_log(self, argument: str) -> None:
        self._shell.parts["reports"].show_log()

    def open_log(self, argument: str) -> None:
        self._shell.parts["reports"].open_log_folder()

    def copy_diagnostics(self, argument: str) -> None:
        self._shell.parts["reports"].copy_facts()

    def look_for_updates(self, argument: str) -> None:
        page = project_page()
        if not QDesktopServices.openUrl(QUrl(page)):
            self._shell.teller.say(f"No browser answers; the page is {page}", "train")

    def about(self, argument: str) -> None:
        box = QMessageBox(self._shell.window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("About Primordia")
        box.setText(about_text())
        licences = box.addButton("Licences", QMessageBox.ButtonRole.ActionRole)
        licences.clicked.connect(self.licences)
        box.addButton(QMessageBox.StandardButton.Close)
        box.open()

    def licences(self) -> None:
        """Show who uses which licence."""
        self.guide("licences.md")
