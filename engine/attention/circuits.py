"""What a head does with symbols: its circuits from vocabulary to vocabulary.

Elhage et al., "A Mathematical Framework for Transformer Circuits", 2021. LayerNorm's gain and its
centring are folded in, its division by the deviation is not: entries compare within a circuit. What
tokens gather in between, from other layers, is left out; `via` follows one such path.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from engine.attention.design import Design
from engine.core.system import Poll, no_poll

__all__ = ["copying_scores", "ov_circuit", "position_circuit", "qk_circuit"]

Array = NDArray[np.float32]
Weights = Mapping[str, Array]
Head = tuple[int, int]


def qk_circuit(design: Design, weights: Weights, head: Head, *, via: Head | None = None) -> Array:
    """How much a query of one symbol looks at a key of another.

    Parameters
    ----------
    via : (layer, head), optional
        A head of an earlier layer that wrote the key: a column then is the symbol which that head
        read. Of a head that reads the token before, it is the symbol before the key: this is the
        K-composition of an induction head, whose diagonal stands out.

    Returns
    -------
    ndarray, shape (symbols, symbols)
        Rows are queries, columns keys: scores, but for the deviations that LayerNorm divides by.
    """
    embedded = weights["embed"]
    keys = embedded if via is None else _read(design, weights, via, embedded)
    return _scores(design, weights, head, embedded, keys)


def position_circuit(design: Design, weights: Weights, head: Head) -> Array:
    """How much a query at one position looks at another; (length, length), learned positions."""
    places = weights["positions"]
    return _scores(design, weights, head, places, places)


def ov_circuit(design: Design, weights: Weights, head: Head) -> Array:
    """How much reading a symbol (row) raises the logit of each symbol (column), (symbols, outputs).

    The mean of every row is taken off: it changes no probability.
    """
    logits = _read(design, weights, head, weights["embed"]) @ _unembedding(design, weights)
    return np.asarray(logits - logits.mean(axis=1, keepdims=True), np.float32)


def copying_scores(design: Design, weights: Weights, poll: Poll = no_poll) -> Array:
    """How far each head raises the symbol that it reads: sum of its OV circuit's eigenvalues.

    Over the sum of their sizes: 1 means that it copies, -1 that it suppresses what it reads.
    `poll` is called before every layer.

    Returns
    -------
    ndarray, shape (layers, heads)
        NaN where a layer lacks the head, 0 where its numbers are too large.
    """
    heads = max(layer.heads for layer in design.layers)
    found = np.full((design.depth, heads), np.nan, np.float32)
    for index, layer in enumerate(design.layers):
        poll()
        with np.errstate(all="ignore"):  # a model may hold any finite numbers
            found[index, : layer.heads] = _copying(design, weights, index)
    return found


def _copying(design: Design, weights: Weights, index: int) -> Array:
    """Return the copying scores of a layer's heads, (heads,)."""
    layer, lead = design.layers[index], design.prefix(index)
    read = _normed(design, weights, index, weights["embed"]) @ weights[lead + "wv"]
    write = weights[lead + "wp"] @ _unembedding(design, weights)
    # A B and B A have the same eigenvalues beside 0; these are key x key.
    reads = read.reshape(len(read), layer.heads, layer.key).transpose(1, 0, 2)
    writes = write.reshape(layer.heads, layer.key, write.shape[1])
    both = (writes @ reads).astype(np.float64)
    both[~np.isfinite(both).all((1, 2))] = 0.0
    values = np.linalg.eigvals(both)
    size = np.abs(values).sum(axis=1)
    return np.asarray(values.sum(axis=1).real / np.where(size > 0.0, size, 1.0), np.float32)


def _scores(design: Design, weights: Weights, head: Head, queries: Array, keys: Array) -> Array:
    """Scores of rows of the stream (n, E) with others (m, E)."""
    index, own = head
    layer, lead = design.layers[index], design.prefix(index)
    part = layer.columns(own)
    wq, wk = (weights[lead + name][: design.width, part] for name in ("wq", "wk"))
    q = _normed(design, weights, index, queries) @ wq
    k = _normed(design, weights, index, keys) @ wk
    return np.asarray(q @ k.T * layer.scale, np.float32)


def _read(design: Design, weights: Weights, head: Head, rows: Array) -> Array:
    """What a head adds to the stream when it reads rows of it (n, E)."""
    index, own = head
    lead, part = design.prefix(index), design.layers[index].columns(own)
    values = _normed(design, weights, index, rows) @ weights[lead + "wv"][:, part]
    return np.asarray(values @ weights[lead + "wp"][part] * design.dampening, np.float32)


def _normed(design: Design, weights: Weights, index: int, rows: Array) -> Array:
    """Centre rows and scale them by LayerNorm's gain, where the layer has one."""
    if not design.layers[index].norm:
        return rows
    centred = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(centred * weights[design.prefix(index) + "norm_gain"], np.float32)


def _unembedding(design: Design, weights: Weights) -> Array:
    """Return the read-out (E, outputs), with the last LayerNorm's gain and centring."""
    readout = weights["readout"]
    if not design.final_norm:
        return readout
    folded = weights["final_gain"][:, None] * readout
    return np.asarray(folded - folded.mean(axis=0, keepdims=True), np.float32)
