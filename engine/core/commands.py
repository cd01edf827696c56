"""What the window asks of a running world, and what it hears back.

Commands are small picklable values. The runner applies them between ticks, or in `poll` of a long
tick, in the order they were sent, and answers each with a `Reply`. Nothing else changes a world.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.core.spec import Asset, Spec
from engine.core.system import Capabilities, Mark, Scope
from engine.core.views import Stroke, ViewRequest

__all__ = [
    "Act",
    "Ask",
    "Brush",
    "Close",
    "Command",
    "ExportFile",
    "Failure",
    "Jump",
    "Load",
    "Look",
    "Pause",
    "Play",
    "Rebuild",
    "Record",
    "RecordingState",
    "Redo",
    "Reply",
    "Reset",
    "RunTo",
    "RunnerState",
    "Save",
    "SetParam",
    "SetSpeed",
    "Snapshot",
    "Step",
    "StopRecording",
    "Train",
    "Undo",
]

_ids = itertools.count(1)


@dataclass(frozen=True)
class Command:
    """Base of all commands; `id` names it in the reply."""

    id: int = field(default_factory=lambda: next(_ids), init=False, compare=False)


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
    """Make one view now, for a screenshot; the reply's value is the view."""

    view: str = "world"
    request: ViewRequest = field(default_factory=ViewRequest)


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
    """Ask the system something (`engine.core.system.QUESTIONS`); the reply's value answers it."""

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

    The marks and the past of the world before are forgotten.
    """

    model: Asset


@dataclass(frozen=True)
class Record(Command):
    """Record a view by steps.

    Attributes
    ----------
    path : Path
        .mp4, .webm, .gif, or a folder for PNG frames.
    view : str
        Name of the view.
    request : ViewRequest
        What of it.
    size : (width, height), optional
        In pixels; None for the world's size, enlarged by whole numbers to at least 512.
    fps : float
        Of the file, independent of the window.
    every : int
        Record every k-th step.
    from_reset : bool
        Reset first, so that the film begins at step 0.
    frames : int, optional
        Stop by itself after so many.
    ground : (r, g, b)
        Colour behind transparent worlds.
    turn : float
        Degrees by which the eye goes on in its orbit with every frame, where there is an eye.
    still : bool
        Time and training stand still until all `frames` are taken: only the eye moves.
    """

    path: Path
    view: str = "world"
    request: ViewRequest = field(default_factory=ViewRequest)
    size: tuple[int, int] | None = None
    fps: float = 30.0
    every: int = 1
    from_reset: bool = False
    frames: int | None = None
    ground: tuple[int, int, int] = (255, 255, 255)
    turn: float = 0.0
    still: bool = False


@dataclass(frozen=True)
class StopRecording(Command):
    """Finish the recording; its reply comes when the file is complete. `discard` removes it."""

    discard: bool = False


@dataclass(frozen=True)
class Close(Command):
    """End the thread after finishing or aborting what is open."""


@dataclass(frozen=True)
class Reply:
    """The answer to a command: what it gave, or why it was refused.

    `inverse` undoes it where that is possible. `error` is an exception of `engine.core.errors` for
    what the user can mend, any other one for our own faults.
    """

    id: int
    step: int
    error: BaseException | None = None
    value: Any = None
    inverse: Command | None = None

    @property
    def ok(self) -> bool:
        """Whether the command was done."""
        return self.error is None


@dataclass(frozen=True)
class Failure:
    """A world stopped because of an exception; its last good state was restored.

    Attributes
    ----------
    during : str
        "building", "stepping", "training", "drawing", "recording".
    error : BaseException
    report : str
        The traceback as text.
    step : int
        Where it happened.
    restored : int, optional
        The step that was restored, None if there was no good state.
    """

    during: str
    error: BaseException
    report: str
    step: int
    restored: int | None = None


@dataclass(frozen=True)
class RecordingState:
    """A recording in progress: frames so far, of how many (None: until stopped), and bytes."""

    path: Path
    frames: int
    planned: int | None
    bytes: int
    seconds: float


@dataclass(frozen=True)
class RunnerState:
    """What the window shows of a runner, published on change and about four times a second.

    Attributes
    ----------
    spec : Spec
        With the parameters as they are now.
    alive : bool
        False while the first world is being built or after building failed.
    playing, training : bool
    target_step : int, optional
        Where a `RunTo` is going.
    speed : float, optional
        Ticks per second asked for; None is unlimited.
    steps_per_second, updates_per_second : float
        Measured over about a second.
    updates, updates_planned : int
        Of training.
    training_seconds : float
        Time spent training so far.
    device : str
        In words, e.g. "CPU, 2 threads".
    marks : tuple of Mark
        What happened in the world, for the plots; after a jump back also what lies ahead.
    moments : tuple of int
        Steps that are kept, to jump to; those after `step` lie ahead after a jump back.
    paused_by : str
        Why the world paused itself; "" if it did not.
    undo : (str, str)
        What would be undone and what done again, in words; "" where there is nothing.
    """

    spec: Spec
    capabilities: Capabilities | None = None
    alive: bool = False
    playing: bool = False
    training: bool = False
    target_step: int | None = None
    speed: float | None = None
    step: int = 0
    seed: int = 0
    steps_per_second: float = 0.0
    updates: int = 0
    updates_planned: int = 0
    updates_per_second: float = 0.0
    training_seconds: float = 0.0
    device: str = ""
    recording: RecordingState | None = None
    warnings: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    moments: tuple[int, ...] = ()
    paused_by: str = ""
    undo: tuple[str, str] = ("", "")
