"""Numbered PNG frames: the lossless way out, and the one that no crash can spoil."""

from __future__ import annotations

import re
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

from engine.core.activity import Activity
from engine.core.errors import BadInput
from engine.core.files import describe_os_error
from engine.media.png import write_png
from engine.media.writers import BaseWriter, Frame

__all__ = ["PngFrames"]

_NUMBER = re.compile(r"%0?(\d*)d")


class PngFrames(BaseWriter):
    """Writes frame after frame as NAME_00000.png, NAME_00001.png, ...

    Parameters
    ----------
    target : str
        A folder (frames are called frame_%05d.png), NAME.png or a pattern such as NAME_%05d.png.
    rate : Fraction
        Frames per second; noted in every file under "fps", as PNG itself has no rate.
    size : (int, int)
        Width and height.
    transparent : bool
        Keep the alpha.
    ground : (int, int, int)
        What shows through where not.

    Raises
    ------
    BadInput
        When frames of that name are there already: an old, longer row would mix with the new one.

    Notes
    -----
    Every file is whole under its own name at once; `part` is the folder that they go to.
    """

    def __init__(
        self,
        target: str,
        rate: Fraction,
        size: tuple[int, int],
        *,
        transparent: bool = False,
        ground: tuple[int, int, int] = (0, 0, 0),
    ) -> None:
        folder, self._lead, self._digits, self._tail = _split(target)
        self._made_folder = not folder.exists()
        try:
            folder.mkdir(parents=False, exist_ok=True)
            taken = re.compile(rf"{re.escape(self._lead)}\d+{re.escape(self._tail)}")
            old = sorted(path.name for path in folder.iterdir() if taken.fullmatch(path.name))
        except OSError as error:
            raise describe_os_error(error, folder, writing=True) from error
        if old:
            raise BadInput(
                f"holds frames of that name already ({old[0]}, ...)",
                path=folder,
                remedy="Choose another name or an empty folder",
            )
        self._folder = folder
        self._rate = rate
        super().__init__(self.frame_path(0), size, channels=4 if transparent else 3, ground=ground)
        self.path, self.part = Path(target), folder

    def frame_path(self, index: int) -> Path:
        """Return where the frame of that number, from 0, lies."""
        return self._folder / f"{self._lead}{index:0{self._digits}d}{self._tail}"

    def close(self, activity: Activity | None = None) -> None:
        """End the row; every frame is on the disk already."""
        self._open = False

    def abort(self) -> None:
        """Remove the frames that this writer wrote, and the folder if it made it."""
        self._open = False
        for index in range(self.frames):
            with suppress(OSError):
                self.frame_path(index).unlink()
        self.frames = 0
        if self._made_folder:
            with suppress(OSError):  # someone else put a file there
                self._folder.rmdir()

    def leave(self) -> None:
        """Stop; the frames that were written stay."""
        self._open = False

    def _add(self, frame: Frame) -> None:
        write_png(self.frame_path(self.frames), frame, {"fps": str(self._rate)})


def _split(target: str) -> tuple[Path, str, int, str]:
    """Return the folder, and what stands before the number, its digits and what stands behind."""
    path = Path(target)
    if target.endswith(("/", "\\")) or path.is_dir():
        return path, "frame_", 5, ".png"
    number = _NUMBER.search(path.name)
    if number is None:
        return path.parent, f"{path.stem}_", 5, path.suffix
    lead, tail = path.name[: number.start()], path.name[number.end() :]
    return path.parent, lead, int(number[1] or 1), tail
