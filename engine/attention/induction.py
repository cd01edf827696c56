"""The small model on which induction heads form, how it is trained, and the probe that sees them.

Two layers of attention without perceptrons, after Elhage et al., "A Mathematical Framework for
Transformer Circuits", 2021, and Olsson et al., arXiv 2209.11895. A head of the first layer writes
into every token which symbol came before it; a head of the second looks for tokens that came after
the symbol at hand, and copies them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from engine.attention.circuits import copying_scores
from engine.attention.design import Design, Kind, stack
from engine.attention.forward import Capture, forward
from engine.attention.initial import Scheme
from engine.attention.pieces import pieces
from engine.attention.recall import losses
from engine.attention.scores import head_roles, head_scores
from engine.attention.tasks import Batch, Draws
from engine.attention.tasks.repeats import Repeats
from engine.attention.threads import one_thread
from engine.attention.training import Plan
from engine.core import rng as streams

if TYPE_CHECKING:
    from torch import Tensor

    from engine.attention.scores import Scores
    from engine.core.system import Poll

__all__ = ["SCHEME", "Probe", "Seen", "induction_design", "induction_plan", "score_curves"]

SCHEME = Scheme("uniform", 1.0, embedding=0.02, readout=0.02)
"""How weights begin: with everything at 0.02 the heads would form late or never."""

_TEXELS = 2**18  # weights of one head over all sequences of the probe
_NAMED = 4  # heads up to which each has a curve of its own
_LAYERED = 4  # layers up to which each has
_PIECE = 2**21  # weights of one head each that go through the scores between two polls


def induction_design(
    *,
    vocabulary: int = 64,
    length: int = 64,
    layers: int = 2,
    heads: int = 2,
    width: int = 64,
    kind: Kind = "softmax",
    positions: Literal["learned", "sinusoid", "none"] = "learned",
) -> Design:
    """Return the attention-only model; 45,440 weights by default.

    Raises
    ------
    BadInput
        If the heads do not divide the width.
    """
    return Design(
        tokens=vocabulary,
        width=width,
        outputs=vocabulary,
        layers=stack(kind, layers, heads=heads, width=width, norm=True),
        embed="symbols",
        positions=positions,
        length=length,
        final_norm=True,
        readout="linear",
    )


def induction_plan(*, updates: int = 400, batch: int = 64, rate: float = 2e-3) -> Plan:
    """Return the training: AdamW, 50 updates of warm-up, then a constant rate."""
    return Plan(updates, batch, rate, warmup=50, decay=0.01, clip=1.0, exploded=3.0)


@dataclass(frozen=True, eq=False)
class Seen:
    """What the probe saw of a model.

    Attributes
    ----------
    scores : dict of str to ndarray (layers, heads)
        As of `engine.attention.scores.head_scores`, and "copying".
    roles : tuple of (layers) tuples of (heads) str
    curve : Tensor (T,)
        Loss at every position, in nats.
    """

    scores: Scores
    roles: tuple[tuple[str, ...], ...]
    curve: Tensor


def score_curves(seen: Seen) -> dict[str, float]:
    """Name the scores that are drawn against updates, 8 at most.

    Those of each head, of the best head of each layer, or of the best, by how many there are.
    """
    found: dict[str, float] = {}
    for name, words in (("induction", "matches prefix"), ("previous", "looks at previous")):
        scores = seen.scores[name]
        if scores.size <= _NAMED:
            found |= {f"{words}, {i + 1}.{h + 1}": float(v) for (i, h), v in np.ndenumerate(scores)}
        elif len(scores) <= _LAYERED:
            best = scores.max(axis=1)
            found |= {f"{words}, layer {i + 1}": float(v) for i, v in enumerate(best)}
        else:
            found[f"{words}, best"] = float(scores.max())
    return found


class Probe:
    """Fixed sequences whose segment is half as long as they are: one earlier match, never two.

    With more copies the attention is split among them and scores look capped.

    Parameters
    ----------
    vocabulary, length : int
    device : str

    Attributes
    ----------
    segment : int
        Half the length; less only where there are not so many symbols.
    batch : Batch
    """

    def __init__(self, vocabulary: int, length: int, device: str = "cpu") -> None:
        self._vocabulary = vocabulary
        self.segment = max(min(length // 2, vocabulary), 1)
        task = Repeats(vocabulary, length, self.segment, self.segment)
        count = max(8, min(64, _TEXELS // length**2))
        sizes = torch.full((count,), self.segment)
        drawn = task.sequences(Draws(streams.stream(0, "induction probe")), sizes)
        self.batch = Batch(drawn.tokens.to(device), drawn.targets.to(device))

    def best(self) -> NDArray[np.float64]:
        """Return the loss at every position (T,) of one who knows how long the segment is.

        Symbols that were read do not come again within it.
        """
        places = np.arange(self.batch.tokens.shape[1])
        left = np.maximum(self._vocabulary - places - 1.0, 1.0)
        return np.where(places < self.segment - 1, np.log(left), 0.0)

    def look(
        self,
        design: Design,
        weights: Mapping[str, Tensor],
        poll: Poll,
        *,
        gates: Tensor | None = None,
        most: int | None = None,
    ) -> Seen:
        """Run a model on the probe, in pieces between which `poll` is called.

        Parameters
        ----------
        gates : Tensor (layers, heads), optional
            0 for heads that are off.
        most : int, optional
            Use so many of the sequences only.
        """
        tokens, targets = self.batch.tokens[:most], self.batch.targets[:most]
        heads = max(layer.heads for layer in design.layers)
        each = design.depth * heads * tokens.shape[1] ** 2
        cuts = pieces(design, tokens.shape[1], len(tokens), tokens.device.type)
        parts: list[Scores] = []
        sizes: list[int] = []
        curves = []
        with one_thread(), torch.no_grad():
            step = min(max(_PIECE // each, 1), -(-len(tokens) // len(cuts)))
            for begin in range(0, len(tokens), step):
                poll()
                rows = slice(begin, begin + step)
                capture = Capture()
                outputs = forward(
                    design, weights, tokens[rows], gates=gates, capture=capture, breathe=poll
                )
                curves.append(losses(outputs, targets[rows]))
                parts.append(self._scores(capture, poll))
                sizes.append(len(outputs))
        scores = {
            name: np.average([part[name] for part in parts], axis=0, weights=sizes).astype(
                np.float32
            )
            for name in parts[0]
        }
        arrays = {name: tensor.detach().cpu().numpy() for name, tensor in weights.items()}
        return Seen(
            scores | {"copying": copying_scores(design, arrays, poll)},
            head_roles(scores),
            torch.cat(curves).mean(dim=0),
        )

    def _scores(self, capture: Capture, poll: Poll) -> Scores:
        """Score the heads, a layer at a time."""
        layers: list[Scores] = []
        for attention in capture.attention:
            poll()
            layers.append(head_scores(attention[:, None].float().cpu().numpy(), self.segment))
        return {name: np.concatenate([one[name] for one in layers]) for name in layers[0]}
