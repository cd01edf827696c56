"""Example materials drawn in code: colour, normal, height, roughness, occlusion, all of a piece.

Each is a function of a seed and gives (128, 128, 9), float32 in 0..1, which tiles in both
directions: albedo 0-2, normal 3-5 (tangent space, half of it plus a half, second axis up), height
6, roughness 7, ambient occlusion 8. Normal and occlusion follow from the height.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.style.canvas import Canvas, blend, mix, rgb, smoothstep
from engine.style.textures import SIZE

__all__ = ["MATERIALS", "MATERIAL_CHANNELS", "assemble"]

MATERIAL_CHANNELS = 9

Material = NDArray[np.float32]
_Map = NDArray[np.float64]


def _palette(*codes: str) -> _Map:
    return np.array([rgb(code) for code in codes])


def assemble(albedo: NDArray[np.float32], height: Material, roughness: Material) -> Material:
    """Put maps together; normal and occlusion are made from the height.

    Parameters
    ----------
    albedo : ndarray, shape (h, w, 3)
    height, roughness : ndarray, shape (h, w)
        0..1; a full height is eight pixels.

    Returns
    -------
    ndarray of float32, shape (h, w, 9)
    """
    rise = 8.0 * np.asarray(height, np.float64)
    right = (np.roll(rise, -1, 1) - np.roll(rise, 1, 1)) / 2
    down = (np.roll(rise, -1, 0) - np.roll(rise, 1, 0)) / 2
    normal = np.stack([-right, down, np.ones_like(rise)], -1)  # the second axis looks up
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    occlusion = np.ones_like(rise)
    for reach in (2.0, 5.0):
        occlusion -= 0.18 * np.maximum(_blurred(rise, reach) - rise, 0.0)
    maps = [albedo, normal * 0.5 + 0.5, height[..., None], roughness[..., None]]
    made = np.concatenate([*maps, occlusion.clip(0.15, 1.0)[..., None]], -1)
    return np.asarray(made.clip(0.0, 1.0), np.float32)


def _blurred(values: _Map, reach: float) -> _Map:
    """Gaussian blur on the torus; `reach` is its standard deviation in pixels."""
    down, right = np.fft.fftfreq(values.shape[0]), np.fft.rfftfreq(values.shape[1])
    squared = down[:, None] ** 2 + right[None] ** 2
    damped = np.fft.rfft2(values) * np.exp(-2 * np.pi**2 * reach**2 * squared)
    blurred: _Map = np.fft.irfft2(damped, values.shape)
    return blurred


def _finish(canvas: Canvas, albedo: _Map, height: _Map, roughness: _Map) -> Material:
    fine = np.stack([height, roughness, height], -1)
    coarse = canvas.finish(fine)
    return assemble(canvas.finish(albedo), coarse[..., 0], coarse[..., 1])


def cobblestones(seed: int) -> Material:
    """Worn stones in sand: smooth on top, rough between."""
    canvas = Canvas(SIZE, seed)
    points = canvas.lattice(8, 8, 0.24)
    near = canvas.nearest(points)
    dome = smoothstep(0.8, 7.0, near.second - near.first)
    colours = _palette("8b8f95", "a3988a", "6f757f", "b3aa9e", "7e7168")
    stone = canvas.pick(colours, len(points))[near.which] * (0.8 + 0.25 * dome)[..., None]
    sand = mix(_palette("4a3b2a", "6a5640"), 0.5 + 0.3 * canvas.noise(1.4))
    own = canvas.random.uniform(0.82, 1.0, len(points))[near.which]
    edge = smoothstep(1.0, 2.6, near.second - near.first)
    height = 0.08 + 0.87 * own * np.sqrt(dome)
    return _finish(canvas, blend(sand, stone, edge), height, 0.92 - 0.62 * dome)


def rivets(seed: int) -> Material:
    """Blued steel plates with brass rivets at their corners."""
    canvas = Canvas(SIZE, seed)
    pitch = SIZE / 5
    v, u = canvas.y % pitch - pitch / 2, canvas.x % pitch - pitch / 2
    edge = pitch / 2 - np.maximum(np.abs(u), np.abs(v))
    plate = smoothstep(0.7, 2.6, edge)
    away = np.hypot(np.abs(u) - 7.6, np.abs(v) - 7.6)
    knob = np.sqrt(np.clip(1 - (away / 3.2) ** 2, 0, 1))
    row, column = (canvas.y // pitch).astype(int), (canvas.x // pitch).astype(int)
    shade = canvas.random.uniform(-0.05, 0.05, (6, 6))[row, column]
    steel = mix(_palette("39506a", "55718c"), 0.5 + shade * 6 + 0.12 * canvas.noise(3))
    albedo = blend(canvas.fill(rgb("15181d")), steel, plate)
    albedo = blend(albedo, rgb("d9a441"), smoothstep(3.4, 2.8, away))
    height = 0.5 * plate + 0.45 * knob
    return _finish(canvas, albedo, height, 0.75 - 0.4 * plate - 0.1 * knob)


def leather(seed: int) -> Material:
    """Grain of polished brown leather: plump cells between creases."""
    canvas = Canvas(SIZE, seed)
    points = canvas.lattice(10, 9, 0.34)
    near = canvas.nearest(points)
    plump = smoothstep(0.2, 5.5, near.second - near.first)
    tone = canvas.random.uniform(-0.12, 0.12, len(points))[near.which]
    colours = _palette("2b120a", "5d2a14", "8a4421", "a9592c")
    albedo = mix(colours, 0.15 + 0.75 * plump + tone)
    return _finish(canvas, albedo, 0.15 + 0.7 * plump, 0.8 - 0.42 * plump)


def dragonhide(seed: int) -> Material:
    """Overlapping horn scales, green in the shade and golden at their rims."""
    canvas = Canvas(SIZE, seed)
    pitch, rows = 16.0, 10
    rise = SIZE / rows
    ramp = _palette("0b2d24", "16513b", "3f8f4f", "b6a63a", "e6c65a")
    albedo, height = canvas.fill(rgb("081d18")), np.zeros(canvas.y.shape)
    rough = np.full(canvas.y.shape, 0.9)
    above = np.floor(canvas.y / rise).astype(int)
    for row in (above - 1, above, above + 1, above + 2):
        x = canvas.x - 0.5 * pitch * (row % 2)
        column = np.round(x / pitch)
        down = canvas.y - row * rise
        radius = np.hypot(x - column * pitch, 0.8 * down) / 9.4
        own = smoothstep(1.0, 0.93, radius)
        bulge = np.clip(0.3 - 0.07 * down, 0.1, 1) * np.clip(1.25 - radius**4, 0, 1) * 0.9
        albedo = blend(albedo, mix(ramp, radius - 0.05), own)
        height = height + (bulge - height) * own
        rough = rough + ((0.3 + 0.35 * radius) - rough) * own
    return _finish(canvas, albedo, height, rough)


MATERIALS: dict[str, Callable[[int], Material]] = {
    "cobblestones": cobblestones,
    "dragonhide": dragonhide,
    "leather": leather,
    "rivets": rivets,
}
"""By name: each takes a seed and gives (128, 128, 9) float32 in 0..1."""
