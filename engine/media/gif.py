"""Animated GIF with one palette for all frames, in memory that does not grow with their number.

The best palette is known only when the last frame is there. Until then the frames are kept aside,
see `engine.media.spool`; `close` reads them back one by one.
"""

from __future__ import annotations

import itertools
import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import GifImagePlugin, Image

from engine.core.activity import Activity
from engine.core.errors import BadInput
from engine.core.files import atomic_write
from engine.media.palette import ColourCount, Palette
from engine.media.spool import Spool, SpoolWriter
from engine.media.writers import Frame

__all__ = ["GifWriter", "delays"]

_MAX_RATE = 50  # frames per second: browsers show delays under 20 ms as 100 ms
_MAX_SIDE = 65535  # GIF89a specification, section 18
_CLEAR = 255  # index of the transparent colour
_TO_GROUND = 2  # disposal method: the frame is taken away before the next


class GifWriter(SpoolWriter):
    """Writes an endless animated GIF; see `open_writer` for the parameters.

    Raises
    ------
    BadInput
        When the rate is over 50 frames per second or a side over 65,535 pixels.
    """

    def __init__(
        self,
        path: Path,
        rate: Fraction,
        size: tuple[int, int],
        *,
        transparent: bool = False,
        ground: tuple[int, int, int] = (0, 0, 0),
    ) -> None:
        if rate > _MAX_RATE:
            raise BadInput(
                f"a GIF shows at most {_MAX_RATE} frames per second",
                path=path,
                remedy="Choose 10, 20, 25, 33.3 or 50, or record an MP4",
            )
        if max(size) > _MAX_SIDE:
            raise BadInput("is too large for a GIF", path=path, remedy="Choose a smaller size")
        self._colours = ColourCount()
        super().__init__(path, rate, size, transparent=transparent, ground=ground)

    def finish(self, spool: Spool, activity: Activity) -> None:
        """Choose the palette and write the GIF."""
        palette = self._colours.palette(_CLEAR if self._transparent else 256)
        waits = delays(self.frames, self._rate)
        with atomic_write(self.path) as file:
            file.write(_header(self.size, palette))
            for wait, frame in zip(waits, activity.track(spool, self.frames, "GIF"), strict=True):
                file.write(_frame_data(frame, palette, wait, transparent=self._transparent))
            file.write(b";")

    def _add(self, frame: Frame) -> None:
        visible = frame[frame[..., 3] >= 128] if self._transparent else frame
        self._colours.add(np.ascontiguousarray(visible[..., :3]))
        super()._add(frame)


def delays(count: int, rate: Fraction) -> list[int]:
    """Return how long each of `count` frames is shown, in whole hundredths of a second.

    The roundings even out: the sum is that of the true rate, and 30 frames per second become
    3, 4, 3, 3, 4, 3, ... hundredths.
    """
    ends = [round(Fraction(100 * index) / rate) for index in range(count + 1)]
    return [end - start for start, end in itertools.pairwise(ends)]


def _header(size: tuple[int, int], palette: Palette) -> bytes:
    """Return all that comes before the first frame (GIF89a, sections 17 to 19 and 26)."""
    table = palette.colours.tobytes().ljust(3 * 256, b"\0")
    screen = struct.pack("<HHBBB", *size, 0b1111_0111, 0, 0)  # a table of 2^8 colours of 8 bits
    endless = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    return b"GIF89a" + screen + table + endless


def _frame_data(frame: Frame, palette: Palette, wait: int, *, transparent: bool) -> bytes:
    indices = palette.indices(frame[..., :3])
    milliseconds = 10 * wait
    if not transparent:
        return b"".join(GifImagePlugin.getdata(Image.fromarray(indices), duration=milliseconds))
    image = Image.fromarray(np.where(frame[..., 3] >= 128, indices, np.uint8(_CLEAR)))
    return b"".join(
        GifImagePlugin.getdata(
            image, duration=milliseconds, transparency=_CLEAR, disposal=_TO_GROUND
        )
    )
