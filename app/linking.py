"""Two worlds in lockstep: they do the same steps, and what the hand does in one happens in both.

Time goes on in rounds: both run to the same tick, and only when both stand there does anything
else reach them. So an edit falls between the same two ticks in both worlds, and what differs
between them differs by their rules alone. Worlds that learn cannot be held like this: which update
a tick falls into depends on time.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from app.looking import Lookout, Seen
from app.rounds import Rounds
from app.sharing import twin_of
from app.twin_deposits import TwinDeposits
from app.world import World
from engine.core.commands import (
    Act,
    Brush,
    Command,
    Failure,
    Jump,
    Load,
    Pack,
    Pause,
    Play,
    Rebuild,
    Record,
    Redo,
    Reply,
    Reset,
    Restore,
    RunnerState,
    RunTo,
    SetParam,
    SetSpeed,
    Step,
    Train,
    Undo,
)
from engine.core.errors import BadInput, UserError
from engine.core.views import ViewRequest

__all__ = ["Link"]

_ROUNDS = 20.0  # a second where the speed is limited
_COURSE = 32  # rounds over which the speed is measured, at most
_LATELY = 2.0  # seconds over which it is
_TIME = (Play, Pause, Step, RunTo)
# A session packs both at the same tick: they are in step when it is opened again.
_HELD = (
    *(Brush, Undo, Redo, Act, SetParam, SetSpeed, Reset, Jump, Load, Restore, Rebuild, Record),
    Pack,
)
_ANEW = (Reset, Jump, Load, Restore, Rebuild, Record)  # the step may be another one afterwards


class _Goal(NamedTuple):
    world: World
    command: Command
    ticks: int


class Link(QObject):
    """Holds two worlds in lockstep until it ends.

    Parameters
    ----------
    first, second : World
        Of one system strokes, actions and parameters are shared; of two systems only time.

    Signals
    -------
    settled
        Both stand at the same tick, and all that was sent is done.
    changed
        Whether time runs, or who is linked.
    said : str
        What happened to one of them alone.
    ended

    Attributes
    ----------
    ticks : int
        Done together since they were linked.
    playing : bool
    """

    settled = Signal()
    changed = Signal()
    said = Signal(str)
    ended = Signal()

    def __init__(self, first: World, second: World, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pair = (first, second)
        self.ticks = 0
        self.playing = first.state.playing or second.state.playing
        self.over = False
        self._speed = first.state.speed
        self._base = dict.fromkeys(self.pair, 0)
        self._at = dict.fromkeys(self.pair, 0)
        self._goals: list[_Goal] = []
        self._held: deque[tuple[World, Command]] = deque()
        self._waiting: dict[int, tuple[World, str]] = {}
        self._stands_for: dict[int, tuple[World, Command]] = {}
        self._deposits = TwinDeposits()
        self._lookout = Lookout(self.pair)
        self._round = 0  # ticks of the round under way
        self._rounds = Rounds()
        self._busy = 0.0  # seconds that the slower one needed for the round
        self._course: deque[tuple[float, int]] = deque(maxlen=_COURSE)  # ticks at ends of rounds
        self._started = self._due = -math.inf
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._go_on)
        for world in self.pair:
            world.link = self
            world.replied.connect(self._replied)
            world.failed.connect(self._failed)
            world.closed.connect(self._closed)
        for world in self.pair:
            self._send(world, Pause(), "anew", quietly=True)
        self._send(second, SetSpeed(self._speed), "edit", quietly=True)
        self._retell()

    def other(self, world: World) -> World:
        """Return the one that a world is linked with."""
        return self.pair[1] if world is self.pair[0] else self.pair[0]

    @property
    def alike(self) -> bool:
        """Whether both are of one system: then strokes and parameters are shared, too."""
        return self.pair[0].slug == self.pair[1].slug

    @property
    def still(self) -> bool:
        """Whether nothing is under way."""
        busy = self._waiting or self._held or self._goals or self.playing
        return self._lookout.idle and not busy

    # What the worlds ask.

    def takes(self, world: World, command: Command) -> bool:
        """Tell whether the link sees to a command of one of them, which then does not send it."""
        if isinstance(command, Train) and command.on:
            world.answer(
                command,
                error=BadInput(
                    "linked worlds cannot learn: they would not stay in step",
                    remedy="Unlink them first",
                ),
            )
            return True
        if not isinstance(command, (*_TIME, *_HELD)):
            return False
        self._held.append((world, command))
        self._go_on()
        return True

    def seen(self, world: World, state: RunnerState) -> RunnerState:
        """Return a state as it looks from outside: the rounds are not seen."""
        goal = max((goal.ticks for goal in self._goals), default=None)
        target = None if goal is None else self._base[world] + goal
        rate = self._rate() if self.playing or self._goals else 0.0
        return replace(state, playing=self.playing, target_step=target, steps_per_second=rate)

    def _rate(self) -> float:
        """Measure the ticks per second: between two rounds each world stands and counts none."""
        if not self._course:
            return 0.0
        (last, ticks), recent = self._course[-1], self._course
        start, before = next(item for item in recent if item[0] >= last - _LATELY)
        return (ticks - before) / (last - start) if last > start else 0.0

    def look(self, view: str, request: ViewRequest, done: Callable[[Seen], None]) -> None:
        """Make a view of both at the next moment at which both stand at the same tick.

        Of what was asked for before and not begun, nothing comes.
        """
        self._lookout.wish(view, request, done)
        self._go_on()

    def end(self) -> None:
        """Let each go its own way; those that ran together run on."""
        self._end(self.pair)

    # Rounds.

    def _go_on(self) -> None:
        if self.over or self._waiting:
            return
        while self._held and not self._waiting:
            self._deal()
        if self._waiting:
            return
        self._lookout.begin()
        if not (self.playing or self._goals):
            return
        delay = self._due - time.monotonic()
        if delay > 0.001:
            self._timer.start(math.ceil(1000 * delay))
        else:
            self._begin_round()

    def _deal(self) -> None:
        """Do what was held: edits that follow each other go out together, in their order."""
        while self._held:
            world, command = self._held[0]
            if isinstance(command, _TIME):
                if self._waiting:
                    return
                self._held.popleft()
                self._steer(world, command)
                continue
            if isinstance(command, _ANEW) and self._waiting:
                return
            self._held.popleft()
            self._share(world, command)

    def _steer(self, world: World, command: Command) -> None:
        if isinstance(command, Step):
            start = max((goal.ticks for goal in self._goals), default=self.ticks)
            if command.count < 1:
                world.answer(command, error=BadInput(f"cannot do {command.count} steps"))
                return
            self.playing = False
            self._goals.append(_Goal(world, command, start + command.count))
        elif isinstance(command, RunTo):
            ticks = command.step - self._base[world]
            if ticks < self.ticks:
                remedy = "Jump back to it"
                words = f"step {command.step} lies before the present step"
                world.answer(command, error=BadInput(words, remedy=remedy))
                return
            self._give_up()
            self.playing = False
            self._goals.append(_Goal(world, command, ticks))
        else:
            self._give_up()
            self.playing = isinstance(command, Play)
            world.answer(command, self._step_of(world))
        self._reach()
        self._retell()

    def _share(self, world: World, command: Command) -> None:
        """Send an edit to its world, and what is the same to the other one."""
        kind = "anew" if isinstance(command, _ANEW) else "edit"
        other = self.other(world)
        if isinstance(command, _ANEW):
            self._give_up()
        if isinstance(command, Jump):
            self.playing = command.play
        if isinstance(command, SetSpeed):
            self._speed = command.steps_per_second
        twin = twin_of(command, world, other, self._base[other] - self._base[world])
        twin = self._deposits.twin_of(command, world) or twin
        if twin is not None:
            self._deposits.pair(command, twin)
        if isinstance(command, Jump) and command.play:
            own = Jump(command.step)
            self._stands_for[own.id] = (world, command)
            self._send(world, own, kind, quietly=True)
        else:
            self._send(world, command, kind)
        if twin is not None:
            self._send(other, twin, kind)
        self._retell()

    def _begin_round(self) -> None:
        stride = self._rounds.most()
        if self._speed is not None and not self._goals:
            stride = max(1, min(stride, round(self._speed / _ROUNDS)))
        if self._goals:
            stride = min(stride, min(goal.ticks for goal in self._goals) - self.ticks)
        self._round = stride
        self._started, self._busy = time.monotonic(), 0.0
        if not self._course:
            self._course.append((self._started, self.ticks))
        limited = self._speed if self._speed is not None and not self._goals else math.inf
        self._due = self._started + stride / limited
        for world in self.pair:
            self._send(world, RunTo(self._base[world] + self.ticks + stride), "round")

    def _end_round(self) -> None:
        now = time.monotonic()
        self._rounds.take(self._round, now - self._started, self._busy)
        done = {world: self._at[world] - self._base[world] for world in self.pair}
        goal, self._round = self.ticks + self._round, 0
        self.ticks = max(self.ticks, *done.values())
        self._course.append((now, self.ticks))
        if any(ticks != goal for ticks in done.values()):
            for world in self.pair:
                if done[world] != goal:
                    self.said.emit(f"{world.title} stopped by itself at step {self._at[world]:,}")
                self._base[world] = self._at[world] - self.ticks
            self.playing = False
            self._give_up()
            self._retell()
        self._reach()

    def _step_of(self, world: World) -> int:
        return self._base[world] + self.ticks

    def _reach(self) -> None:
        reached = [goal for goal in self._goals if goal.ticks <= self.ticks]
        if reached:
            self._goals = [goal for goal in self._goals if goal.ticks > self.ticks]
            for goal in reached:
                goal.world.answer(goal.command, self._step_of(goal.world))
            self._retell()

    def _give_up(self) -> None:
        goals, self._goals = self._goals, []
        for goal in goals:
            goal.world.answer(goal.command, self._step_of(goal.world))

    # What comes back.

    def _send(self, world: World, command: Command, kind: str, *, quietly: bool = False) -> None:
        self._waiting[command.id] = (world, kind)
        world.pass_on(command, quietly=quietly or kind == "round")

    def _replied(self, command: Command | None, reply: Reply) -> None:
        if self._lookout.takes(reply):
            self._go_on()
            return
        world, kind = self._waiting.pop(reply.id, (None, ""))
        if world is None:
            return
        asker, asked = self._stands_for.pop(reply.id, (None, None))
        if asker is not None and asked is not None:
            error = reply.error if isinstance(reply.error, UserError) else None
            asker.answer(asked, reply.step, error=error)
        self._at[world] = reply.step
        if kind == "round":
            self._busy = max(self._busy, reply.seconds)
        self._deposits.take(world, reply)
        if kind == "anew":
            self._base[world] = reply.step - self.ticks
        if self._waiting or self.over:
            return
        if self._round:
            self._end_round()
        self.settled.emit()
        self._go_on()

    def _failed(self, failure: Failure) -> None:
        self.playing = False
        self._give_up()
        self._retell()

    def _closed(self) -> None:
        gone = self.sender()
        self._end(tuple(world for world in self.pair if world is not gone))

    def _end(self, left: tuple[World, ...]) -> None:
        if self.over:
            return
        self.over = True
        self._timer.stop()
        self._lookout.end()
        self._give_up()
        for world in self.pair:
            world.link = None
            world.replied.disconnect(self._replied)
            world.failed.disconnect(self._failed)
            world.closed.disconnect(self._closed)
        for world, command in self._held:
            if world in left:
                world.pass_on(command)
        self._held.clear()
        for world in left:
            if self.playing:
                world.pass_on(Play(), quietly=True)
            world.retell()
        self.ended.emit()

    def _retell(self) -> None:
        if not (self.playing or self._goals):
            self._course.clear()
        for world in self.pair:
            world.retell()
        self.changed.emit()
