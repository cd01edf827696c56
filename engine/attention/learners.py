"""The transformers of in-context regression: which layers go with which prompts.

von Oswald et al., arXiv 2212.07677, section 2, 5 and appendix A.6; the released configuration
where the paper is silent. All read the answer as *minus* y of the last token, and none of them lets
the query be a key.
"""

from __future__ import annotations

from typing import Literal

from engine.attention.design import Design, stack
from engine.attention.initial import Scheme
from engine.attention.tasks.regression import LinearRegression
from engine.attention.tasks.sine import SineRegression

__all__ = ["AttentionKind", "paper_clip", "paper_scheme", "regression_design", "sine_design"]

AttentionKind = Literal["linear", "softmax", "first-softmax", "mesa"]

VARIANCE = 0.002  # times 1 / fan-in, shared by all layers


def regression_design(
    task: LinearRegression,
    *,
    kind: AttentionKind = "linear",
    depth: int = 1,
    heads: int = 1,
    key: int = 0,
    shared: bool = True,
    clip: float = 0.0,
    dampening: float = 1.0,
) -> Design:
    """Return the attention layers for linear problems: no embedding, no norm, no perceptron.

    Where x and y come in turn, as many channels of sinusoidal positions stand beside theirs.

    Parameters
    ----------
    key : int
        Numbers in a key of each head; 0 for the width of the stream, as in the paper.
    shared : bool
        Layers of one kind share their weights; "first-softmax" never does.
    clip : float
        Bound on the stream after every layer; 0 for none.
    """
    turns = task.layout == "turns"
    width = 2 * task.dims if turns else task.width
    return Design(
        tokens=task.width,
        width=width,
        outputs=1,
        layers=stack(kind, depth, heads=heads, width=width, key=key or width, clip=clip),
        positions="sinusoid-concat" if turns else "none",
        position_width=task.dims if turns else 0,
        shared=shared and kind != "first-softmax" and depth > 1,
        causal=False,
        lookup="context",
        dampening=dampening,
        channel=task.label,
        sign=-1.0,
        predict="last",
    )


def sine_design(
    task: SineRegression,
    *,
    kind: AttentionKind = "linear",
    depth: int = 1,
    heads: int = 1,
    width: int = 40,
    hidden: int = 160,
    key: int = 0,
    shared: bool = True,
    clip: float = 0.0,
    dampening: float = 1.0,
) -> Design:
    """Return an embedding by a matrix and a perceptron, then attention; y is the last channel."""
    return Design(
        tokens=task.width,
        width=width,
        outputs=1,
        layers=stack(kind, depth, heads=heads, width=width, key=key or width, clip=clip),
        embed="linear",
        embed_mlp=hidden,
        shared=shared and kind != "first-softmax" and depth > 1,
        causal=False,
        lookup="context",
        dampening=dampening,
        channel=width - 1,
        sign=-1.0,
        predict="last",
    )


def paper_scheme(depth: int) -> Scheme:
    """Return how the released code begins: truncated normal of variance .002 / (L fan-in)."""
    return Scheme("truncated", VARIANCE / depth)


def paper_clip(depth: int) -> float:
    """Return the released bound on the gradient's norm: tiny up to two layers, then 10.

    Under Adam a tiny bound is a normalisation of every gradient.
    """
    return 0.001 if depth <= 2 else 10.0
