"""States that two linked worlds set aside for one deed: undoing it in one undoes it in both."""

from __future__ import annotations

from app.world import World
from engine.core.commands import Command, Reply, Restore

__all__ = ["TwinDeposits"]


class TwinDeposits:
    """Learns from the replies to a command and its twin which deposits belong together."""

    def __init__(self) -> None:
        self._twins: dict[int, int] = {}
        self._waiting: dict[int, tuple[World, int]] = {}
        self._known: dict[tuple[World, int], int] = {}

    def pair(self, command: Command, twin: Command) -> None:
        """Note that two commands are one deed."""
        self._twins[command.id], self._twins[twin.id] = twin.id, command.id

    def twin_of(self, command: Command, world: World) -> Restore | None:
        """Return what puts the other world back, too; None where nothing belongs together."""
        if isinstance(command, Restore) and (world, command.deposit) in self._known:
            return Restore(self._known[world, command.deposit])
        return None

    def take(self, world: World, reply: Reply) -> None:
        """Learn from a reply of one of the worlds."""
        twin = self._twins.pop(reply.id, None)
        if twin is None or not isinstance(reply.inverse, Restore):
            self._waiting.pop(reply.id if twin is None else twin, None)
            return
        deposit = reply.inverse.deposit
        if twin in self._waiting:
            other, apart = self._waiting.pop(twin)
            self._known[world, deposit], self._known[other, apart] = apart, deposit
        else:
            self._waiting[reply.id] = (world, deposit)
