"""What is known of the difference of two worlds so far, in words."""

from __future__ import annotations

from engine.core.difference import Difference

__all__ = ["Story"]


class Story:
    """When a difference was first seen, and how large it is now.

    Attributes
    ----------
    first, equal : int or None
        The step at which a difference was seen first, and the last one before it without any.
    """

    def __init__(self) -> None:
        self.first: int | None = None
        self.equal: int | None = None

    def take(self, found: Difference, step: int) -> None:
        """Take what was found at a step of the first world; earlier ones begin the story anew."""
        if self.first is not None and step < self.first:
            self.begin()
        if self.first is None:
            if found.equal:
                self.equal = step
            else:
                self.first = step

    def begin(self) -> None:
        """Forget what was seen."""
        self.first = self.equal = None

    def words(self, found: Difference) -> str:
        """Say how much differs now, and since when."""
        if found.equal:
            told = "Equal to the bit in what is shown"
            return told if self.first is None else f"{told}; differed from step {self.first:,}"
        share = found.differing / max(found.places, 1)
        told = f"{found.differing:,} of {found.places:,} {found.unit} differ ({share:.2%})"
        told += f", largest {found.largest:.3g}, mean {found.mean:.3g}"
        if self.first is None:
            return told
        if self.equal is not None and self.equal < self.first - 1:
            return f"{told}; first between step {self.equal + 1:,} and {self.first:,}"
        return f"{told}; first at step {self.first:,}"
