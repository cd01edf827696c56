"""BFF whose commands are the bytes 1 to 10."""

from __future__ import annotations

from engine.soup.families import bff

__all__ = ["LANGUAGE"]

CODES = {command: (byte,) for byte, command in enumerate("0<>{}+-.,[]")}

LANGUAGE = bff.dialect(
    name="bff_perm",
    title="BFF, renumbered",
    summary="BFF whose commands are the bytes 1 to 10.",
    codes=CODES,
    replicator=bytes.fromhex("80 c0 09 07 02 04 0a") + b"\x20" * 57,
    own_heads=True,
)
