"""Draw the pictures of resources/targets and the program's own icon, always to the same bytes.

Run from anywhere: ``python packaging/draw_targets.py [FOLDER]``. Coordinates are those of a 40 x 40
canvas with the origin at its top left; shapes are drawn 16 times larger and reduced once, in
premultiplied colour so that no dark fringe is left.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SIZE = 40
SCALE = 16
Point = tuple[float, float]


class Canvas:
    """A 40 x 40 canvas with filled shapes; every length is in canvas units."""

    def __init__(self) -> None:
        self.image = Image.new("RGBA", (SIZE * SCALE, SIZE * SCALE), (0, 0, 0, 0))

    def fill(self, points: Iterable[Point], colour: str) -> None:
        """Fill a polygon."""
        pen = ImageDraw.Draw(self.image)
        pen.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=colour)

    def blob(self, points: Iterable[Point], colour: str) -> None:
        """Fill a closed smooth curve through the points (Catmull-Rom)."""
        self.fill(smooth(list(points), closed=True), colour)

    def disc(
        self, x: float, y: float, rx: float, colour: str, ry: float | None = None, turn: float = 0
    ) -> None:
        """Fill an ellipse, turned clockwise by degrees."""
        self.fill(ellipse(x, y, rx, rx if ry is None else ry, turn), colour)

    def line(
        self, points: Iterable[Point], width: float, colour: str, end: float | None = None
    ) -> None:
        """Draw a smooth stroke with round ends whose width goes from `width` to `end`."""
        path = smooth(list(points), closed=False)
        end = width if end is None else end
        pen = ImageDraw.Draw(self.image)
        for i, (x, y) in enumerate(path):
            r = (width + (end - width) * i / max(len(path) - 1, 1)) / 2 * SCALE
            pen.ellipse((x * SCALE - r, y * SCALE - r, x * SCALE + r, y * SCALE + r), fill=colour)

    def erase(self, points: Iterable[Point]) -> None:
        """Cut a polygon out."""
        ImageDraw.Draw(self.image).polygon(
            [(x * SCALE, y * SCALE) for x, y in points], fill=(0, 0, 0, 0)
        )

    def clip(self, points: Iterable[Point], paint: Callable[[Canvas], None]) -> None:
        """Paint only inside a polygon."""
        over = Canvas()
        paint(over)
        mask = Image.new("L", self.image.size, 0)
        ImageDraw.Draw(mask).polygon([(x * SCALE, y * SCALE) for x, y in points], fill=255)
        clear = Image.new("RGBA", self.image.size, (0, 0, 0, 0))
        self.image.alpha_composite(Image.composite(over.image, clear, mask))

    def reduced(self, size: int) -> Image.Image:
        """Return the drawing at `size` x `size`, area-averaged."""
        rgba = np.asarray(self.image, dtype=np.float64) / 255.0
        rgba[..., :3] *= rgba[..., 3:]
        planes = [
            Image.fromarray(rgba[..., c].astype(np.float32)).resize(
                (size, size), Image.Resampling.BOX
            )
            for c in range(4)
        ]
        small = np.stack([np.asarray(plane, dtype=np.float64) for plane in planes], axis=-1)
        alpha = small[..., 3:]
        small[..., :3] = np.where(alpha > 0, small[..., :3] / np.maximum(alpha, 1e-9), 0)
        return Image.fromarray(np.rint(np.clip(small, 0, 1) * 255).astype(np.uint8))


def smooth(points: list[Point], *, closed: bool, steps: int = 24) -> list[Point]:
    """Return a Catmull-Rom curve through the points."""
    count = len(points)
    path: list[Point] = []
    for i in range(count if closed else count - 1):
        if closed:
            a, b, c, d = (points[(i + k - 1) % count] for k in range(4))
        else:
            a, b, c, d = (points[min(max(i + k - 1, 0), count - 1)] for k in range(4))
        for step in range(steps):
            t = step / steps
            path.append(
                (
                    _catmull_rom(a[0], b[0], c[0], d[0], t),
                    _catmull_rom(a[1], b[1], c[1], d[1], t),
                )
            )
    return path if closed else [*path, points[-1]]


def _catmull_rom(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )


def ellipse(x: float, y: float, rx: float, ry: float, turn: float = 0) -> list[Point]:
    """Return the outline of an ellipse, turned clockwise by degrees."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    ring = [2 * math.pi * k / 96 for k in range(96)]
    return [
        (
            x + rx * math.cos(a) * cos - ry * math.sin(a) * sin,
            y + rx * math.cos(a) * sin + ry * math.sin(a) * cos,
        )
        for a in ring
    ]


