"""What is lost with a world: what makes room keeps it, and what closes asks before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget

from app.session.changes import Mark
from app.session.gather import mark_of
from app.shell import Shell
from app.world import World
from engine.core.commands import Command, Reply, Save

__all__ = ["Losing", "ask_to_lose", "install"]

_TOLD = 2  # losses that a sentence names

Do = Callable[[], object]


class Losing(QObject):
    """Keeps what was done by hand from being lost without a word.

    A world that would make room for another one stays where something was done in it, and this is
    told; closing it asks. Scripts lose what they say, as of `SessionPart.asks`.
    """

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._shell, self._session = shell, shell.parts["session"]
        self._kept: dict[World, Mark] = {}  # how worlds stood when a file of their own was written
        self._told: dict[World, str] = {}
        shell.lab.work = self.work
        shell.lab.opened.connect(self._opened)
        shell.lab.closed.connect(self._closed)
        shell.lab.stayed.connect(self._stayed)

    def work(self, world: World) -> str:
        """Say what of a world would be lost; "" for nothing, or where nobody would miss it."""
        if not self._session.asks:
            return ""
        losses = self._session.ledger.losses_of(world, self._kept.get(world))
        if not losses and world.changing:
            return "a change by hand"
        more = len(losses) - _TOLD
        words = [loss.words for loss in losses[:_TOLD]] + ([f"{more} more"] if more > 0 else [])
        return ", ".join(words)

    def close_world(self, world: World) -> None:
        """Close a world; where anything would be lost, once the user agreed."""
        work, lose = self.work(world), partial(self._shell.lab.close, world)
        if world.unsaved:
            self._shell.window.ask_to_lose(world, lose)
        elif work:
            words = (f"{world.title} was changed and not saved.", f"Closing it loses: {work}.")
            _ask(
                world,
                self._shell.window,
                words,
                {"Save world...": partial(self._save, world), "Close without saving": lose},
            )
        else:
            lose()

    def close(self) -> None:
        """Nothing is asked any more: the window has been."""
        self._shell.lab.work = None
        self._kept.clear()
        self._told.clear()

    def _save(self, world: World) -> None:
        # The file is written by the world's thread: it is closed by a second try, once saved.
        self._shell.lab.select(world)
        self._shell.filing.save("world")

    def _stayed(self, world: World, work: str) -> None:
        words = f"{world.title} stays open: {work}"
        self._told[world] = words
        self._shell.teller.say(words, "info", action=("Close it", _Leave(self._shell, world)))

    def _opened(self, world: World) -> None:
        world.answered.connect(self._answered)

    def _answered(self, command: Command, reply: Reply) -> None:
        world = self.sender()
        if reply.ok and isinstance(command, Save) and command.scope != "model":
            assert isinstance(world, World)
            self._kept[world] = mark_of(world, self._session.ledger.numbers[world])

    def _closed(self, world: World) -> None:
        self._kept.pop(world, None)
        if world in self._told:
            self._shell.teller.take_back(self._told.pop(world))


class _Leave:
    """Closes a world that stayed, if it is still there and learns nothing meanwhile."""

    def __init__(self, shell: Shell, world: World) -> None:
        self._shell, self._world = shell, world

    def __call__(self) -> None:
        lab = self._shell.lab
        if lab.protected(self._world):
            self._shell.window.close_world(self._world)
        elif self._world in lab.worlds:
            lab.close(self._world)


def ask_to_lose(world: World, parent: QWidget, lose: Do, save: Do) -> QMessageBox:
    """Ask whether what a world learned may be lost; returns at once, with the question open.

    Parameters
    ----------
    world : World
        It has learned what is not saved.
    lose, save : callable
        Called after the answer; nothing is on Cancel, or if the world was closed meanwhile.
    """
    words = (f"{world.title} was trained and not saved.", "Closing it loses what it learned.")
    return _ask(world, parent, words, {"Save model...": save, "Close without saving": lose})


def _ask(
    world: World, parent: QWidget, words: tuple[str, str], choices: Mapping[str, Do]
) -> QMessageBox:
    """Ask about a world; the first choice keeps what the second one loses."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle("Primordia")
    box.setText(words[0])
    box.setInformativeText(words[1])
    roles = (QMessageBox.ButtonRole.AcceptRole, QMessageBox.ButtonRole.DestructiveRole)
    answers: dict[Any, Do] = {
        box.addButton(title, role): do
        for (title, do), role in zip(choices.items(), roles, strict=True)
    }
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.buttonClicked.connect(partial(_answered, answers))
    world.closed.connect(box.reject)
    box.open()
    return box


def _answered(answers: Mapping[QAbstractButton, Do], button: QAbstractButton) -> None:
    do = answers.get(button)
    if do is not None:
        do()


def install(shell: Shell) -> Losing:
    """Watch over what is done by hand."""
    return Losing(shell)
