"""BFF whose commands are low nibbles: 11 of 16 bytes do something."""

from __future__ import annotations

from engine.soup.families import bff

__all__ = ["LANGUAGE"]

# By the low nibble: "0" is 0 and the commands are 6 to 15, in this order.
CODES = {
    command: tuple(range(nibble, 256, 16))
    for nibble, command in [(0, "0"), *enumerate("[]+-.,<>{}", start=6)]
}

LANGUAGE = bff.dialect(
    name="bff_noheads_4bit",
    title="BFF of 4 bits",
    summary="BFF without head bytes whose commands are low nibbles: 11 of 16 bytes do something.",
    codes=CODES,
    replicator=bytes.fromhex("06 0e 0a 0d 07") + b"\x21" * 54 + bytes.fromhex("07 0d 0a 0e 06"),
    own_heads=False,
    spelling="nibbles",
)