def polar(x: float, y: float, radius: float, degrees: float) -> Point:
    """Return the point at a distance and a direction (0 is up, clockwise)."""
    a = math.radians(degrees)
    return x + radius * math.sin(a), y - radius * math.cos(a)


def mirrored(points: Iterable[Point], axis: float = SIZE / 2) -> list[Point]:
    """Return the points mirrored at a vertical axis."""
    return [(2 * axis - x, y) for x, y in points]


def eye(c: Canvas, x: float, y: float, radius: float, look: Point = (0, 0)) -> None:
    """Draw a white eye with a dark pupil and a glint."""
    c.disc(x, y, radius, "#ffffff")
    px, py = x + look[0], y + look[1]
    c.disc(px, py, radius * 0.62, "#1d1b2e")
    c.disc(px - radius * 0.22, py - radius * 0.25, radius * 0.22, "#ffffff")


def gecko(c: Canvas) -> None:
    """A green gecko seen from above, tail in an S."""
    skin, dark, light = "#3fae49", "#2b8a3e", "#b8e05a"
    for leg in (
        [(17, 14), (11.5, 13), (9, 8.5)],
        [(23, 14), (28.5, 15), (32, 11)],
        [(17.5, 23), (12, 23), (8.5, 27.5)],
        [(22.5, 23), (28, 23.5), (31, 28.5)],
    ):
        c.line(leg, 4.2, dark, 3.2)
        x, y = leg[-1]
        for turn in (-50, 0, 50):
            fx, fy = leg[-1][0] - leg[-2][0], leg[-1][1] - leg[-2][1]
            base = math.degrees(math.atan2(fx, -fy))
            tx, ty = polar(x, y, 2.6, base + turn)
            c.line([(x, y), (tx, ty)], 1.9, dark, 1.9)
    c.line([(20, 25), (20.5, 30), (24, 33.5), (28, 35), (32, 34.5), (34.5, 32)], 7.5, skin, 1.6)
    c.blob(
        [(20, 10), (24, 14), (24.8, 20), (23, 27), (20, 29), (17, 27), (15.2, 20), (16, 14)], skin
    )
    c.blob(
        [(20, 2), (24.6, 4.2), (25.4, 8.5), (22.8, 12.4), (17.2, 12.4), (14.6, 8.5), (15.4, 4.2)],
        skin,
    )
    c.line([(20, 12), (20, 20), (20.2, 27), (22, 31.5), (26, 34)], 2.6, light, 1.2)
    for x, y in ((17.6, 16.5), (22.4, 18.5), (17.5, 21), (22.2, 23.5)):
        c.disc(x, y, 1.15, dark)
    eye(c, 15.8, 6.2, 2.3, (-0.3, -0.2))
    eye(c, 24.2, 6.2, 2.3, (0.3, -0.2))


def butterfly(c: Canvas) -> None:
    """An orange and violet butterfly."""
    upper = [(20, 17), (22, 9), (28, 3.5), (35, 3.5), (37.5, 9), (35, 16), (28, 20.5), (21, 21)]
    lower = [(20.5, 20), (28, 20.5), (33, 24), (34, 30), (30, 35), (25.5, 33.5), (21.5, 27)]
    inner = [(22, 17), (24.5, 10.5), (29, 6.5), (33.6, 6.8), (34.6, 10), (32, 14.6), (27, 18)]
    for side in (list, mirrored):
        c.blob(side(lower), "#7a3ff2")
        c.blob(side(upper), "#f2600c")
        c.blob(side(inner), "#ffb000")
        c.disc(*side([(30.4, 10.5)])[0], 2.3, "#fff3c4")
        c.disc(*side([(28.2, 28)])[0], 2.9, "#ff7ad9")
        c.line(side([(20.4, 11), (22, 6), (25, 3.2)]), 1.1, "#6a45a0")
        c.disc(*side([(25.2, 3.2)])[0], 1.1, "#6a45a0")
    c.disc(20, 20, 1.9, "#6a45a0", 10)
    c.disc(20, 10.8, 2.3, "#6a45a0")


