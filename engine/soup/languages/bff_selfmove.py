"""BFF of seven commands: a copy moves head 1 on, and the null is a command, too."""

from __future__ import annotations

from engine.soup.families import bff

__all__ = ["LANGUAGE"]

CODES = {command: (byte,) for byte, command in enumerate("><+-,[]")} | {"0": (0,)}

LANGUAGE = bff.dialect(
    name="bff_selfmove",
    title="BFF with a moving copy",
    summary="BFF of seven commands; a copy moves head 1 on, and the null is a command.",
    codes=CODES,
    replicator=bytes.fromhex("40 80 05 04 00 06 05 04 00 06") + b"\x20" * 54,
    own_heads=True,
    moves=True,
)
