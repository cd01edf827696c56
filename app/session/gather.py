"""Asking every world for a copy of its state, without waiting for any."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.session.changes import Mark
from app.session.manifest import KeptWorld
from app.session.pack import PackedWorld, Stored
from app.world import World
from engine.core.checkpoint import Captured
from engine.core.commands import Branch, Branched, Pack, Reply
from engine.core.errors import UserError
from engine.core.system import Scope

__all__ = ["Gathered", "Gathering", "mark_of", "packed", "scope_of"]

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Gathered:
    """What came of asking one world.

    Attributes
    ----------
    world : World
    state : Captured or Stored, optional
        None while it is waited for, or where it could not be had.
    mark : Mark, optional
        How the world stood then.
    bookmarks : dict of int to (str, bytes)
        Titles and states of its bookmarks, by their numbers.
    problem : str
        Why there is no state.
    """

    world: World
    state: Captured | Stored | None = None
    mark: Mark | None = None
    bookmarks: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    problem: str = ""


class Gathering(QObject):
    """Asks worlds for their states; a world that takes too long is left out.

    Signals
    -------
    done : list of Gathered
        In the order in which they were asked; those that were closed meanwhile are not in it.
    """

    done = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._asked: list[Gathered] = []
        self._waiting: dict[int, Gathered] = {}
        self._wanted: dict[int, tuple[Gathered, int, str]] = {}
        self._numbers: Mapping[World, int] = {}
        self._older: dict[World, tuple[Stored, Mark]] = {}
        self._over = False
        self._patience = QTimer(self, singleShot=True)
        self._patience.timeout.connect(self._give_up)

    def start(
        self,
        worlds: Iterable[World],
        numbers: Mapping[World, int],
        stored: Mapping[World, tuple[Stored, Mark]],
        bookmarks: Mapping[tuple[World, int], bytes],
        patience: float,
        older: Mapping[World, tuple[Stored, Mark]] | None = None,
    ) -> None:
        """Ask them.

        Parameters
        ----------
        worlds : iterable of World
        numbers : mapping of World to int
            For their marks.
        stored : mapping of World to (Stored, Mark)
            Worlds that need not be asked, for their state is in a file, and how they stood then.
        bookmarks : mapping of (World, int) to bytes
            States of bookmarks that are known already: they never change.
        patience : float
            Seconds after which a world is left out.
        older : mapping of World to (Stored, Mark), optional
            States that are better than none, for worlds that do not answer.
        """
        self._numbers = numbers
        self._older = dict(older or {})
        for world in worlds:
            found = Gathered(world)
            self._asked.append(found)
            self._ask_for_bookmarks(found, bookmarks)
            if world in stored:
                found.state, found.mark = stored[world]
                continue
            world.closed.connect(self._closed)
            command = Pack(scope_of(world))
            self._waiting[command.id] = found
            world.do(command, self._took)
        self._patience.start(round(1000 * patience))
        QTimer.singleShot(0, self, self._look)  # there may be nothing to wait for

    def _ask_for_bookmarks(self, found: Gathered, known: Mapping[tuple[World, int], bytes]) -> None:
        for mark in found.world.state.bookmarks:
            state = known.get((found.world, mark.deposit))
            if state is not None:
                found.bookmarks[mark.deposit] = (mark.title, state)
                continue
            command = Branch(deposit=mark.deposit)
            self._wanted[command.id] = (found, mark.deposit, mark.title)
            found.world.do(command, self._kept)

    def _kept(self, reply: Reply) -> None:
        found, deposit, title = self._wanted.pop(reply.id, (None, 0, ""))
        value = reply.value
        if found is None or self._over:
            return
        if isinstance(value, Branched) and isinstance(value.state.data, bytes):
            found.bookmarks[deposit] = (title, value.state.data)
        self._look()

    def stop(self) -> None:
        """Wait no more, and tell nobody."""
        self._over = True
        self._patience.stop()

    def _took(self, reply: Reply) -> None:
        found = self._waiting.pop(reply.id, None)
        if found is None or self._over:
            return
        if isinstance(reply.value, Captured):
            found.state = reply.value
            # Its state, counters and all, comes right after the reply; until then this one holds.
            found.mark = mark_of(found.world, self._numbers[found.world], reply.value)
            found.world.state_changed.connect(self._marked)
        else:
            error = reply.error
            words = error.problem if isinstance(error, UserError) else str(error)
            self._do_without(found, words or "it gave nothing")
        self._look()

    def _do_without(self, found: Gathered, problem: str) -> None:
        if found.world in self._older:
            found.state, found.mark = self._older[found.world]
            logger.warning("an older state of %s was kept: %s", found.world.title, problem)
        else:
            found.problem = problem

    def _marked(self) -> None:
        for found in self._asked:
            if found.world is self.sender() and isinstance(found.state, Captured):
                number = self._numbers[found.world]
                found.mark = mark_of(found.world, number, found.state)
                found.world.state_changed.disconnect(self._marked)

    def _closed(self) -> None:
        gone = [found for found in self._asked if found.world is self.sender()]
        self._wanted = {n: entry for n, entry in self._wanted.items() if entry[0] not in gone}
        self._asked = [found for found in self._asked if found not in gone]
        self._waiting = {n: found for n, found in self._waiting.items() if found not in gone}
        self._look()

    def _give_up(self) -> None:
        for found in self._waiting.values():
            self._do_without(found, "it is busy and did not answer in time")
        self._waiting.clear()
        self._wanted.clear()
        self._look()

    def _look(self) -> None:
        if not self._waiting and not self._wanted and not self._over:
            self.stop()
            self.done.emit(self._asked)


def scope_of(world: World) -> Scope:
    """Return how much of a world has to be kept, to go on as if it never had stopped."""
    can, state = world.state.capabilities, world.state
    learned = can is not None and can.trainable and (state.updates > 0 or state.training)
    return "training" if learned else "world"


def mark_of(world: World, number: int, captured: Captured | None = None) -> Mark:
    """Note how a world stands, or stood when it was captured."""
    state = world.state
    # By their titles: it is told in these words what changed.
    titles = {field.name: field.title for field in world.fields}
    present: dict[str, Any] = {**world.params, **world.pending}
    params = {titles.get(name, name): value for name, value in present.items()}
    return Mark(
        number,
        world.title,
        step=captured.step if captured is not None else state.step,
        seed=captured.seed if captured is not None else state.seed,
        updates=state.updates,
        edits=state.edits,
        params=params,
        bookmarks=tuple(mark.title for mark in state.bookmarks),
        unsaved=world.unsaved,
    )


def packed(found: Gathered, page: Mapping[str, Any]) -> PackedWorld:
    """Describe a world that was gathered as it goes into the file."""
    world, state, captured = found.world, found.world.state, found.state
    assert captured is not None
    spec = state.spec
    path_fields = [field.name for field in world.fields if field.kind == "path"]
    files = tuple(str(spec.params[name]) for name in path_fields if spec.params.get(name))
    kept = KeptWorld(
        slug=world.slug,
        title=world.title,
        preset=world.preset,
        scope=captured.scope,
        step=found.mark.step if found.mark is not None else state.step,
        seed=state.seed,
        updates=state.updates,
        device=spec.device,
        playing=state.playing,
        training=state.training,
        unsaved=world.unsaved,
        speed=state.speed,
        stride=state.stride,
        pending=dict(world.pending),
        page=page,
        files=files,
    )
    series = {
        f"{kind}/{name}": one.state()
        for kind, group in world.series.items()
        for name, one in group.items()
        if len(one)
    }
    return PackedWorld(
        kept, captured, series, tuple(mark for _, mark in sorted(found.bookmarks.items()))
    )