def fish(c: Canvas) -> None:
    """A clown fish swimming to the left."""
    orange, dark, white = "#ff7a1a", "#e0500a", "#fdfdfd"
    body = smooth(
        [
            (3, 21),
            (7, 14.5),
            (14.5, 10.5),
            (22, 11.5),
            (29, 16.5),
            (31.5, 20.5),
            (29, 25),
            (22, 29.5),
            (14, 30),
            (7, 27),
        ],
        closed=True,
    )
    c.blob(
        [
            (29, 20.5),
            (33, 14),
            (37.5, 11.5),
            (38, 16),
            (36, 20.5),
            (38, 25.5),
            (37, 29.5),
            (33, 27),
        ],
        dark,
    )
    c.blob([(11, 12.5), (15, 6.5), (21, 6), (27, 10.5), (26, 15.5), (16, 14)], dark)
    c.blob([(14, 28), (17, 34), (22.5, 34.5), (24, 28)], dark)
    c.fill(body, orange)

    def stripes(over: Canvas) -> None:
        over.line([(14.2, 8), (12.6, 15), (13, 22), (15, 32)], 4, white)
        over.line([(24.6, 9), (23.6, 16), (23.8, 24), (25, 33)], 3.4, white)

    c.clip(body, stripes)
    c.blob([(17, 20.5), (21.5, 19), (22, 24.5), (18, 25)], dark)
    eye(c, 8.2, 18.6, 2.3, (-0.35, 0))
    c.line([(3.6, 23), (5.4, 23.8), (7.4, 23.2)], 0.9, "#8a2c00")


def mushroom(c: Canvas) -> None:
    """A fly agaric."""
    c.blob(
        [(15, 20), (25, 20), (25.4, 28), (28, 34), (26, 37), (14, 37), (12, 34), (14.6, 28)],
        "#f4e6cf",
    )
    c.blob([(22, 21), (25, 21), (25.4, 28), (28, 34), (26, 37), (22, 37), (23.4, 29)], "#dcc6a4")
    c.blob(
        [
            (13.6, 22),
            (20, 24.8),
            (26.4, 22),
            (25.8, 26),
            (22.5, 28),
            (20, 26.8),
            (17.5, 28),
            (14.2, 26),
        ],
        "#fffaf0",
    )
    cap = smooth(
        [
            (2.6, 20),
            (4.5, 12),
            (10.5, 5.5),
            (20, 3),
            (29.5, 5.5),
            (35.5, 12),
            (37.4, 20),
            (34, 22.6),
            (20, 24),
            (6, 22.6),
        ],
        closed=True,
    )
    c.fill(cap, "#d7263d")

    def dots(over: Canvas) -> None:
        over.blob([(2, 23), (20, 20.6), (38, 23), (34, 27), (6, 27)], "#a8152c")
        for x, y, r in (
            (13, 9.6, 2.9),
            (24.6, 7.6, 2.2),
            (20.6, 15.4, 3.2),
            (30.6, 14.4, 2.9),
            (8.4, 17.2, 2.4),
            (35.4, 20, 1.6),
            (15.5, 21.3, 1.3),
        ):
            over.disc(x, y, r, "#fff6ea", r * 0.86)

    c.clip(cap, dots)


