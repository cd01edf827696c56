"""Which heads matter: what is predicted with each head, and each layer, switched off.

Outputs are zeroed, as by Olsson et al., arXiv 2209.11895: a head that is off adds
nothing to the residual stream.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from engine.attention.forward import forward
from engine.attention.threads import one_thread

if TYPE_CHECKING:
    from torch import Tensor

    from engine.attention.design import Design
    from engine.core.system import Poll

__all__ = ["Ablation", "ablations", "gates_without"]

Head = tuple[int, int]


@dataclass(frozen=True)
class Ablation:
    """What was measured while heads were off.

    Attributes
    ----------
    title : str
        "intact", "layer 2, head 1", "layer 2".
    off : tuple of (layer, head)
    measured : dict of str to float
    """

    title: str
    off: tuple[Head, ...]
    measured: dict[str, float]


def gates_without(design: Design, off: tuple[Head, ...]) -> Tensor:
    """Return gates (layers, heads) that are 0 for the heads in `off` and 1 elsewhere."""
    gates = torch.ones(design.depth, max(layer.heads for layer in design.layers))
    for head in off:
        gates[head] = 0.0
    return gates


def ablations(
    design: Design,
    weights: Mapping[str, Tensor],
    tokens: Tensor,
    measure: Callable[[Tensor], dict[str, float]],
    poll: Poll,
    *,
    heads: tuple[Head, ...] | None = None,
) -> tuple[Ablation, ...]:
    """Predict with nothing, each head, and each layer of several heads switched off.

    Parameters
    ----------
    tokens : Tensor, shape (B, T) or (B, T, channels)
    measure : callable
        From outputs (B, T, outputs) to figures by name.
    poll : callable
        Called between two passes.
    heads : tuple of (layer, head), optional
        Switch only these off one by one.
    """
    cases: list[tuple[str, tuple[Head, ...]]] = [("intact", ())]
    for index, layer in enumerate(design.layers):
        own = tuple((index, head) for head in range(layer.heads))
        alone = [one for one in own if heads is None or one in heads]
        cases += [(f"layer {index + 1}, head {head + 1}", ((index, head),)) for _, head in alone]
        if alone != list(own) or layer.heads > 1:
            cases.append((f"layer {index + 1}", own))
    found = []
    with one_thread(), torch.no_grad():
        for title, off in cases:
            poll()
            gates = gates_without(design, off).to(tokens.device)
            outputs = forward(design, weights, tokens, gates=gates)
            found.append(Ablation(title, off, measure(outputs)))
    return tuple(found)
