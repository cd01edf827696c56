"""From the views of a run to the frames of a film: drawn, hashed, encoded."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path

from engine.core.commands import Record
from engine.core.memory import give_back
from engine.core.origin import Making
from engine.core.reducing import Steady
from engine.core.sidecar import Drawing, Film
from engine.core.sidecar_files import check_free, write
from engine.core.views import ImageView, View
from engine.media.shots import Digest, drawn, size_of
from engine.media.writers import FrameWriter, open_writer

__all__ = ["ViewFilm", "film_size", "open_film"]

_SMALLEST = 512  # pixels that the longer side of a film gets where no size was chosen


class ViewFilm:
    """A film of views.

    Parameters
    ----------
    writer : FrameWriter
        Takes the frames.
    drawing : Drawing
        How every frame is drawn.
    command : Record
        What was asked for.
    """

    def __init__(self, writer: FrameWriter, drawing: Drawing, command: Record) -> None:
        self._writer, self._drawing, self._command = writer, drawing, command
        self._digest = Digest()
        self._steady = Steady()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """Bytes on the disk so far."""
        return self._bytes

    @property
    def part(self) -> Path | None:
        """The file that grows until the film is complete; None for a folder of frames."""
        part = self._writer.part
        return None if part.is_dir() else part

    @property
    def digest(self) -> Digest:
        """The hashes of the frames before they were encoded."""
        return self._digest

    def write(self, view: View) -> None:
        """Draw and add a view; principal components keep their colours from frame to frame."""
        if isinstance(view, ImageView):
            view = self._steady.image(view)
        frame = drawn(view, self._drawing)
        if self._command.sidecar:
            self._digest.add(frame)
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

    def explain(self, making: Making) -> None:
        """Write beside the finished film how it was made."""
        asked = self._command
        write(
            asked.path,
            making,
            sha256="",
            view=asked.view,
            request=asked.request,
            drawing=self._drawing,
            pixels=self._digest.pixels,
            film=Film(
                asked.fps, asked.every, asked.turn, asked.still, asked.quality, asked.full_chroma
            ),
        )


def film_size(command: Record, first: View) -> tuple[int, int]:
    """Return the width and height of a film's frames."""
    if command.size is not None:
        return command.size
    width, height = size_of(first)
    if not isinstance(first, ImageView):
        return width, height
    factor = max(1, math.ceil(_SMALLEST / max(height, width)))
    return width * factor, height * factor


def open_film(command: Record, first: View) -> ViewFilm:
    """Open the file that a `Record` command names; `first` decides its size where none was chosen.

    Raises
    ------
    UserError
        If the place cannot be written or the format cannot do what is asked.
    """
    if command.sidecar:
        check_free(command.path)
    size = film_size(command, first)
    ground = None if command.transparent else command.ground
    # A path without an ending means a folder of PNG frames; `open_writer` knows one by its slash.
    target = str(command.path) if command.path.suffix else f"{command.path}/"
    writer = open_writer(
        target,
        command.fps,
        size,
        transparent=command.transparent,
        quality=command.quality,
        full_chroma=command.full_chroma,
        ground=command.ground,
    )
    flat = command.request.eye is None
    return ViewFilm(writer, Drawing(size, ground, command.legend, flat), command)
