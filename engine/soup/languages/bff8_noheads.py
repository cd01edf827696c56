"""BFF whose brackets jump 8 bytes, with both heads at the first byte."""

from __future__ import annotations

from engine.soup.families import bff

__all__ = ["LANGUAGE"]

CODES = {command: (ord(command),) for command in bff.COMMANDS} | {"0": (0,)}

LANGUAGE = bff.dialect(
    name="bff8_noheads",
    title="BFF with jumps of 8, without head bytes",
    summary="Brackets jump 8 bytes; heads and counter begin at the first byte.",
    codes=CODES,
    replicator=bytes.fromhex("20 7b 2e 3e 20 20 20 20 5d")
    + b"\x20" * 46
    + bytes.fromhex("5d 20 20 20 20 3e 2e 7b 20"),
    own_heads=False,
    distance=8,
)
