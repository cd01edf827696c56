"""Tests of symbols as characters."""

from __future__ import annotations

import numpy as np
import pytest

from engine.attention.text import LONGEST, TYPED, label, labels, read_text, write_text
from engine.core.errors import BadInput


def test_every_symbol_is_typed_as_it_is_written() -> None:
    assert len(TYPED) == len(set(TYPED)) == 64
    tokens = read_text(TYPED)
    assert tokens.tolist() == list(range(64))
    assert write_text(tokens) == TYPED
    assert tokens.dtype == np.int64


def test_every_label_is_one_visible_character_and_no_two_are_alike() -> None:
    shown = labels(np.arange(128))
    assert len(set(shown)) == 128
    assert all(len(one) == 1 and one.isprintable() and one.strip() for one in shown)
    assert label(62) == "␣"
    assert label(500) == "#500"


@pytest.mark.parametrize(
    ("text", "place", "character"),
    [("abc-abc", "character 4 ", "'-'"), ("é", "character 1 ", "'é'"), ("ab\nab", "3 ", r"'\n'")],
)
def test_unknown_character_is_named_with_its_place_and_marked(
    text: str, place: str, character: str
) -> None:
    with pytest.raises(BadInput) as caught:
        read_text(text)
    message = str(caught.value)
    assert place in message
    assert character in message
    assert f"»{character[1:-1]}«" in message
    assert "A-Z, a-z, 0-9, space and full stop" in message
    assert "\n" not in message


def test_a_long_text_is_shortened_about_the_mark() -> None:
    with pytest.raises(BadInput) as caught:
        read_text("a" * 40 + "?" + "b" * 40)
    assert "…aaaaaaaaaaaa»?«bbbbbbbbbbbb…" in str(caught.value)


def test_empty_text_is_refused() -> None:
    with pytest.raises(BadInput, match="empty"):
        read_text("")


def test_at_most_64_characters_are_taken_and_no_more_than_the_model_reads() -> None:
    assert len(read_text("x" * LONGEST, longest=128)) == LONGEST
    with pytest.raises(BadInput, match=r"65 characters .* at most 64. Leave out 1"):
        read_text("x" * 65, longest=128)
    with pytest.raises(BadInput, match="at most 10"):
        read_text("x" * 11, longest=10)


def test_small_vocabulary_takes_its_own_symbols_only() -> None:
    assert read_text("ABZab", vocabulary=28).tolist() == [0, 1, 25, 26, 27]
    with pytest.raises(BadInput, match=r"'c', is not one of the 28 symbols.*A-Z, a-b"):
        read_text("abc", vocabulary=28)
    with pytest.raises(BadInput, match=r"Use A-Z, a-z, 0-9, space\."):
        read_text(".", vocabulary=63)


def test_more_symbols_than_can_be_typed_are_written_but_not_read() -> None:
    text = write_text(np.array([0, 62, 64]))
    assert text == "A α"
    with pytest.raises(BadInput, match="64 symbols"):
        read_text(text, vocabulary=128)
