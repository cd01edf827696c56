"""Patterns that only words ask for, as tones: each takes a seed and gives (128, 128) in 0..1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.style.canvas import Canvas, smoothstep
from engine.style.textures import SIZE

__all__ = ["WORD_TEXTURES"]

Tones = NDArray[np.float32]


def _finished(canvas: Canvas, tone: NDArray[np.float64]) -> Tones:
    return canvas.finish(np.repeat(tone[..., None], 3, axis=2))[..., 0]


def marble(seed: int) -> Tones:
    """Dark veins that wander through pale stone."""
    canvas = Canvas(SIZE, seed)
    flow = (canvas.x + canvas.y) / (SIZE / 4) + 0.5 * canvas.noise(24) + 0.12 * canvas.noise(8)
    vein = np.abs(np.sin(np.pi * flow)) ** 0.6
    return _finished(canvas, 0.85 * vein + 0.15 * smoothstep(-1.5, 1.5, canvas.noise(10)))


def wood(seed: int) -> Tones:
    """Long grain with darker lines of growth."""
    canvas = Canvas(SIZE, seed)
    bend = 5 * np.sin(2 * np.pi * canvas.x / SIZE) + 2.2 * canvas.noise(20)
    year = (canvas.y + bend) / (SIZE / 9) % 1
    tone = 0.9 - 0.75 * smoothstep(0.35, 0.95, year) * smoothstep(1.0, 0.96, year)
    return _finished(canvas, tone + 0.04 * canvas.noise(1.0))


def cracks(seed: int) -> Tones:
    """Dry earth, split into plates."""
    canvas = Canvas(SIZE, seed)
    points = canvas.lattice(8, 8, 0.4)
    near = canvas.nearest(points)
    plate = 0.75 + canvas.random.uniform(-0.15, 0.15, len(points))[near.which]
    gap = near.second - near.first + 0.4 * canvas.noise(2)
    return _finished(canvas, (plate + 0.04 * canvas.noise(1.5)) * smoothstep(0.4, 2.4, gap))


def rings(seed: int) -> Tones:
    """Ripples around scattered points."""
    canvas = Canvas(SIZE, seed)
    near = canvas.nearest(canvas.lattice(4, 4, 0.2))
    return _finished(canvas, 0.5 + 0.5 * np.cos(2 * np.pi * near.first / 8))


def clouds(seed: int) -> Tones:
    """Soft large shapes with finer ones in them."""
    canvas = Canvas(SIZE, seed)
    tone = canvas.noise(13) + 0.5 * canvas.noise(6) + 0.2 * canvas.noise(3)
    return _finished(canvas, smoothstep(-1.8, 1.8, tone))


def sand(seed: int) -> Tones:
    """Ripples of wind in fine grain."""
    canvas = Canvas(SIZE, seed)
    phase = canvas.y / (SIZE / 10) + 0.3 * canvas.noise(18)
    return _finished(canvas, 0.55 + 0.3 * np.sin(2 * np.pi * phase) + 0.07 * canvas.noise(0.8))


WORD_TEXTURES: dict[str, Callable[[int], Tones]] = {
    "marble": marble,
    "wood": wood,
    "cracks": cracks,
    "rings": rings,
    "clouds": clouds,
    "sand": sand,
}
"""Tones by name; colours are given to them by the words."""
