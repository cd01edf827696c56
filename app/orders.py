"""What a script says behind the name of a file: numbers, sizes and words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.core.errors import BadInput

__all__ = ["Order", "read_order", "size_of"]


@dataclass(frozen=True)
class Order:
    """A file and how it is wanted.

    Attributes
    ----------
    path : Path
    numbers : tuple of int
        Those that stand right behind the name.
    values : dict
        What was written as KEY=VALUE.
    words : frozenset of str
        Single words.
    """

    path: Path
    numbers: tuple[int, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    words: frozenset[str] = frozenset()

    def size(self) -> tuple[int, int] | None:
        """Return the size that was asked for."""
        return size_of(self.values["size"]) if "size" in self.values else None


def read_order(argument: str, most: int, keys: Collection[str], words: Collection[str]) -> Order:
    """Split a script's argument: a name, spaces allowed, numbers, and options in any order.

    Parameters
    ----------
    argument : str
    most : int
        Numbers at most.
    keys, words : collection of str
        The options that are known; anything else belongs to the name.
    """
    parts = argument.strip().split(" ")
    values: dict[str, str] = {}
    said: set[str] = set()
    while len(parts) > 1:
        key, equals, value = parts[-1].partition("=")
        if equals and key in keys:
            values.setdefault(key, value)
        elif not equals and key in words:
            said.add(key)
        elif parts[-1]:
            break
        parts.pop()
    numbers: list[int] = []
    while len(parts) > 1 and len(numbers) < most and parts[-1].isdecimal():
        numbers.insert(0, int(parts.pop()))
    return Order(Path(" ".join(parts)), tuple(numbers), values, frozenset(said))


def size_of(text: str) -> tuple[int, int]:
    """Read a size such as 1280x720.

    Raises
    ------
    BadInput
        If it is none.
    """
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise BadInput(f"{text!r} is not a size", remedy="Write size=1280x720")
    return int(width), int(height)
