"""One door to every format that moving pictures are written in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from engine.core.activity import Activity
from engine.core.errors import BadInput, Cancelled
from engine.core.files import check_writable, describe_os_error

__all__ = [
    "CODECS",
    "WRITER_ENDINGS",
    "BaseWriter",
    "Frame",
    "FrameWriter",
    "Quality",
    "frame_rate",
    "free_part",
    "has_codecs",
    "open_writer",
]

Frame: TypeAlias = NDArray[np.uint8]
Quality = Literal["small", "good", "best"]

#: Endings that `open_writer` knows, with what the user reads in a file dialog.
WRITER_ENDINGS: dict[str, str] = {
    ".mp4": "MP4 video (H.264)",
    ".webm": "WebM video (VP9)",
    ".gif": "Animated GIF",
    ".webp": "Animated WebP",
    ".png": "PNG frames",
}

CODECS = (".mp4", ".webm")
"""Endings that need the package av."""

_MAX_RATE = 240  # frames per second


def has_codecs() -> bool:
    """Tell whether MP4 and WebM can be written: a copy of the program may lack their codecs."""
    return find_spec("av") is not None


@runtime_checkable
class FrameWriter(Protocol):
    """What takes frames and makes a file of them.

    The goal appears under its name only in `close`; an older file of that name survives until
    then. After a failure, what was written so far stays in `part`.
    """

    path: Path
    part: Path
    size: tuple[int, int]
    frames: int

    def write(self, frame: Frame) -> None:
        """Add one frame, uint8 of shape (H, W, 3) or straight RGBA (H, W, 4)."""

    def close(self, activity: Activity | None = None) -> None:
        """Finish the file and give it its name."""

    def abort(self) -> None:
        """Throw away what was written; the older file of that name stays."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def open_writer(
    path: Path | str,
    fps: float | Fraction,
    size: tuple[int, int],
    *,
    transparent: bool = False,
    quality: Quality = "good",
    full_chroma: bool = False,
    ground: tuple[int, int, int] = (0, 0, 0),
) -> FrameWriter:
    """Open a writer for the format that the ending names.

    Parameters
    ----------
    path : Path or str
        NAME.mp4 (H.264), NAME.webm (VP9), NAME.gif, NAME.webp, NAME.png or NAME_%05d.png
        (numbered PNG frames), or a folder, written with a slash at the end (PNG frames in it).
    fps : float or Fraction
        Frames per second, over 0 and up to 240; a GIF shows at most 50.
    size : (int, int)
        Width and height of the frames that will come. H.264 and VP9 need even sizes: an odd one
        gets its last row or column twice, and the writer's `size` says so.
    transparent : bool
        Keep the alpha of the frames: WebM, WebP, GIF (on or off) and PNG can, MP4 cannot.
    quality : {"small", "good", "best"}
        Size against fidelity of MP4, WebM and WebP; GIF and PNG have one quality.
    full_chroma : bool
        MP4 in 4:4:4: single coloured cells stay sharp, but some players cannot show it.
    ground : (int, int, int)
        What shows through where `transparent` is false, RGB 0 to 255.

    Raises
    ------
    BadInput
        When the ending is unknown, the place cannot be written, or the format cannot do what is
        asked.
    """
    # Each format lives in a module of its own, imported when it is wanted: av is large.
    text = str(path)
    ending = Path(text).suffix.lower()
    rate = frame_rate(fps, path)
    if min(size) < 1:
        raise ValueError(f"no frame has the size {size}")
    to_folder = text.endswith(("/", "\\")) or (not ending and Path(text).is_dir())
    if ending == ".png" or to_folder:
        from engine.media.frames import PngFrames

        return PngFrames(text, rate, size, transparent=transparent, ground=ground)
    if ending == ".gif":
        from engine.media.gif import GifWriter

        return GifWriter(Path(text), rate, size, transparent=transparent, ground=ground)
    if ending == ".webp":
        from engine.media.webp import WebpWriter

        return WebpWriter(
            Path(text), rate, size, transparent=transparent, quality=quality, ground=ground
        )
    if ending in CODECS:
        if not has_codecs():
            raise BadInput(
                f"{WRITER_ENDINGS[ending]} cannot be written here: this copy has no codecs",
                path=path,
                remedy="Record GIF, WebP or PNG frames, or install the package av",
            )
        from engine.media.video import VideoWriter, encoding_for

        encoding = encoding_for(
            Path(text), quality=quality, transparent=transparent, full_chroma=full_chroma
        )
        return VideoWriter(Path(text), rate, size, encoding, ground=ground)
    raise BadInput(
        "has an ending that no video can be written to" if ending else "has no ending",
        path=text,
        remedy=f"Use one of {', '.join(WRITER_ENDINGS)}, or a folder with a slash at its end",
    )


