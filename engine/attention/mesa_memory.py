"""What a layer that learns holds in memory while it reads: W_t, Phi_t, R_t and how good they are.

A mesa head holds Phi_t = G_t R_t, R_t = (H_t + lam I)^-1 (arXiv 2309.05858, section 4), a linear
one G_t alone. Carried through embedding, copy layer and read-out, that is the matrix W_t with which
the whole model predicts: s_{t+1} = W_t s_t + what does not depend on s_t. It can be laid beside W*.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.attention.design import Design
from engine.attention.shown import Shown
from engine.attention.tasks.dynamics import Dynamics

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "Memory",
    "descent_maps",
    "distances",
    "head_memory",
    "lams",
    "learning_layer",
    "model_maps",
    "ridge_maps",
]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Memory:
    """What a head holds at one token.

    Attributes
    ----------
    phi : ndarray
        ``(K, K)``: what it predicts with, values from queries.
    inverse : ndarray, optional
        R_t, ``(K, K)``, of a mesa head.
    lam : float
        Its regulariser; 0 for a linear head.
    condition : float
        Condition number of H_t + lam I; 1 for a linear head.
    residual : float
        abs((H_t + lam I) q* - q) / abs(q) of the solver that the layer uses; 0 where it solves
        nothing.
    """

    phi: Array
    inverse: Array | None = None
    lam: float = 0.0
    condition: float = 1.0
    residual: float = 0.0


def learning_layer(design: Design) -> int | None:
    """Return the layer whose memory is a matrix: the only one beside the copy layer, or None."""
    first = 1 if design.embed == "linear" else 0
    kinds = [layer.kind for layer in design.layers[first:]]
    return first if kinds in (["mesa"], ["linear"]) else None


def head_memory(shown: Shown, layer: int, head: int, token: int) -> Memory:
    """Return what a linear or mesa head holds after reading token `token` (from 0 on)."""
    k = shown.k(layer)[head].astype(np.float64)
    v = shown.v(layer)[head].astype(np.float64)
    upto = slice(0, token + 1)
    with np.errstate(all="ignore"):  # a model may hold any finite numbers
        gathered = v[upto].T @ k[upto]
        if shown.design.layers[layer].kind != "mesa":
            return Memory(gathered)
        lam = _lams_of(shown, layer)[head]
        loaded = k[upto].T @ k[upto] + lam * np.eye(k.shape[1])
        inverse = _solved(loaded[None], np.eye(len(loaded))[None])[0]
        return Memory(
            gathered @ inverse,
            inverse,
            lam,
            _condition(loaded),
            _residual(shown, layer, head, token, loaded, lam),
        )


def _condition(loaded: Array) -> float:
    try:
        return float(np.linalg.cond(loaded))
    except np.linalg.LinAlgError:  # not finite
        return np.nan


def _solved(squares: Array, products: Array) -> Array:
    """Solve ``(n, K, K)`` X = ``(n, K, V)``, NaN where there is no finite solution."""
    sound = np.isfinite(squares).all((-2, -1)) & np.isfinite(products).all((-2, -1))
    found = np.full(products.shape, np.nan)
    try:
        found[sound] = np.linalg.solve(squares[sound], products[sound])
    except np.linalg.LinAlgError:  # it does not say which one is singular
        for at in np.flatnonzero(sound):
            with suppress(np.linalg.LinAlgError):
                found[at] = np.linalg.solve(squares[at], products[at])
    return found


def _residual(shown: Shown, layer: int, head: int, token: int, loaded: Array, lam: float) -> float:
    """Let the layer's own solver solve, and see what is left; NaN where it cannot."""
    import torch

    from engine.attention.mesa_layer import preconditioned

    q, k = (torch.from_numpy(one(layer)[head, : token + 1]) for one in (shown.q, shown.k))
    try:
        solved = preconditioned(q, k, lam, shown.design.layers[layer].solver)[token].numpy()
    except torch.linalg.LinAlgError:  # type: ignore[attr-defined]
        return np.nan
    query = q[token].numpy()
    left = loaded @ solved.astype(np.float64) - query
    return float(np.linalg.norm(left) / max(float(np.linalg.norm(query)), 1e-12))


def lams(theta: Tensor) -> tuple[float, ...]:
    """Return the regularisers that a mesa layer's weight `lam` stands for."""
    from engine.attention.mesa_layer import regularisation

    return tuple(regularisation(theta.detach().double()).cpu().tolist())


def _lams_of(shown: Shown, layer: int) -> tuple[float, ...]:
    return lams(shown.weights[f"{shown.design.prefix(layer)}lam"])


def model_maps(shown: Shown, task: Dynamics) -> Array | None:
    """Return W_t of the displayed model for every token, ``(T, D, D)`` double.

    The derivative of the prediction by the state that asks, its memory held: what a head read is
    not changed. None where several layers learn, or tokens pass what is no matrix.
    """
    design, layer = shown.design, learning_layer(shown.design)
    if layer is None or task.stacked > 1:
        return None
    if any(one.mlp or one.norm or one.unit for one in design.layers):
        return None
    size = task.size
    asks = _asking(shown, size)
    with np.errstate(all="ignore"):
        return _carried(shown, layer, asks, size)


