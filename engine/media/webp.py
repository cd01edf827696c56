"""WebP by Pillow: one lossless picture, or an animation that is written at the end of a film."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from PIL import Image, features

from engine.core.activity import Activity
from engine.core.errors import BadInput
from engine.core.files import write_atomically
from engine.media.gif import delays
from engine.media.spool import Spool, SpoolWriter
from engine.media.writers import Frame, Quality

__all__ = ["WebpWriter", "check_webp", "encode_webp"]

_MOST = 16383  # pixels a side: WebP container specification, section "VP8X"
_EFFORT = 1  # of 6: four times as fast as Pillow's default of 4, for some per cent of size


def check_webp(size: tuple[int, int]) -> None:
    """Refuse a size that WebP cannot hold, and a Pillow that was built without it."""
    if not features.check("webp"):
        raise BadInput("WebP cannot be written here", remedy="Use PNG or GIF")
    if max(size) > _MOST:
        raise BadInput("is too large for WebP", remedy=f"Use up to {_MOST} pixels a side")


def encode_webp(frame: Frame) -> bytes:
    """Return the bytes of a lossless WebP picture; colours of what is empty are kept, too.

    Parameters
    ----------
    frame : ndarray of uint8, shape (H, W, 3) or (H, W, 4)
        RGB or straight RGBA.
    """
    check_webp((frame.shape[1], frame.shape[0]))
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "WEBP", lossless=True, exact=True, method=_EFFORT)
    return buffer.getvalue()


class WebpWriter(SpoolWriter):
    """Writes an endless animated WebP; see `open_writer` for the parameters.

    The best quality loses nothing. The encoder keeps what it has encoded in memory.
    """

    def __init__(
        self,
        path: Path,
        rate: Fraction,
        size: tuple[int, int],
        *,
        transparent: bool = False,
        quality: Quality = "good",
        ground: tuple[int, int, int] = (0, 0, 0),
    ) -> None:
        check_webp(size)
        self._quality = quality
        super().__init__(path, rate, size, transparent=transparent, ground=ground)

    def finish(self, spool: Spool, activity: Activity) -> None:
        """Encode all frames and write the file."""
        lossless = self._quality == "best"
        buffer = io.BytesIO()
        frames = iter(activity.track(spool, self.frames, "WebP"))
        pages = _Pages(next(frames), frames, self.frames)
        pages.save(
            buffer,
            "WEBP",
            save_all=True,
            duration=[10 * wait for wait in delays(self.frames, self._rate)],
            loop=0,
            lossless=lossless,
            quality={"small": 50, "good": 80, "best": 50}[self._quality],
            method=_EFFORT,
        )
        write_atomically(self.path, buffer.getbuffer())


class _Pages(Image.Image):
    """All frames as the pages of one picture, of which one at a time is in memory.

    Pillow turns the pages in order; the last one may be asked for again.
    """

    def __init__(self, first: Frame, rest: Iterator[Frame], count: int) -> None:
        super().__init__()
        self._rest, self._page = rest, 0
        self.n_frames = count
        self.is_animated = count > 1
        self._show(first)

    def _show(self, frame: Frame) -> None:
        image = Image.fromarray(frame)
        self.im, self._mode, self._size = image.im, image.mode, image.size

    def tell(self) -> int:
        return self._page

    def seek(self, frame: int) -> None:
        while self._page < frame:
            self._show(next(self._rest))
            self._page += 1
