"""Tests of sequences of symbols on display."""

from __future__ import annotations

import numpy as np
import pytest

from engine.attention.prompt_state import Prompt
from engine.attention.sequence import (
    break_place,
    check_symbols,
    edited,
    groups_of,
    typed,
    unused,
    words_of,
)
from engine.attention.tasks.repeats import NO_TARGET
from engine.attention.text import read_text
from engine.core.errors import BadInput


def repeated(segment: int, length: int) -> Prompt:
    """Make a drawn prompt: 0, 1, ... segment - 1, again and again."""
    rows = np.arange(length + 1) % segment
    more = {"segment": np.array([segment])}
    return Prompt(rows[:-1], rows[1:], np.ones(length, bool), length, more)


def test_a_typed_text_has_no_target_after_its_last_symbol() -> None:
    prompt = typed(read_text("abab"), 8)
    assert prompt.used == 4
    assert prompt.tokens.tolist() == [26, 27, 26, 27, 0, 0, 0, 0]
    assert prompt.targets.tolist() == [27, 26, 27] + [NO_TARGET] * 5
    assert prompt.mask is not None
    assert prompt.mask.tolist() == [True] * 3 + [False] * 5
    single = typed(read_text("a"), 8)
    assert single.mask is not None
    assert single.used == 1
    assert not single.mask.any()


def test_an_edited_symbol_is_wanted_by_the_token_before_it() -> None:
    prompt = repeated(4, 12)
    made = edited(prompt, 5, 9)
    assert made.tokens.tolist() == [0, 1, 2, 3, 0, 9, 2, 3, 0, 1, 2, 3]
    assert made.targets.tolist() == [1, 2, 3, 0, 9, 2, 3, 0, 1, 2, 3, 0]
    assert prompt.tokens[5] == 1
    assert edited(prompt, 0, 9).targets.tolist() == prompt.targets.tolist()


def test_the_guide_is_where_an_induction_head_looks() -> None:
    words = words_of(repeated(4, 10))
    assert words.keys == tuple("ABCDABCDAB")
    assert words.groups == (0, 0, 0, 0, 1, 1, 1, 1, 2, 2)
    assert words.guide == tuple((t, t - 3) for t in range(4, 10))
    text = words_of(typed(read_text("a a b"), 8))
    assert text.keys == ("a", "␣", "a", "␣", "b")
    assert text.groups == (0, 0, 1, 1, 0)
    assert text.guide == ((2, 1), (3, 2))


def test_an_edit_leaves_a_symbol_in_its_copy() -> None:
    assert groups_of(edited(repeated(4, 8), 5, 9)).tolist() == [0] * 4 + [1] * 4


def test_the_pattern_is_broken_in_the_middle_of_its_first_repeat() -> None:
    assert break_place(repeated(8, 64)) == 12
    assert break_place(repeated(8, 9)) == 8
    assert break_place(typed(read_text("abcabc"), 64)) == 4
    with pytest.raises(BadInput, match="nothing repeats"):
        break_place(typed(read_text("abc"), 64))


def test_a_symbol_that_is_not_there_is_found_if_there_is_one() -> None:
    assert unused(np.array([0, 1, 3]), 64) == 2
    with pytest.raises(BadInput, match="every symbol"):
        unused(np.array([0, 1]), 2)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("tokens", 4, "tokens.*to 4"), ("tokens", -1, "from -1"), ("targets", -2, "targets.*from -2")],
)
def test_a_stored_symbol_that_the_model_lacks_is_refused(name: str, value: int, words: str) -> None:
    prompt = repeated(4, 8)
    arrays = {
        "prompt/tokens": prompt.tokens.copy(),
        "prompt/targets": prompt.targets.copy(),
        "more/segment": np.array([4]),
    }
    check_symbols(arrays, 4)
    arrays[f"prompt/{name}"][3] = value
    with pytest.raises(BadInput, match=words):
        check_symbols(arrays, 4)


def test_a_negative_segment_is_refused() -> None:
    arrays = {
        "prompt/tokens": np.zeros(4, np.int64),
        "prompt/targets": np.zeros(4, np.int64),
        "more/segment": np.array([-1]),
    }
    with pytest.raises(BadInput, match="segment"):
        check_symbols(arrays, 4)
