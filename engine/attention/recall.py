"""How well a model knows what it has read before: loss and accuracy of repeats, and of what is new.

Positions are repeats where the target is what followed the token before (`known`); the others are
new. Mixing both would hide the phase change behind ln V.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import cross_entropy

from engine.attention.forward import forward
from engine.attention.pieces import pieces
from engine.attention.tasks.repeats import NO_TARGET, known
from engine.attention.threads import one_thread

if TYPE_CHECKING:
    from torch import Tensor

    from engine.attention.design import Design
    from engine.attention.tasks import Batch
    from engine.core.system import Poll

__all__ = ["in_context_score", "losses", "position_losses", "recall", "run_in_pieces"]


def losses(outputs: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy in nats of every position: logits (B, T, V), targets (B, T) to (B, T).

    0 where there is no target.
    """
    return cross_entropy(outputs.mT, targets, reduction="none", ignore_index=NO_TARGET)


def recall(outputs: Tensor, batch: Batch) -> dict[str, float]:
    """Measure predictions of repeats and of what is new.

    Parameters
    ----------
    outputs : Tensor, shape (B, T, V)
        Logits.
    batch : Batch

    Returns
    -------
    dict
        "repeat loss" and "new loss" in nats, "accuracy": part of the repeats whose likeliest symbol
        is the right one. Without repeats, or without anything new, what it would be is left out.
    """
    repeat = known(batch.tokens, batch.targets)
    new = ~repeat & (batch.targets != NO_TARGET)
    each = losses(outputs, batch.targets)
    found = {}
    if bool(repeat.any()):
        right = outputs.argmax(dim=-1) == batch.targets
        found["repeat loss"] = float(each[repeat].mean())
        found["accuracy"] = float(right[repeat].float().mean())
    if bool(new.any()):
        found["new loss"] = float(each[new].mean())
    return found


def position_losses(outputs: Tensor, batch: Batch) -> Tensor:
    """Mean loss in nats at every position, (T,)."""
    return losses(outputs, batch.targets).mean(dim=0)


def in_context_score(curve: Tensor) -> float:
    """How much less is lost late in the sequence than early, in nats; below 0 where context helps.

    Mean loss of the last eighth of the positions minus that of the second (Olsson et al.,
    arXiv 2209.11895, compare the 500th token with the 50th).
    """
    eighth = max(len(curve) // 8, 1)
    return float(curve[-eighth:].mean() - curve[eighth : 2 * eighth].mean())


def run_in_pieces(
    design: Design, weights: Mapping[str, Tensor], tokens: Tensor, poll: Poll
) -> Tensor:
    """Predict (B, T, outputs) of symbols (B, T); `poll` is called at least every 20 ms or so."""
    parts = []
    with one_thread(), torch.no_grad():
        for cut in pieces(design, tokens.shape[1], len(tokens), tokens.device.type):
            poll()
            parts.append(forward(design, weights, tokens[cut], breathe=poll))
    return torch.cat(parts)
