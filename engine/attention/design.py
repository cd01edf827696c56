"""What a transformer is made of: its parts and the shapes of its weights.

A design is plain data and needs no torch. Weights are a flat dict of arrays in which tokens are
rows: a layer maps a token e (1, width) to e Wq, and what a head read is carried back by P.

Names of the weights: `embed` (tokens, width), `embed_mlp_*`, `positions` (length, width),
`layers/I/wq`, `wk`, `wv` (width, heads * key), `wp` (heads * key, width), `lam` (heads,),
`norm_gain`, `norm_bias` (width,), `mlp_in` (width, mlp), `mlp_in_bias`, `mlp_out` (mlp, width),
`mlp_out_bias`, `mlp_gain`, `mlp_bias` (width,), `final_gain`, `final_bias`, `readout` (width,
outputs). A head's columns of wq, wk, wv and rows of wp are `Layer.columns(head)`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from engine.core.errors import BadInput

__all__ = ["Design", "Kind", "Layer", "count", "shapes", "stack"]

Kind = Literal["linear", "softmax", "mesa"]


@dataclass(frozen=True)
class Layer:
    """One layer of attention, with an optional perceptron after it.

    Parameters
    ----------
    kind : {"linear", "softmax", "mesa"}
        How a head weighs what it reads.
    heads : int
    key : int
        Numbers in a query, a key and a value of one head.
    norm : bool
        LayerNorm before attention (and before the perceptron), as in GPT-2.
    mlp : int
        Hidden units of a perceptron (GELU, with biases) that is added after attention; 0 for none.
    clip : float
        Bound on the residual stream after the layer; 0 for none.
    scaled : bool
        Divide a softmax layer's scores by sqrt(key). Others are never scaled.
    unit : bool
        Give queries and keys the length 1.
    solver : str
        How a mesa layer solves; see `engine.attention.mesa_layer.mesa`.
    """

    kind: Kind = "linear"
    heads: int = 1
    key: int = 10
    norm: bool = False
    mlp: int = 0
    clip: float = 0.0
    scaled: bool = True
    unit: bool = False
    solver: str = "exact"

    def __post_init__(self) -> None:
        if self.kind not in ("linear", "softmax", "mesa"):
            raise BadInput(
                f"there is no attention of the kind {self.kind!r}",
                remedy="Use linear, softmax or mesa",
            )
        if self.heads < 1 or self.key < 1:
            raise BadInput(
                f"{self.heads} heads of {self.key} numbers cannot read anything",
                remedy="Use at least one head of at least one number",
            )
        if self.mlp < 0 or not (math.isfinite(self.clip) and self.clip >= 0):
            raise BadInput(
                "a perceptron's size and a clip are not negative",
                remedy="Use 0 to do without, or a positive number",
            )

    @property
    def inner(self) -> int:
        """Numbers in the queries of all heads."""
        return self.heads * self.key

    @property
    def scale(self) -> float:
        """What scores are multiplied by."""
        return 1 / math.sqrt(self.key) if self.kind == "softmax" and self.scaled else 1.0

    def columns(self, head: int) -> slice:
        """Columns of wq, wk, wv and rows of wp that belong to a head."""
        return slice(head * self.key, (head + 1) * self.key)


@dataclass(frozen=True)
class Design:
    """A transformer's parts.

    Parameters
    ----------
    tokens : int
        Channels of a token, or number of symbols if `embed` is "symbols".
    width : int
        Channels of the residual stream.
    outputs : int
        Numbers that are predicted at a token.
    layers : tuple of Layer
    embed : {"none", "linear", "symbols"}
        How a token becomes a row of the stream: as it is, by a matrix, by a table.
    embed_mlp : int
        Hidden units of a perceptron added to the embedded token; 0 for none.
    positions : {"none", "learned", "sinusoid", "sinusoid-concat", "sinusoid-qk"}
        The first two kinds are added to the stream. "sinusoid-concat" takes the last
        `position_width` channels of it. "sinusoid-qk" is only seen by Wq and Wk of layer 0.
    position_width : int
        Channels of the last two kinds; 0 means `width` for "sinusoid-qk".
    length : int
        Tokens at most where positions are learned; any number elsewhere.
    shared : bool
        All layers use the weights of layer 0.
    causal : bool
        A token reads itself and what is before it.
    lookup : {"all", "context"}
        Whether the last token can be read too, or is only a query.
    final_norm : bool
        LayerNorm before the read-out.
    dampening : float
        Multiplies what attention adds to the stream.
    readout : {"channels", "linear"}
        Predictions are `outputs` channels of the stream from `channel` on, times `sign`, or a
        matrix.
    predict : {"every", "last"}
        Whether every token predicts, or the last one only (the query of a regression).
    """

    tokens: int
    width: int
    outputs: int
    layers: tuple[Layer, ...]
    embed: Literal["none", "linear", "symbols"] = "none"
    embed_mlp: int = 0
    positions: Literal["none", "learned", "sinusoid", "sinusoid-concat", "sinusoid-qk"] = "none"
    position_width: int = 0
    length: int = 0
    shared: bool = False
    causal: bool = True
    lookup: Literal["all", "context"] = "all"
    final_norm: bool = False
    dampening: float = 1.0
    readout: Literal["channels", "linear"] = "channels"
    channel: int = 0
    sign: float = 1.0
    predict: Literal["every", "last"] = "every"

    def __post_init__(self) -> None:
        if not self.layers:
            raise BadInput("a transformer has at least one layer", remedy="Add a layer")
        if min(self.tokens, self.width, self.outputs) < 1:
            raise BadInput(
                "tokens, width and outputs have at least one channel", remedy="Use 1 or more"
            )
        if self.shared and any(layer != self.layers[0] for layer in self.layers):
            raise BadInput(
                "layers that share their weights must be alike",
                remedy="Use one kind of layer, or separate weights",
            )
        if self.shared and len(self.layers) > 1 and self.positions == "sinusoid-qk":
            raise BadInput(
                "only the first layer sees positions, so layers cannot share weights",
                remedy="Use separate weights or other positions",
            )
        if self.lookup == "context" and self.causal:
            raise BadInput(
                "a causal mask and a hidden last token do not go together",
                remedy="Let tokens read all others, or read the last one too",
            )
        if self.positions == "learned" and self.length < 1:
            raise BadInput(
                "learned positions need a length", remedy="Say how many tokens there are"
            )
        if self.embed_mlp and self.embed == "none":
            raise BadInput("a perceptron needs embedded tokens", remedy="Embed tokens by a matrix")
        self._check_channels()

    def _check_channels(self) -> None:
        if self.positions == "sinusoid-concat" and not 0 < self.position_width < self.width:
            raise BadInput(
                f"{self.position_width} channels of positions do not fit into {self.width}",
                remedy="Make the stream wider than its positions",
            )
        if self.embed == "none" and self.tokens != self.content:
            raise BadInput(
                f"tokens of {self.tokens} channels do not make a stream of {self.content}",
                remedy="Embed the tokens, or make both equal",
            )
        if self.readout == "channels" and not 0 <= self.channel <= self.width - self.outputs:
            raise BadInput(
                f"there are no {self.outputs} channels from {self.channel} on in {self.width}",
                remedy="Read fewer channels, or use a matrix",
            )

    @property
    def content(self) -> int:
        """Channels of the stream that embedded tokens fill."""
        return self.width - (self.position_width if self.positions == "sinusoid-concat" else 0)

    @property
    def depth(self) -> int:
        """Number of layers."""
        return len(self.layers)

    @property
    def extra(self) -> int:
        """Channels of positions that Wq and Wk of layer 0 see beside the stream."""
        return (self.position_width or self.width) if self.positions == "sinusoid-qk" else 0

    def prefix(self, layer: int) -> str:
        """Lead of the names of a layer's weights."""
        return f"layers/{0 if self.shared else layer}/"

    def words(self) -> str:
        """Name the layers: "softmax (1 head), then 2 x mesa (4 heads)"."""
        runs: list[tuple[Layer, int]] = []
        for layer in self.layers:
            if runs and runs[-1][0] == layer:
                runs[-1] = layer, runs[-1][1] + 1
            else:
                runs.append((layer, 1))
        named = (
            (f"{times} x " if times > 1 else "")
            + f"{layer.kind} ({layer.heads} head{'s' * (layer.heads > 1)})"
            for layer, times in runs
        )
        return ", then ".join(named) + (
            ", shared weights" if self.shared and self.depth > 1 else ""
        )

    def check_length(self, tokens: int) -> None:
        """Refuse a sequence that is longer than the positions.

        Raises
        ------
        BadInput
            If it is, or is empty.
        """
        if tokens < 1 + (self.lookup == "context"):
            raise BadInput("there is nothing to read", remedy="Give at least one token more")
        if self.positions == "learned" and tokens > self.length:
            raise BadInput(
                f"{tokens} tokens are more than the {self.length} positions of this model",
                remedy=f"Use at most {self.length} tokens, or a model with more positions",
            )

    def repeated(self, times: int) -> Design:
        """Apply the only layer (or the shared one) `times` times; the weights stay the same."""
        if self.depth > 1 and not self.shared:
            raise BadInput(
                "only one layer, or layers that share weights, can be applied again and again",
                remedy="Choose a model of one layer",
            )
        return replace(self, layers=self.layers[:1] * times, shared=True)


