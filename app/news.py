"""What open worlds report by themselves: refusals, failures, warnings, goals that were reached."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.failing import headline, way_on
from app.lab import Lab
from app.notices import Notice
from app.status import StatusLine
from app.telling import Teller
from app.world import World
from engine.core.commands import (
    Command,
    Failure,
    Play,
    Rebuild,
    Redo,
    Reply,
    Reset,
    SetParam,
    Train,
    Undo,
)
from engine.core.errors import Cancelled, UserError
from engine.core.handling import CHANGES_WORLD

__all__ = ["News"]


class News(QObject):
    """Listens to every world of a lab and tells what concerns the user."""

    def __init__(self, lab: Lab, teller: Teller, status: StatusLine, window: QWidget) -> None:
        super().__init__(window)
        self._lab, self._teller = lab, teller
        self._status, self._window = status, window
        self._refused: dict[tuple[World, str], list[str]] = {}
        lab.opened.connect(self._follow)
        lab.closed.connect(self._forget)
        lab.selected.connect(status.forget)

    def _follow(self, world: World) -> None:
        world.answered.connect(self._answered)
        world.told.connect(self._told)
        world.failed.connect(self._failed)
        world.trained.connect(self._trained)
        world.rested.connect(self._rested)

    def _forget(self, world: World) -> None:
        for place in [place for place in self._refused if place[0] is world]:
            del self._refused[place]

    def _trained(self, updates: int) -> None:
        world = self.sender()
        if isinstance(world, World):
            words = f"{world.title} was trained as planned, {updates:,} updates"
            self._teller.say(words, "accent", action=("Train on", _Later(world, Train(True))))

    def _rested(self, reason: str) -> None:
        world = self.sender()
        if isinstance(world, World):
            words = f"{world.title}: {reason}"
            self._teller.say(words, "accent", action=("Play on", _Later(world, Play())))

    def _answered(self, command: Command, reply: Reply) -> None:
        error = reply.error
        if error is None:
            self._take_back(command)
        if error is None and isinstance(command, Undo | Redo):
            self._told(f"{'Undid' if isinstance(command, Undo) else 'Redid'} {reply.value}")
        if error is None or isinstance(error, Cancelled):
            return
        # A fault that may have half changed the world has stopped it: the dialog tells of that.
        if isinstance(error, UserError) or not isinstance(command, CHANGES_WORLD):
            words = self._teller.tell(error)
            if (place := self._place(command)) is not None:
                self._refused.setdefault(place, []).append(words)

    def _place(self, command: Command) -> tuple[World, str] | None:
        """Return what a command sets, and of which world; None for one that sets nothing."""
        world = self.sender()
        if not (isinstance(world, World) and isinstance(command, Rebuild | SetParam)):
            return None
        return world, command.name if isinstance(command, SetParam) else ""

    def _take_back(self, command: Command) -> None:
        """Take away what was refused and is now set: the value was mended."""
        place = self._place(command)
        for words in self._refused.pop(place, ()) if place is not None else ():
            self._teller.take_back(words)

    def _told(self, words: str) -> None:
        """Say what came of a command to the world that is seen."""
        if self.sender() is self._lab.world:
            self._status.say(words)

    def _failed(self, failure: Failure) -> None:
        world = self.sender()
        if world not in self._lab.worlds:
            return  # it was closed because it could not be built, and the lab has told so
        title = world.title if isinstance(world, World) else "Primordia"
        offer = None
        if isinstance(world, World) and failure.during in ("stepping", "drawing", "training"):
            offer = ("Reset", _Later(world, Reset()))
        # A world that fails again tells its newest failure only.
        words = f"{headline(title, failure)} {way_on(failure)}"
        key = f"failure of {id(world)}"
        self._teller.notify.say(Notice(words, "error", failure.report, action=offer, key=key))


class _Later:
    """A command for a world, to be sent when a signal comes: holds no window alive."""

    def __init__(self, world: World, command: Command) -> None:
        self._world, self._command = world, command

    def __call__(self) -> None:
        self._world.submit(self._command)
