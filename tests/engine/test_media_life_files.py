"""Pattern files: what is written is read again, and nonsense is refused in a sentence."""

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.core.errors import BadInput
from engine.media import life_files
from engine.media.life_files import Pattern

GLIDER = np.array([[0, 1, 0], [0, 0, 1], [1, 1, 1]], np.uint8)


@pytest.mark.parametrize(
    "text",
    [
        "bob$2bo$3o!",
        "#C a comment\nx = 3, y = 3, rule = B3/S23\nbob$\n2bo$3o!\nanything after",
        "x=3,y=3\nbo$bbo$3o",
    ],
)
def test_a_glider_is_read(text):
    assert np.array_equal(life_files.parse_rle(text).cells, GLIDER)


def test_the_header_gives_rule_and_size():
    pattern = life_files.parse_rle("x = 5, y = 4, rule = B36/S23:T20\no!")
    assert pattern.rule == "B36/S23"
    assert pattern.cells.shape == (4, 5)


@pytest.mark.parametrize(
    "text",
    ["", "!", "b$b!", "99999o!", "5000$o!", "hello?", "x = 9999999, y = 1\no!", "o%o!", "\x00"],
)
def test_nonsense_is_refused(text):
    with pytest.raises(BadInput):
        life_files.parse_rle(text, "bad.rle")


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="bo$!0123456789 \nx=,y%A.", max_size=60))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(BadInput):
        assert life_files.parse_rle(text).cells.any()


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 90)), elements=st.integers(0, 1)
    )
)
def test_what_is_written_is_read_again(cells):
    cells[0, 0] = 1
    text = life_files.write_rle(Pattern(cells, "B3/S23"))
    assert max(map(len, text.splitlines())) <= 70
    assert np.array_equal(life_files.parse_rle(text).cells, cells)
    back = life_files.parse_cells(life_files.write_cells(Pattern(cells, "B3/S23")))
    assert np.array_equal(back.cells, cells)


@pytest.mark.parametrize("text", ["", "...", "OOX", "O" * 5000])
def test_bad_plain_text_is_refused(text):
    with pytest.raises(BadInput):
        life_files.parse_cells(text)


def test_trim():
    cells = np.zeros((9, 9), np.uint8)
    assert life_files.trim(cells).shape == (1, 1)
    cells[2:5, 3:6] = GLIDER
    assert np.array_equal(life_files.trim(cells), GLIDER)
