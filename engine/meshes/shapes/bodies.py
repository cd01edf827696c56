"""The built-in bodies, each the place where a function of space is 0 (below 0 inside).

Every body fits into a ball of about radius 1.3 around the origin, +y up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.meshes.shapes import fields as f

__all__ = ["BODIES"]

Points = NDArray[np.float64]
Values = NDArray[np.float64]


def torus(p: Points) -> Values:
    """Ring lying flat."""
    return f.torus(p, (0, 0, 0), 0.85, 0.37, 1)


def knot(p: Points) -> Values:
    """Tube around a trefoil, (sin t + 2 sin 2t, cos t - 2 cos 2t, -1.5 sin 3t) / 3."""
    return f.closed_tube(p, _trefoil, 0.19)


def _trefoil(t: Values, order: int) -> Points:
    """The curve, or its first or second derivative."""
    quarter = order * np.pi / 2  # a derivative moves a sine by a quarter turn
    return (
        np.stack(
            [
                np.sin(t + quarter) + 2 * 2**order * np.sin(2 * t + quarter),
                np.cos(t + quarter) - 2 * 2**order * np.cos(2 * t + quarter),
                -1.5 * 3**order * np.sin(3 * t + quarter),
            ],
            axis=1,
        )
        / 3
    )


def mug(p: Points) -> Values:
    """Cup with a handle: genus 1."""
    cup = f.cylinder(p, (0, 0, 0), 0.7, 0.8, 1, 0.1)
    handle = f.intersection(0.05, f.torus(p, (0.72, 0, 0), 0.42, 0.12, 2), 0.55 - p[:, 0])
    hollow = f.cylinder(p, (0, 0.35, 0), 0.54, 0.98, 1, 0.15)
    return f.intersection(0.1, f.union(0.15, cup, handle), -hollow)


def blob(p: Points) -> Values:
    """Nine drops run together."""
    rng = np.random.default_rng(4)
    away = rng.normal(size=(9, 3))
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    centres = away * rng.uniform(0.35, 0.65, (9, 1))
    return f.beads(p, centres, rng.uniform(0.28, 0.44, 9), 0.1)


def holed_cube(p: Points) -> Values:
    """Rounded cube, bored through along all three axes: genus 5."""
    bored = [-(np.linalg.norm(np.delete(p, axis, axis=1), axis=1) - 0.4) for axis in range(3)]
    return f.intersection(0.16, f.box(p, (0.75, 0.75, 0.75), 0.12), *bored)


def gyroid(p: Points) -> Values:
    """One side of Schoen's gyroid, cut by a ball."""
    x, y, z = (p * 4.6 + 0.4).T
    wave = np.sin(x) * np.cos(y) + np.sin(y) * np.cos(z) + np.sin(z) * np.cos(x)
    return f.intersection(0.12, wave / (4.6 * 1.2), np.linalg.norm(p, axis=1) - 1)


def shell(p: Points) -> Values:
    """Sea shell: a tube that widens along a logarithmic helico-spiral, hollow at its mouth."""
    turns = np.linspace(-6.4 * np.pi, 0, 130)
    size = np.exp(0.095 * turns)
    radius, height = 0.55 * size, 0.9 - 1.4 * size
    path = np.stack([radius * np.cos(turns), height, radius * np.sin(turns)], axis=1)
    body = f.beads(p, path, 0.46 * size, 0.012)
    mouth = f.capsule(p, (0.6, -0.53, 0.12), (0.75, -0.62, 0.9), 0.27, 0.4)
    return f.intersection(0.08, body, -mouth)


def creature(p: Points) -> Values:
    """Small animal on four legs, with ears and a raised tail."""
    q = np.stack([p[:, 0], p[:, 1], np.abs(p[:, 2])], axis=1)  # right and left alike
    torso = f.capsule(p, (-0.5, 0.0, 0), (0.35, 0.06, 0), 0.41, 0.37)
    neck = f.capsule(p, (0.4, 0.2, 0), (0.66, 0.5, 0), 0.26, 0.24)
    head = f.ellipsoid(p, (0.78, 0.62, 0), (0.38, 0.33, 0.34))
    snout = f.capsule(p, (0.98, 0.55, 0), (1.2, 0.49, 0), 0.18, 0.13)
    ears = f.capsule(q, (0.68, 0.8, 0.2), (0.6, 1.14, 0.33), 0.14, 0.08)
    front = f.capsule(q, (0.36, -0.15, 0.24), (0.4, -0.72, 0.27), 0.19, 0.15)
    back = f.capsule(q, (-0.52, -0.15, 0.24), (-0.58, -0.72, 0.28), 0.23, 0.15)
    paws = f.union(
        0.05,
        f.capsule(q, (0.4, -0.75, 0.27), (0.54, -0.77, 0.28), 0.15, 0.13),
        f.capsule(q, (-0.58, -0.75, 0.28), (-0.44, -0.77, 0.29), 0.15, 0.13),
    )
    along = np.linspace(0, 1, 24)
    bend = np.stack(
        [-0.8 - 0.4 * np.sin(2.2 * along), 0.12 + 0.95 * along**1.4, 0.16 * np.sin(4 * along)],
        axis=1,
    )
    tail = f.beads(p, bend, 0.16 - 0.05 * along, 0.015)
    body = f.union(0.16, torso, neck, head, front, back, tail)
    return f.union(0.08, body, snout, ears, paws)


def vase(p: Points) -> Values:
    """Bellied vase with a wall, a foot, a neck and a lip."""
    y = p[:, 1]
    profile, slope = np.full(len(p), 0.3), np.zeros(len(p))
    for height, middle, width in ((0.42, -0.15, 0.47), (0.16, 1.0, 0.22), (0.1, -1.0, 0.2)):
        bump = height * np.exp(-(((y - middle) / width) ** 2))
        profile += bump
        slope -= bump * 2 * (y - middle) / width**2
    wall = (np.hypot(p[:, 0], p[:, 2]) - profile) / np.hypot(1, slope)
    body = f.intersection(0.08, wall, np.abs(y) - 1)
    hollow = f.intersection(0.1, wall + 0.1, -0.88 - y)
    return f.intersection(0.06, body, -hollow)


def pretzel(p: Points) -> Values:
    """Three rings run together: genus 3."""
    turn = 2 * np.pi * np.arange(3) / 3 + np.pi / 2
    rings = [f.torus(p, (0.62 * np.cos(a), 0.62 * np.sin(a), 0), 0.42, 0.19, 2) for a in turn]
    return f.union(0.2, *rings)


BODIES = {
    "torus": ("Torus", torus),
    "knot": ("Trefoil knot", knot),
    "mug": ("Mug", mug),
    "blob": ("Drops", blob),
    "holed-cube": ("Bored cube", holed_cube),
    "gyroid": ("Gyroid ball", gyroid),
    "shell": ("Sea shell", shell),
    "creature": ("Creature", creature),
    "vase": ("Vase", vase),
    "pretzel": ("Three rings", pretzel),
}
