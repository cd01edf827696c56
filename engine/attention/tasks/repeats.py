"""The task on which induction heads form: a random segment, repeated to the end of the sequence.

What follows a symbol in the first copy cannot be known; from then on every symbol was seen before,
and what follows it now is what followed it then. Elhage et al., "A Mathematical Framework for
Transformer Circuits", 2021; Olsson et al., "In-context Learning and Induction Heads",
arXiv 2209.11895.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.attention.tasks import Batch, Draws
from engine.core.errors import BadInput

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Repeats", "copies", "successors"]


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
        If the range is empty or asks for more distinct symbols than there are.
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
        if self.distinct and self.longest > self.vocabulary:
            raise BadInput(
                f"a segment cannot have {self.longest} different symbols of {self.vocabulary}",
                remedy="Use more symbols, shorter segments, or segments in which symbols repeat",
            )

    def draw(self, draws: Draws, batch: int) -> Batch:
        """Draw sequences on the device of `draws`.

        Returns
        -------
        Batch
            tokens and targets (batch, T) int64; mask (batch, T) bool: positions whose target can
            be known, since the segment has been read once and, where symbols repeat in it, the
            symbol was always followed by the same one.
        """
        sizes = draws.integers(self.shortest, self.longest + 1, (batch,))
        return self.sequences(draws, sizes)

    def sequences(self, draws: Draws, sizes: Tensor) -> Batch:
        """Draw one sequence for each segment length of `sizes` (n,), see `draw`."""
        import torch

        if self.distinct:  # the beginning of a random order of all symbols
            segments = draws.order(len(sizes), self.vocabulary)
        else:
            segments = draws.integers(0, self.vocabulary, (len(sizes), self.longest))
        places = torch.arange(self.length + 1, device=sizes.device)
        rows = segments.gather(1, places[None, :] % sizes[:, None])
        tokens, targets = rows[:, :-1].contiguous(), rows[:, 1:].contiguous()
        known = places[None, :-1] >= sizes[:, None]
        return Batch(tokens, targets, known if self.distinct else known & ~_torn(tokens, targets))

    def loss(self, outputs: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Mean cross-entropy over all positions, in nats; the mask only serves measurements.

        Parameters
        ----------
        outputs : Tensor, shape (batch, T, vocabulary)
            Logits.
        """
        from torch.nn.functional import cross_entropy

        return cross_entropy(outputs.flatten(0, 1), targets.flatten())


def _torn(tokens: Tensor, targets: Tensor) -> Tensor:
    """Where (B, T) an earlier match of a token was followed by another symbol than now."""
    import torch

    length = tokens.shape[1]
    earlier = torch.ones(length, length, dtype=torch.bool, device=tokens.device).tril(-1)
    match = (tokens[:, :, None] == tokens[:, None, :]) & earlier
    return (match & (targets[:, :, None] != targets[:, None, :])).any(dim=2)


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
    """How often each token (T,) was read before: which copy of a segment it belongs to."""
    count: dict[int, int] = {}
    found = np.zeros(len(tokens), np.int64)
    for place, token in enumerate(tokens.tolist()):
        found[place] = count.get(token, 0)
        count[token] = int(found[place]) + 1
    return found
