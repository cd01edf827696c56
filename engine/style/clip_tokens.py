"""Text as CLIP reads it: byte pairs merged by the vocabulary file that comes with its weights.

Sennrich, Haddow and Birch, "Neural machine translation of rare words with subword units" (2016),
on bytes, as in "Learning transferable visual models from natural language supervision" (Radford et
al., arXiv 2103.00020). The vocabulary belongs to CLIP and is not shipped.
"""

from __future__ import annotations

import gzip
import html
import io
import json
import unicodedata
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from engine.core.errors import BadInput
from engine.core.files import read_regular

__all__ = ["VOCABULARY_FILES", "Tokenizer", "find_vocabulary"]

VOCABULARY_FILES = ("bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt", "merges.txt")
"""Names under which the list of merges is known, OpenAI's and Hugging Face's."""

CONTEXT = 77

_MOST_BYTES = 32 * 2**20
_SPECIAL = 2  # tokens for start and end, after all others
_ENDINGS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")
_GET = "It is published with CLIP, for instance as bpe_simple_vocab_16e6.txt.gz"


def find_vocabulary(weights: Path) -> Path:
    """Find the vocabulary beside a file of weights.

    Raises
    ------
    BadInput
        If there is none.
    """
    for name in VOCABULARY_FILES:
        if (path := weights.with_name(name)).is_file():
            return path
    raise BadInput(
        "has no vocabulary beside it, and CLIP's weights cannot read without one",
        path=weights,
        remedy=f"Put {' or '.join(VOCABULARY_FILES[::2])} into the same folder",
    )


class Tokenizer:
    """Numbers for a text.

    Parameters
    ----------
    path : Path
        The list of merges, as text or gzipped text. A ``vocab.json`` beside it gives the tokens'
        numbers, where there is one; otherwise they follow from the order of the merges.
    size : int
        Tokens that the weights know: 49,408 of the published ones.

    Raises
    ------
    BadInput
        If the file is no such list, or too short for the weights.
    """

    def __init__(self, path: Path, size: int) -> None:
        self._signs = _byte_signs()
        single = list(self._signs.values())
        pairs = _read_merges(path, size - 2 * len(single) - _SPECIAL)
        self._rank = {pair: place for place, pair in enumerate(pairs)}
        signs = [*single, *(sign + "</w>" for sign in single), *("".join(p) for p in pairs)]
        self._number = {sign: number for number, sign in enumerate(signs)}
        self.start, self.end = size - 2, size - 1
        table = path.with_name("vocab.json")
        if table.is_file():
            self._take_numbers(table, size)

    def encode(self, text: str) -> list[int]:
        """Numbers of the start, the text's tokens and the end, at most 77; the text is cut."""
        cleaned = html.unescape(html.unescape(unicodedata.normalize("NFC", text))).lower()
        numbers = [
            self._number[part]
            for word in _words(cleaned)
            for part in self._merged("".join(self._signs[byte] for byte in word.encode()))
        ]
        return [self.start, *numbers[: CONTEXT - 2], self.end]

    def _merged(self, word: str) -> list[str]:
        """Merge the pair that stands first in the list until none is left."""
        parts = [*word[:-1], word[-1] + "</w>"]
        while len(parts) > 1:
            best = min(pairwise(parts), key=lambda pair: self._rank.get(pair, len(self._rank)))
            if best not in self._rank:
                break
            merged: list[str] = []
            for part in parts:
                if merged and (merged[-1], part) == best:
                    merged[-1] += part
                else:
                    merged.append(part)
            parts = merged
        return parts

    def _take_numbers(self, path: Path, size: int) -> None:
        """Read the numbers of the tokens from a table ``{"token": number}``."""
        try:
            table = json.loads(read_regular(path, limit=_MOST_BYTES))
            numbers = {sign: int(table[sign]) for sign in self._number}
            start, end = int(table["<|startoftext|>"]), int(table["<|endoftext|>"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadInput(
                "is no table of CLIP's tokens that goes with the merges beside it",
                path=path,
                remedy=_GET,
            ) from error
        if not all(0 <= number < size for number in (*numbers.values(), start, end)):
            raise BadInput("has tokens that the weights do not know", path=path, remedy=_GET)
        self._number, self.start, self.end = numbers, start, end


def _read_merges(path: Path, count: int) -> list[tuple[str, str]]:
    """Read `count` merges, a pair a line, after one line of heading."""
    data = read_regular(path, limit=_MOST_BYTES)
    try:
        if data[:2] == b"\x1f\x8b":
            with gzip.open(io.BytesIO(data)) as file:
                data = file.read(_MOST_BYTES)  # no more, whatever it claims
        lines = data.decode().split("\n")[1 : count + 1]
        pairs = [(first, second) for first, second in (line.split() for line in lines)]
        if count < 0 or len(pairs) != count:
            raise ValueError
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise BadInput(
            f"is no list of the {max(count, 0):,} merges that the weights need",
            path=path,
            remedy=_GET,
        ) from error
    return pairs


def _byte_signs() -> dict[int, str]:
    """A sign for every byte: itself where it is printable Latin-1, those first; else past 255."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    signs = {byte: chr(byte) for byte in printable}
    others = [byte for byte in range(256) if byte not in signs]
    signs.update({byte: chr(256 + place) for place, byte in enumerate(others)})
    return signs


def _words(text: str) -> Iterator[str]:
    """Runs of letters, single digits, English endings, and runs of other signs."""
    place = 0
    while place < len(text):
        kind = _kind(text[place])
        ending = next((e for e in _ENDINGS if text.startswith(e, place)), None)
        if kind == "space":
            place += 1
        elif ending is not None:
            yield ending
            place += len(ending)
        else:
            stop = place + 1
            while kind != "digit" and stop < len(text) and _kind(text[stop]) == kind:
                stop += 1
            yield text[place:stop]
            place = stop


def _kind(sign: str) -> str:
    if sign.isspace():
        return "space"
    return {"L": "letter", "N": "digit"}.get(unicodedata.category(sign)[0], "other")