def stack(
    kind: Literal["linear", "softmax", "mesa", "first-softmax"],
    depth: int,
    *,
    heads: int,
    width: int,
    key: int = 0,
    norm: bool = False,
    mlp: int = 0,
    clip: float = 0.0,
) -> tuple[Layer, ...]:
    """Make `depth` equal layers, or a softmax layer followed by linear ones ("first-softmax").

    Parameters
    ----------
    key : int
        Numbers per head; 0 shares `width` among the heads.

    Raises
    ------
    BadInput
        If the width cannot be shared evenly.
    """
    if depth < 1 or heads < 1:
        raise BadInput("a stack has layers, and layers have heads", remedy="Use 1 or more")
    if not key and width % heads:
        even = [n for n in range(1, width + 1) if width % n == 0]
        near = min(even, key=lambda n: abs(n - heads))
        raise BadInput(
            f"{width} channels cannot be shared evenly by {heads} heads",
            remedy=f"Use {near} heads, or set the size of a key",
        )
    first: Kind = "softmax" if kind == "first-softmax" else kind
    later: Kind = "linear" if kind == "first-softmax" else kind
    size = key or width // heads
    kinds = [first] + [later] * (depth - 1)
    return tuple(Layer(k, heads, size, norm=norm, mlp=mlp, clip=clip) for k in kinds)


