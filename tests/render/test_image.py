"""The OpenGL renderer: right pixels, and the painter's within one level of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPainter

from app.viewports.painter import ImagePainter
from app.viewports.render.image import ImageRenderer
from engine.core.colour import lut
from engine.core.views import ImageView

Shoot = Callable[..., NDArray[np.uint8]]
GROUND = (15, 17, 21)


def made(data: NDArray[Any], **more: Any) -> ImageView:
    rows, columns = data.shape[:2]
    given: dict[str, Any] = {"extent": (rows, columns), "region": (0, 0, rows, columns)}
    return ImageView(step=0, data=data, **(given | more))


def noise(channels: int, rows: int = 37, columns: int = 53) -> NDArray[np.uint8]:
    data = np.random.default_rng(1).integers(0, 256, (rows, columns, channels), dtype=np.uint8)
    if channels == 4:
        data[..., :3] = np.minimum(data[..., :3], data[..., 3:])
    return data


def scalars() -> NDArray[np.float32]:
    return np.random.default_rng(2).normal(size=(37, 53)).astype(np.float32)


def waves(channels: int) -> NDArray[np.uint8]:
    """A smooth picture: neighbours differ by a fifth of the range at most."""
    r, c = np.mgrid[0:37, 0:53]
    planes = [
        127.5 + 127.5 * np.sin(r / (4 + k) + k) * np.cos(c / (5 + k)) for k in range(channels)
    ]
    data = np.stack(planes, axis=-1)
    if channels == 4:
        data[..., :3] *= data[..., 3:] / 255
    return data.astype(np.uint8)


def by_gl(
    shoot: Shoot, view: ImageView, camera: tuple[float, float, float], smooth: bool, size: Any
) -> NDArray[np.uint8]:
    def draw(width: int, height: int) -> None:
        renderer = ImageRenderer()
        renderer.smooth = smooth
        renderer.set_view(view)
        renderer.set_camera(*camera)
        renderer.draw(width, height, GROUND)

    return shoot(draw, *size)


def by_painter(
    view: ImageView, camera: tuple[float, float, float], smooth: bool, size: tuple[int, int]
) -> NDArray[np.uint8]:
    drawer = ImagePainter()
    drawer.smooth = smooth
    drawer.set_view(view)
    drawer.set_camera(*camera)
    image = QImage(*size, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    drawer.draw(painter, *size, GROUND)
    painter.end()
    packed = image.convertToFormat(QImage.Format.Format_RGBA8888)
    pixels = np.frombuffer(packed.constBits(), np.uint8).reshape(size[1], size[0], 4)
    return pixels[..., :3].copy()


CAMERAS = [(7, 5, 1.0), (-11, 3, 3.7), (20, -4, 0.61), (-300, -200, 16.0), (31, 9, 4.0)]


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("kind", ["rgb", "rgba", "scalar"])
def test_painter_and_gl_agree_within_one_level(
    shoot: Shoot, qapp: object, camera: tuple[float, float, float], kind: str
) -> None:
    coarse = {"rgb": noise(3), "rgba": noise(4), "scalar": scalars()}[kind]
    fine = {"rgb": waves(3), "rgba": waves(4), "scalar": waves(1)[..., 0].astype(np.float32)}[kind]
    more = {} if kind != "scalar" else {"colormap": "viridis", "limits": (-1.5, 2.0)}
    for data, smooth in ((coarse, False), (fine, True)):
        if not smooth and camera[2] < 1:
            continue  # a picture made smaller is smoothed whatever one asks: see `fine`
        if smooth and kind == "scalar":
            more = {"colormap": "viridis", "limits": (0.0, 255.0)}
        view = made(data, **more)
        gl = by_gl(shoot, view, camera, smooth, (211, 157)).astype(int)
        other = by_painter(view, camera, smooth, (211, 157)).astype(int)
        assert np.abs(gl - other).max() <= 1
        assert len(np.unique(gl.reshape(-1, 3), axis=0)) > 20


def test_one_to_one_gives_the_data_itself(shoot: Shoot) -> None:
    data = noise(3)
    pixels = by_gl(shoot, made(data), (7, 5, 1.0), False, (80, 60))
    assert np.array_equal(pixels[5 : 5 + 37, 7 : 7 + 53], data)
    outside = np.ones((60, 80), bool)
    outside[5 : 5 + 37, 7 : 7 + 53] = False
    assert (pixels[outside] == GROUND).all()


def test_whole_cells_when_enlarged(shoot: Shoot) -> None:
    data = noise(3, 5, 6)
    pixels = by_gl(shoot, made(data), (0, 0, 8.0), False, (48, 40))
    assert np.array_equal(pixels, data.repeat(8, axis=0).repeat(8, axis=1))


def test_scalars_go_through_the_colour_map_and_nan_is_the_low_end(shoot: Shoot) -> None:
    data = np.array([[-5.0, 0.0, 0.5, 1.0, 9.0, np.nan]], np.float32)
    pixels = by_gl(shoot, made(data, limits=(0.0, 1.0)), (0, 0, 1.0), False, (6, 1))
    assert np.array_equal(pixels[0], lut("viridis")[[0, 0, 128, 255, 255, 0]])


def test_a_region_lies_where_the_world_has_it(shoot: Shoot) -> None:
    part = noise(3, 4, 4)
    view = made(part, extent=(100, 100), region=(10, 20, 8, 8))
    pixels = by_gl(shoot, view, (-20, -10, 1.0), False, (12, 12))
    assert np.array_equal(pixels[:8, :8], part.repeat(2, axis=0).repeat(2, axis=1))
    assert (pixels[8:] == GROUND).all()


def test_the_same_shape_is_uploaded_into_the_same_texture(shoot: Shoot) -> None:
    seen = []

    def draw(width: int, height: int) -> None:
        renderer = ImageRenderer()
        renderer.set_camera(0, 0, 1.0)
        for data in (noise(3), noise(3)[::-1].copy(), noise(4), scalars()):
            renderer.set_view(made(data))
            renderer.draw(width, height, GROUND)
            seen.append(renderer._texture)

    shoot(draw, 53, 37)
    assert seen[0] is seen[1]
    assert all(a is not b for a, b in itertools.combinations(seen[1:], 2))


def test_shot_after_shot_shows_the_newest_view(shoot: Shoot) -> None:
    first, second = noise(3), noise(3)[::-1].copy()
    shots = []

    def draw(width: int, height: int) -> None:
        renderer = ImageRenderer()
        renderer.set_camera(0, 0, 1.0)
        renderer.set_view(made(first))
        renderer.draw(width, height, GROUND)
        renderer.set_view(made(second))
        renderer.draw(width, height, GROUND)

    shots.append(shoot(draw, 53, 37))
    assert np.array_equal(shots[0], second)
