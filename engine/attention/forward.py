"""The forward pass of a design: a function of its weights, whatever dict they come in.

No modules and no hooks: weights may be trained, constructed, interpolated, patched or old. Nothing
is kept unless a `Capture` is given. Everything happens on the device of the tensors and in their
precision. Layer l, tokens as rows (arXiv 2212.07677, eq. 1; pre-norm as in GPT-2)::

    x = LayerNorm(e) or e;  e <- e + dampening * sum_h gate_h * attention_h(x Wq, x Wk, x Wv) P_h
    e <- e + MLP(LayerNorm(e) or e);  e <- clamp(e, -clip, clip)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from engine.attention import heads
from engine.attention.design import Design, Layer
from engine.attention.initial import sinusoid
from engine.core.errors import BadInput

__all__ = ["Capture", "forward", "products", "tensors"]

A = TypeVar("A", Tensor, NDArray[np.float32])
Weights = Mapping[str, Tensor]


@dataclass
class Capture:
    """What a forward pass leaves behind, one tensor per layer; give an empty one to `forward`.

    Attributes
    ----------
    attention : list of Tensor (B, H, Tq, Tk)
        See `engine.attention.heads.weights`: 0 where masked, before gates and dampening. With
        `lookup="context"` there are T queries and T - 1 keys.
    q, k, v : list of Tensor (B, H, Tq, K), (B, H, Tk, K), (B, H, Tk, K)
    residual : list of Tensor (B, T, E)
        The embedded tokens, then the stream after every layer: one more than layers.
    heads : list of Tensor (B, H, T, E)
        What every head adds to the stream: after gates and dampening, before `write`.
    """

    attention: list[Tensor] = field(default_factory=list)
    q: list[Tensor] = field(default_factory=list)
    k: list[Tensor] = field(default_factory=list)
    v: list[Tensor] = field(default_factory=list)
    residual: list[Tensor] = field(default_factory=list)
    heads: list[Tensor] = field(default_factory=list)


def tensors(
    arrays: Mapping[str, NDArray[np.float32]],
    device: str | torch.device = "cpu",
    dtype: torch.dtype = torch.float32,
) -> dict[str, Tensor]:
    """Copy weights to a device."""
    return {name: torch.tensor(array, device=device, dtype=dtype) for name, array in arrays.items()}


def forward(
    design: Design,
    weights: Weights,
    tokens: Tensor,
    *,
    gates: Tensor | None = None,
    capture: Capture | None = None,
    write: Tensor | None = None,
    breathe: Callable[[], None] | None = None,
) -> Tensor:
    """Predict.

    Parameters
    ----------
    design : Design
    weights : mapping of str to Tensor
        Of the names and shapes of `engine.attention.design.shapes`.
    tokens : Tensor
        (B, T, tokens) of the weights' precision, or (B, T) integers if `embed` is "symbols".
    gates : Tensor (layers, heads), optional
        Multiply what heads add; 0 switches one off.
    capture : Capture, optional
        Is filled; this takes the slow road, which forms every attention matrix.
    write : Tensor (E,), optional
        Multiplies what layers add to the stream: 1 for channels that may change, 0 for others.
    breathe : callable, optional
        Called after every layer, and before every one on the way back unless that is on a GPU,
        where it would be called by another thread. What it raises is raised here, or there.

    Returns
    -------
    Tensor
        (B, T, outputs), or (B, 1, outputs) if the design predicts at the last token only.

    Raises
    ------
    BadInput
        If there are more tokens than positions, or none.
    """
    design.check_length(tokens.shape[1])
    stream = _embedded(design, weights, tokens)
    if capture is not None:
        capture.residual.append(stream)
    for index, layer in enumerate(design.layers):
        gate = None if gates is None else gates[index, : layer.heads]
        last = design.predict == "last" and capture is None and index == design.depth - 1
        read = _read(design, weights, index, stream, gate, capture, last=last)
        stream = stream[:, -1:] if last else stream
        if write is not None:
            read = read * write
        stream = stream + read
        stream = _after(layer, weights, design.prefix(index), stream, write)
        if breathe is not None:
            _between(stream, breathe)
        if capture is not None:
            capture.residual.append(stream)
    if design.predict == "last":
        stream = stream[:, -1:]
    return _readout(design, weights, stream)


def products(design: Design, weights: Mapping[str, A], layer: int, head: int) -> tuple[A, A]:
    """Return a head's KQ = Wq Wk^T and PV = Wv P, tokens as rows.

    A token e attends to a token f by e KQ f^T and takes f PV from it. The gain of LayerNorm is
    folded in; its bias, its division by the deviation and the scale of softmax are not. Layer 0
    under "sinusoid-qk" has the positions' channels after the stream's in KQ.

    Returns
    -------
    kq : Tensor or ndarray, shape (E, E), or (E + positions, E + positions)
    pv : Tensor or ndarray, shape (E, E)
    """
    part, lead = design.layers[layer].columns(head), design.prefix(layer)
    wq, wk = weights[lead + "wq"][:, part], weights[lead + "wk"][:, part]
    kq, pv = wq @ wk.T, weights[lead + "wv"][:, part] @ weights[lead + "wp"][part]
    if not design.layers[layer].norm:
        return kq, pv
    gain = weights[lead + "norm_gain"]
    kq = kq + 0  # a copy: rows and columns of the stream's channels are scaled in place
    kq[: design.width] *= gain[:, None]
    kq[:, : design.width] *= gain
    return kq, gain[:, None] * pv


def _between(stream: Tensor, breathe: Callable[[], None]) -> None:
    """Breathe now, and when the gradient gets here."""
    breathe()
    if stream.requires_grad and not stream.is_cuda:

        def back(_: Tensor) -> None:
            breathe()

        stream.register_hook(back)  # type: ignore[no-untyped-call]


@lru_cache(maxsize=32)
def _positions(length: int, channels: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    with torch.inference_mode(False):  # or autograd could not use what is kept
        return torch.tensor(sinusoid(length, channels), device=device, dtype=dtype)


def _norm(weights: Weights, name: str, x: Tensor) -> Tensor:
    gain = weights[name + "_gain"]
    return functional.layer_norm(x, gain.shape, gain, weights[name + "_bias"])


def _mlp(weights: Weights, name: str, x: Tensor) -> Tensor:
    hidden = functional.linear(x, weights[name + "_in"].mT, weights[name + "_in_bias"])
    out = weights[name + "_out"].mT
    return functional.linear(functional.gelu(hidden), out, weights[name + "_out_bias"])


def _embedded(design: Design, weights: Weights, tokens: Tensor) -> Tensor:
    length = tokens.shape[1]
    if design.embed == "symbols":
        stream = functional.embedding(tokens, weights["embed"])
    else:
        if tokens.shape[-1] != design.tokens:
            raise BadInput(
                f"tokens have {tokens.shape[-1]} channels, this model reads {design.tokens}",
                remedy="Use a prompt that was made for this model",
            )
        stream = tokens @ weights["embed"] if design.embed == "linear" else tokens
    if design.embed_mlp:
        stream = stream + _mlp(weights, "embed_mlp", stream)
    if design.positions == "learned":
        return stream + weights["positions"][:length]
    if design.positions in ("none", "sinusoid-qk"):
        return stream
    added = design.positions == "sinusoid"
    channels = design.width if added else design.position_width
    code = _positions(length, channels, stream.device, stream.dtype)
    if added:
        return stream + code
    return torch.cat([stream, code.expand(len(stream), -1, -1)], -1)


def _seen(design: Design, weights: Weights, index: int, stream: Tensor) -> tuple[Tensor, Tensor]:
    """What Wq and Wk see of the stream, and what Wv sees."""
    lead = design.prefix(index)
    x = _norm(weights, lead + "norm", stream) if design.layers[index].norm else stream
    if index or not design.extra:
        return x, x
    code = _positions(x.shape[1], design.extra, x.device, x.dtype)
    return torch.cat([x, code.expand(len(x), -1, -1)], -1), x


def _full(layer: Layer, seen: Tensor) -> bool:
    """Whether the layer's only head is as wide as what it sees, and may be two products."""
    plain = layer.kind != "mesa" and layer.heads == 1 and not layer.unit
    return plain and layer.key >= seen.shape[-1]


