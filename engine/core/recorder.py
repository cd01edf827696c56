"""Recording by steps: every k-th picture of a world, none left out, however slow the disk.

The run waits for a queue of four pictures, never for the window. A thread of its own colours,
scales and encodes: for image views a process would gain nothing, since numpy and FFmpeg let go of
the interpreter's lock. What opens the file is given from outside, because the core knows no
formats: see `engine.media.recording`.
"""

from __future__ import annotations

import importlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, cast

from engine.core.commands import Record, RecordingState
from engine.core.errors import BadInput
from engine.core.failures import detach, in_words
from engine.core.figures import FIGURES, HeadsView
from engine.core.origin import Making
from engine.core.views import ImageView, View, ViewRequest

__all__ = ["Film", "OpenFilm", "Recorder", "check_drawable", "open_film", "request_of"]

_QUEUE = 4  # pictures

logger = logging.getLogger(__name__)


class Film(Protocol):
    """A file that pictures are added to; used by one thread at a time."""

    @property
    def bytes(self) -> int:
        """Bytes on the disk so far."""

    def write(self, view: View) -> None:
        """Add a picture."""

    def close(self) -> None:
        """Finish the file and give it its name."""

    def abort(self) -> None:
        """Remove what was written."""

    def explain(self, making: Making) -> None:
        """Write beside the finished film how it was made."""


OpenFilm = Callable[[Record, View], Film]


def open_film(command: Record, first: View) -> Film:
    """Open a film with the writers of `engine.media`, which the core may not import by itself."""
    module = importlib.import_module("engine.media.recording")
    return cast("OpenFilm", module.open_film)(command, first)


def request_of(command: Record, frame: int) -> ViewRequest:
    """Return what is wanted for a frame: the eye goes on in its orbit, the size is the film's."""
    request = command.request
    if request.eye is None:
        return request
    eye = request.eye.turned(command.turn * frame)
    return replace(request, eye=eye, size=request.size or command.size)


def check_drawable(name: str, view: View | None) -> View:
    """Return a view that frames can be made of.

    Raises
    ------
    BadInput
        If it is none.
    """
    if not isinstance(view, (ImageView, HeadsView, *FIGURES)):
        raise BadInput(f"the view {name!r} is not a picture", remedy="Record another one")
    return view


class Recorder:
    """Takes pictures from a run and writes them in a thread of its own.

    Parameters
    ----------
    command : Record
        What to record.
    film : Film
        Where to.
    ring : callable
        Called from the writing thread when there is room again and when it has ended.
    making : Making, optional
        Notes where the film came from, for its sidecar.
    """

    def __init__(
        self,
        command: Record,
        film: Film,
        ring: Callable[[], None],
        making: Making | None = None,
    ) -> None:
        self.command = command
        self._making = making
        self._began = time.monotonic()
        self.error: BaseException | None = None
        self._film, self._ring = film, ring
        self._queue: deque[View] = deque()
        self._condition = threading.Condition()
        self._offered = self._written = self._ticks = 0
        self._finishing = self._discard = self._ended = False
        name = f"recording {command.path.name}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def room(self) -> bool:
        """Whether a picture can be taken now."""
        return self._finishing or self._ended or len(self._queue) < _QUEUE

    @property
    def ended(self) -> bool:
        """Whether the file is complete, removed or given up."""
        return self._ended

    @property
    def state(self) -> RecordingState:
        """What was written so far; `seconds` is the length of the film."""
        frames = self._written
        return RecordingState(
            path=self.command.path,
            frames=frames,
            planned=self.command.frames,
            bytes=self._film.bytes,
            seconds=frames / self.command.fps,
            elapsed=time.monotonic() - self._began,
            part=getattr(self._film, "part", None),
        )

    @property
    def request(self) -> ViewRequest:
        """What the next picture has to show."""
        return request_of(self.command, self._offered)

    @property
    def holds(self) -> bool:
        """Whether time has to stand still until the pictures are taken."""
        return self.command.still and not (self._finishing or self._ended)

    def due(self) -> bool:
        """Count a tick; tell whether its picture is wanted."""
        self._ticks += 1
        return not (self._finishing or self._ended) and self._ticks % self.command.every == 0

    def offer(self, view: View | None) -> None:
        """Take a picture; there must be room.

        Raises
        ------
        BadInput
            If it is not a picture.
        """
        view = check_drawable(self.command.view, view)
        last = self._offered + 1 == self.command.frames
        if last and self._making is not None:
            self._making.end()
        with self._condition:
            self._queue.append(view)
            self._offered += 1
            if last:
                self._finishing = True
            self._condition.notify()

    def finish(self, *, discard: bool = False) -> None:
        """End the film after the pictures that were taken; with `discard` remove it."""
        if self._making is not None:
            self._making.end()
        with self._condition:
            self._finishing = True
            self._discard = self._discard or discard
            self._condition.notify()

    def release(self) -> None:
        """Note no more of the world: the film has ended, however that came."""
        if self._making is not None:
            self._making.end()

    def join(self, timeout: float) -> bool:
        """Wait until the writing thread has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _next(self) -> View | None:
        with self._condition:
            self._condition.wait_for(lambda: self._queue or self._finishing)
            view = self._queue.popleft() if self._queue and not self._discard else None
        self._ring()
        return view

    def _run(self) -> None:
        try:
            while (view := self._next()) is not None:
                self._film.write(view)
                self._written += 1
            if self._discard:
                self._film.abort()
            else:
                self._film.close()
                if self._making is not None:
                    self._film.explain(self._making)
        except Exception as error:
            logger.exception("recording %s failed", self.command.path)
            self.error = detach(in_words(error))
        finally:
            self._ended = True
            self._ring()
