"""Brainfuck with two heads on its own tape; the first two bytes place the heads."""

from __future__ import annotations

from engine.soup.families import bff

__all__ = ["LANGUAGE"]

CODES = {command: (ord(command),) for command in bff.COMMANDS} | {"0": (0,)}

LANGUAGE = bff.dialect(
    name="bff",
    title="BFF",
    summary="Brainfuck with two heads on its own tape; the first two bytes place the heads.",
    codes=CODES,
    replicator=bytes.fromhex("80 c0 5b 2e 3e 7d 5d") + b"\x20" * 57,
    own_heads=True,
)