def _split(x: Tensor, layer: Layer) -> Tensor:
    """Give every head its own columns: (B, T, H * K) to (B, H, T, K)."""
    return x.reshape(*x.shape[:2], layer.heads, layer.key).transpose(1, 2)


def _read(
    design: Design,
    weights: Weights,
    index: int,
    stream: Tensor,
    gate: Tensor | None,
    capture: Capture | None,
    *,
    last: bool,
) -> Tensor:
    """What attention adds to every token, or to the last one only."""
    layer, lead = design.layers[index], design.prefix(index)
    seen, x = _seen(design, weights, index, stream)
    own = seen[:, -1:] if last else seen
    if design.lookup == "context":
        seen, x = seen[:, :-1], x[:, :-1]
    wq, wk, wv, wp = (weights[lead + name] for name in ("wq", "wk", "wv", "wp"))
    if capture is None and _full(layer, seen):
        # A head as wide as the stream needs no keys and values of its own.
        q, k, v = (own @ (wq @ wk.mT))[:, None], seen[:, None], x[:, None]
        wp = wv @ wp
    elif last and layer.kind != "mesa" and not layer.unit:
        return _dampened(design, _carried(layer, own, seen, x, (wq, wk, wv), gate) @ wp)
    else:
        q, k, v = _split(own @ wq, layer), _split(seen @ wk, layer), _split(x @ wv, layer)
    if layer.unit:
        q, k = functional.normalize(q, dim=-1), functional.normalize(k, dim=-1)
    theta = weights.get(lead + "lam")
    causal = design.causal and not last  # the last token may read all
    if capture is not None:
        capture.q.append(q)
        capture.k.append(k)
        capture.v.append(v)
        capture.attention.append(heads.weights(layer, q, k, causal=causal, theta=theta))
    if capture is not None and layer.kind != "mesa":
        out = capture.attention[-1] @ v
    else:
        out = heads.read(layer, q, k, v, causal=causal, theta=theta)
    if gate is not None:
        out = out * gate[:, None, None]
    if capture is not None:
        capture.heads.append(design.dampening * (out @ wp.reshape(layer.heads, layer.key, -1)))
    return _dampened(design, out.transpose(1, 2).flatten(2) @ wp)


