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
    """Tube around a trefoil, (sin t + 2 sin 2t, cos t - 2 cos 2t, -1.5 sin 3t)."""
    t = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    across, up = np.sin(t) + 2 * np.sin(2 * t), np.cos(t) - 2 * np.cos(2 * t)
    return f.closed_tube(p, np.stack([across, up, -1.5 * np.sin(3 * t)], axis=1) / 3, 0.19)


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
    centres = away * rng.uniform(0.45, 0.8, (9, 1))
    return f.beads(p, centres, rng.uniform(0.26, 0.42, 9), 0.09)


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
    turns = np.linspace(-4.6 * np.pi, 0, 150)
    size = np.exp(0.125 * turns)
    radius, height = 0.62 * size, 0.95 - 1.55 * size
    path = np.stack([radius * np.cos(turns), height, radius * np.sin(turns)], axis=1)
    body = f.beads(p, path, 0.44 * size, 0.012)
    mouth = f.capsule(p, (0.64, -0.62, 0.1), (0.8, -0.72, 0.9), 0.26, 0.36)
    return f.intersection(0.08, body, -mouth)


def creature(p: Points) -> Values:
    """Small animal on four legs, with ears and a curled tail."""
    q = p * (1, 1, 1)
    q[:, 2] = np.abs(q[:, 2])  # the left half, mirrored
    torso = f.capsule(p, (-0.55, 0.0, 0), (0.4, 0.08, 0), 0.33, 0.3)
    neck = f.capsule(p, (0.42, 0.15, 0), (0.72, 0.52, 0), 0.2, 0.17)
    head = f.ellipsoid(p, (0.82, 0.62, 0), (0.31, 0.25, 0.25))
    snout = f.capsule(p, (0.95, 0.58, 0), (1.16, 0.5, 0), 0.16, 0.1)
    ears = f.capsule(q, (0.7, 0.74, 0.14), (0.62, 1.04, 0.25), 0.1, 0.06)
    front = f.capsule(q, (0.42, -0.1, 0.2), (0.46, -0.78, 0.23), 0.15, 0.11)
    back = f.capsule(q, (-0.55, -0.1, 0.2), (-0.62, -0.78, 0.24), 0.18, 0.11)
    paws = f.union(
        0.05,
        f.capsule(q, (0.46, -0.8, 0.23), (0.58, -0.82, 0.24), 0.11, 0.1),
        f.capsule(q, (-0.62, -0.8, 0.24), (-0.5, -0.82, 0.25), 0.11, 0.1),
    )
    turn = np.linspace(0, 1, 24)
    curve = np.stack(
        [-0.8 - 0.45 * np.sin(2.2 * turn), 0.08 + 0.95 * turn**1.4, 0.16 * np.sin(4 * turn)], axis=1
    )
    tail = f.beads(p, curve, 0.13 - 0.05 * turn, 0.015)
    body = f.union(0.14, torso, neck, head, front, back, tail)
    return f.union(0.08, body, snout, ears, paws)


def vase(p: Points) -> Values:
    """Bellied vase with a wall, a foot and an open mouth."""
    r = np.hypot(p[:, 0], p[:, 2])
    y = p[:, 1]
    profile = 0.46 + 0.26 * np.sin(2.5 * y + 1.1) + 0.1 * np.maximum(y - 0.55, 0)
    slope = np.hypot(1, 0.65 * np.cos(2.5 * y + 1.1))
    outer = (r - profile) / slope
    body = f.intersection(0.1, outer, np.abs(y) - 1)
    return f.intersection(0.08, body, -f.intersection(0.1, outer + 0.12, -0.86 - y))


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