def _carried(shown: Shown, layer: int, asks: Array, size: int) -> Array:
    """Carry what asks, ``(T, D, width)``, through a layer's memories and the read-out."""
    design = shown.design
    total = np.repeat(np.eye(design.width)[None], asks.shape[0], 0)
    kind = design.layers[layer]
    own = _lams_of(shown, layer) if kind.kind == "mesa" else ()
    wq, wp = (_weight(shown, layer, name) for name in ("wq", "wp"))
    for head in range(kind.heads):
        if _gate(shown, layer, head) == 0.0:
            continue
        part = kind.columns(head)
        k, v = (one(layer)[head].astype(np.float64) for one in (shown.k, shown.v))
        phi = _maps(k, v, own[head]) if own else np.cumsum(v[:, :, None] * k[:, None, :], 0)
        total += wq[: design.width, part] @ phi.transpose(0, 2, 1) @ wp[part]
    out = (
        shown.weights["readout"].detach().double().cpu().numpy()
        if design.readout == "linear"
        else np.eye(design.width)[:, :size]
    )
    maps: Array = (asks @ total @ out).transpose(0, 2, 1)
    return maps


def _asking(shown: Shown, size: int) -> Array:
    """Return how s_t enters the stream before the layer that learns, ``(T, D, width)``."""
    design, tokens = shown.design, shown.tokens.shape[1]
    if design.embed != "linear":
        enters = np.zeros((size, design.width))
        enters[:, size : 2 * size] = enters[:, 2 * size : 3 * size] = np.eye(size)
        return np.repeat(enters[None], tokens, 0)
    embed = shown.weights["embed"].detach().double().cpu().numpy()
    asks = np.repeat(embed[None], tokens, 0)
    wv, wp = (_weight(shown, 0, name) for name in ("wv", "wp"))
    for head in range(design.layers[0].heads):
        part = design.layers[0].columns(head)
        # What a token reads of itself in the copy layer.
        own = np.diagonal(shown.attention(0)[head]).astype(np.float64)
        asks = asks + _gate(shown, 0, head) * own[:, None, None] * (embed @ wv[:, part] @ wp[part])
    return asks


def _weight(shown: Shown, layer: int, name: str) -> Array:
    tensor = shown.weights[shown.design.prefix(layer) + name]
    return np.asarray(tensor.detach().double().cpu().numpy())


def _gate(shown: Shown, layer: int, head: int) -> float:
    return 1.0 if shown.gates is None else float(shown.gates[layer, head])


def _maps(k: Array, v: Array, lam: float) -> Array:
    """Return G_t (H_t + lam I)^-1 for every token, ``(T, V, K)``."""
    with np.errstate(all="ignore"):
        squares = np.cumsum(k[:, :, None] * k[:, None, :], 0) + lam * np.eye(k.shape[1])
        products = np.cumsum(v[:, :, None] * k[:, None, :], 0)
        return _solved(squares, products.transpose(0, 2, 1)).transpose(0, 2, 1)


def _pairs(seen: Array) -> tuple[Array, Array]:
    """Return keys s_{t-1} and values s_t of tokens ``(T, D)``."""
    values = np.asarray(seen, np.float64)
    return np.concatenate([np.zeros_like(values[:1]), values[:-1]]), values


def ridge_maps(seen: Array, lam: float, forgetting: float = 0.0) -> Array:
    """Return W_t of ridge regression on tokens ``(T, D)``, ``(T, D, D)``.

    With `forgetting` all that was gathered shrinks by that part at every token, as with the gate
    gamma = 1 - forgetting of MesaNet (arXiv 2506.05233).
    """
    keys, values = _pairs(seen)
    if not forgetting:
        return _maps(keys, values, lam)
    eye = np.eye(keys.shape[1])
    squares, products = np.zeros((2, len(keys), *eye.shape))
    square, product = np.zeros_like(eye), np.zeros_like(eye)
    for t, (key, value) in enumerate(zip(keys, values, strict=True)):
        square = (1.0 - forgetting) * square + np.outer(key, key)
        product = (1.0 - forgetting) * product + np.outer(value, key)
        squares[t], products[t] = square + lam * eye, product.T
    return _solved(squares, products).transpose(0, 2, 1)


def descent_maps(seen: Array, eta: float) -> Array:
    """Return W_t of one step of gradient descent on tokens ``(T, D)``, ``(T, D, D)``."""
    keys, values = _pairs(seen)
    return np.asarray(eta * np.cumsum(values[:, :, None] * keys[:, None, :], 0))


def distances(maps: Array, law: Array) -> Array:
    """Return abs(W_t - W*) / abs(W*) by Frobenius' norm, ``(T,)``; `law` one, or one a token.

    NaN where the law is zero: an eigenvalue may be dragged there.
    """
    with np.errstate(all="ignore"):
        difference = np.linalg.norm(maps - law, axis=(-2, -1))
        size = np.linalg.norm(law, axis=(-2, -1))
        return np.asarray(difference / np.where(size > 0.0, size, np.nan))
