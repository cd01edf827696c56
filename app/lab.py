"""The open worlds and what is selected: the one object that panels talk to.

Panels submit commands and listen to signals; they hold no world and no runner. There are no widgets
in here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.pulse import Pulse
from app.world import World
from engine import openers
from engine.core import registry
from engine.core.commands import Command, Failure, RunnerState, Save, SetSpeed, Train
from engine.core.courtesy import please
from engine.core.errors import UserError, about
from engine.core.spec import Spec

__all__ = ["Lab"]

_PATIENCE = 5.0  # seconds that all worlds together get to end
_HASTE = 0.5  # the same where none writes a file: what compiles or ticks on is left behind
_SEE_OFF_MS = 20


class Lab(QObject):
    """The open worlds, the selected one, and the way to open more.

    Signals
    -------
    opened, closed : World
    selected : World or None
    stayed : World, str
        It would have made room, but for what was done in it.
    problem : UserError
        Something that the user asked of the lab and that cannot be done.

    Attributes
    ----------
    abandoned : bool
        Whether a world's thread did not end in time and was left behind.
    cells, tabs : int
        Parts that the middle of the window is split into, and tabs of the one in front.
    layouts : tuple of str
        Names of the arrangements of panels that were kept.
    successor : callable or None
        Says which world is turned to when this one, the selected one, closes; None for the last.
    work : callable or None
        Says what was done in a world by hand and would be lost with it; "" for nothing.
    sources : dict of str to callable
        What opens presets that are not shipped, by what stands before the colon of their slug:
        takes the name after it and whether the world in front makes room.
    """

    opened = Signal(object)
    closed = Signal(object)
    selected = Signal(object)
    stayed = Signal(object, str)
    problem = Signal(object)

    def __init__(self, *, device: str = "auto", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.device = device
        self.abandoned = False
        self.worlds: list[World] = []
        self.world: World | None = None
        self.cells = self.tabs = 0
        self.layouts: tuple[str, ...] = ()
        self.successor: Callable[[World], World | None] | None = None
        self.work: Callable[[World], str] | None = None
        self.sources: dict[str, Callable[[str, bool], World | None]] = {}
        self._trials: dict[World, World | None] = {}
        self._ending: dict[World, float] = {}  # closed, and until when their threads may go on
        self._timer = QTimer(self, interval=_SEE_OFF_MS)
        self._timer.timeout.connect(self._see_off)
        self._pulse = Pulse(self)

    def open(
        self,
        spec: Spec,
        title: str,
        *,
        playing: bool = True,
        replace: bool = True,
        careful: bool = False,
        preset: str = "",
        behind: bool = False,
    ) -> World:
        """Open a world and select it, but not `behind` others; `preset` is the id of its preset.

        With `replace` the selected world makes room if nothing in it would be lost, as `protected`
        and `work_in` tell; if `careful`, only once the new one lives: one that cannot be built goes
        away and is told as a problem.
        """
        former = self.world
        world = World(spec, title, playing=playing, parent=self)
        world.preset = preset
        # What makes room keeps its place for what takes it.
        after = self.worlds.index(former) + 1 if replace and former in self.worlds else None
        self.worlds.insert(len(self.worlds) if after is None else after, world)
        if careful:
            self._trials[world] = former if replace else None
            world.state_changed.connect(self._succeeded)
            world.failed.connect(self._tried)
        self._pulse.follow(world)
        with please():
            self.opened.emit(world)
            self.select(self.world if behind and self.world is not None else world)
            if replace and not careful:
                self._make_room(former)
        # Last: while the new thread imports, every call of Qt here would wait for the interpreter.
        world.start()
        return world

    @property
    def filmed(self) -> World | None:
        """The selected world, or else the one that it is linked with, if that is being recorded."""
        world = self.world
        linked = world.link.other(world) if world is not None and world.link is not None else None
        return next((w for w in (world, linked) if w is not None and w.state.recording), None)

    def protected(self, world: World | None) -> bool:
        """Tell whether a world may not make room, nor be made anew, for what is dropped or opened.

        It learns or was asked to, has learned what is not saved, or is being recorded.
        """
        if world is None:
            return False
        return world.learning or world.unsaved or world.state.recording is not None

    def work_in(self, world: World | None) -> str:
        """Say what was done in a world by hand, so that it stays and the next opens beside it."""
        return self.work(world) if self.work is not None and world in self.worlds else ""

    def _make_room(self, former: World | None) -> None:
        if former not in self.worlds or self.protected(former):
            return
        work = self.work_in(former)
        if work:
            self.stayed.emit(former, work)
        else:
            self.close(former)

    def _succeeded(self, state: RunnerState) -> None:
        world = self.sender()
        if state.alive and world in self._trials:
            self._make_room(self._trials.pop(world))

    def _tried(self, failure: Failure) -> None:
        world = self.sender()
        if isinstance(world, World) and world in self._trials and failure.during == "building":
            former = self._trials.pop(world)
            self.close(world)
            if former in self.worlds:
                self.select(former)
            spec = world.state.spec
            file = spec.mesh or spec.model or spec.target
            self.problem.emit(about(failure.error, file.name if file is not None else None))

    def open_preset(self, slug: str, preset: str = "", *, replace: bool = True) -> World | None:
        """Open a system by its slug, with one of its presets (the first if none is named)."""
        kind, _, name = slug.partition(":")
        if kind in self.sources:
            return self.sources[kind](name, replace)
        try:
            entry = registry.entry(slug)
            chosen = entry.preset(preset) if preset else next(iter(entry.presets), None)
            spec = openers.spec_of(slug, preset).with_(device=self.device)
        except UserError as error:
            self.problem.emit(error)
            return None
        title = chosen.title if chosen is not None else entry.info.title
        id = chosen.id if chosen is not None else ""
        world = self.open(spec, title, replace=replace, preset=id)
        world.opens_with = (chosen.view if chosen is not None else None) or ""
        world.submit(SetSpeed(chosen.speed if chosen is not None else entry.speed))
        return world

    def select(self, world: World | None) -> None:
        """Make a world the one that panels show."""
        if world is not self.world:
            self.world = world
            with please():
                self.selected.emit(world)

    def reorder(self, worlds: Sequence[World]) -> None:
        """List the worlds in another order, as the user arranged their tabs."""
        wanted = [world for world in worlds if world in self.worlds]
        self.worlds = wanted + [world for world in self.worlds if world not in wanted]

    def close(self, world: World) -> None:
        """Close a world; another one is selected if it was the selected one."""
        heir = self.successor(world) if self.successor is not None else None
        self.worlds.remove(world)
        self._trials.pop(world, None)
        if world is self.world:
            last = self.worlds[-1] if self.worlds else None
            self.select(heir if heir in self.worlds else last)
        world.begin_close()
        if world.state.recording is not None:  # its film is to be whole when this is told
            self._end(world, _PATIENCE)
            return
        # A tick or an update may last: the window does not wait for it.
        self._ending[world] = time.monotonic() + _PATIENCE
        with please():
            self.closed.emit(world)
        self._timer.start()
        self._see_off()

    def _see_off(self) -> None:
        """Let go of closed worlds whose threads have ended."""
        now = time.monotonic()
        for world, deadline in list(self._ending.items()):
            if world.ended or now > deadline:
                del self._ending[world]
                self.abandoned = not world.join(0.0) or self.abandoned
                world.deleteLater()
        if not self._ending:
            self._timer.stop()

    def close_all(self) -> None:
        """Close every world: all are asked before one is awaited."""
        closing, self.worlds = self.worlds, []
        self.select(None)
        self._trials.clear()
        writing = any(world.writing for world in (*closing, *self._ending))
        for world in closing:
            world.begin_close()
        deadline = time.monotonic() + (_PATIENCE if writing else _HASTE)
        for world in closing:
            self._end(world, max(0.0, deadline - time.monotonic()))
        for world in self._ending:
            self._ending[world] = 0.0
            world.join(max(0.0, deadline - time.monotonic()))
        self._see_off()

    def _end(self, world: World, patience: float) -> None:
        self.abandoned = not world.join(patience) or self.abandoned
        self.closed.emit(world)
        world.deleteLater()

    def submit(self, command: Command) -> int | None:
        """Send a command to the selected world."""
        return self.world.submit(command) if self.world is not None else None

    def train(self, on: bool) -> None:
        """Switch training of the selected world."""
        self.submit(Train(on))

    def save(self, path: Path, scope: str) -> None:
        """Save the selected world."""
        self.submit(Save(path, scope))  # type: ignore[arg-type]
