"""What was searched for in a soup last: the programs that have it are set off in the picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.soup.drawing import containing
from engine.soup.language import Language

__all__ = ["Sought"]

Version = tuple[int, int, int]


class Sought:
    """A piece of a program, and which programs have it.

    Parameters
    ----------
    language : Language
        A glyph matches every byte that it stands for, digits match exactly.
    text : str
        The piece; "" searches for nothing.
    """

    def __init__(self, language: Language, text: str = "") -> None:
        self._piece = np.frombuffer(language.assemble(text) if text else b"", np.uint8)
        self._alike = language.alike(text)
        self._known: tuple[Version, NDArray[np.bool_]] | None = None

    def __bool__(self) -> bool:
        """Whether there is anything to search for."""
        return bool(len(self._piece))

    def search(self, soup: NDArray[np.uint8], version: Version) -> NDArray[np.int64]:
        """Return the byte at which the piece begins in each program (n, 64), -1 without it: (n,).

        `version` tells this soup from others.
        """
        bright, first = containing(soup, self._piece, self._alike)
        self._known = version, bright
        return first

    def bright(self, soup: NDArray[np.uint8], version: Version) -> NDArray[np.bool_] | None:
        """Tell which programs have it, bool (n,); None where nothing is searched for."""
        if not self:
            return None
        if self._known is None or self._known[0] != version:
            self.search(soup, version)
        assert self._known is not None
        return self._known[1]
