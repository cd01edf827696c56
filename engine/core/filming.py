"""Commands that record a view by steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engine.core.command import Command
from engine.core.views import ViewRequest

__all__ = ["Record", "StopRecording"]


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
    quality : "small", "good" or "best"
        Size against fidelity of MP4 and WebM.
    full_chroma : bool
        MP4 in 4:4:4: single coloured cells stay sharp, but some players cannot show it.
    transparent : bool
        Keep the world's alpha instead of the ground, where the format can.
    legend : bool
        Write below what the colours mean.
    sidecar : bool
        Write beside the film how it was made; see `engine.core.sidecar`.
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
    quality: Literal["small", "good", "best"] = "good"
    full_chroma: bool = False
    transparent: bool = False
    legend: bool = False
    sidecar: bool = False


@dataclass(frozen=True)
class StopRecording(Command):
    """Finish the recording; its reply comes when the file is complete. `discard` removes it."""

    discard: bool = False
