"""How heads read: linear, softmax and mesa attention of queries to keys, every head at once.

All functions take queries (B, H, Tq, K), keys (B, H, Tk, K) and values (B, H, Tk, V), and return
(B, H, Tq, V). `read` does not form the attention matrix where it is cheaper without; `weights`
forms it for the eye. Linear weights are signed scores q.k, neither scaled nor normalised.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from engine.attention.design import Layer

__all__ = ["lam_of", "read", "weights"]

_LONG = 96  # tokens, from which it pays not to form the matrix
_CHUNK = 64  # tokens; a causal linear layer carries its memory from chunk to chunk


@lru_cache(maxsize=32)
def _seen(tokens: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """1 where a query (row) may read a key (column), 0 elsewhere."""
    with torch.inference_mode(False):  # or autograd could not use what is kept
        return torch.ones(tokens, tokens, dtype=dtype, device=device).tril()


@lru_cache(maxsize=32)
def _unseen(tokens: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """0 where a query may read a key, -inf elsewhere."""
    with torch.inference_mode(False):
        return torch.full((tokens, tokens), -torch.inf, dtype=dtype, device=device).triu(1)


def lam_of(theta: Tensor) -> Tensor:
    """Return the regulariser of each mesa head (H,) from its weight."""
    from engine.attention.mesa_layer import regularisation

    return regularisation(theta)


def read(
    layer: Layer, q: Tensor, k: Tensor, v: Tensor, *, causal: bool, theta: Tensor | None = None
) -> Tensor:
    """Read values by the layer's kind of attention.

    Parameters
    ----------
    layer : Layer
    q, k, v : Tensor
        Queries, keys and values; a causal layer needs as many keys as queries.
    causal : bool
    theta : Tensor (H,), optional
        The `lam` weight of a mesa layer.
    """
    if layer.kind == "softmax":
        if k.shape[-2] > _LONG or q.is_cuda:
            return functional.scaled_dot_product_attention(
                q, k, v, is_causal=causal, scale=layer.scale
            )
        return weights(layer, q, k, causal=causal) @ v
    if layer.kind == "linear":
        return _linear_causal(q, k, v) if causal else _linear(q, k, v)
    assert theta is not None, "a mesa layer has a lam"
    if causal:
        from engine.attention.mesa_layer import mesa

        return mesa(q, k, v, lam_of(theta), layer.solver)
    return _preconditioned(q, k, theta) @ (k.mT @ v)


def weights(
    layer: Layer, q: Tensor, k: Tensor, *, causal: bool, theta: Tensor | None = None
) -> Tensor:
    """Return what every query attends to, (B, H, Tq, Tk); 0 where a causal query may not look.

    Softmax: probabilities. Linear: the scores. Mesa: scores of the preconditioned queries.
    """
    if layer.kind == "mesa":
        assert theta is not None, "a mesa layer has a lam"
        if causal:
            from engine.attention.mesa_layer import attention_map

            return attention_map(q, k, lam_of(theta), layer.solver)
        return _preconditioned(q, k, theta) @ k.mT
    if layer.kind == "linear":
        scores = q @ k.mT
        return scores * _seen(q.shape[-2], q.device, q.dtype) if causal else scores
    if causal:
        unseen = _unseen(q.shape[-2], q.device, q.dtype)
        flat = torch.baddbmm(unseen, q.flatten(0, 1), k.flatten(0, 1).mT, alpha=layer.scale)
        scores = flat.view(*q.shape[:2], *flat.shape[1:])
    else:
        scores = (q * layer.scale) @ k.mT
    return scores.softmax(-1)


def _preconditioned(q: Tensor, k: Tensor, theta: Tensor) -> Tensor:
    """Queries times (sum k k^T + lam I)^-1, all keys at once."""
    from engine.attention.mesa_layer import PRECISE

    lam = lam_of(theta)
    kind = torch.float64 if float(lam.detach().min()) < PRECISE else q.dtype
    keys, eye = k.to(kind), torch.eye(k.shape[-1], dtype=kind, device=k.device)
    gram = keys.mT @ keys + lam.to(kind)[:, None, None] * eye
    factor = torch.linalg.cholesky_ex(gram).L  # where it fails numbers are not finite: found later
    return torch.cholesky_solve(q.to(kind).mT, factor).mT.to(q.dtype)


def _linear(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """By associativity where that takes fewer products."""
    queries, keys, size, out = q.shape[-2], k.shape[-2], q.shape[-1], v.shape[-1]
    if size * out * (queries + keys) < queries * keys * (size + out):
        return q @ (k.mT @ v)
    return (q @ k.mT) @ v


def _linear_causal(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    tokens = q.shape[-2]
    if tokens <= _LONG:
        return ((q @ k.mT) * _seen(tokens, q.device, q.dtype)) @ v
    parts = [torch.split(one, _CHUNK, -2) for one in (q, k, v)]
    memory: Tensor | None = None
    out = []
    for queries, keys, values in zip(*parts, strict=True):
        near = (queries @ keys.mT).tril() @ values
        out.append(near if memory is None else near + queries @ memory)
        new = keys.mT @ values
        memory = new if memory is None else memory + new
    return torch.cat(out, -2)
