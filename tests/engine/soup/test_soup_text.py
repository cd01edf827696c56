"""Programs as text: what is written can be read, and what cannot be read is pointed at."""

from __future__ import annotations

import numpy as np
import pytest

from engine.core.errors import BadInput
from engine.soup.language import language, languages

PALINDROME = "[[{.>]-]" + "Ġ" * 48 + "]-]>.{[["


@pytest.mark.parametrize("name", list(languages()))
def test_every_byte_survives(name):
    one = language(name)
    for first in range(0, 256, 64):
        code = bytes(range(first, first + 64))
        assert one.assemble(one.spell(code)) == code
    assert one.assemble(one.spell(one.replicator)) == one.replicator
    assert one.assemble("hex:" + one.replicator.hex(" ")) == one.replicator


def test_the_glyphs_of_bff():
    one = language("bff_noheads")
    assert one.assemble("<>{}+-.,[]0") == b"<>{}+-.,[]\0"
    assert one.assemble(PALINDROME) == b"[[{.>]-]" + b" " * 48 + b"]-]>.{[["
    assert one.spell(b"[[{.>]-]" + b" " * 48 + b"]-]>.{[[") == PALINDROME
    assert one.spell(bytes([0xC3, 0xC4, 0xCC, 0xCD, 0xF0, 0xF1, 0xF3])) == "ǃAIǍǰJL"
    assert one.assemble("[]\n[]\r\n") == b"[][]"
    assert len({one.spell(bytes([byte])) for byte in range(256)}) == 256


def test_other_bff_languages_have_the_same_glyphs():
    assert language("bff_perm").assemble("<>{}+-.,[]0") == bytes([*range(1, 11), 0])
    assert language("bff_selfmove").assemble("><+-,[]0") == bytes([*range(7), 0])
    assert language("bff_selfmove").spell(b"\0") == ">"


def test_nibbles():
    one = language("bff_noheads_4bit")
    assert one.assemble("012345[]+-.,<>{}") == bytes(range(16))
    assert one.spell(bytes([6, 7, 1])) == "[]1"
    assert one.spell(b"\x26") == "hex:26"


def test_hex():
    one = language("subleq")
    assert one.assemble("01 02ff\nFE") == b"\x01\x02\xff\xfe"
    assert one.spell(b"\x01\x02\xff") == "01 02 ff"
    assert one.assemble("") == b""


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("bff", "[[ ]]", "character 3 "),
        ("bff", "[[a]]", "character 3 .*'a'"),
        ("bff_noheads_4bit", "[]6", "character 3 "),
        ("subleq", "0102g3", "character 5 .*'g'"),
        ("bff", "hex:01 2 3", "character 9 "),
        ("bff", "hex:012", "character 7 "),
        ("bff", "+" * 65, "65 bytes"),
        ("forth", "00" * 65, "65 bytes"),
    ],
)
def test_mistakes_are_pointed_at(name, text, message):
    with pytest.raises(BadInput, match=message):
        language(name).assemble(text)


def test_alphabet():
    alphabet = language("bff_noheads").alphabet()
    assert alphabet.length == 64
    assert (alphabet.glyphs[ord("[")], alphabet.glyphs[0], alphabet.glyphs[0x20]) == ("[", "0", "")
    assert (alphabet.kinds[ord("+")], alphabet.kinds[0x20]) == ("arithmetic", "none")
    assert alphabet.names[ord(".")]
    assert alphabet.colours.dtype == np.uint8
    assert alphabet.colours[ord("[")].tolist() == [0, 192, 0]
    assert alphabet.colours[ord("<")].tolist() == [200, 128, 220]
    assert alphabet.colours[ord(".")].tolist() == [200, 0, 200]
    assert alphabet.colours[0].tolist() == [255, 0, 0]
    assert alphabet.colours[0x80].tolist() == [224, 224, 224]
    assert language("bff_noheads_4bit").alphabet().colours[0x1C].tolist() == [0, 128, 220]


@pytest.mark.parametrize("name", list(languages()))
def test_every_alphabet_is_whole(name):
    alphabet = language(name).alphabet()
    assert [len(row) for row in (alphabet.glyphs, alphabet.names, alphabet.kinds)] == [256] * 3
    assert alphabet.colours.shape == (256, 3)
    assert all(len(glyph) <= 1 for glyph in alphabet.glyphs)