def _norm(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}_gain": (width,), f"{name}_bias": (width,)}


def _mlp(name: str, width: int, hidden: int) -> dict[str, tuple[int, ...]]:
    return {
        f"{name}_in": (width, hidden),
        f"{name}_in_bias": (hidden,),
        f"{name}_out": (hidden, width),
        f"{name}_out_bias": (width,),
    }


def shapes(design: Design) -> dict[str, tuple[int, ...]]:
    """Return the shape of every weight, in the order of the forward pass."""
    found: dict[str, tuple[int, ...]] = {}
    width = design.width
    if design.embed != "none":
        found["embed"] = (design.tokens, design.content)
    if design.embed_mlp:
        found |= _mlp("embed_mlp", design.content, design.embed_mlp)
    if design.positions == "learned":
        found["positions"] = (design.length, width)
    for index, layer in enumerate(design.layers[:1] if design.shared else design.layers):
        lead = design.prefix(index)
        seen = width + (design.extra if index == 0 else 0)
        own: dict[str, tuple[int, ...]] = _norm("norm", width) if layer.norm else {}
        own |= {"wq": (seen, layer.inner), "wk": (seen, layer.inner)}
        own |= {"wv": (width, layer.inner), "wp": (layer.inner, width)}
        if layer.kind == "mesa":
            own["lam"] = (layer.heads,)
        if layer.mlp:
            own |= _norm("mlp", width) if layer.norm else {}
            own |= _mlp("mlp", width, layer.mlp)
        found |= {lead + name: shape for name, shape in own.items()}
    if design.final_norm:
        found |= _norm("final", width)
    if design.readout == "linear":
        found["readout"] = (width, design.outputs)
    return found


def count(design: Design) -> int:
    """Return the number of weights."""
    return sum(math.prod(shape) for shape in shapes(design).values())
