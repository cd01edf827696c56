"""From the views of a run to the frames of a film: coloured, scaled by whole numbers, encoded."""

from __future__ import annotations

import math
from contextlib import suppress

from engine.core.colour import colourise
from engine.core.commands import Record
from engine.core.views import ImageView
from engine.media.memory import give_back
from engine.media.scale import fit_frame
from engine.media.writers import FrameWriter, open_writer

__all__ = ["ViewFilm", "open_film"]

_SMALLEST = 512  # pixels that the longer side of a film gets where no size was chosen


class ViewFilm:
    """A film of image views.

    Parameters
    ----------
    writer : FrameWriter
        Takes the frames.
    size : (width, height)
        Of every frame, in pixels; pictures are enlarged by whole numbers or reduced to fit.
    ground : (r, g, b)
        Colour behind transparent worlds.
    """

    def __init__(
        self, writer: FrameWriter, size: tuple[int, int], ground: tuple[int, int, int]
    ) -> None:
        self._writer, self._size, self._ground = writer, size, ground
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """Bytes on the disk so far."""
        return self._bytes

    def write(self, view: ImageView) -> None:
        """Colour, scale and add a picture."""
        frame = fit_frame(colourise(view, self._ground), self._size, self._ground)
        self._writer.write(frame)
        numbered = getattr(self._writer, "frame_path", None)
        with suppress(OSError):  # a writer may keep its first frames in memory
            if numbered is not None:
                self._bytes += numbered(self._writer.frames - 1).stat().st_size
            else:
                self._bytes = self._writer.part.stat().st_size

    def close(self) -> None:
        """Finish the file and give it its name."""
        try:
            self._writer.close()
        finally:
            give_back()

    def abort(self) -> None:
        """Remove what was written."""
        self._writer.abort()
        give_back()


def open_film(command: Record, first: ImageView) -> ViewFilm:
    """Open the file that a `Record` command names; `first` decides its size where none was chosen.

    Raises
    ------
    UserError
        If the place cannot be written or the format cannot do what is asked.
    """
    height, width = first.data.shape[:2]
    factor = max(1, math.ceil(_SMALLEST / max(height, width)))
    size = command.size or (width * factor, height * factor)
    # A path without an ending means a folder of PNG frames; `open_writer` knows one by its slash.
    target = str(command.path) if command.path.suffix else f"{command.path}/"
    return ViewFilm(
        open_writer(target, command.fps, size, ground=command.ground), size, command.ground
    )
