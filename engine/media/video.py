"""Encode frames as a video file that plays even if the program dies half-way.

The file grows as NAME.part.mp4 beside its goal. A fragmented MP4 (and any WebM) can be
played without its end; when all went well it is turned into an ordinary MP4, which every player
can wind, and takes the goal's name.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from engine.core.activity import Activity
from engine.core.errors import BadInput, UserError
from engine.core.files import describe_os_error, replace_atomically
from engine.media.writers import BaseWriter, Frame, Quality, free_part

__all__ = ["Encoding", "VideoWriter", "encoding_for"]

_MULTIPLE = 2  # of width and height: colours are stored for two by two pixels
_BT709 = 1  # ITU-T H.273: the number of BT.709 as primaries and as transfer function


@dataclass(frozen=True)
class Encoding:
    """How frames become a video.

    Parameters
    ----------
    ending, container, codec, pixel_format : str
        The part's ending and FFmpeg's names.
    channels : {3, 4}
        What frames must have.
    options, container_options : mapping
        FFmpeg's options of the codec and of the container.
    """

    ending: str
    container: str
    codec: str
    pixel_format: str
    channels: Literal[3, 4] = 3
    options: Mapping[str, str] = field(default_factory=dict)
    container_options: Mapping[str, str] = field(default_factory=dict)


def encoding_for(
    path: Path, *, quality: Quality = "good", transparent: bool = False, full_chroma: bool = False
) -> Encoding:
    """Return the encoding for NAME.mp4 or NAME.webm; the parameters are those of `open_writer`.

    Raises
    ------
    BadInput
        When transparency is asked of an MP4.
    """
    if path.suffix.lower() == ".webm":
        speed, crf = {"small": (8, 40), "good": (7, 28), "best": (5, 16)}[quality]
        return Encoding(
            ending=".webm",
            container="webm",
            codec="libvpx-vp9",
            pixel_format="yuva420p" if transparent else "yuv420p",
            channels=4 if transparent else 3,
            options={
                "deadline": "realtime",
                "cpu-used": str(speed),
                "crf": str(crf),
                "row-mt": "1",
                "auto-alt-ref": "0",  # libvpx cannot encode alpha with it
            },
        )
    if transparent:
        raise BadInput(
            "an MP4 video cannot be transparent",
            path=path,
            remedy="Choose WebM, GIF or PNG frames, or an opaque background",
        )
    crf = {"small": 28, "good": 20, "best": 12}[quality]
    return Encoding(
        ending=".mp4",
        container="mp4",
        codec="libx264",
        pixel_format="yuv444p" if full_chroma else "yuv420p",
        options={"preset": "veryfast", "crf": str(crf)},
        container_options={"movflags": "hybrid_fragmented+frag_keyframe"},
    )


class VideoWriter(BaseWriter):
    """Writes H.264 or VP9; see `open_writer` for the parameters."""

    def __init__(
        self,
        path: Path,
        rate: Fraction,
        size: tuple[int, int],
        encoding: Encoding,
        *,
        ground: tuple[int, int, int] = (0, 0, 0),
    ) -> None:
        super().__init__(path, size, channels=encoding.channels, ground=ground)
        coded = [-(-side // _MULTIPLE) * _MULTIPLE for side in size]
        self.size = self._coded = (coded[0], coded[1])
        self._format = encoding.pixel_format
        self._reformatter = VideoReformatter()
        self.part = free_part(self.goal, encoding.ending)
        self._file = _PartFile(self.part)
        try:
            self._container = av.open(
                self._file,
                "w",
                format=encoding.container,
                container_options=dict(encoding.container_options),
            )
            self._stream = self._container.add_stream(
                encoding.codec, rate=rate, options=dict(encoding.options)
            )
            self._stream.width, self._stream.height = self._coded
            self._stream.pix_fmt = encoding.pixel_format
            context = self._stream.codec_context
            context.bit_rate = 0  # constant quality
            # A key frame each second: at most so much is lost when the program dies.
            context.gop_size = max(1, round(rate))
            context.colorspace = Colorspace.ITU709
            context.color_range = ColorRange.MPEG
            context.color_primaries = context.color_trc = _BT709
            context.open()
        except (av.error.FFmpegError, ValueError) as error:
            self.abort()
            raise BadInput(
                f"{self.size[0]} x {self.size[1]} pixels cannot be encoded ({error})",
                path=path,
                remedy="Choose another size or another format",
            ) from error

    def close(self, activity: Activity | None = None) -> None:
        """Finish the file and give it its name.

        Raises
        ------
        UserError
            When the disk is full or no frame was written; the part keeps what there is.
        """
        if not self._open:
            return
        self._open = False
        if not self.frames:
            self._discard()
            raise BadInput("no frame was recorded", path=self.path, remedy="Record a while longer")
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
            self._file.finish()
        except (OSError, av.error.FFmpegError) as error:
            self.leave()
            raise self._failure(error) from error
        try:
            replace_atomically(self.part, self.goal)
        except OSError as error:
            raise self._failure(error) from error

    def abort(self) -> None:
        """Throw away what was written; the older file of that name stays."""
        self._open = False
        self._discard()

    def leave(self) -> None:
        """Stop and leave the part as it is: it plays up to its last whole second."""
        self._open = False
        self._file.freeze()

    def _discard(self) -> None:
        self._file.freeze()
        with suppress(OSError):
            self.part.unlink()

    def _add(self, frame: Frame) -> None:
        picture = av.VideoFrame.from_ndarray(
            frame, format="rgba" if self._channels == 4 else "rgb24"
        )
        picture = self._reformatter.reformat(
            picture,
            format=self._format,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
        )
        picture.pts = self.frames
        try:
            self._container.mux(self._stream.encode(picture))
        except (OSError, av.error.FFmpegError) as error:
            self.leave()
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> UserError:
        if isinstance(error, OSError):
            told = describe_os_error(error, self.path, writing=True)
        else:
            told = UserError(f"cannot be encoded ({error})", path=self.path)
        kept = f"What was recorded until then is in {self.part.name}"
        return type(told)(
            told.problem, path=self.path, remedy=f"{told.remedy}. {kept}".lstrip(". ")
        )


class _PartFile:
    """The file that FFmpeg writes through: by descriptor, so that no name is taken for a URL.

    Once frozen it swallows what comes, so that ending a failed encoder changes nothing on disk.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._file = path.open("r+b", buffering=0)
        self._frozen = False

    def write(self, data: bytes) -> int:
        rest = memoryview(data)
        while rest and not self._frozen:
            rest = rest[self._file.write(rest) :]
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return 0 if self._frozen else self._file.seek(offset, whence)

    def tell(self) -> int:
        return 0 if self._frozen else self._file.tell()

    def read(self, size: int) -> bytes:
        return b"" if self._frozen else self._file.read(size)

    def finish(self) -> None:
        """Bring every byte to the disk and close."""
        os.fsync(self._file.fileno())
        self.freeze()

    def freeze(self) -> None:
        self._frozen = True
        self._file.close()
