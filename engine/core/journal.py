"""What happened to a world since it began, short enough to keep and exact enough to do again.

Ticks and updates are only counted; strokes, parameters and actions are kept as JSON, in order. A
world that begins as it began and lives through the same entries is the same to the bit, because
nothing else changes it (`engine.core.handling`). What cannot be told that way (a stroke taken back,
a jump into the past, a checkpoint, training) cuts the journal: `broken` says why, and a picture
then needs a file of the state beside it. The journal of a film goes on behind a cut from a copy of
the state, so that a film is remade whatever was done while it was taken.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from engine.core import commands as c
from engine.core.capabilities import SEEN
from engine.core.errors import BadInput
from engine.core.journal_text import encode
from engine.core.spec import Spec

__all__ = ["LIMIT", "Done", "Entry", "Journal", "Put", "Start", "Ticks", "Updates"]

logger = logging.getLogger(__name__)

LIMIT = 4 * 2**20
"""Bytes of a journal; a longer one is cut."""

MOST = 8 * LIMIT
"""Bytes of all that a film's journal keeps, behind however many cuts."""

_COUNT = 64  # bytes that one entry takes beside its text


@dataclass(frozen=True, eq=False)
class Start:
    """How a world began.

    Attributes
    ----------
    kind : "reset" or "state"
        Built from `spec`, or put into a state that was saved.
    spec : Spec
        What the world was built from.
    sha256 : str
        Of the checkpoint that holds the state; "" for a reset.
    """

    kind: Literal["reset", "state"]
    spec: Spec
    sha256: str = ""


@dataclass(frozen=True)
class Ticks:
    """So many ticks."""

    count: int


@dataclass(frozen=True)
class Updates:
    """So many updates of the weights."""

    count: int


@dataclass(frozen=True)
class Done:
    """A command, as JSON; see `engine.core.journal_text`."""

    text: str


@dataclass(frozen=True)
class Put:
    """The world was put into the state of that number among those kept with the film.

    With `tick` a tick ended in that state, and the world did nothing else.
    """

    state: int
    tick: bool = False


Entry = Ticks | Updates | Done | Put

_KEPT = (c.SetParam, c.Brush, c.Act, c.Reset)

_HARMLESS = (
    *(c.Play, c.Pause, c.SetSpeed, c.Step, c.RunTo, c.SetFrameRate, c.SetStride, c.SetBudget),
    *(c.Look, c.Snapshot, c.Ask, c.Train, c.Close, c.Rebuild, c.Keep, c.Forget, c.Branch, c.Pack),
    *(c.Save, c.ExportFile, c.Record, c.StopRecording),
)
"""Commands that change nothing by themselves; a rebuilt world begins its journal by `begin`."""

_CUTS: dict[type[c.Command], str] = {
    c.Undo: "what was done by hand was taken back",
    c.Redo: "what was done by hand was taken back and done again",
    c.Jump: "it went back in time",
    c.Load: "a checkpoint was loaded",
    c.Restore: "a state that was kept came back",
}


