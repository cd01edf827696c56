"""The task on which induction heads form: a random segment, repeated to the end of the sequence.

What follows a symbol in the first copy cannot be known; from then on every symbol was seen before,
and what follows it now is what followed it then. Elhage et al., "A Mathematical Framework for
Transformer Circuits", 2021; Olsson et al., "In-context Learning and Induction Heads",
arXiv 2209.11895.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.attention.tasks import Batch, Draws
from engine.core.errors import BadInput

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["NO_TARGET", "Repeats", "copies", "known", "successors"]

NO_TARGET = -1
"""Target of a token after which nothing is known to come."""


@dataclass(frozen=True)
class Repeats:
    """Sequences made of one random segment, next-symbol cross-entropy at every position.

    Attributes
    ----------
    vocabulary : int
        Symbols, 2 or more.
    length : int
        Tokens T that are read; a sequence has one more, the target of the last.
    shortest, longest : int
        Range of the segment's length s, drawn anew for every sequence; equal for a fixed one.
    distinct : bool
        Whether the symbols of a segment differ; where they do not, what follows is ambiguous.

    Raises
    ------
    BadInput
        If the range is empty, leaves no room for a repeat, or asks for more distinct symbols than
        there are.
    """

    vocabulary: int = 64
    length: int = 64
    shortest: int = 8
    longest: int = 32
    distinct: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        if not 1 <= self.shortest <= self.longest:
            raise BadInput(
                f"segments cannot have from {self.shortest} to {self.longest} symbols",
                remedy="Make the shortest one no longer than the longest",
            )
        if self.shortest >= self.length:
            raise BadInput(
                f"segments of {self.shortest} symbols or more do not come again within "
                f"{self.length} tokens",
                remedy="Use shorter segments or longer sequences",
            )
        if self.distinct and self.longest > self.vocabulary:
            raise BadInput(
                f"a segment cannot have {self.longest} different symbols of {self.vocabulary}",
                remedy="Use more symbols, shorter segments, or segments in which symbols repeat",
            )

    @property
    def naive(self) -> float:
        """Loss of guessing evenly among the symbols, in nats."""
        return math.log(self.vocabulary)

    def draw(self, draws: Draws, batch: int) -> Batch:
        """Draw sequences on the device of `draws`: tokens and targets (batch, T), int64."""
        return self.sequences(draws, draws.integers(self.shortest, self.longest + 1, (batch,)))

    def repeating(self, draws: Draws, batch: int) -> Batch:
        """Draw sequences all of which have repeats, to judge by."""
        longest = min(self.longest, self.length - 1)
        return self.sequences(draws, draws.integers(self.shortest, longest + 1, (batch,)))

    def sequences(self, draws: Draws, sizes: Tensor) -> Batch:
        """Draw one sequence for each segment length of `sizes` (n,), none above `longest`."""
        import torch

        if self.distinct:  # the beginning of a random order of all symbols
            segments = draws.order(len(sizes), self.vocabulary)
        else:
            segments = draws.integers(0, self.vocabulary, (len(sizes), self.longest))
        places = torch.arange(self.length + 1, device=sizes.device)
        rows = segments.gather(1, places[None, :] % sizes[:, None])
        return Batch(rows[:, :-1].contiguous(), rows[:, 1:].contiguous())

    def loss(self, outputs: Tensor, targets: Tensor, mask: Tensor | None) -> Tensor:
        """Mean cross-entropy in nats: of all positions, new ones too, or of those in `mask`.

        Parameters
        ----------
        outputs : Tensor, shape (B, T, vocabulary)
            Logits.
        targets, mask : Tensor, shape (B, T)
            Targets that `mask` leaves out may be -1.
        """
        from torch.nn.functional import cross_entropy

        if mask is None:
            return cross_entropy(outputs.flatten(0, 1), targets.flatten())
        kept = mask.flatten().to(outputs.dtype)
        each = cross_entropy(
            outputs.flatten(0, 1), targets.flatten(), reduction="none", ignore_index=NO_TARGET
        )
        return (each * kept).sum() / kept.sum().clamp_min(1.0)


def known(tokens: Tensor, targets: Tensor) -> Tensor:
    """Where (B, T) the target is what always followed the token so far: what copying gets right.

    In sequences of distinct symbols that is every position from the second copy on. Nowhere else is
    the target known: the token was not read before, or other symbols followed it, too.
    """
    import torch

    length = tokens.shape[1]
    earlier = torch.ones(length, length, dtype=torch.bool, device=tokens.device).tril(-1)
    match = (tokens[:, :, None] == tokens[:, None, :]) & earlier
    torn = (match & (targets[:, :, None] != targets[:, None, :])).any(dim=2)
    return match.any(dim=2) & ~torn


def successors(tokens: NDArray[np.integer]) -> NDArray[np.int64]:
    """Where an induction head looks: the place after the latest earlier match of every token.

    Parameters
    ----------
    tokens : ndarray, shape (T,)

    Returns
    -------
    ndarray, shape (T,), int64
        t - s + 1 in a sequence of repeats; -1 where the symbol has not been read before.
    """
    seen: dict[int, int] = {}
    found = np.full(len(tokens), -1, np.int64)
    for place, token in enumerate(tokens.tolist()):
        found[place] = seen.get(token, -2) + 1
        seen[token] = place
    return found


def copies(tokens: NDArray[np.integer]) -> NDArray[np.int64]:
    """Which copy of what was read before each token (T,) belongs to; 0 where it is new.

    A token is of a copy if it was read before beside the same neighbour, left or right; of the copy
    after that one.
    """
    symbols = tokens.tolist()
    pairs = list(pairwise(symbols))
    seen: dict[tuple[int, int], int] = {}  # where a pair began the last time
    found = np.zeros(len(symbols), np.int64)
    for place in range(len(symbols)):
        left = right = -1
        if place:
            left = seen.get(pairs[place - 1], -2) + 1
            seen[pairs[place - 1]] = place - 1  # only now: a pair is no match of itself
        if place < len(pairs):
            right = seen.get(pairs[place], -1)
        before = max(left, right)
        if before >= 0:
            found[place] = found[before] + 1
    return found
