"""CLIP's tokenizer on a small vocabulary written here, in both published forms."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from engine.core.errors import BadInput
from engine.style.clip_tokens import Tokenizer, find_vocabulary

MERGES = [
    "t h",
    "th e</w>",
    "c a",
    "ca t</w>",
    "i n",
    "in g</w>",
    "k n",
    "kn i",
    "kni t",
    "' s</w>",
]
SIZE = 512 + len(MERGES) + 2
BASE = 512  # the first merge's number


def write(folder: Path, name: str = "bpe_simple_vocab_16e6.txt.gz", extra: str = "") -> Path:
    path = folder / name
    text = "\n".join(["#version: 0.2", *MERGES]) + "\n" + extra
    path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    return path


def ascii_number(sign: str, last: bool) -> int:
    """The published order: printable ASCII from '!' on, all 256 signs, then all with an end."""
    return ord(sign) - ord("!") + 256 * last


@pytest.mark.parametrize("name", ["bpe_simple_vocab_16e6.txt.gz", "merges.txt"])
def test_words_are_merged_by_rank(name: str, tmp_path: Path) -> None:
    tokens = Tokenizer(write(tmp_path, name, extra="z z\n"), SIZE)
    assert tokens.encode("") == [SIZE - 2, SIZE - 1]
    assert tokens.encode("The  CAT") == [SIZE - 2, BASE + 1, BASE + 3, SIZE - 1]
    inner = [BASE + 8, ascii_number("t", False), BASE + 5]
    assert tokens.encode("knitting")[1:-1] == inner
    assert tokens.encode("cat's")[1:-1] == [BASE + 3, BASE + 9]


def test_digits_stand_alone_and_signs_together(tmp_path: Path) -> None:
    tokens = Tokenizer(write(tmp_path), SIZE)
    assert tokens.encode("42")[1:-1] == [ascii_number("4", True), ascii_number("2", True)]
    assert tokens.encode("!?")[1:-1] == [ascii_number("!", False), ascii_number("?", True)]
    assert tokens.encode("a&amp;b")[1:-1] == [ascii_number(sign, True) for sign in "a&b"]


def test_other_scripts_are_read_byte_by_byte(tmp_path: Path) -> None:
    tokens = Tokenizer(write(tmp_path), SIZE)
    # The bytes of e acute, C3 A9, are printable Latin-1: the 33rd and 7th after the gap at A1, AD.
    first = (127 - 33) + (173 - 161) + (0xC3 - 174)
    second = (127 - 33) + (0xA9 - 161) + 256
    assert tokens.encode("É")[1:-1] == [first, second]
    assert len(tokens.encode("日本")) == 2 + 6


def test_long_texts_are_cut_to_the_context(tmp_path: Path) -> None:
    numbers = Tokenizer(write(tmp_path), SIZE).encode("the cat " * 100)
    assert len(numbers) == 77
    assert numbers[-1] == SIZE - 1


def test_a_table_of_numbers_is_followed_where_there_is_one(tmp_path: Path) -> None:
    path = write(tmp_path, "merges.txt")
    plain = Tokenizer(path, SIZE)
    table = {sign: SIZE - 1 - number for sign, number in plain._number.items()}
    table |= {"<|startoftext|>": 1, "<|endoftext|>": 0}
    (tmp_path / "vocab.json").write_text(json.dumps(table))
    turned = [SIZE - 1 - number for number in plain.encode("the cat")]
    assert Tokenizer(path, SIZE).encode("the cat") == turned
    (tmp_path / "vocab.json").write_text(json.dumps(table | {"the</w>": SIZE}))
    with pytest.raises(BadInput, match="do not know"):
        Tokenizer(path, SIZE)
    for broken in ("[]", "{", "[" * 100_000, json.dumps({"a": 1})):
        (tmp_path / "vocab.json").write_text(broken)
        with pytest.raises(BadInput, match="no table"):
            Tokenizer(path, SIZE)


def test_broken_lists_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    with pytest.raises(BadInput, match="the 11 merges"):
        Tokenizer(path, SIZE + 1)
    with pytest.raises(BadInput, match="the 0 merges"):
        Tokenizer(path, 100)
    for data in (b"", b"\x1f\x8b", path.read_bytes()[:-9], b"\xff\xfe", b"a\nb c d\n" * 20):
        path.write_bytes(data)
        with pytest.raises(BadInput, match="merges"):
            Tokenizer(path, SIZE)


def test_the_vocabulary_lies_beside_the_weights(tmp_path: Path) -> None:
    weights = tmp_path / "clip.safetensors"
    with pytest.raises(BadInput, match=r"bpe_simple_vocab_16e6\.txt\.gz or merges\.txt") as caught:
        find_vocabulary(weights)
    assert caught.value.path == weights
    path = write(tmp_path)
    assert find_vocabulary(weights) == path
