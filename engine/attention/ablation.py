"""Which heads matter: what is predicted with each head, and each layer, switched off.

Outputs are zeroed, as by Olsson et al., arXiv 2209.11895: a head that is off adds
nothing to the residual stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
) -> Iterator[Ablation]:
    """Predict with nothing, each head, and each layer of several heads switched off.

    Parameters
    ----------
    tokens : Tensor, shape (B, T) or (B, T, channels)
    measure : callable
        From outputs (B, T, outputs) to figures by name.
    poll : callable
        Called between two passes and between layers.
    heads : tuple of (layer, head), optional
        Switch only these off one by one.

    Yields
    ------
    Ablation
        "intact" first, then layer by layer.
    """
    cases: list[tuple[str, tuple[Head, ...]]] = [("intact", ())]
    for index, layer in enumerate(design.layers):
        own = tuple((index, head) for head in range(layer.heads))
        alone = [one for one in own if heads is None or one in heads]
        cases += [(f"layer {index + 1}, head {head + 1}", ((index, head),)) for _, head in alone]
        if alone != list(own) or layer.heads > 1:
            cases.append((f"layer {index + 1}", own))
    for title, off in cases:
        poll()
        gates = gates_without(design, off).to(tokens.device)
        with one_thread(), torch.no_grad():  # not while somebody else goes on with the next case
            measured = measure(forward(design, weights, tokens, gates=gates, breathe=poll))
        yield Ablation(title, off, measured)
