"""Copies of worlds: as they are now, in a world of their own beside."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from app.page import WorldPage
from app.shell import Shell
from app.world import World
from engine.core.commands import Branch, Load, Pause, Play, Reply, SetSpeed
from engine.core.errors import UserError

__all__ = ["Copies", "install"]

Then = Callable[[World, World], object]


class Copies(QObject):
    """Opens copies of worlds, once their state was copied."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._lab, self._space = shell.lab, shell.workspace
        self._waiting: dict[int, tuple[World, Then | None, bool]] = {}

    def duplicate(self, world: World, then: Then | None = None) -> None:
        """Open a copy of a world in a part beside it, paused.

        With `then` it opens as a tab instead, and something is done with both.
        """
        command, playing = Branch(), world.state.playing
        if then is not None and playing:
            world.submit(Pause())  # both shall begin at the same step
        self._waiting[command.id] = (world, then, playing)
        world.do(command, self._branched)

    def _branched(self, reply: Reply) -> None:
        if reply.id not in self._waiting:
            return
        world, then, playing = self._waiting.pop(reply.id)
        if reply.error is not None:
            if then is not None and playing and world in self._lab.worlds:
                world.submit(Play())
            if isinstance(reply.error, UserError):
                self._lab.problem.emit(reply.error)
            return
        if world not in self._lab.worlds:
            return
        branched, state = reply.value, world.state
        self._space.focus(world)
        copy = self._lab.open(
            branched.spec, f"{world.title}, copy", playing=False, replace=False, preset=world.preset
        )
        copy.submit(Load(branched.state, fresh=True))
        copy.submit(SetSpeed(state.speed))
        pages = self._space.page(world), self._space.page(copy)
        if isinstance(pages[0], WorldPage) and isinstance(pages[1], WorldPage):
            pages[1].recall(pages[0].memento())
        if then is None:
            self._space.split(copy, "right", world)
        self._lab.select(copy)
        if then is not None:
            try:
                then(world, copy)
            except UserError as error:
                self._lab.problem.emit(error)
            if playing:
                world.submit(Play())

    def close(self) -> None:
        """Open none of those that were asked for."""
        self._waiting.clear()


def install(shell: Shell) -> Copies:
    """Let worlds be duplicated."""
    return Copies(shell)
