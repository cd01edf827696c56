"""From weights to colours: scales, their ends, what is nothing."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from app import theme
from app.viewports.heads_colour import Scale, hue, peaks, pixels, scale_of, short
from app.viewports.shades import MIDDLE, shades

NAN = np.nan


def rgb(pixel: int) -> tuple[int, int, int]:
    return QColor(int(pixel)).getRgb()[:3]  # type: ignore[return-value]


def shade(colormap: str, place: int) -> tuple[int, int, int]:
    return tuple(int(part) for part in shades(colormap)[place])  # type: ignore[return-value]


@pytest.mark.parametrize("name", ["dark", "light"])
def test_the_ends_of_a_scale_have_the_ends_of_the_map(qapp: QApplication, name: str) -> None:
    theme.apply(qapp, name)
    made = pixels(np.array([[0.0, 0.5, 9.0, NAN]], np.float32), Scale(0.5))
    assert rgb(made[0, 0]) == shade("viridis", 0)
    assert rgb(made[0, 1]) == rgb(made[0, 2]) == shade("viridis", -1)
    assert rgb(made[0, 3]) == theme.colour("ground").getRgb()[:3]
    signed = pixels(np.array([[-2.0, 0.0, 2.0, NAN]], np.float32), Scale(2.0, signed=True))
    ends = [shade("diverging", place) for place in (0, MIDDLE, -1)]
    assert [rgb(pixel) for pixel in signed[0, :3]] == ends
    assert rgb(signed[0, 3]) == theme.colour("ground").getRgb()[:3]


def test_a_logarithmic_scale_goes_down_three_decades_on_both_sides(qapp: QApplication) -> None:
    values = np.array([[1e-9, 1e-3, 10**-1.5, 1.0, NAN]], np.float32)
    plain = pixels(values, Scale(1.0, logarithmic=True))
    viridis = shades("viridis")
    assert rgb(plain[0, 0]) == rgb(plain[0, 1]) == shade("viridis", 0)
    assert rgb(plain[0, 2]) == shade("viridis", len(viridis) // 2)
    assert rgb(plain[0, 3]) == shade("viridis", -1)
    assert rgb(plain[0, 4]) == theme.colour("ground").getRgb()[:3]
    both = pixels(np.concatenate([-values, values]), Scale(1.0, signed=True, logarithmic=True))
    assert rgb(both[0, 3]) == shade("diverging", 0)
    assert rgb(both[1, 3]) == shade("diverging", -1)
    assert rgb(both[0, 0]) == rgb(both[1, 0]) == shade("diverging", MIDDLE)


def test_the_first_queries_do_not_set_the_scale_of_probabilities() -> None:
    weights = np.full((1, 2, 16, 16), 0.1, np.float32)
    weights[0, 0, 0, 0] = 1.0  # it has no choice
    weights[0, 0, 2, 1] = 0.4
    weights[0, 1] = NAN
    found = peaks(weights, signed=False)
    assert found[0, 0] == pytest.approx(0.4)
    assert np.isnan(found[0, 1])
    assert peaks(-weights, signed=True)[0, 0] == pytest.approx(1.0)


def test_heads_share_a_scale_as_far_as_is_wanted() -> None:
    high = np.array([[1.0, 2.0], [4.0, NAN]], np.float32)
    shared = {
        share: scale_of(high, (0, 0), True, share).high  # type: ignore[arg-type]
        for share in ("head", "layer", "all", "unit")
    }
    assert shared == {"head": 1.0, "layer": 2.0, "all": 4.0, "unit": 4.0}
    assert scale_of(high, (0, 0), False, "unit").high == 1.0
    assert scale_of(high, (1, 1), True, "head").high == 1.0  # there is none: any scale will do


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (0.5, "0.50"), (0.004, "0.004"), (12.34, "12.3"), (1e-5, "1e-5"), (3e6, "3e6")],
)
def test_ends_are_short(value: float, words: str) -> None:
    assert short(value) == words
    assert len(Scale(max(value, 1e-9), signed=True).ends[0]) <= 6


@pytest.mark.parametrize("heads", [2, 8, 12])
def test_heads_have_different_hues(heads: int) -> None:
    assert len({hue(head, heads).name() for head in range(heads)}) == heads