def frame_rate(fps: float | Fraction, path: Path | str | None = None) -> Fraction:
    """Return the rate as a fraction; 33.3 and 29.97 become what they stand for.

    Raises
    ------
    BadInput
        When it is not a number over 0 and up to 240.
    """
    value = float(fps)
    if not 0.0 < value <= _MAX_RATE:  # false for NaN too
        raise BadInput(
            f"{value:g} frames per second are impossible",
            path=path,
            remedy=f"Choose a number over 0 and up to {_MAX_RATE}",
        )
    if isinstance(fps, Fraction) or value == round(value):
        return Fraction(fps)
    broadcast = (Fraction(100, 3), Fraction(30000, 1001), Fraction(60000, 1001))
    for rate in broadcast:
        if abs(value - float(rate)) < 0.04:
            return rate
    return max(Fraction(value).limit_denominator(1000), Fraction(1, 1000))


def free_part(goal: Path, ending: str) -> Path:
    """Create an empty file NAME.part.ENDING beside the goal and return its path.

    Where a part of an earlier crash lies, or another recording to the same name runs, the part is
    NAME.part-2.ENDING and so on: nobody's frames are overwritten.
    """
    number = 1
    while True:
        suffix = ".part" if number == 1 else f".part-{number}"
        part = goal.with_name(f"{goal.stem}{suffix}{ending}")
        try:
            part.touch(exist_ok=False)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise describe_os_error(error, goal, writing=True) from error
        else:
            return part


class BaseWriter(ABC):
    """What all writers share: checking and preparing frames, and the ways to end."""

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        *,
        channels: Literal[3, 4],
        ground: tuple[int, int, int] = (0, 0, 0),
    ) -> None:
        self.path = path
        self.goal = check_writable(path)
        self.part = self.goal
        self.frames = 0
        self._given = size
        self._coded = size  # what the encoder gets; `size` is what the file shows
        self.size = size
        self._channels = channels
        self._ground = np.array(ground, dtype=np.float32)
        self._open = True

    def write(self, frame: Frame) -> None:
        """Add one frame, uint8 of shape (H, W, 3) or straight RGBA (H, W, 4).

        Raises
        ------
        UserError
            When the disk is full or the system refuses otherwise; the part keeps what came before.
        ValueError
            When the frame is not of the announced size, or the writer was closed.
        """
        if not self._open:
            raise ValueError(f"the writer of {self.path} is closed")
        width, height = self._given
        if frame.dtype != np.uint8 or frame.shape not in ((height, width, 3), (height, width, 4)):
            raise ValueError(f"a {width} x {height} frame is expected, not {frame.shape}")
        self._add(self._prepared(frame))
        self.frames += 1

    @abstractmethod
    def close(self, activity: Activity | None = None) -> None:
        """Finish the file and give it its name."""

    @abstractmethod
    def abort(self) -> None:
        """Throw away what was written; the older file of that name stays."""

    @abstractmethod
    def leave(self) -> None:
        """Stop after a failure and leave the part as it is."""

    @abstractmethod
    def _add(self, frame: Frame) -> None:
        """Write a frame that `_prepared` made."""

    def _prepared(self, frame: Frame) -> Frame:
        """Return the frame with the writer's channels and size."""
        if frame.shape[2] == 4 and self._channels == 3:
            alpha = frame[..., 3:].astype(np.float32) / 255.0
            mixed = frame[..., :3] * alpha + self._ground * (1.0 - alpha)
            frame = np.rint(mixed).astype(np.uint8)
        elif frame.shape[2] == 3 and self._channels == 4:
            frame = np.dstack([frame, np.full(frame.shape[:2], 255, dtype=np.uint8)])
        right, down = self._coded[0] - self._given[0], self._coded[1] - self._given[1]
        if right or down:
            frame = np.pad(frame, ((0, down), (0, right), (0, 0)), mode="edge")
        return np.ascontiguousarray(frame)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        elif isinstance(error, Cancelled):
            self.abort()
        else:
            self.leave()