def flower(c: Canvas) -> None:
    """A pink flower with stem and two leaves."""
    c.line([(20, 20), (20.6, 29), (20, 38)], 2.4, "#2f9e44")
    c.blob([(20.4, 34.5), (24, 28.5), (31.5, 27), (30, 32.5), (25, 35.5)], "#40b85a")
    c.blob([(20, 36.8), (16.5, 31.5), (9, 30.5), (11, 35.2), (15.5, 37.6)], "#2f9e44")
    for k in range(6):
        x, y = polar(20, 15, 7.6, 60 * k)
        c.disc(x, y, 4.5, "#e23b86", 6, 60 * k)
    for k in range(6):
        x, y = polar(20, 15, 6.6, 60 * k)
        c.disc(x, y, 2.7, "#ff79b4", 4.6, 60 * k)
    c.disc(20, 15, 4.6, "#ffc61a")
    c.disc(20, 15, 2.6, "#f08c00")


def snail(c: Canvas) -> None:
    """A snail with a spiral shell."""
    body = "#f0b67f"
    c.line([(34.2, 16), (35.4, 10), (37, 7)], 1.5, body)
    c.line([(31.8, 16), (31, 10.5), (30, 7.4)], 1.5, body)
    c.blob(
        [
            (2, 36),
            (8, 31),
            (18, 29.5),
            (26, 28),
            (28.5, 21.5),
            (30, 16.5),
            (34, 14.5),
            (37.4, 17.5),
            (36.6, 24),
            (33.6, 31.5),
            (29, 36),
            (15, 36.8),
        ],
        body,
    )
    c.blob([(2, 36), (9, 34.2), (22, 34), (31, 33.6), (29, 36.4), (15, 37)], "#cf8a4f")
    c.disc(37, 7, 1.5, "#6a45a0")
    c.disc(30, 7.2, 1.5, "#6a45a0")
    c.disc(17, 20.5, 13, "#a0398c")
    spiral = [polar(17 + 0.6, 21, 11 * (1 - k / 46) ** 1.15, 150 + 17 * k) for k in range(44)]
    c.line(spiral, 3.8, "#f6a6d9", 1.8)
    c.line([(35.2, 22.4), (34, 23.6), (32.6, 23.8)], 0.9, "#8a4b20")


def owl(c: Canvas) -> None:
    """The face of an owl."""
    brown, dark, light = "#8a5a33", "#5c3a1e", "#f3dcb3"
    c.blob(
        [
            (5, 2.5),
            (12, 5.5),
            (20, 5),
            (28, 5.5),
            (35, 2.5),
            (36, 12),
            (36.5, 24),
            (32, 33),
            (20, 37.6),
            (8, 33),
            (3.5, 24),
            (4, 12),
        ],
        brown,
    )
    c.blob([(5, 2.5), (12, 5.6), (17, 10), (12, 9.5), (6, 12)], dark)
    c.blob([(35, 2.5), (28, 5.6), (23, 10), (28, 9.5), (34, 12)], dark)
    c.blob(
        [(20, 22), (27, 25), (28.5, 31), (24, 35.5), (20, 36.4), (16, 35.5), (11.5, 31), (13, 25)],
        light,
    )
    for x, y in ((16.6, 29.6), (20, 29.6), (23.4, 29.6), (18.3, 33), (21.7, 33)):
        c.blob([(x - 1.5, y - 0.8), (x, y - 0.1), (x + 1.5, y - 0.8), (x, y + 1.5)], "#c58b4e")
    for x in (12, 28):
        c.disc(x, 16.5, 8.1, light)
        c.disc(x, 16.5, 5.9, "#ffb703")
        c.disc(x, 16.5, 3.7, "#1d1b2e")
        c.disc(x - 1.3, 15, 1.3, "#ffffff")
    c.blob([(17.4, 19), (20, 18), (22.6, 19), (20, 26)], "#f4791f")


