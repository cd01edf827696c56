"""BFF with both heads and the counter at the first byte: the language of the paper."""

from __future__ import annotations

from engine.soup.families import bff

__all__ = ["CLASSES", "LANGUAGE", "ZERO"]

CODES = {command: (ord(command),) for command in bff.COMMANDS} | {"0": (0,)}

CLASSES, ZERO = bff.table(CODES), bff.nulls(CODES)  # for the plain interpreter of the bench
LANGUAGE = bff.dialect(
    name="bff_noheads",
    title="BFF without head bytes",
    summary="BFF with both heads and the counter at the first byte: the language of the paper.",
    codes=CODES,
    replicator=bytes.fromhex("5b 7b 2e 3e 5d") + b"\x20" * 54 + bytes.fromhex("5d 3e 2e 7b 5b"),
    own_heads=False,
)
