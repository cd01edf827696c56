"""The colours of strains are seen on both grounds, and tell families apart."""

from __future__ import annotations

import colorsys

from engine.soup.shades import shade

DARK = 0.009  # luminance of the dark theme's panels, #16191f


def _luminance(colour: tuple[int, int, int]) -> float:
    red, green, blue = (((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_are_seen_on_dark_and_on_light_ground() -> None:
    for key in range(1, 80):
        luminance = _luminance(shade(1 + key // 7, key))
        assert 1.05 / (luminance + 0.05) > 3
        assert (luminance + 0.05) / (DARK + 0.05) > 3


def test_a_family_has_a_hue_and_its_members_shades_of_it() -> None:
    hues = [colorsys.rgb_to_hls(*(part / 255 for part in shade(1, key)))[0] for key in range(1, 30)]
    assert max(hues) - min(hues) < 0.17
    assert len({shade(1, key) for key in range(1, 30)}) == 29
    other = colorsys.rgb_to_hls(*(part / 255 for part in shade(2, 30)))[0]
    assert min(abs(other - hue) for hue in hues) > 0.2
