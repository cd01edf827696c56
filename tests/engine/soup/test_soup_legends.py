"""Palettes by families of instructions, and what is said of them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from engine.soup import drawing, legends
from engine.soup.language import language, languages


def test_every_family_has_a_hue_of_its_own_and_zero_is_the_darkest() -> None:
    alphabet = language("bff").alphabet()
    palette = legends.families(alphabet).astype(int)
    assert palette.shape == (256, 3)
    shown = [palette[ord(sign)] for sign in "<+.["]
    for one, other in itertools.combinations(shown, 2):
        assert abs(one - other).sum() > 100
    assert (palette[ord("<")] == palette[ord("}")]).all()
    assert palette[0].sum() == palette.sum(axis=1).min()
    noise = palette[[code for code in range(256) if alphabet.kinds[code] == "none"]]
    assert noise.max() < 150  # instructions stand out of it
    assert (np.diff(noise.sum(axis=1)) >= 0).all()  # grey by value


def test_numbers_are_told_apart_where_all_bytes_are_numbers() -> None:
    palette = legends.families(language("subleq").alphabet())
    assert len(np.unique(palette, axis=0)) > 100


@pytest.mark.parametrize("name", list(languages()))
def test_the_legend_of_instructions_shows_the_colours_of_the_picture(name: str) -> None:
    alphabet = language(name).alphabet()
    palette = legends.families(alphabet)
    found = legends.legend("instruction", alphabet, palette)
    assert len(found.entries) == len(set(alphabet.kinds))
    for colour, words, signs in found.entries:
        assert colour in {tuple(entry) for entry in palette.tolist()}
        assert words
        for sign in signs.split():
            code = alphabet.glyphs.index(sign)
            assert palette[code].tolist() == list(colour) or alphabet.kinds[code] == "data"


def test_other_colourings_are_explained_too() -> None:
    alphabet = language("bff").alphabet()
    ramp = drawing.ramp()
    age = legends.legend("age", alphabet, ramp)
    assert age.ramp[0] == tuple(ramp[0].tolist())
    assert age.ends[0] == "new"
    assert not age.entries
    assert "equal" in legends.legend("species", alphabet, drawing.hues()).note.lower()
    for colour in ("age", "lineage"):
        palette = legends.families(alphabet)
        untraced = legends.legend(colour, alphabet, palette, traced=False)
        assert untraced.entries
        assert "tracers" in untraced.note
        assert not legends.legend("instruction", alphabet, palette, traced=False).note
