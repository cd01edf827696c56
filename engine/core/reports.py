"""What the window hears of a running world beside replies: its state, failures, bookmarks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.core.capabilities import Capabilities
from engine.core.spec import Spec
from engine.core.system import Mark

__all__ = ["Bookmark", "Failure", "RecordingState", "RunnerState"]


@dataclass(frozen=True, eq=False)
class Bookmark:
    """A state of the world that the user wants kept.

    Attributes
    ----------
    deposit : int
        What `Restore`, `Branch` and `Forget` name it by.
    step : int
    title : str
    bytes : int
        Memory that it takes.
    thumbnail : ndarray, optional
        uint8 (h, w, 3 or 4), straight alpha; None for a world without a picture.
    """

    deposit: int
    step: int
    title: str
    bytes: int
    thumbnail: NDArray[np.uint8] | None = None


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
    """A recording in progress.

    Attributes
    ----------
    path : Path
        What it will be.
    frames : int
        Written so far.
    planned : int, optional
        Of how many; None until it is stopped.
    bytes : int
        On the disk so far.
    seconds : float
        How long the film is so far.
    elapsed : float
        Seconds since it was begun.
    part : Path, optional
        The file that grows until then, and that a crash leaves; None where the frames are files.
    """

    path: Path
    frames: int
    planned: int | None
    bytes: int
    seconds: float
    elapsed: float = 0.0
    part: Path | None = None


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
    stride : int, optional
        A picture every so many steps; None as time allows.
    budget : int
        Bytes that moments, states set aside and bookmarks may take together.
    kept_bytes : int
        Bytes that they take.
    bookmarks : tuple of Bookmark
        Oldest first; another tuple only when one came or went.
    edits : int
        How often the world or its model was changed by hand since it was built.
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
    stride: int | None = None
    budget: int = 0
    kept_bytes: int = 0
    bookmarks: tuple[Bookmark, ...] = ()
    edits: int = 0
