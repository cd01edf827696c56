"""Plugins in the window: asking for consent, loading in a job, reloading, telling what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

import resources
from app import paths
from app.plugins.dialog import PluginsDialog
from app.plugins.folder import use_folder
from app.plugins.source import SourceDialog
from app.shell import Shell
from app.world import World
from engine.core import registry
from engine.core.activity import Activity
from engine.core.blame import PluginError
from engine.core.commands import Command, Rebuild, Reply
from engine.core.errors import BadInput, UserError
from engine.core.files import read_regular, write_atomically
from engine.core.plugin_folder import NotAllowed, Plugins
from engine.core.plugins import PluginFile

__all__ = ["PluginsPart", "install"]

SOURCE = "plugin"
EXAMPLE = "forest_fire.py"
QUESTION = (
    "This file is code. Once allowed it can do anything that you can do on this computer: read and "
    "write files, use the network. Allow it only if you wrote it or trust who did. If the file is "
    "changed later, you are asked again."
)

_Then = Callable[[], object] | None


def install(shell: Shell) -> PluginsPart:
    """Take the user's folder in."""
    return PluginsPart(shell)


class PluginsPart(QObject):
    """What the window does about plugins.

    Attributes
    ----------
    plugins : Plugins
        The folder in use.
    """

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self._former = registry.plugins()
        self.plugins: Plugins = use_folder(shell.settings.plugin_folder)
        self._dialog: PluginsDialog | None = None
        # Who waits for a file that is being run: what to do then, and otherwise.
        self._waiting: dict[str, list[tuple[_Then, _Then]]] = {}
        self._old: list[World] = []  # worlds whose class was loaded anew since they were made
        shell.lab.sources[SOURCE] = self.open
        shell.teller.ways_on[NotAllowed] = self._look_first
        shell.lab.opened.connect(self._follow)
        shell.lab.closed.connect(self._forget)
        shell.window.first_frame.connect(self.load_allowed)
        if self.plugins.files:
            shell.gallery.refresh()

    def close(self) -> None:
        """Give the registry back as it was."""
        self._shell.lab.sources.pop(SOURCE, None)
        self._shell.teller.ways_on.pop(NotAllowed, None)
        registry.use(self._former)

    # Consent and loading.

    def open(self, slug: str, replace: bool) -> None:
        """Open a system of the folder, asking first where it was not allowed.

        What is broken is named by its file instead, and shown where it is wrong.
        """
        found = self.plugins.find(slug)
        try:
            file = found[0] if found is not None else self.plugins.named(slug)
        except BadInput:
            self._shell.teller.tell(BadInput(f"there is no system {slug!r} in the folder any more"))
            return
        self.ensure(file, partial(self._open_loaded, slug, replace))

    def _look_first(self, error: NotAllowed) -> tuple[str, Callable[[], object]] | None:
        """Offer the question where something was opened that needs a file not allowed yet."""
        for file in self.plugins.files:
            if file.path == error.path:
                return "Look...", partial(self.ask, file)
        return None

    def _open_loaded(self, slug: str, replace: bool) -> None:
        self._shell.lab.open_preset(slug, replace=replace)

    def ensure(self, file: PluginFile, then: Callable[[], object] | None = None) -> None:
        """Load a file, after consent where that is missing, and then go on."""
        state = self.plugins.state(file)
        if state in ("new", "changed"):
            self.ask(file, then)
        elif state == "broken":
            self.look(file)
            self._tell_broken(file)
        else:
            self._load(file, then)

    def ask(
        self, file: PluginFile, then: Callable[[], object] | None = None
    ) -> SourceDialog | None:
        """Show a file and ask whether it may run."""
        if file.problem is not None:
            self._tell_broken(file)
            return None
        known = self.plugins.state(file) == "changed"
        lead = f"{file.name} was changed since you allowed it. " if known else ""
        dialog = SourceDialog(file, lead + QUESTION, parent=self._shell.window)
        dialog.accepted.connect(partial(self.allow, file, then or partial(self._offer, file)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def _offer(self, file: PluginFile) -> None:
        """Say that what was allowed can be opened, where nobody asked for a world of it."""
        open_first = partial(self._shell.gallery.opened.emit, file.systems[0].info.slug, "", True)
        titles = ", ".join(glimpse.info.title for glimpse in file.systems)
        self._shell.teller.say(
            f"{titles}: in the gallery now", "accent", action=("Open", open_first)
        )

    def allow(self, file: PluginFile, then: Callable[[], object] | None = None) -> None:
        """Let a file run, as it was shown, and load it."""
        try:
            self.plugins.allow(file)
        except UserError as error:
            self._shell.teller.tell(error)
            return
        self._refresh()
        self._load(file, then)

    def withdraw(self, file: PluginFile) -> None:
        """Let a file run no more."""
        try:
            self.plugins.withdraw(file)
        except UserError as error:
            self._shell.teller.tell(error)
        self._refresh()

    def load_allowed(self) -> None:
        """Run what is allowed and did not run yet, in a job, so that its presets are seen."""
        for file in self.plugins.files:
            if self.plugins.state(file) == "allowed":
                self._load(file)

    def bring(self, slug: str, done: Callable[[bool], object]) -> None:
        """Run the file of a system that is allowed, and say whether worlds of it can be made.

        What is wrong with it is told in any case.
        """
        found = self.plugins.find(slug)
        if found is None or not self.plugins.allows(found[0]):
            done(False)
        else:
            self._load(found[0], partial(done, True), partial(done, False))

    def _load(
        self,
        file: PluginFile,
        then: Callable[[], object] | None = None,
        otherwise: Callable[[], object] | None = None,
    ) -> None:
        """Run a file in a job, once for all who want it; then go on, or otherwise do the other."""
        waiting = self._waiting.get(file.sha256)
        if waiting is not None:
            waiting.append((then, otherwise))
            return
        self._waiting[file.sha256] = [(then, otherwise)]
        plugins = self.plugins

        def work(activity: Activity) -> bool:
            try:
                for glimpse in file.systems:
                    plugins.system_class(glimpse.info.slug)
            except UserError:
                return False
            return True

        def done(usable: bool) -> None:
            self._refresh()
            if not usable:
                self._tell_broken(file)
            self._offer_rebuild()
            for then, otherwise in self._waiting.pop(file.sha256, []):
                do = then if usable else otherwise
                if do is not None:
                    do()

        def failed(error: Exception) -> None:
            self._shell.teller.tell(error)
            for _, otherwise in self._waiting.pop(file.sha256, []):
                if otherwise is not None:
                    otherwise()

        # A file that never ends holds up nothing else; its row says what is being waited for.
        jobs = self._shell.jobs
        jobs.start(work, done, failed, title=f"Loading {file.name}", apart=True)

    # Reloading.

    def reload(self) -> None:
        """Look for new and changed files, and load what may run."""
        folder = paths.plugin_folder(self._shell.settings.plugin_folder)
        if folder != self.plugins.folder:
            self.plugins = use_folder(self._shell.settings.plugin_folder)
        changed = registry.reload()
        lab = self._shell.lab
        self._old += [w for w in lab.worlds if w.slug in changed and w not in self._old]
        self._refresh()
        for file in self.plugins.files:
            state = self.plugins.state(file)
            if state == "broken":
                self._tell_broken(file)
            elif state == "changed":
                words = f"{file.name} was changed: it has to be allowed again"
                self._shell.teller.say(words, "train", action=("Look...", partial(self.ask, file)))
        waiting = [f for f in self.plugins.files if self.plugins.state(f) == "allowed"]
        for file in waiting:
            self._load(file)
        if not waiting:
            many = len(self.plugins.files)
            plugins = f"{many} plugin{'' if many == 1 else 's'}" if many else "No plugin yet"
            self._shell.status.say(f"{plugins} in {self.plugins.folder}")

    def _offer_rebuild(self) -> None:
        """Offer to make worlds anew that go on with a class that was replaced."""
        ready = [world for world in self._old if world.slug in self.plugins.slugs()]
        if ready:
            worlds = "world" if len(ready) == 1 else "worlds"
            self._shell.teller.say(
                f"{len(ready)} {worlds} of what was loaded anew still live by the old code",
                "info",
                action=(f"Rebuild {len(ready)} {worlds}", self.rebuild),
            )

    def rebuild(self) -> None:
        """Make worlds of replaced classes anew, with their parameters, seeds and weights."""
        for world in list(self._old):
            if world.slug in self.plugins.slugs():
                world.rebuild(world.state.spec.with_(seed=world.state.seed), keep_model=True)

    def _follow(self, world: World) -> None:
        world.answered.connect(self._answered)

    def _answered(self, command: Command, reply: Reply) -> None:
        world = self.sender()
        if isinstance(command, Rebuild) and reply.ok and world in self._old:
            self._old.remove(world)

    def _forget(self, world: World) -> None:
        if world in self._old:
            self._old.remove(world)

    # Showing.

    def show(self) -> PluginsDialog:
        """Show the list of plugins."""
        if self._dialog is None:
            dialog = PluginsDialog(self._shell.window)
            dialog.allow_asked.connect(self.ask)
            dialog.withdraw_asked.connect(self.withdraw)
            dialog.look_asked.connect(self.look)
            dialog.reload_asked.connect(self.reload)
            dialog.folder_asked.connect(self.open_folder)
            dialog.example_asked.connect(self.add_example)
            dialog.destroyed.connect(self._dialog_gone)
            self._dialog = dialog
        self._dialog.show_files(self.plugins)
        self._dialog.show()
        self._dialog.raise_()
        return self._dialog

    def _dialog_gone(self) -> None:
        self._dialog = None

    def look(self, file: PluginFile) -> SourceDialog:
        """Show a file, and the line where it went wrong."""
        error = self.plugins.error(file)
        line = error.line if isinstance(error, PluginError) else 0
        dialog = SourceDialog(file, line=line, parent=self._shell.window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def open_folder(self) -> None:
        """Show the folder in the file manager; it is made where it is missing."""
        try:
            self.plugins.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._shell.teller.tell(BadInput(f"cannot be made ({error})", path=self.plugins.folder))
            return
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.plugins.folder))):
            self._shell.teller.say(f"No program here shows folders: {self.plugins.folder}", "info")

    def add_example(self) -> None:
        """Put the guide's example into the folder, unless a file is called so there."""
        goal = self.plugins.folder / EXAMPLE
        try:
            if not goal.exists():
                goal.parent.mkdir(parents=True, exist_ok=True)
                source = Path(resources.ROOT) / "guide" / EXAMPLE
                write_atomically(goal, read_regular(source, limit=2**20))
        except (UserError, OSError) as error:
            self._shell.teller.tell(error)
            return
        self.reload()

    def _tell_broken(self, file: PluginFile) -> None:
        error = self.plugins.error(file)
        if error is None:
            return
        words = str(error).replace(str(file.path), file.name, 1)
        self._shell.teller.say(words, "danger", action=("Show", partial(self.look, file)))

    def _refresh(self) -> None:
        self._shell.gallery.refresh()
        if self._dialog is not None:
            self._dialog.show_files(self.plugins)
