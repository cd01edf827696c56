"""What is drawn by default is told apart by colour-blind eyes.

Colour vision is simulated by the matrices of Machado, Oliveira, Fernandes, A physiologically-based
model for simulation of color vision deficiency, 2009 (severity 1.0), in linear RGB; differences are
those of CIE 1976 L*a*b* under D65.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.core import colour
from engine.core.grid import GridSystem
from engine.core.views import ImageView

SEEN = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = TO_XYZ.sum(axis=1)


def _lab(colours: NDArray[np.uint8], eyes: str) -> NDArray[np.float64]:
    """Turn (n, 3) bytes into L*a*b* as these eyes see them."""
    part = colours.astype(np.float64) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ SEEN[eyes].T, 0, 1)
    ratio = seen @ TO_XYZ.T / WHITE
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    light = 116 * f[:, 1] - 16
    return np.stack((light, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])), axis=1)


def _least_difference(colours: NDArray[np.uint8], eyes: str) -> float:
    lab = _lab(colours, eyes)
    apart = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    return float(apart[np.triu_indices(len(lab), 1)].min())


def test_the_defaults_are_those_that_are_held_here() -> None:
    assert ImageView.__dataclass_fields__["colormap"].default == "viridis"
    assert GridSystem.colormap == "viridis"


@pytest.mark.parametrize("eyes", SEEN)
def test_a_larger_number_is_lighter(eyes: str) -> None:
    light = _lab(colour.lut("viridis")[::8, :3], eyes)[:, 0]
    assert np.all(np.diff(light) > 0)


@pytest.mark.parametrize("eyes", SEEN)
def test_the_signs_of_a_number_are_told_apart(eyes: str) -> None:
    table = colour.lut("diverging")[:, :3]
    low, high, middle = table[:32], table[-32:][::-1], table[128]
    apart = np.linalg.norm(_lab(low, eyes) - _lab(high, eyes), axis=1)
    assert apart.min() > 20
    for side in (low, high):
        assert np.linalg.norm(_lab(side, eyes) - _lab(middle[None], eyes), axis=1).min() > 20


@pytest.mark.parametrize("eyes", ["normal", "protanopia", "deuteranopia"])
def test_classes_are_told_apart(eyes: str) -> None:
    count = colour.classes("okabe-ito")
    middles = ((np.arange(count) + 0.5) * 256 / count).astype(int)
    table = colour.lut("okabe-ito")[middles, :3]
    assert _least_difference(table, eyes) > 8


def test_the_measure_knows_a_bad_choice() -> None:
    red_green = np.array([[200, 80, 60], [110, 125, 40]], np.uint8)
    assert _least_difference(red_green, "deuteranopia") < _least_difference(red_green, "normal") / 3
