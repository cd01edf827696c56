"""A part of the window: what the buttons of messages do, and what worlds in the making tell."""

from __future__ import annotations

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from app import paths
from app.crash import Crash
from app.diagnostics import diagnostics, report
from app.dialogs.details import DetailsDialog
from app.notices import Notice
from app.shell import Shell
from app.viewports.surface import gl_renderer, uses_gl
from app.world import World
from engine.core.activity import Activity
from engine.core.commands import RunnerState

__all__ = ["Reports", "install"]


class Reports(QObject):
    """Shows details, copies reports, opens the log, and lists worlds that are being built."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self._building: dict[World, Activity] = {}
        toasts = shell.window.toasts
        toasts.details_asked.connect(self.show_details)
        toasts.report_asked.connect(self.copy_report)
        toasts.log_asked.connect(self.show_log)
        shell.bottom.log.folder_asked.connect(self.open_log_folder)
        shell.lab.opened.connect(self._opened)
        shell.lab.closed.connect(self._closed)
        shell.jobs.under_way.cancelled.connect(self._cancelled)

    def close(self) -> None:
        """End what was being built, for the list."""
        for activity in self._building.values():
            activity.finish()
        self._building.clear()

    def facts(self) -> str:
        """Return versions, devices and the newest lines of the log."""
        world = self._shell.lab.world
        renderer = gl_renderer() if uses_gl() else f"QPainter ({gl_renderer() or 'no OpenGL'})"
        device = world.state.device if world is not None else ""
        lines = self._shell.bottom.log.lines.newest(50)
        return diagnostics(renderer, device, lines)

    def copy_facts(self) -> None:
        """Copy them."""
        QGuiApplication.clipboard().setText(self.facts())
        self._shell.teller.say("Copied versions, devices and the newest lines of the log", "accent")

    def show_details(self, text: str, details: str) -> None:
        """Show all that is known of a message."""
        dialog = DetailsDialog(text, details, self._shell.window)
        dialog.report_asked.connect(self.copy_report)
        dialog.log_asked.connect(self.show_log)
        dialog.show()

    def copy_report(self, text: str, details: str) -> None:
        """Copy a message with its details and what a report needs."""
        QGuiApplication.clipboard().setText(report(text, details, self.facts()))
        self._shell.status.say("Copied a report")

    def show_log(self) -> None:
        """Bring the log into sight."""
        self._shell.bottom.show_log()

    def open_log_folder(self) -> None:
        """Show the log file in the system's file manager."""
        folder = paths.log_folder()
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._shell.teller.say(f"No file manager answers; the log is in {folder}", "train")

    def crashed_before(self, crash: Crash) -> None:
        """Tell of a process of ours that crashed."""
        words = "Primordia crashed the last time it ran. What it did then was written down."
        self._shell.teller.notify.say(Notice(words, "error", crash.details, key="crash"))

    # Worlds that are being built.

    def _opened(self, world: World) -> None:
        activity = Activity(f"Building {world.title}")
        self._building[world] = activity
        world.state_changed.connect(self._moved)
        world.failed.connect(self._failed)
        self._shell.jobs.under_way.add(activity)

    def _moved(self, state: RunnerState) -> None:
        world = self.sender()
        if isinstance(world, World) and state.alive:
            self._done(world)

    def _failed(self, failure: object) -> None:
        world = self.sender()
        if isinstance(world, World):
            self._done(world)

    def _closed(self, world: World) -> None:
        self._done(world)

    def _done(self, world: World) -> None:
        activity = self._building.pop(world, None)
        if activity is not None:
            activity.finish()

    def _cancelled(self, activity: Activity) -> None:
        """Close a world whose building is to stop: nothing of it is there yet."""
        for world, built in list(self._building.items()):
            if built is activity and world in self._shell.lab.worlds:
                self._shell.lab.close(world)


def install(shell: Shell) -> Reports:
    """Make the part."""
    return Reports(shell)
