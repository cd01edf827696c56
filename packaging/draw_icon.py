"""Draw the program's icon as SVG and PNG: primordia in their spiral, as on a sunflower's head.

The n-th primordium stands at n golden angles and at a distance that grows with the square root of n
(Vogel 1979, A better way to construct the sunflower head, eq. 1); young ones are amber, old ones
green.
Run from anywhere: ``python packaging/draw_icon.py``.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SIZE = 256
SCALE = 8
COUNT = 21
GROUND = "#10141a"
RIM = "#2c323d"
YOUNG = np.array([255, 196, 84])
MIDDLE = np.array([63, 199, 160])
OLD = np.array([38, 120, 150])


def primordia() -> list[tuple[float, float, float, str]]:
    """Return centre, radius and colour of every disc on a canvas of 256 x 256."""
    golden = math.pi * (3 - math.sqrt(5))
    discs = []
    for n in range(COUNT):
        share = n / (COUNT - 1)
        distance = 21.4 * math.sqrt(n + 0.35)
        x = SIZE / 2 + distance * math.cos(n * golden - 0.6)
        y = SIZE / 2 + distance * math.sin(n * golden - 0.6)
        low, high, t = (YOUNG, MIDDLE, 2 * share) if share < 0.5 else (MIDDLE, OLD, 2 * share - 1)
        red, green, blue = np.rint(low + (high - low) * t).astype(int)
        discs.append((x, y, 12.0 + 10.5 * math.sqrt(share), f"#{red:02x}{green:02x}{blue:02x}"))
    return discs


def svg() -> str:
    """Return the icon as an SVG document."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}">',
        f'  <rect x="6" y="6" width="244" height="244" rx="56" fill="{GROUND}" stroke="{RIM}" '
        'stroke-width="4"/>',
    ]
    lines += [
        f'  <circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="{colour}"/>'
        for x, y, r, colour in primordia()
    ]
    return "\n".join([*lines, "</svg>", ""])


def png() -> Image.Image:
    """Return the icon as a picture of 256 x 256."""
    image = Image.new("RGBA", (SIZE * SCALE, SIZE * SCALE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    box = (4 * SCALE, 4 * SCALE, 252 * SCALE, 252 * SCALE)
    pen.rounded_rectangle(box, 58 * SCALE, GROUND, RIM, 4 * SCALE)
    for x, y, r, colour in primordia():
        pen.ellipse(tuple(SCALE * v for v in (x - r, y - r, x + r, y + r)), fill=colour)
    return image.resize((SIZE, SIZE), Image.Resampling.BOX)


if __name__ == "__main__":
    folder = Path(__file__).resolve().parents[1] / "resources/icons"
    (folder / "primordia.svg").write_text(svg(), encoding="utf-8")
    png().save(folder / "primordia-256.png", optimize=True)
