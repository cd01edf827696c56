"""Numbers that somebody types."""

from __future__ import annotations

from engine.core.errors import BadInput

__all__ = ["whole"]

_FIGURES = 40


def whole(argument: str) -> int:
    """Read a whole number from 0 up.

    Raises
    ------
    BadInput
        If it is none, or has more than 40 figures.
    """
    text = argument.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= _FIGURES):
        raise BadInput(
            f"{argument[:_FIGURES]!r} is not a whole number from 0 up",
            remedy=f"Write it with up to {_FIGURES} figures",
        )
    return int(text)
