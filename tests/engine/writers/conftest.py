"""Films, and what players make of them."""

import contextlib
from types import SimpleNamespace

import av
import numpy as np
import pytest
from PIL import Image

from engine.media.spool import Spool
from engine.media.writers import FrameWriter, open_writer


def film(count: int = 12, side: int = 48, alpha: bool = False) -> list[np.ndarray]:
    """A bright square that walks over a smooth ground."""
    y, x = np.mgrid[:side, :side]
    frames = []
    for index in range(count):
        frame = np.stack([x * 4 + 20, y * 4 + 20, 60 + 0 * x], axis=-1).astype(np.uint8)
        frame[8:24, 2 * index : 2 * index + 16] = (250, 220, 30)
        if alpha:
            inside = ((x - 24) ** 2 + (y - 24) ** 2 < 400).astype(np.uint8) * 255
            frame = np.dstack([frame, inside])
        frames.append(frame)
    return frames


def decoded(path, pixel_format="rgb24", codec=None) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        if codec is None:
            return [f.to_ndarray(format=pixel_format) for f in container.decode(stream)]
        decoder = av.CodecContext.create(codec, "r")
        frames = []
        for packet in container.demux(stream):
            frames += [f.to_ndarray(format=pixel_format) for f in decoder.decode(packet)]
        return frames


def played(path) -> list[np.ndarray]:
    """The frames of a file that breaks off, as a player shows them: up to the break."""
    frames = []
    if path.suffix == ".frames":
        return list(Spool(path))
    with av.open(str(path)) as container, contextlib.suppress(av.error.InvalidDataError):
        for picture in container.decode(video=0):
            frames.append(picture.to_ndarray(format="rgb24"))
    return frames


def duration(path) -> float:
    with av.open(str(path)) as container:
        return container.duration / av.time_base


def gif_frames(path) -> tuple[list[np.ndarray], list[int]]:
    with Image.open(path) as image:
        pixels, waits = [], []
        for index in range(image.n_frames):
            image.seek(index)
            pixels.append(np.asarray(image.convert("RGBA")))
            waits.append(image.info["duration"])
    return pixels, waits


def write_all(path, frames, fps=25, **options):
    height, width = frames[0].shape[:2]
    with open_writer(path, fps, (width, height), **options) as writer:
        assert isinstance(writer, FrameWriter)
        for frame in frames:
            writer.write(frame)
    return writer


@pytest.fixture
def films() -> SimpleNamespace:
    """Give the helpers of this folder's tests."""
    return SimpleNamespace(
        film=film,
        decoded=decoded,
        played=played,
        duration=duration,
        gif_frames=gif_frames,
        write_all=write_all,
    )
