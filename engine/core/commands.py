"""What the window asks of a running world, and what it hears back.

Commands are small picklable values. The runner applies them between ticks, or in `poll` of a long
tick, in the order they were sent, and answers each with a `Reply`. Nothing else changes a world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.core.command import Command
from engine.core.filming import Record, StopRecording
from engine.core.reports import Bookmark, Failure, RecordingState, RunnerState
from engine.core.spec import Asset, Spec
from engine.core.system import Scope
from engine.core.views import Stroke, ViewRequest

__all__ = [
    "Act",
    "Ask",
    "Bookmark",
    "Branch",
    "Branched",
    "Brush",
    "Close",
    "Command",
    "ExportFile",
    "Failure",
    "Forget",
    "Jump",
    "Keep",
    "Load",
    "Look",
    "Pack",
    "Pause",
    "Play",
    "Rebuild",
    "Record",
    "RecordingState",
    "Redo",
    "Reply",
    "Reset",
    "Restore",
    "RunTo",
    "RunnerState",
    "Save",
    "SetBudget",
    "SetFrameRate",
    "SetParam",
    "SetSpeed",
    "SetStride",
    "Snapshot",
    "Step",
    "StopRecording",
    "Train",
    "Undo",
]


@dataclass(frozen=True)
class Play(Command):
    """Let time run at the speed that was set."""


@dataclass(frozen=True)
class Pause(Command):
    """Stop time; training goes on if it is on. Acknowledged within 100 ms."""


@dataclass(frozen=True)
class SetSpeed(Command):
    """Ticks per second, or None for as fast as it goes."""

    steps_per_second: float | None


@dataclass(frozen=True)
class Step(Command):
    """Do `count` ticks and pause."""

    count: int = 1


@dataclass(frozen=True)
class RunTo(Command):
    """Run without drawing every tick until `step` is reached, then pause; a Pause cancels it."""

    step: int


@dataclass(frozen=True)
class Jump(Command):
    """Put the world back to `step`, to the bit as it was, and pause; the reply's value is the step.

    The last moment kept at or before it is restored, and time runs on from there without drawing
    every tick, as for `RunTo`; a later step is run to. With `play` time goes on from the moment
    itself. What was learnt stays. Refused where `RunnerState.moments` begins later, or where the
    world was edited in between.
    """

    step: int
    play: bool = False


@dataclass(frozen=True)
class Restore(Command):
    """Put a state back that was set aside (`Reply.inverse` of a reset, ...) or bookmarked.

    World, model, parameters, past and marks are as they were; the reply's value is the step. What
    is so now is set aside in its turn, and the reply's inverse brings it back. Refused if the state
    is no longer kept. `lost` says, in an inverse, what of the state does not come back.
    """

    deposit: int
    lost: str = field(default="", compare=False)


@dataclass(frozen=True)
class Keep(Command):
    """Bookmark the present; the reply's value is the `Bookmark`.

    `pixels` is the longer side of its thumbnail. With `state` it is not the present but the bytes
    of a checkpoint of this system, as `Branch` gave it; it is not compared with the world before it
    is put back.
    """

    title: str
    pixels: int = 160
    state: Asset | None = None


@dataclass(frozen=True)
class Forget(Command):
    """Drop a bookmark, or another state that was set aside."""

    deposit: int


@dataclass(frozen=True)
class Branch(Command):
    """Copy a past moment, a bookmark or the present for a world of its own.

    The reply's value is a `Branched`. Weights are those of today, for a bookmark its own.

    Attributes
    ----------
    step : int, optional
        The last moment kept at or before it is taken. None is the present.
    deposit : int, optional
        A bookmark instead of a step.
    """

    step: int | None = None
    deposit: int | None = None


@dataclass(frozen=True)
class Branched:
    """What begins a world of its own: build `spec`, then `Load(state)`.

    `step` is the one that the state is of.
    """

    spec: Spec
    state: Asset
    step: int


@dataclass(frozen=True)
class Pack(Command):
    """Copy the whole state; the reply's value is a `checkpoint.Captured`.

    Any thread may encode it while the world goes on. It waits for the end of an update of the
    weights, since half of one is no state.
    """

    scope: Scope = "world"


@dataclass(frozen=True)
class SetBudget(Command):
    """Bytes for moments, states set aside and bookmarks together; the oldest go at once."""

    bytes: int


@dataclass(frozen=True)
class SetFrameRate(Command):
    """Pictures per second at most; 0 makes none until another rate is set."""

    per_second: float


@dataclass(frozen=True)
class SetStride(Command):
    """Make a picture every `steps`-th step, 1 or more, and none between; None as time allows."""

    steps: int | None


@dataclass(frozen=True)
class Reset(Command):
    """Begin again, with the same seed or with the one given: 0 to 2^63 - 1, others are refused."""

    seed: int | None = None


@dataclass(frozen=True)
class SetParam(Command):
    """Change one *live* parameter; the reply's inverse sets it back."""

    name: str
    value: Any


