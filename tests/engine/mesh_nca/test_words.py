"""Words become patterns in colours, and what is not understood is said."""

from __future__ import annotations

import numpy as np
import pytest

from engine.core.errors import BadInput
from engine.mesh_nca.vocabulary import COLOURS, OWN_COLOURS, PATTERNS
from engine.mesh_nca.words import LABEL, draw_words, words_asset
from engine.style.canvas import rgb
from engine.style.surface_textures import SURFACE_TEXTURES
from engine.style.textures import TEXTURES
from engine.style.word_textures import WORD_TEXTURES


def near(picture: np.ndarray, colour: str) -> float:
    """Share of the picture that has about this colour."""
    return float((np.abs(picture - rgb(COLOURS[colour])).max(axis=2) < 0.12).mean())


def test_every_pattern_of_the_vocabulary_is_drawn() -> None:
    known = {*TEXTURES, *SURFACE_TEXTURES, *WORD_TEXTURES}
    assert set(PATTERNS.values()) <= known
    assert set(OWN_COLOURS) == set(WORD_TEXTURES)
    for name in WORD_TEXTURES:
        drawn = draw_words(name)
        assert drawn.pattern == name
        assert drawn.picture.shape == (128, 128, 3)
        assert drawn.picture.dtype == np.float32
        assert 0 <= drawn.picture.min() < drawn.picture.max() <= 1
        assert drawn.picture.std() > 0.03


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("stripes", "stripes"),
        ("striped", "stripes"),
        ("spotted", "spots"),
        ("scaly dragon skin", "scales"),
        ("cracked earth", "cracks"),
        ("a checkered floor", "checker"),
        ("waves", "waves"),
        ("cloudy sky", "clouds"),
        ("bricks", "bricks"),
        ("green", "cells"),
    ],
)
def test_words_and_what_they_come_from(text: str, pattern: str) -> None:
    assert draw_words(text).pattern == pattern


def test_colours_are_those_that_were_named() -> None:
    drawn = draw_words("blue and yellow stripes")
    assert drawn.colours == ("blue", "yellow")
    assert near(drawn.picture, "blue") > 0.15
    assert near(drawn.picture, "yellow") > 0.15
    assert drawn.unknown == ()
    plain = draw_words("stripes").picture
    assert not np.array_equal(plain, drawn.picture)
    assert near(plain, "blue") == 0


def test_the_ground_follows_on() -> None:
    one = draw_words("red spots on white").picture
    other = draw_words("white spots on red").picture
    assert near(one, "white") > near(one, "red") > 0.05
    assert near(other, "red") > near(other, "white") > 0.05
    # On a pattern whose own ground is light, too.
    assert near(draw_words("white dots on navy").picture, "navy") > 0.4
    assert near(draw_words("navy dots on white").picture, "white") > 0.4


def test_shades_move_the_colour_that_follows() -> None:
    dark, plain, pale = (draw_words(f"{word} green cells").picture for word in ("dark", "", "pale"))
    assert dark.mean() < plain.mean() < pale.mean()
    assert draw_words("dark green cells").colours == ("dark green",)


def test_sizes_change_the_features() -> None:
    def changes(picture: np.ndarray) -> float:
        return float(np.abs(np.diff(picture.mean(axis=2), axis=0)).mean())

    small, plain, large = (
        changes(draw_words(f"{word} black and white stripes").picture)
        for word in ("small", "", "large")
    )
    assert small > 1.5 * plain
    assert plain > 1.5 * large


def test_what_is_not_understood_is_said() -> None:
    drawn = draw_words("a melancholic green cathedral of scales")
    assert drawn.unknown == ("melancholic", "cathedral")
    assert drawn.label.startswith(LABEL)
    assert "melancholic, cathedral" in drawn.label
    for nothing in ("melancholy", "", "!?"):
        with pytest.raises(BadInput, match=r"no language model.*colours and patterns.*scales"):
            draw_words(nothing)


def test_the_seed_decides_and_the_target_says_what_it_is() -> None:
    first, second = words_asset("red cells"), words_asset("red cells")
    assert first == second
    assert words_asset("red cells", 1) != first
    assert first.name == f"red cells ({LABEL})"
    assert isinstance(first.data, np.ndarray)
    assert first.data.shape == (128, 128, 4)
    assert (first.data[..., 3] == 255).all()