def _carried(
    layer: Layer,
    own: Tensor,
    seen: Tensor,
    x: Tensor,
    matrices: tuple[Tensor, Tensor, Tensor],
    gate: Tensor | None,
) -> Tensor:
    """What the last token's heads read (B, 1, H * K), without keys and values of the others.

    A head's query is carried into the stream's basis, q_h Wk_h^T, and compared with the tokens
    themselves; what is read of them is carried through Wv_h afterwards.
    """
    wq, wk, wv = (one.reshape(-1, layer.heads, layer.key).transpose(0, 1) for one in matrices)
    probe = (own[:, 0] @ wq @ wk.mT).transpose(0, 1)  # (B, H, E)
    scores = probe @ seen.mT
    if layer.kind == "softmax":
        scores = (scores * layer.scale).softmax(-1)
    read = (scores @ x).transpose(0, 1) @ wv
    if gate is not None:
        read = read * gate[:, None, None]
    return read.transpose(0, 1).flatten(1)[:, None]


def _dampened(design: Design, read: Tensor) -> Tensor:
    return read if design.dampening == 1.0 else design.dampening * read


def _after(
    layer: Layer, weights: Weights, lead: str, stream: Tensor, write: Tensor | None
) -> Tensor:
    """Apply the layer's perceptron and clip."""
    if layer.mlp:
        x = _norm(weights, lead + "mlp", stream) if layer.norm else stream
        added = _mlp(weights, lead + "mlp", x)
        stream = stream + (added if write is None else added * write)
    return stream.clamp(-layer.clip, layer.clip) if layer.clip else stream


def _readout(design: Design, weights: Weights, stream: Tensor) -> Tensor:
    if design.final_norm:
        stream = _norm(weights, "final", stream)
    if design.readout == "linear":
        return stream @ weights["readout"]
    found = stream[..., design.channel : design.channel + design.outputs]
    return found if design.sign == 1.0 else design.sign * found
