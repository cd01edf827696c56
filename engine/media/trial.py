"""How large a film will be and how long it takes, judged by a few frames that are encoded."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.core.commands import Record
from engine.core.views import View
from engine.media.recording import film_size, open_film

__all__ = ["Trial", "try_out"]

_LITTLE = 0.25  # of the bytes of a whole frame, for one after another, where only one is known
_CODED = (".mp4", ".webm", ".webp")
_SAME = 2  # frames more of a world of which one is known
_LEAST = 0.001  # seconds


@dataclass(frozen=True)
class Trial:
    """What a frame costs.

    Attributes
    ----------
    whole : float
        Bytes of a frame that stands alone.
    after : float
        Bytes of one that follows another.
    seconds : float
        To draw and encode one.
    """

    whole: float
    after: float
    seconds: float

    def bytes(self, frames: int, fps: float) -> float:
        """About how large a film of so many frames becomes: one frame a second stands alone."""
        alone = max(1, round(frames / max(fps, 1.0)))
        return alone * self.whole + max(0, frames - alone) * self.after

    def time(self, frames: int, tick: float) -> float:
        """About how many seconds it takes; ticks and encoding go on beside each other.

        `tick` is what the world needs from one frame to the next, in seconds.
        """
        return frames * max(self.seconds, tick)


def try_out(command: Record, views: Sequence[View]) -> Trial:
    """Encode a few views as the command asks, in a folder that is removed again.

    Parameters
    ----------
    command : Record
    views : sequence of View
        One or more; of several, those after the first tell how much changes from frame to frame.

    Raises
    ------
    UserError
        If such a film cannot be recorded.
    """
    more = list(views[1:]) or [views[0]] * _SAME
    with TemporaryDirectory() as name:
        whole = _size(command, views[:1], Path(name) / "one")
        # The first one imported what it needs, the second only starts an encoder: what starts
        # once must not be counted for every frame.
        start = time.perf_counter()
        _size(command, views[:1], Path(name) / "again")
        once = time.perf_counter() - start
        both = _size(command, [views[0], *more], Path(name) / "all")
        seconds = (time.perf_counter() - start - 2 * once) / len(more)
    if len(views) > 1:
        after = (both - whole) / len(more)
    else:
        after = whole * (_LITTLE if command.path.suffix.lower() in _CODED else 1.0)
    return Trial(whole, max(after, 0.0), max(seconds, _LEAST))


def _size(command: Record, views: Sequence[View], folder: Path) -> float:
    """Return the bytes of a film of so many frames."""
    folder.mkdir()
    path = folder / f"trial{command.path.suffix}"
    size = film_size(command, views[0])
    film = open_film(replace(command, path=path, size=size, sidecar=False), views[0])
    for view in views:
        film.write(view)
    film.close()
    files = list(path.iterdir()) if path.is_dir() else [path]
    return float(sum(file.stat().st_size for file in files))
