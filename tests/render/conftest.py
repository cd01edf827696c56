"""A canvas without a window: EGL, where the machine has it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

Draw = Callable[[int, int], None]
Shoot = Callable[[Draw, int, int], NDArray[np.uint8]]


@pytest.fixture(scope="session")
def shoot() -> Iterator[Shoot]:
    """Draw into a framebuffer of some size and read it back as (height, width, 3) uint8."""
    os.environ.setdefault("EGL_PLATFORM", "surfaceless")
    from vispy import gloo
    from vispy.app import Application, Canvas

    try:
        canvas = Canvas(app=Application("egl"), size=(16, 16), show=False)
    except RuntimeError as error:
        pytest.skip(f"no EGL here: {error}")

    def take(draw: Draw, width: int, height: int) -> NDArray[np.uint8]:
        canvas.set_current()
        depth = gloo.RenderBuffer((height, width), "depth")
        target = gloo.FrameBuffer(gloo.Texture2D((height, width, 4)), depth)
        with target:
            draw(width, height)
            pixels = np.asarray(gloo.read_pixels((0, 0, width, height), alpha=False))
        target.delete()
        return pixels

    yield take
    canvas.close()
