"""Make a picture or a film once more from its sidecar.

The world is built or restored on the CPU, lives through what was noted, and its frames are drawn as
they were; what comes out is the same to the bit where the world computed on the CPU with as many
threads, too, and says so otherwise.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from engine import openers
from engine.core import checkpoint, device, registry
from engine.core import commands as c
from engine.core.activity import Activity
from engine.core.capabilities import ask, perform
from engine.core.errors import BadInput, about
from engine.core.files import check_writable, write_atomically
from engine.core.journal import Entry, Put, Ticks, Updates
from engine.core.journal_text import decode
from engine.core.params import assign, fields_of, load_stored
from engine.core.recorder import request_of
from engine.core.sidecar import Pixels, Sidecar
from engine.core.sidecar_files import read, state_bytes, version
from engine.core.spec import Asset
from engine.core.system import Brushable, Logged, System, Trainable
from engine.core.views import View, ViewRequest
from engine.media.recording import open_film
from engine.media.saving import encode_picture
from engine.media.shots import Digest, drawn

__all__ = ["Remade", "remake"]

_PATIENCE = 20.0  # seconds for what is computed beside a world
_ODD = (TypeError, ValueError, LookupError, OverflowError, MemoryError)
"""What a system may raise where a file that somebody wrote by hand asks for the impossible."""


@dataclass(frozen=True)
class Remade:
    """What became of a sidecar.

    Attributes
    ----------
    path : Path
        The picture, the film or the folder of frames.
    frames : int
    same : bool
        Whether all pixels are those of the original.
    first : int
        A frame that differs: the first one of which the hash is known; -1 where there is none.
    notes : tuple of str
        Why it may differ.
    """

    path: Path
    frames: int
    same: bool
    first: int
    notes: tuple[str, ...]


def remake(path: Path, out: Path | None, activity: Activity) -> Remade:
    """Make what a sidecar describes.

    Parameters
    ----------
    path : Path
        The sidecar; states that it names lie beside it.
    out : Path, optional
        Where to; None for NAME-again.ENDING beside the sidecar.
    activity : Activity
        Is told how far it is, and may cancel it.

    Raises
    ------
    UserError
        If the sidecar, or a file that it names, is broken, or the result cannot be written.
    """
    sidecar = read(path)
    if sidecar.broken:
        raise BadInput(f"tells of a film that cannot be made again: {sidecar.broken}", path=path)
    goal = out or _again(path, sidecar)
    notes = _notes(sidecar)
    before = device.threads()
    device.set_threads(sidecar.threads)
    try:
        world = _World(path, sidecar, activity)
        if sidecar.film is None:
            pixels = _picture(world, sidecar, goal)
        else:
            pixels = _film(world, sidecar, goal, activity)
    finally:
        device.set_threads(before)
    same = pixels.sha256 == sidecar.pixels.sha256
    differing = [n for n, one in sidecar.pixels.each.items() if pixels.each.get(n) != one]
    return Remade(goal, pixels.frames, same, min(differing, default=-1), notes)


def _again(path: Path, sidecar: Sidecar) -> Path:
    name = Path(sidecar.file)
    return path.with_name(f"{name.stem}-again{name.suffix}")


def _notes(sidecar: Sidecar) -> tuple[str, ...]:
    notes = []
    if sidecar.device != "cpu":
        notes.append("it was computed on a graphics card: the CPU gives other last bits")
    if sidecar.threads != device.threads():
        notes.append(f"it is computed with {sidecar.threads} threads, as then")
    if sidecar.program != version():
        notes.append(f"it was made by version {sidecar.program or 'unknown'}")
    return tuple(notes)


class _World:
    """The world of a sidecar, which lives through what was noted."""

    def __init__(self, path: Path, sidecar: Sidecar, activity: Activity) -> None:
        self._path, self._sidecar, self._activity = path, sidecar, activity
        spec = replace(sidecar.spec, device="cpu")
        if not sidecar.begins:
            self.system: System = registry.system_class(spec.slug)(spec)
        else:
            state = sidecar.states[0]
            data = state_bytes(path, state)
            beside = path.with_name(state.file)
            loaded = checkpoint.parse(data, state.file)
            if loaded.slug != spec.slug:
                raise BadInput("is a state of another system", path=beside)
            spec = replace(checkpoint.spec_of(loaded, state.file, data), device="cpu")
            self.system = openers.build(spec, Asset(state.file, data), beside)
        for entry in sidecar.before:
            for _ in self.live(entry):
                pass

    def live(self, entry: Entry) -> Iterator[int]:
        """Do again what an entry says; yields after every tick."""
        system = self.system
        if isinstance(entry, Ticks):
            for tick in range(entry.count):
                self._activity.check()
                system.step(self._activity.check)
                yield tick
        elif isinstance(entry, Updates):
            if not isinstance(system, Trainable):
                raise BadInput(f"{system.info.title} does not learn", path=self._path)
            for _ in range(entry.count):
                system.train_step(self._activity.check)
        elif isinstance(entry, Put):
            self._put(entry.state)
            if entry.tick:
                yield 0
        else:
            try:
                self._do(decode(entry.text))
            except BadInput as error:
                raise about(error, self._path) from error
            except _ODD as error:
                words = f"tells of something that cannot be done again ({error})"
                raise BadInput(words, path=self._path) from error

    def _do(self, command: c.Command) -> None:
        system = self.system
        if isinstance(command, c.SetParam):
            system.set_param(command.name, command.value)
        elif isinstance(command, c.Brush):
            if not isinstance(system, Brushable):
                raise BadInput(f"{system.info.title} has no brushes")
            system.brush(command.stroke)
        elif isinstance(command, c.Act):
            perform(system, command.name, command.arguments, self._activity.check)
        elif isinstance(command, c.Ask):
            ask(system, command.question, command.arguments)
        elif isinstance(command, c.Reset):
            system.reset(command.seed)

    def _put(self, number: int) -> None:
        """Put the world into a state that it was put into then."""
        state, system = self._sidecar.states[number], self.system
        loaded = checkpoint.parse(state_bytes(self._path, state), state.file)
        system.load_state(loaded.arrays, loaded.scope)
        stored, _ = load_stored(type(system.params), loaded.params)
        live = {f.name for f in fields_of(type(system.params)) if f.apply == "live"}
        before = system.params.model_dump()
        wanted = {n: v for n, v in stored.model_dump().items() if n in live and before[n] != v}
        system.params = assign(system.params, wanted)
        for name in wanted:
            system.params_changed(name)

    def settle(self) -> None:
        """Wait for what is computed beside the world and seen in some of its views."""
        system, until = self.system, time.monotonic() + _PATIENCE
        if isinstance(system, Logged):
            while system.log_pending() and time.monotonic() < until:
                self._activity.check()
                time.sleep(0.01)
                system.take_log()

    def view(self, request: ViewRequest) -> View:
        """Look at the world as it was looked at then."""
        name = self._sidecar.view
        try:
            view = self.system.views({name: request}).get(name)
        except _ODD as error:
            words = f"asks for a view that cannot be made ({error})"
            raise BadInput(words, path=self._path) from error
        if view is None:
            raise BadInput(f"{self.system.info.title} has no view {name!r}", path=self._path)
        return view


def _picture(world: _World, sidecar: Sidecar, goal: Path) -> Pixels:
    check_writable(goal)
    world.settle()
    frame = drawn(world.view(sidecar.request), sidecar.drawing)
    write_atomically(goal, encode_picture(frame, goal, sidecar.text))
    digest = Digest()
    digest.add(frame)
    return digest.pixels


def _film(world: _World, sidecar: Sidecar, goal: Path, activity: Activity) -> Pixels:
    asked, count = sidecar.film, sidecar.pixels.frames
    assert asked is not None
    ground = sidecar.drawing.ground
    command = c.Record(
        goal,
        view=sidecar.view,
        request=sidecar.request,
        size=sidecar.drawing.size,
        fps=asked.fps,
        every=asked.every,
        frames=count,
        ground=ground or (255, 255, 255),
        turn=asked.turn,
        still=asked.still,
        quality=asked.quality,
        full_chroma=asked.full_chroma,
        transparent=ground is None,
        legend=sidecar.drawing.legend,
        sidecar=True,
    )
    first = world.view(request_of(command, 0))
    film = open_film(command, first)
    try:
        film.write(first)
        for frame in _frames(world, sidecar, count):
            activity.progress(frame, count, f"frame {frame:,}")
            activity.check()
            film.write(world.view(request_of(command, frame)))
        film.close()
    except BaseException:
        film.abort()
        raise
    return film.digest.pixels


def _frames(world: _World, sidecar: Sidecar, count: int) -> Iterator[int]:
    """Let the world live on; yields the number of every frame but the first when it is due."""
    assert sidecar.film is not None
    if sidecar.film.still:
        yield from range(1, count)
        return
    ticks, frame = 0, 1
    for entry in sidecar.during:
        for _ in world.live(entry):
            ticks += 1
            if frame < count and ticks % sidecar.film.every == 0:
                yield frame
                frame += 1
        if frame == count:
            return