def starfish(c: Canvas) -> None:
    """A smiling starfish."""
    red, light = "#ef5b3c", "#ffc07a"
    outline: list[Point] = []
    for k in range(5):
        for radius, turn in ((8.6, -36), (15.6, -9), (18.4, 0), (15.6, 9)):
            outline.append(polar(20, 21.4, radius, 72 * k + turn))
    c.blob(outline, red)
    for k in range(5):
        for radius, size in ((7.6, 1.6), (11, 1.35), (14.2, 1.05)):
            if k in (2, 3) or radius > 7.6:
                x, y = polar(20, 21.4, radius, 72 * k)
                c.disc(x, y, size, light)
    eye(c, 16.4, 19.2, 2.3)
    eye(c, 23.6, 19.2, 2.3)
    c.line([(17.2, 23.6), (20, 25.4), (22.8, 23.6)], 1.1, "#7d1f16")


def leaf(c: Canvas) -> None:
    """A green leaf, its halves in two tones."""
    c.line([(4, 37), (8, 32.5), (12, 28)], 2.4, "#8a6a2f", 1.6)
    whole = smooth(
        [
            (36.5, 3),
            (36.6, 14),
            (33, 24.5),
            (25.5, 31.2),
            (15.8, 32),
            (9.2, 29.8),
            (8, 23),
            (9.5, 14.5),
            (16, 7.2),
            (26, 3.6),
        ],
        closed=True,
    )
    c.fill(whole, "#2f9e44")
    c.clip(
        whole, lambda over: over.fill([(36.5, 3), (8, 31.5), (0, 20), (0, 0), (36, 0)], "#7bc043")
    )
    c.line([(10, 30), (20, 19.6), (34, 5.6)], 1.7, "#e3f5a6", 0.9)
    for start, left, right in (
        ((14.6, 25.2), (11.2, 20), (20.4, 28.6)),
        ((19.6, 20.2), (16, 13.4), (26.4, 24.6)),
        ((24.8, 15), (23.6, 8.6), (31.2, 17)),
    ):
        c.line([start, left], 1.1, "#e3f5a6", 0.7)
        c.line([start, right], 1.1, "#a5dd7c", 0.7)


def heart(c: Canvas) -> None:
    """A red heart with a shine."""
    points = [
        (
            20 + 16.6 * math.sin(t) ** 3,
            18.4
            - 1.08
            * (13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)),
        )
        for t in (2 * math.pi * k / 240 for k in range(240))
    ]
    c.fill(points, "#e5173f")
    c.clip(points, lambda over: over.disc(15, 12, 22, "#ff4d6d", 19, 30))
    c.clip(points, lambda over: over.disc(28, 20, 16, "#e5173f", 24, 35))
    c.clip(points, lambda over: over.disc(34, 26, 12, "#b80f34", 20, 35))
    c.disc(11.4, 11.6, 2.6, "#ffd6de", 4, 38)


def cactus(c: Canvas) -> None:
    """A potted cactus with a flower."""
    green, dark, light = "#3a9d5d", "#2a7a48", "#9fe0a8"
    c.line([(20, 21), (10, 20.5), (8.6, 13)], 5.6, green)
    c.line([(20, 17), (30, 16.4), (31.6, 9)], 5.6, green)
    c.line([(20, 9), (20, 29)], 11, green)
    c.line([(23.4, 8.6), (23.6, 29)], 2.6, dark)
    for x, ys in ((16.6, (10, 15.6, 21, 26)), (20.4, (7.6, 13, 18.6, 24))):
        for y in ys:
            c.line([(x, y), (x, y + 1.4)], 1, light)
    for x, y in ((8.6, 14), (9.4, 18.6), (31.4, 10.4), (30.6, 14.6)):
        c.line([(x, y), (x, y + 1.2)], 1, light)
    for k in range(5):
        x, y = polar(20, 4.4, 2.4, 72 * k)
        c.disc(x, y, 1.9, "#ff5fa2")
    c.disc(20, 4.4, 1.5, "#ffd43b")
    c.fill([(10.4, 29), (29.6, 29), (27.4, 38.4), (12.6, 38.4)], "#d9642c")
    c.fill([(8.6, 26.6), (31.4, 26.6), (31.4, 30.8), (8.6, 30.8)], "#f08045")
    c.fill([(24.6, 30.8), (29.2, 30.8), (27.4, 38.4), (24, 38.4)], "#b84d1d")


