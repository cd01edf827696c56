"""Programs as text: BFF glyphs, nibbles or hex pairs; and the colours of bytes.

The glyphs are those of the reference (`paradigms-of-intelligence/cubff`): commands as themselves, a
null as ``0``, any other byte b as the character U+0100 + b, but for the digraphs among those.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput

if TYPE_CHECKING:
    from engine.soup.language import Language

__all__ = ["alike", "assemble", "colours", "spell"]

LENGTH = 64
HEX = "hex:"
NIBBLES = "012345[]+-.,<>{}"
# U+01C4-U+01CC and U+01F1-U+01F3 show two letters in one character, so they have other names.
DIGRAPHS = dict(zip([*range(0xC4, 0xCD), *range(0xF1, 0xF4)], "ABCDEFGHIJKL", strict=True))
COLOURS = {
    "loop": (0, 192, 0),
    "arithmetic": (200, 0, 200),
    "copy": (200, 0, 200),
    "move": (200, 128, 220),
    "null": (255, 0, 0),
    "data": (0, 128, 220),
}


def assemble(language: Language, text: str) -> bytes:
    """Read a program.

    Parameters
    ----------
    language : Language
        Says how programs are written. ``hex:`` and pairs of digits, with blanks between them or
        not, are read in every language.
    text : str
        The program. Line ends are skipped.

    Returns
    -------
    bytes
        At most 64; a shorter program is not filled up.

    Raises
    ------
    BadInput
        At a character that is none of the language's (the message counts from 1), and for a program
        that is too long.
    """
    if text.startswith(HEX):
        code = _read_hex(text, len(HEX))
    elif language.spelling == "hex":
        code = _read_hex(text, 0)
    else:
        code = _read_glyphs(language, text)
    if len(code) > LENGTH:
        raise BadInput(f"the program has {len(code)} bytes, a program holds {LENGTH}")
    return code


def spell(language: Language, code: bytes) -> str:
    """Write bytes as the text that `assemble` reads.

    Nibbles do not show the high half of a byte: bytes that have one are written in hex.
    """
    if language.spelling == "nibbles" and any(byte > 15 for byte in code):
        return HEX + bytes(code).hex()
    if language.spelling == "hex":
        return bytes(code).hex(" ")
    characters = _characters(language)
    return "".join(characters[byte] for byte in code)


def alike(language: Language, text: str) -> NDArray[np.uint8]:
    """Return for every byte the lowest one that a text does not tell from it, uint8 (256,).

    A nibble stands for the 16 bytes with that low half, which all do the same; every other
    character, and a pair of digits, for one byte alone.
    """
    if text.startswith(HEX) or language.spelling == "hex":
        return np.arange(256, dtype=np.uint8)
    characters = _characters(language)
    return np.array([characters.index(character) for character in characters], np.uint8)


def colours(language: Language) -> NDArray[np.uint8]:
    """Return the colour of every byte, uint8 (256, 3): the reference's for the BFF family."""
    table = np.repeat((192 + np.arange(256) // 4)[:, None], 3, axis=1).astype(np.uint8)
    for byte, entry in language.opcodes.items():
        kind = "data" if language.spelling == "nibbles" and entry.kind == "move" else entry.kind
        table[byte] = COLOURS[kind]
    return table


def _characters(language: Language) -> list[str]:
    """Return the character of every byte."""
    if language.spelling == "nibbles":
        return [NIBBLES[byte % 16] for byte in range(256)]
    table = [DIGRAPHS.get(byte, chr(0x100 + byte)) for byte in range(256)]
    for byte, entry in language.opcodes.items():
        table[byte] = entry.glyph
    return table


def _read_glyphs(language: Language, text: str) -> bytes:
    values = {character: byte for byte, character in reversed([*enumerate(_characters(language))])}
    values.setdefault("0", 0)  # where the null is a command as well
    code = bytearray()
    for at, character in enumerate(text):
        if character in "\r\n":
            continue
        if character not in values:
            raise BadInput(
                f"character {at + 1} of the program, {character!r}, is none of {language.name}",
                remedy="Write the bytes as hex:, followed by pairs of digits",
            )
        code.append(values[character])
    return bytes(code)


def _read_hex(text: str, begin: int) -> bytes:
    digits: list[str] = []
    for at, character in enumerate(text[begin:], begin):
        if character in string.whitespace:
            if len(digits) % 2:
                raise BadInput(f"character {at + 1} of the program: a byte has two digits")
        elif character in string.hexdigits:
            digits.append(character)
        else:
            raise BadInput(
                f"character {at + 1} of the program, {character!r}, is no hexadecimal digit",
                remedy="Write every byte as two of 0-9 and a-f",
            )
    if len(digits) % 2:
        raise BadInput(f"character {len(text)} of the program: a byte has two digits")
    if begin and not digits:
        raise BadInput("no byte follows hex:", remedy="Write bytes as pairs of digits")
    return bytes.fromhex("".join(digits))
