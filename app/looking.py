"""One view of two worlds at once, asked for whenever both stand at the same tick."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from app.world import World
from engine.core.commands import Reply, Snapshot
from engine.core.views import View, ViewRequest

__all__ = ["Lookout", "Seen"]


class Seen(NamedTuple):
    """One view of both worlds at the same tick, or why there is none."""

    first: View | None
    second: View | None
    problem: str = ""


_Done = Callable[[Seen], None]


class Lookout:
    """Keeps the newest wish to look at two worlds, one look under way at a time."""

    def __init__(self, pair: tuple[World, World]) -> None:
        self._pair = pair
        self._wish: tuple[str, ViewRequest, _Done] | None = None
        self._done: _Done | None = None
        self._sent: dict[int, World] = {}
        self._replies: dict[World, Reply] = {}

    @property
    def idle(self) -> bool:
        """Whether nothing is wished for nor under way."""
        return not (self._wish or self._sent)

    def wish(self, view: str, request: ViewRequest, done: _Done) -> None:
        """Look when it is possible; an older wish that was not begun is dropped."""
        self._wish = (view, request, done)

    def begin(self) -> None:
        """Look now: both worlds stand still at the same tick.

        Nothing needs to wait for it: in the queue of each world it stands before what comes later.
        """
        if self._wish is None or self._sent:
            return
        view, request, self._done = self._wish
        self._wish = None
        self._replies.clear()
        for world in self._pair:
            command = Snapshot(view, request)
            self._sent[command.id] = world
            world.pass_on(command, quietly=True)

    def takes(self, reply: Reply) -> bool:
        """Tell whether a reply is to a look; with the second one both are handed over."""
        world = self._sent.pop(reply.id, None)
        if world is None:
            return False
        self._replies[world] = reply
        if not self._sent and self._done is not None:
            done, self._done = self._done, None
            replies = [self._replies[world] for world in self._pair]
            problem = next((str(r.error) for r in replies if r.error is not None), "")
            done(Seen(None, None, problem) if problem else Seen(replies[0].value, replies[1].value))
        return True

    def end(self) -> None:
        """Hand over nothing more."""
        self._wish = self._done = None