def jellyfish(c: Canvas) -> None:
    """A violet jellyfish with wavy arms."""
    for x, colour, sway in (
        (9.5, "#c77dff", 1),
        (16, "#9d4edd", -1),
        (24, "#c77dff", 1),
        (30.5, "#9d4edd", -1),
    ):
        c.line(
            [(x, 18), (x + 2.2 * sway, 24), (x - 2 * sway, 30), (x + 1.4 * sway, 37)],
            3.1,
            colour,
            1.3,
        )
    c.line([(20, 18), (18.4, 23), (21.6, 28), (19.4, 33)], 4, "#ff9ee5", 2)
    bell = smooth(
        [
            (4, 19),
            (5.6, 10.6),
            (11.5, 4.2),
            (20, 2.2),
            (28.5, 4.2),
            (34.4, 10.6),
            (36, 19),
            (33.4, 21.6),
            (30.6, 19.4),
            (27.4, 21.8),
            (23.8, 19.6),
            (20, 22),
            (16.2, 19.6),
            (12.6, 21.8),
            (9.4, 19.4),
            (6.6, 21.6),
        ],
        closed=True,
    )
    c.fill(bell, "#7b2cbf")
    c.clip(bell, lambda over: over.disc(17.5, 9, 14, "#9d4edd", 9.6))
    c.disc(12, 9, 2.4, "#e8c6ff", 3.6, 40)
    eye(c, 15, 14.2, 2.2)
    eye(c, 25, 14.2, 2.2)
    c.line([(18.2, 17), (20, 18.2), (21.8, 17)], 1, "#2d0a4e")


def ladybird(c: Canvas) -> None:
    """A ladybird seen from above."""
    ink = "#504a78"  # dark, yet visible on a dark ground
    for y, reach in ((15, 4), (22, 2.2), (29, 4)):
        for side in (-1, 1):
            c.line(
                [
                    (20, y),
                    (20 + side * 15, y - 0.6),
                    (20 + side * (18 - reach * 0.3), y + (y - 22) * 0.35),
                ],
                1.8,
                ink,
            )
    for side in (-1, 1):
        c.line([(20 + side * 3, 7), (20 + side * 5, 4), (20 + side * 8, 2.6)], 1.3, ink)
    c.disc(20, 9, 7.4, ink, 5.6)
    shell = ellipse(20, 23, 14.2, 14.4)
    c.fill(shell, "#e0202f")
    c.clip(shell, lambda over: over.disc(20, 5.4, 12, "#504a78", 6))
    c.clip(shell, lambda over: over.disc(14, 17, 4.6, "#ff5b5b", 3, -40))
    c.line([(20, 10), (20, 37.2)], 1.6, "#1d1b2e")
    for x, y, r in (
        (12.6, 21.4, 2.9),
        (27.4, 21.4, 2.9),
        (14.4, 30, 2.7),
        (25.6, 30, 2.7),
        (20, 15.2, 3),
    ):
        c.disc(x, y, r, "#1d1b2e")
    for side in (-1, 1):
        c.disc(20 + side * 4, 7.2, 1.6, "#fff6ea")


TARGETS: dict[str, Callable[[Canvas], None]] = {
    "butterfly": butterfly,
    "cactus": cactus,
    "fish": fish,
    "flower": flower,
    "gecko": gecko,
    "heart": heart,
    "jellyfish": jellyfish,
    "ladybird": ladybird,
    "leaf": leaf,
    "mushroom": mushroom,
    "owl": owl,
    "snail": snail,
    "starfish": starfish,
}


def draw(name: str, size: int = SIZE) -> Image.Image:
    """Return the RGBA picture of a target at `size` x `size`."""
    canvas = Canvas()
    TARGETS[name](canvas)
    return canvas.reduced(size)


def main(folder: Path) -> None:
    """Write every target as a PNG of 40 x 40 into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in TARGETS:
        draw(name).save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    default = Path(__file__).resolve().parents[1] / "resources/targets"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
