"""Help."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMessageBox

from app import paths
from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell
from app.viewports.surface import gl_renderer, uses_gl

__all__ = ["SPECS", "handlers"]

SPECS = (
    ActionSpec(
        "help.shortcuts", "Shortcuts", "Help", "F1", "keyboard", "All actions and their keys"
    ),
    ActionSpec("help.log", "Open log folder", "Help", "Ctrl+F1", "file", ""),
    ActionSpec(
        "help.diagnostics",
        "Copy diagnostics",
        "Help",
        "Shift+F1",
        "copy",
        "Versions, devices and renderer, for a report",
    ),
    ActionSpec("help.about", "About Primordia", "Help", "Alt+F1", "info", "", separator=True),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    help = _Help(shell)
    return {
        "help.shortcuts": help.shortcuts,
        "help.log": help.open_log,
        "help.diagnostics": help.copy_diagnostics,
        "help.about": help.about,
    }


class _Help:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def shortcuts(self, argument: str) -> None:
        from app.dialogs.help import ShortcutsDialog  # which lists the actions, these among them

        dialog = ShortcutsDialog(self._shell.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def open_log(self, argument: str) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(paths.log_folder())))

    def copy_diagnostics(self, argument: str) -> None:
        from app.dialogs.help import diagnostics

        world = self._shell.lab.world
        renderer = gl_renderer() if uses_gl() else f"QPainter ({gl_renderer() or 'no OpenGL'})"
        device = world.state.device if world is not None else ""
        QGuiApplication.clipboard().setText(diagnostics(renderer, device))
        self._shell.teller.say("Copied versions and devices", "accent")

    def about(self, argument: str) -> None:
        from app.dialogs.help import about_text

        QMessageBox.about(self._shell.window, "About Primordia", about_text())
