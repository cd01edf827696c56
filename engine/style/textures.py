"""Example textures drawn in code: examples to learn from that need no file and no licence.

Each is a function of a seed and gives a picture of (128, 128, 3), float32 in 0..1, which tiles in
both directions. Features are 8 to 22 cells wide: what a texture automaton learns in minutes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.style.canvas import Canvas, blend, mix, rgb, smoothstep

__all__ = ["SIZE", "TEXTURES"]

SIZE = 128

Texture = NDArray[np.float32]
_Colours = NDArray[np.float64]


def _palette(*codes: str) -> _Colours:
    return np.array([rgb(code) for code in codes])


def dots(seed: int) -> Texture:
    """Jittered polka dots: indigo and a few coral on cream."""
    canvas = Canvas(SIZE, seed)
    points = canvas.lattice(12, 10, 0.14)
    near = canvas.nearest(points)
    colours = canvas.pick(_palette("2b2d6e", "2b2d6e", "2b2d6e", "e4572e"), len(points))
    inside = smoothstep(4.0, 3.4, near.first)
    return canvas.finish(blend(canvas.fill(rgb("f6ead2")), colours[near.which], inside))


def checker(seed: int) -> Texture:
    """Tiles of two glazes with a soft bevel and thin joints."""
    canvas = Canvas(SIZE, seed)
    pitch = 16
    row, column = (canvas.y // pitch).astype(int), (canvas.x // pitch).astype(int)
    dark = (row + column) % 2 == 1
    shade = canvas.random.uniform(-0.04, 0.04, (SIZE // pitch, SIZE // pitch))[row, column]
    v, u = canvas.y % pitch - pitch / 2, canvas.x % pitch - pitch / 2
    edge = pitch / 2 - np.maximum(np.abs(u), np.abs(v))
    light = np.where(np.abs(u) > np.abs(v), -u, -v) / pitch * smoothstep(3.5, 1.5, edge) * 0.45
    tile = np.where(dark[..., None], rgb("14535c"), rgb("f2e3c6")) + (shade + light)[..., None]
    return canvas.finish(blend(canvas.fill(rgb("3a3027")), tile, smoothstep(0.3, 0.9, edge)))


def waves(seed: int) -> Texture:
    """Bands of sea blues that meander."""
    canvas = Canvas(SIZE, seed)
    swell = 4 * np.sin(2 * np.pi * canvas.x / 32) + 1.6 * canvas.noise(10)
    phase = (canvas.y + swell) / 16 % 1
    ramp = _palette("0b3954", "13627f", "2a93a8", "87c9c4", "f4f1de", "87c9c4", "13627f", "0b3954")
    return canvas.finish(mix(ramp, phase))


def bricks(seed: int) -> Texture:
    """Fired bricks in running bond with pale joints."""
    canvas = Canvas(SIZE, seed)
    height, width = 128 / 12, 128 / 6
    row = (canvas.y // height).astype(int)
    x = (canvas.x + (row % 2) * width / 2) % SIZE
    column = (x // width).astype(int)
    v, u = canvas.y % height, x % width
    colours = canvas.pick(_palette("b5482f", "a63d2a", "c65f3d", "93362b", "bb5234"), 12 * 6)
    face = colours[row * 6 + column] + 0.025 * canvas.noise(1.2)[..., None]
    face += (0.10 * smoothstep(3.5, 1.2, v) - 0.14 * smoothstep(3.5, 0.9, height - v))[..., None]
    edge = np.minimum(np.minimum(u, width - u), np.minimum(v, height - v))
    mortar = canvas.fill(rgb("d9c9b0")) + 0.02 * canvas.noise(1.0)[..., None]
    return canvas.finish(blend(mortar, face, smoothstep(0.5, 1.1, edge)))


def cells(seed: int) -> Texture:
    """Stained glass: Voronoi cells in leaded jewel colours."""
    canvas = Canvas(SIZE, seed)
    points = canvas.lattice(10, 9, 0.33)
    near = canvas.nearest(points)
    colours = _palette("e63946", "f4a259", "f2d35b", "2a9d8f", "2367a8", "5b3c88", "8cb369")
    glass = canvas.pick(colours, len(points))[near.which]
    glass = glass * (1.12 - 0.045 * near.first)[..., None]
    return canvas.finish(
        blend(canvas.fill(rgb("17141f")), glass, smoothstep(1.0, 2.0, near.second - near.first))
    )


def weave(seed: int) -> Texture:
    """A basket of wide straw and blue bands, over and under."""
    canvas = Canvas(SIZE, seed)
    pitch = 16
    row, column = (canvas.y // pitch).astype(int), (canvas.x // pitch).astype(int)
    across = (row + column) % 2 == 0
    v, u = canvas.y % pitch / pitch - 0.5, canvas.x % pitch / pitch - 0.5
    along, beside = np.where(across, u, v), np.where(across, v, u)
    strand = np.where(across[..., None], rgb("e3b261"), rgb("2f5d8a"))
    strand = strand + canvas.random.uniform(-0.05, 0.05, (8, 8))[row, column][..., None]
    fibre = 0.06 * np.cos(2 * np.pi * beside * 4)
    light = 1.08 * np.cos(np.pi * along * 0.86) ** 0.8 * (1 - 1.1 * beside**2) + fibre
    inside = smoothstep(0.47, 0.40, np.abs(beside))
    return canvas.finish(blend(canvas.fill(rgb("1d1a20")), strand * light[..., None], inside))


def scales(seed: int) -> Texture:
    """Overlapping scales of a fish, from deep green to a bright rim."""
    canvas = Canvas(SIZE, seed)
    pitch, rows = 16.0, 14
    rise = SIZE / rows
    ramp = _palette("0c3b43", "136f63", "3fb07c", "b6dd7f", "f7f1b0")
    shade = canvas.random.uniform(-0.09, 0.09, (rows, SIZE // int(pitch)))
    picture = canvas.fill(rgb("0c2e3b"))
    above = np.floor(canvas.y / rise).astype(int)
    # Only scales of these rows reach a place; each row lies over the one above it.
    for row in (above - 1, above, above + 1, above + 2):
        x = canvas.x - 0.5 * pitch * (row % 2)
        column = np.round(x / pitch).astype(int)
        radius = np.hypot(x - column * pitch, 0.95 * (canvas.y - row * rise))
        light = shade[row % rows, column % shade.shape[1]]
        scale = mix(ramp, radius / 8.6 - 0.1 + light)
        scale = scale * (1 - 0.55 * smoothstep(8.2, 9.0, radius))[..., None]
        picture = blend(picture, scale, smoothstep(9.2, 8.7, radius))
    return canvas.finish(picture)


def coral(seed: int) -> Texture:
    """A labyrinth of coral ridges on a dark sea floor."""
    canvas = Canvas(SIZE, seed)
    height = canvas.band_noise(13)
    ramp = _palette("16213e", "1f2f57", "8c2f5b", "e2566b", "ff9b85", "ffe0c2")
    return canvas.finish(mix(ramp, smoothstep(-1.1, 1.2, height)))


def bubbles(seed: int) -> Texture:
    """Round bubbles with a rim and a highlight, in blue water."""
    canvas = Canvas(SIZE, seed)
    near = canvas.nearest(points := canvas.lattice(10, 8, 0.13))
    water = mix(_palette("0a2a5e", "0f4c8a"), 0.5 + 0.25 * canvas.noise(9))
    radius = near.first / canvas.random.uniform(4.9, 6.6, len(points))[near.which]
    body = mix(_palette("1b6fb3", "2f8fd0", "7cc8ee", "d8f4ff"), radius**3)
    glint = smoothstep(2.0, 1.2, np.hypot(near.down + 2.2, near.right + 2.0))
    bubble = blend(body, rgb("ffffff"), glint)
    return canvas.finish(blend(water, bubble, smoothstep(1.0, 0.92, radius)))


def honeycomb(seed: int) -> Texture:
    """Wax cells, some full of honey."""
    canvas = Canvas(SIZE, seed)
    points = canvas.lattice(10, 8, 0.0)
    near = canvas.nearest(points)
    honey = canvas.pick(_palette("f6a800", "ffc229", "e58a00", "7a4300"), len(points))
    wall = near.second - near.first
    colour = honey[near.which] * (0.72 + 0.05 * wall)[..., None]
    glint = 0.75 * smoothstep(2.1, 1.0, np.hypot(near.down + 2.6, near.right + 2))
    colour = blend(colour, rgb("fff3c4"), glint)
    return canvas.finish(blend(canvas.fill(rgb("f9dd94")), colour, smoothstep(1.6, 2.8, wall)))


def plaid(seed: int) -> Texture:
    """A tartan of bottle green and red with a twill line."""
    canvas = Canvas(SIZE, seed)
    sett = _palette(*["1c4b3a"] * 6, *["122b44"] * 4, "f0d9a0", *["a92331"] * 4, "f0d9a0")
    period = len(sett) * 2
    warp = sett[(canvas.x % period // 2).astype(int)]
    weft = sett[(canvas.y % period // 2).astype(int)]
    wool = 0.03 * canvas.noise(0.8)[..., None]
    twill = 0.5 + 0.32 * np.sign(np.sin(2 * np.pi * (canvas.x + canvas.y) / 4))
    return canvas.finish(blend(warp, weft, twill) + wool)


def terrazzo(seed: int) -> Texture:
    """Chips of coloured stone set in pale cement."""
    canvas = Canvas(SIZE, seed)
    points = canvas.lattice(10, 10, 0.42)
    near = canvas.nearest(points)
    colours = _palette("e07a5f", "3d405b", "81b29a", "f2cc8f", "b5654a", "5f797b")
    chip = canvas.pick(colours, len(points))[near.which] + 0.02 * canvas.noise(1.0)[..., None]
    size = canvas.random.uniform(2.3, 4.2, len(points))[near.which]
    edge = (near.second - near.first) / 2 - 5.0 + size
    cement = canvas.fill(rgb("f3efe6")) + 0.012 * canvas.noise(1.0)[..., None]
    return canvas.finish(blend(cement, chip, smoothstep(-0.4, 0.4, edge)))


def leopard(seed: int) -> Texture:
    """Dark broken rosettes on a golden coat."""
    canvas = Canvas(SIZE, seed)
    points = canvas.lattice(8, 8, 0.24)
    near = canvas.nearest(points)
    radius = near.first + 0.55 * canvas.noise(2.6)
    gaps = smoothstep(-0.75, -0.35, canvas.noise(3.2))
    ring = smoothstep(1.9, 1.2, np.abs(radius - 4.9)) * gaps
    coat = mix(_palette("d9933d", "eebf6d", "f6d898"), 0.5 + 0.3 * canvas.noise(7))
    coat = blend(coat, rgb("b56a25"), 0.75 * smoothstep(4.6, 3.4, radius))
    return canvas.finish(blend(coat, rgb("2a1712"), ring))


def chevrons(seed: int) -> Texture:
    """Zigzag rows in a warm retro palette."""
    canvas = Canvas(SIZE, seed)
    zigzag = np.abs(canvas.x % 16 - 8) + 0.35 * canvas.noise(4)
    colours = _palette(
        "264653", "2a9d8f", "e9c46a", "f4a261", "e76f51", "f7ede2", "e76f51", "f7ede2"
    )
    band = ((canvas.y + zigzag) % SIZE // 8).astype(int)
    return canvas.finish(colours[band % 8])


TEXTURES: dict[str, Callable[[int], Texture]] = {
    "bricks": bricks,
    "bubbles": bubbles,
    "cells": cells,
    "checker": checker,
    "chevrons": chevrons,
    "coral": coral,
    "dots": dots,
    "honeycomb": honeycomb,
    "leopard": leopard,
    "plaid": plaid,
    "scales": scales,
    "terrazzo": terrazzo,
    "waves": waves,
    "weave": weave,
}
"""The example textures by name: each takes a seed and gives (128, 128, 3) float32 in 0..1."""