@dataclass(frozen=True)
class Rebuild(Command):
    """Make the world anew from another spec (rebuild parameters, target, model, device).

    If the new world cannot be made, or a parameter that differs from the present ones cannot be,
    the old one goes on and the reply carries the error. `keep_model` carries the weights over if
    all their shapes agree. It carries the training over, too, and lets it go on, where the new
    world learns the same thing in the same way and only lives elsewhere (`carrying.learn_alike`).
    """

    spec: Spec
    keep_model: bool = False


@dataclass(frozen=True)
class Look(Command):
    """Say what is looked at; only that is computed. Replaces the last one."""

    wanted: Mapping[str, ViewRequest]


@dataclass(frozen=True)
class Snapshot(Command):
    """Make one view now, for a screenshot; the reply's value is the view.

    With `origin` it is the pair of the view and its `engine.core.origin.Origin`: where it came
    from; None where the world is too large to be kept.
    """

    view: str = "world"
    request: ViewRequest = field(default_factory=ViewRequest)
    origin: bool = False


@dataclass(frozen=True)
class Brush(Command):
    """Apply a piece of a brush stroke."""

    stroke: Stroke


@dataclass(frozen=True)
class Undo(Command):
    """Take back the last stroke or action of the hand (`Undoable`)."""


@dataclass(frozen=True)
class Redo(Command):
    """Do again what was undone last."""


@dataclass(frozen=True)
class Act(Command):
    """Do one of the system's own actions."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask(Command):
    """Ask the system one of `engine.core.capabilities.QUESTIONS`; the reply's value answers it."""

    question: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Train(Command):
    """Switch training on or off."""

    on: bool


@dataclass(frozen=True)
class Save(Command):
    """Write a checkpoint (atomic)."""

    path: Path
    scope: Scope = "world"


@dataclass(frozen=True)
class ExportFile(Command):
    """Write a file of the system's own kind; `path`'s ending chooses it.

    With `apart` one that takes long (`Export.begin`) is not written yet: the reply's value is a
    function that writes it in any thread, given an `Activity`. It is None where the file is
    complete already.
    """

    path: Path
    apart: bool = False


@dataclass(frozen=True)
class Load(Command):
    """Restore a checkpoint of the same system; nothing changes if it does not fit.

    The marks and the past of the world before are forgotten. What was before is set aside for the
    reply's inverse, but not with `fresh`: the world was built just for this.
    """

    model: Asset
    fresh: bool = False


@dataclass(frozen=True)
class Close(Command):
    """End the thread after finishing or aborting what is open."""


@dataclass(frozen=True)
class Reply:
    """The answer to a command: what it gave, or why it was refused.

    `inverse` undoes it where that is possible. `gesture` is not 0 where it was a part of what the
    hand did, which `Undo` takes back: the number of that. `seconds` is how long the world took to
    get to the goal of a `Step` or `RunTo`. `error` is an exception of
    `engine.core.errors` for what the user can mend, any other one for our own faults.
    """

    id: int
    step: int
    error: BaseException | None = None
    value: Any = None
    inverse: Command | None = None
    gesture: int = 0
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether the command was done."""
        return self.error is None
