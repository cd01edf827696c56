"""The past of a world: its history, bookmarks, branches and the memory that they may take."""

from __future__ import annotations

from app.deeds.conditions import alive, always
from app.deeds.numbers import whole
from app.deeds.spec import ActionSpec, Handler
from app.lab import Lab
from app.shell import Shell
from engine.core.commands import Bookmark
from engine.core.errors import BadInput

__all__ = ["SPECS", "handlers"]


def has_bookmark(lab: Lab) -> str:
    """Need a bookmark."""
    if lab.world is None or not lab.world.state.alive:
        return alive(lab)
    return "" if lab.world.state.bookmarks else "This world has no bookmark"


SPECS = (
    ActionSpec(
        "time.bookmark",
        "Bookmark this moment",
        "Edit",
        "Ctrl+B",
        "bookmark",
        "Keep the world as it is now, to come back to it",
        alive,
        separator=True,
    ),
    ActionSpec(
        "time.branch",
        "Branch from here",
        "Edit",
        "Ctrl+Shift+B",
        "git-branch",
        "Open a copy of the world beside it, which goes its own way",
        alive,
    ),
    ActionSpec(
        "time.recall",
        "Back to a bookmark",
        "",
        help="Put the world back to a bookmark, by its title or number",
        refusal=has_bookmark,
        scripted=True,
    ),
    ActionSpec(
        "time.forget",
        "Drop a bookmark",
        "",
        help="Drop a bookmark, by its title or number",
        refusal=has_bookmark,
        scripted=True,
    ),
    ActionSpec(
        "time.history",
        "History",
        "View",
        "Ctrl+H",
        "history",
        "What was done to the world, its bookmarks, and how much memory its past takes",
    ),
    ActionSpec(
        "time.memory",
        "Memory for the past...",
        "Edit",
        "",
        "folder-clock",
        "Megabytes for moments, states set aside and bookmarks of all open worlds together",
        always,
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    time = _Time(shell)
    return {
        "time.bookmark": time.bookmark,
        "time.branch": time.branch,
        "time.recall": time.recall,
        "time.forget": time.forget,
        "time.history": time.history,
        "time.memory": time.memory,
    }


class _Time:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def bookmark(self, argument: str) -> None:
        chronicle = self._shell.parts["chronicle"].present
        if chronicle is not None:
            chronicle.keep(argument)

    def branch(self, argument: str) -> None:
        chronicle = self._shell.parts["chronicle"].present
        if chronicle is not None:
            chronicle.branch(step=whole(argument) if argument.strip() else None)

    def recall(self, argument: str) -> None:
        chronicle = self._shell.parts["chronicle"].present
        if chronicle is not None:
            chronicle.recall(_named(chronicle.bookmarks, argument))

    def forget(self, argument: str) -> None:
        chronicle = self._shell.parts["chronicle"].present
        if chronicle is not None:
            chronicle.forget(_named(chronicle.bookmarks, argument))

    def history(self, argument: str) -> None:
        self._shell.docks.toggle("history")

    def memory(self, argument: str) -> None:
        if argument.strip():
            self._shell.parts["settings"].set("history_mb", whole(argument))
        else:
            self._shell.parts["settings"].open("memory for the past")


def _named(marks: tuple[Bookmark, ...], text: str) -> Bookmark:
    """Return the bookmark of a title, or of a number from 1 up; the newest for "".

    Raises
    ------
    BadInput
        If there is none.
    """
    text = text.strip()
    found = [mark for mark in marks if mark.title == text]
    if not text and marks:
        return marks[-1]
    if not found and text.isdigit() and 0 < int(text) <= len(marks):
        return marks[int(text) - 1]
    if not found:
        known = ", ".join(repr(mark.title) for mark in marks) or "none"
        raise BadInput(f"there is no bookmark {text!r}", remedy=f"There are: {known}")
    return found[-1]
