"""One world and everything that its thread knows about it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.core import device
from engine.core.capabilities import Capabilities, capabilities
from engine.core.carrying import carry_training, carry_weights
from engine.core.deposits import Deposits
from engine.core.errors import BadInput
from engine.core.gaze import Gaze, view_of
from engine.core.gestures import Counted, next_number
from engine.core.history import BUDGET, History
from engine.core.journal import Journal, Start
from engine.core.lastgood import LastGood
from engine.core.pacing import FrameClock
from engine.core.recorder import OpenFilm, Recorder, open_film
from engine.core.spec import Spec
from engine.core.system import Arrays, Poll, System, Trainable, Undoable, no_poll
from engine.core.transport import Transport
from engine.core.views import View, ViewRequest

__all__ = ["Lookup", "Stage"]

_SOON = 1e-4  # seconds; a delay of 0 would let the tick come first

Lookup = Callable[[str], type[System]]


@dataclass
class Stage:
    """State of the runner's thread; nobody else touches it.

    Attributes
    ----------
    spec : Spec
        What the present world was made from.
    redraw : bool
        A picture is owed at once: time stands still and something changed.
    stale : bool
        The world or the training batch changed since the last picture.
    stride : int, optional
        A picture every so many steps and none between; None as time allows.
    strode : bool
        Such a step was reached, and its picture not made yet.
    gaze : Gaze
        What is looked at.
    frames : FrameClock
        When pictures are due.
    journal : Journal
        What happened to the world since it began.
    changed : (name, value), optional
        The parameter that was changed last, to name it when a world diverges.
    warnings : tuple of str
        What was bent when the world was made, and what parameters ask for in vain.
    paused_by : str
        Why the world asked for a pause, until time runs again.
    ring : callable
        Wakes the thread from another one.
    film_waits : list of int
        Commands that are answered when the recording is complete.
    history_bytes : int
        Memory for the world's past, states set aside and bookmarks, at first.
    begun : bool
        Whether a tick was begun that will be resumed.
    edits : int
        How often world or model were changed by hand.
    torn : bool
        Whether a command left one state of the world without reaching the next: it failed, whatever
        it raised, and was not merely refused.
    poll : callable
        What a long action calls.
    """

    spec: Spec
    lookup: Lookup
    transport: Transport
    ring: Callable[[], None]
    open_film: OpenFilm = open_film
    clock: Callable[[], float] = time.monotonic
    training: bool = False
    training_seconds: float = 0.0
    redraw: bool = False
    stale: bool = False
    stride: int | None = None
    strode: bool = False
    gaze: Gaze = field(default_factory=Gaze)
    frames: FrameClock = field(default_factory=FrameClock)
    journal: Journal = field(default_factory=Journal)
    changed: tuple[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    paused_by: str = ""
    abilities: Capabilities | None = None
    recorder: Recorder | None = None
    film_waits: list[int] = field(default_factory=list)
    history_bytes: int = BUDGET
    begun: bool = False
    edits: int = 0
    torn: bool = False
    poll: Poll = no_poll
    _system: System | None = None
    _hand: tuple[int, str, int] = (0, "", 0)  # last stroke, what it is called, its number

    def __post_init__(self) -> None:
        self.good = LastGood(self.clock)
        self.deposits = Deposits(self.history_bytes)
        self.history = History(self.clock, self.history_bytes)

    @property
    def alive(self) -> bool:
        """Whether there is a world."""
        return self._system is not None

    @property
    def busy(self) -> bool:
        """Whether anything goes on that changes the state by itself."""
        return self.transport.running or self.training or self.recorder is not None

    @property
    def showable(self) -> bool:
        """Whether there is something new to show, now or as soon as a picture is due."""
        between = self.stride is not None and self.transport.running and not self.strode
        return self.stale and not between

    @property
    def film_has_room(self) -> bool:
        """Whether a tick may be done without losing its picture."""
        return self.recorder is None or self.recorder.room

    @property
    def held(self) -> bool:
        """Whether time stands still for a film."""
        return self.recorder is not None and self.recorder.holds

    @property
    def tick_delay(self) -> float | None:
        """Seconds until the next tick is due; None while none is wanted."""
        if self._system is None or self.held:
            return None
        if not (self.transport.running and self.film_has_room):
            return None
        if self.transport.target is not None:
            return 0.0
        if self.strode and self.gaze.open:  # its picture comes first: it must not be of later
            return (
                max(
                    self.frames.delay(self.clock(), unread=False, idle=True),
                    self.transport.pace.delay(self.clock()),
                )
                or _SOON
            )
        return self.transport.pace.delay(self.clock())

    @property
    def system(self) -> System:
        """The world.

        Raises
        ------
        BadInput
            If it could not be built.
        """
        if self._system is None:
            raise BadInput(
                "there is no world: it could not be built", remedy="Change its parameters"
            )
        return self._system

    @property
    def step(self) -> int:
        """Ticks since the last reset, 0 without a world."""
        return self._system.step_count if self._system is not None else 0

    @property
    def seed(self) -> int:
        """Seed of the running world."""
        return self._system.seed if self._system is not None else self.spec.seed

    @property
    def device(self) -> str:
        """Where it computes, in words."""
        if self._system is None:
            return ""
        name = str(getattr(self._system, "device", "cpu"))
        return "CUDA" if name.startswith("cuda") else f"CPU, {device.threads()} threads"

    def present_spec(self) -> Spec:
        """Return the spec with the parameters and the seed as they are now."""
        if self._system is None:
            return self.spec
        params = self._system.params.model_dump(mode="json")
        return self.spec.with_(params=params, seed=self._system.seed)

    def build(self, spec: Spec, *, keep_model: bool = False) -> None:
        """Make a world and put it in the place of the old one, which stays if anything fails.

        With `keep_model` the weights are carried over, and where both learn alike the training.
        """
        old, goes_on = self._system, False
        new = self.lookup(spec.slug)(spec)
        warnings = (*new.warnings, *new.vain())
        if keep_model and old is not None:
            warnings += carry_weights(old.state("model"), new)
            goes_on = carry_training(old, new)
        self.put(new, spec, warnings, training=self.training and goes_on)
        if keep_model and old is not None:
            self.journal.cut("the weights were carried over")

    def put(self, new: System, spec: Spec, warnings: tuple[str, ...], *, training: bool) -> None:
        """Put a world in the place of the old one; it stays if anything fails."""
        abilities = capabilities(new)
        history, copied = self._first_moment(new)
        # From here on nothing is raised.
        self._system, self.spec, self.abilities = new, spec, abilities
        self.warnings, self.changed, self.paused_by = warnings, None, ""
        self.training = training
        self.training_seconds = self.training_seconds if training else 0.0
        self.good.forget()
        self._adopt(history, copied)
        self.transport.pace.restart(self.clock())
        self.redraw = True
        self.journal.begin(Start("reset", spec))

    def begin(self) -> None:
        """Keep the first moment of a world that has no past."""
        self._adopt(*self._first_moment(self.system))

    def _first_moment(self, system: System) -> tuple[History, Arrays | None]:
        """Begin a past apart from the present one, which stays if anything fails."""
        history = History(self.clock, self.deposits.room)
        return history, history.keep(system)

    def _adopt(self, history: History, copied: Arrays | None) -> None:
        self.begun, self.history = False, history
        if copied is not None and not self.training:
            self.good.take(self.system, copied)

    def return_to(self, past: History | None) -> None:
        """Go on from a state that was put back, with its past if that is kept."""
        self.begun = False
        if past is None:
            self.begin()
        else:
            self.history = past
        self.good.forget()
        self.good.keep(self.system, training=self.training)
        self.transport.pace.restart(self.clock())
        self.redraw = True

    def share_memory(self) -> None:
        """Give the present past what the states set aside leave of the budget."""
        self.history.set_budget(self.deposits.room)

    @property
    def kept_bytes(self) -> int:
        """Memory of moments, states set aside and bookmarks."""
        return self.history.bytes + self.deposits.bytes

    def gesture(self, stroke: int = 0) -> int:
        """Number what the hand just did, 0 if it cannot be taken back.

        A system that does not count its gestures (`engine.core.gestures.Counted`) is believed to
        have made one for every stroke number.
        """
        system = self._system
        if isinstance(system, Counted):
            return system.gestures
        words = self.undo_words()[0]
        if not words or (not stroke and words == self._hand[1]):
            return 0
        if not stroke or stroke != self._hand[0]:
            self._hand = (stroke, words, next_number())
        return self._hand[2]

    def keep_moment(self) -> None:
        """Keep the present in the history; it is also the last good state, but for what learns."""
        copied = self.history.keep(self.system)
        if copied is not None and not self.training:
            self.good.take(self.system, copied)

    def edited(self) -> None:
        """Note that the world was changed at the present step; a tick that was begun is lost."""
        self.begun = False
        self.history.edited(self.step)

    def keep_edits(self) -> None:
        """Keep what was edited before time runs on: no earlier moment leads to it."""
        if self.history.owes(self.step):
            self.keep_moment()

    def view(self, name: str, request: ViewRequest) -> View:
        """Make one view.

        Raises
        ------
        BadInput
            If there is none of that name.
        """
        name = view_of(name)
        view = self.system.views({name: request}).get(name)
        if view is None:
            raise BadInput(f"{self.system.info.title} has no view {name!r}")
        return view

    def training_progress(self) -> tuple[int, int]:
        """Return updates done and planned; (0, 0) for a world that does not learn."""
        system = self._system
        return system.train_progress() if isinstance(system, Trainable) else (0, 0)

    def undo_words(self) -> tuple[str, str]:
        """Say what would be undone and what done again; ("", "") where nothing can be."""
        system = self._system
        return system.undo_words() if isinstance(system, Undoable) else ("", "")

    def release(self) -> None:
        """Let go of the world."""
        self._system = None
        self.good.forget()
        self.history.clear()
        self.deposits.clear()
