"""Example textures for surfaces, drawn in code: features of 12 to 24 pixels with bold outlines.

On a mesh two pixels span an edge, so what is finer than three pixels cannot be shown by vertices.
Pictures are as those of `textures`: (128, 128, 3) float32 in 0..1 that tile in both directions.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.style.canvas import Canvas, blend, mix, rgb, smoothstep
from engine.style.textures import SIZE

__all__ = ["SURFACE_TEXTURES"]

Texture = NDArray[np.float32]


def _palette(*codes: str) -> NDArray[np.float64]:
    return np.array([rgb(code) for code in codes])


def stripes(seed: int) -> Texture:
    """Level stripes of ivory and ink, slightly wavy, with a line of amber in the dark ones."""
    canvas = Canvas(SIZE, seed)
    phase = (canvas.y + 0.8 * canvas.noise(16)) / (SIZE / 8) % 1
    wave = np.abs(phase - 0.5) * 2  # 0 in the middle of a dark stripe, 1 of a light one
    picture = canvas.fill(rgb("f3e6c8")) * (0.9 + 0.1 * smoothstep(0.5, 1.0, wave))[..., None]
    picture = blend(picture, rgb("17213d"), smoothstep(0.66, 0.54, wave))
    return canvas.finish(blend(picture, rgb("e08a1e"), smoothstep(0.24, 0.12, wave)))


def zebra(seed: int) -> Texture:
    """Black stripes that fork and end on warm white."""
    canvas = Canvas(SIZE, seed)
    height, width = canvas.y.shape
    white = canvas.random.standard_normal((height, width))
    down = np.fft.fftfreq(height)[:, None] * 3 * 15
    right = np.fft.rfftfreq(width)[None] * 3 * 15
    # Waves of one length that run mostly downwards.
    ring = np.exp(-(((np.hypot(down, right) - 1) / 0.2) ** 2) / 2 - (right / 0.5) ** 2 / 2)
    waves = np.fft.irfft2(np.fft.rfft2(white) * ring, white.shape)
    waves = waves / waves.std()
    return canvas.finish(mix(_palette("f7efe0", "e9dcc4", "1b1716", "0e0c0d"), waves * 1.1 + 0.5))


def spots(seed: int) -> Texture:
    """Coral spots with a pale rim on deep teal."""
    canvas = Canvas(SIZE, seed)
    points = canvas.lattice(8, 7, 0.16)
    near = canvas.nearest(points)
    radius = near.first / canvas.random.uniform(5.2, 6.8, len(points))[near.which]
    ground = mix(_palette("0c4a52", "12626a"), 0.5 + 0.25 * canvas.noise(8))
    spot = mix(_palette("ffb07c", "f0603f", "d8432f"), radius)
    picture = blend(ground, rgb("ffe9c9"), smoothstep(1.28, 1.14, radius))
    return canvas.finish(blend(picture, spot, smoothstep(0.94, 0.8, radius)))


def bark(seed: int) -> Texture:
    """Ridges of bark between dark furrows that run upwards."""
    canvas = Canvas(SIZE, seed)
    points = canvas.lattice(4, 8, 0.3)
    first, second = np.full(canvas.y.shape, np.inf), np.full(canvas.y.shape, np.inf)
    which = np.zeros(canvas.y.shape, np.int64)
    bend = 2.2 * canvas.noise(9)
    for number, (row, column) in enumerate(points):
        # Long plates: the way along the trunk counts for less than across.
        down = (canvas.y - row + SIZE / 2) % SIZE - SIZE / 2
        right = (canvas.x + bend - column + SIZE / 2) % SIZE - SIZE / 2
        far = np.hypot(0.42 * down, right)
        which[far < first] = number
        second = np.minimum(second, np.maximum(first, far))
        first = np.minimum(first, far)
    ridge = smoothstep(0.4, 6.0, second - first)
    plate = canvas.random.uniform(-0.12, 0.12, len(points))[which]
    colour = mix(
        _palette("20140d", "3d2716", "6b4526", "9a6b3f", "c39a68"),
        0.95 * ridge + plate + 0.05 * canvas.noise(1.6),
    )
    return canvas.finish(colour)


def pebbles(seed: int) -> Texture:
    """River pebbles, lit from above, in dark water."""
    canvas = Canvas(SIZE, seed)
    points = canvas.lattice(8, 8, 0.3)
    near = canvas.nearest(points)
    colours = _palette("8d99a6", "b8a58a", "5f7484", "c9c2b4", "7b6a58", "a2b0a8")
    stone = canvas.pick(colours, len(points))[near.which]
    inside = smoothstep(1.0, 6.5, near.second - near.first)
    light = 0.62 + 0.45 * inside - 0.028 * near.down
    glint = 0.55 * smoothstep(2.6, 0.8, np.hypot(near.down + 2.6, near.right + 1.2))
    picture = blend(stone * light[..., None], rgb("ffffff"), glint)
    edge = smoothstep(1.0, 2.6, near.second - near.first)
    return canvas.finish(blend(canvas.fill(rgb("0d1b24")), picture, edge))


SURFACE_TEXTURES: dict[str, Callable[[int], Texture]] = {
    "bark": bark,
    "pebbles": pebbles,
    "spots": spots,
    "stripes": stripes,
    "zebra": zebra,
}
"""By name: each takes a seed and gives (128, 128, 3) float32 in 0..1."""
