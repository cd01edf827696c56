"""The user's one-file systems, and the console."""

from __future__ import annotations

from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell

__all__ = ["SPECS", "handlers"]

SPECS = (
    ActionSpec(
        "plugins.show",
        "Plugins...",
        "World",
        "",
        "puzzle",
        "Systems of your own, a Python file each: allow, look at, reload",
        separator=True,
    ),
    ActionSpec(
        "plugins.reload",
        "Reload plugins",
        "World",
        "",
        "refresh-cw",
        "Look for new and changed plugins, without a restart",
    ),
    ActionSpec(
        "console.show",
        "Console",
        "View",
        "Ctrl+J",
        "terminal",
        "A Python prompt with the open worlds in it",
    ),
    ActionSpec(
        "console.run", "Run in the console", "", "", "", "Run CODE in the console", scripted=True
    ),
    ActionSpec("plugins.folder", "Open plugin folder", "", "", "folder-open", ""),
    ActionSpec(
        "plugins.allow", "Allow plugin", "", "", "", "Let FILE of the folder run", scripted=True
    ),
    ActionSpec(
        "plugins.withdraw", "Withdraw consent", "", "", "", "Let FILE run no more", scripted=True
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    plugins = _Plugins(shell)
    return {
        "plugins.show": plugins.show,
        "plugins.reload": plugins.reload,
        "console.show": plugins.console,
        "console.run": plugins.run,
        "plugins.folder": plugins.folder,
        "plugins.allow": plugins.allow,
        "plugins.withdraw": plugins.withdraw,
    }


class _Plugins:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def show(self, argument: str) -> None:
        self._shell.parts["plugins"].show()

    def reload(self, argument: str) -> None:
        self._shell.parts["plugins"].reload()

    def folder(self, argument: str) -> None:
        self._shell.parts["plugins"].open_folder()

    def allow(self, argument: str) -> None:
        part = self._shell.parts["plugins"]
        part.allow(part.plugins.named(argument))

    def withdraw(self, argument: str) -> None:
        part = self._shell.parts["plugins"]
        part.withdraw(part.plugins.named(argument))

    def console(self, argument: str) -> None:
        self._shell.parts["console"].toggle()

    def run(self, argument: str) -> None:
        self._shell.parts["console"].show().run(argument)