@dataclass(eq=False, slots=True)
class Journal:
    """Notes what happens to one world; used by its thread only.

    Parameters
    ----------
    capture : callable, optional
        Keeps the state as it is now and returns its number, where the journal goes on behind a cut;
        it raises `BadInput` where there is no room for one more.

    Attributes
    ----------
    start : Start, optional
        How the world began; None before the first `begin`.
    broken : str
        Why the entries do not lead to the present; "" if they do.
    bytes : int
        Memory that the entries take, `LIMIT` at most.
    seconds : float
        What the ticks since the start took.
    learns : bool
        Whether updates of the weights can be done again: the start holds all of the training.
    """

    capture: Callable[[], int] | None = None
    start: Start | None = None
    broken: str = "nothing has begun"
    bytes: int = 0
    seconds: float = 0.0
    learns: bool = False
    _entries: list[Entry] = field(default_factory=list)
    _run: int = 0  # ticks that are not an entry yet
    _late: str = ""  # a cut that is due after the tick under way
    _behind: int = 0  # bytes before the last cut
    _followers: list[Journal] = field(default_factory=list)
    _seen: dict[str, Done] = field(default_factory=dict)

    def begin(self, start: Start) -> None:
        """Forget everything: another world begins."""
        self.start, self.broken, self._late = start, "", ""
        self._seen.clear()
        self._clear()

    def ticked(self, seconds: float = 0.0) -> None:
        """Count a tick that is complete."""
        self.seconds += seconds
        self._run += 1
        if self._late or self._followers:
            self._ticked_beside(seconds)

    def _ticked_beside(self, seconds: float) -> None:
        if self._late:
            self._late, why = "", self._late
            self._run -= 1  # the state that follows is that of this tick
            self._cut(why, tick=True)
        for follower in self._followers:
            follower.ticked(seconds)

    def trained(self) -> None:
        """Count an update of the weights."""
        for follower in self._followers:
            follower.trained()
        if not self.learns:
            self._cut("it was trained")
            return
        self._flush()
        last = self._entries[-1] if self._entries else None
        if isinstance(last, Updates):
            self._entries[-1] = Updates(last.count + 1)
        else:
            self._add(Updates(1))

    def did(self, command: c.Command, *, begun: bool = False, untold: str = "") -> None:
        """Note a command after it was done.

        Parameters
        ----------
        command : Command
        begun : bool
            Whether a tick was begun before it and goes on: it may still use the former values.
        untold : str
            Why the command does not tell by itself what was done; "" where it does.
        """
        for follower in self._followers:
            follower.did(command, begun=begun, untold=untold)
        if untold:
            self._cut(untold)
            return
        seen = isinstance(command, c.Ask) and command.question in SEEN
        if not (seen or isinstance(command, _KEPT)):
            if not isinstance(command, _HARMLESS):
                self._cut(_CUTS.get(type(command), f"{type(command).__name__} was done"))
            return
        if begun and isinstance(command, c.SetParam):
            self._late = "a parameter changed within a tick"
            return
        try:
            text = encode(command)
        except BadInput as error:
            self._cut(error.problem)
            return
        if isinstance(command, c.Ask):
            self._seen[command.question] = Done(text)
        if isinstance(command, c.Reset):
            self._seen.clear()
        if isinstance(command, c.Reset) and self.capture is None:
            self._shorten()
        self._flush()
        self._add(Done(text))

    def cut(self, why: str) -> None:
        """Say that something happened which no entry tells: a failure took the world back."""
        for follower in self._followers:
            follower.cut(why)
        self._cut(why)

    @property
    def seen(self) -> tuple[Entry, ...]:
        """What was asked last of what is seen in pictures: no state holds it; a reset ends it."""
        return tuple(self._seen.values())

    @property
    def late(self) -> bool:
        """Whether something was done within a tick under way, which no entry tells."""
        return bool(self._late)

    def copy(self) -> tuple[Entry, ...]:
        """Return the entries up to now."""
        self._flush()
        return tuple(self._entries)

    def follow(
        self, start: Start, entries: tuple[Entry, ...], capture: Callable[[], int]
    ) -> Journal:
        """Begin the journal of a film, which notes all that this one does until `leave`."""
        film = Journal(capture)
        film.begin(start)
        film._entries, film._late = list(entries), self._late
        film.bytes = sum(_weight(entry) for entry in entries)
        self._followers.append(film)
        return film

    def leave(self, film: Journal) -> None:
        """Let a film's journal note no more."""
        if film in self._followers:
            self._followers.remove(film)

    # Inside.

    def _add(self, entry: Entry) -> None:
        if self.broken:
            return
        self._entries.append(entry)
        self.bytes += _weight(entry)
        if self.bytes > LIMIT:
            self._cut("too much was done by hand")

    def _flush(self) -> None:
        run, self._run = self._run, 0
        if not run:
            return
        last = self._entries[-1] if self._entries else None
        if isinstance(last, Ticks):
            self._entries[-1] = Ticks(last.count + run)
        else:
            self._add(Ticks(run))

    def _cut(self, why: str, *, tick: bool = False) -> None:
        if self.broken:
            return
        self._behind += self.bytes
        if self.capture is not None and self._behind <= MOST:
            try:
                self._flush()
                self._entries.append(Put(self.capture(), tick))
            except BadInput as error:
                why = error.problem
            except Exception:  # only the film's journal is given up
                logger.exception("the state could not be copied for the journal of a film")
                why = "the state could not be copied"
            else:
                self.bytes = 0  # what was before the state is needed no more for what follows
                return
        self._clear()
        self.broken = why

    def _clear(self) -> None:
        self._entries = []
        self._run = self.bytes = self._behind = 0
        self.seconds = 0.0

    def _shorten(self) -> None:
        """Before a reset, forget what it undoes: parameters alone outlast it.

        An action may outlast it, too; then everything stays and is done again.
        """
        self._flush()
        commands = [json.loads(e.text)["do"] for e in self._entries if isinstance(e, Done)]
        if "act" in commands:
            return
        kept = [
            entry
            for entry in self._entries
            if isinstance(entry, Done) and json.loads(entry.text)["do"] in ("set", "reset")
        ]
        # Of several resets in a row the last one with a seed counts: all are kept, they are short.
        self._entries = list(kept)
        self.bytes = sum(_weight(entry) for entry in kept)
        self.seconds = 0.0


def _weight(entry: Entry) -> int:
    return _COUNT + (len(entry.text) if isinstance(entry, Done) else 0)
