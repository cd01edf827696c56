"""BFF whose brackets jump 8 bytes and match nothing."""

from __future__ import annotations

from engine.soup.families import bff

__all__ = ["LANGUAGE"]

CODES = {command: (ord(command),) for command in bff.COMMANDS} | {"0": (0,)}

LANGUAGE = bff.dialect(
    name="bff8",
    title="BFF with jumps of 8",
    summary="BFF whose brackets jump 8 bytes and match nothing.",
    codes=CODES,
    replicator=bytes.fromhex("80 c0 20 2e 3e 7d 20 20 20 20 5d") + b"\x20" * 53,
    own_heads=True,
    distance=8,
)
