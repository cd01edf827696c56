"""Edits of the model on display: heads switched off, heads replaced by their construction.

The trained weights stay as they are until `kept` weights are given back to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput

if TYPE_CHECKING:
    from engine.attention.design import Design

__all__ = ["Edits", "kept", "patchable", "patched_weights"]

Head = tuple[int, int]
Weights = dict[str, NDArray[np.float32]]

_COLUMNS = ("wq", "wk", "wv")  # a head's part of them are columns, of wp rows


@dataclass(frozen=True)
class Edits:
    """Which heads are off, and which are patched.

    Attributes
    ----------
    off, patched : frozenset of (layer, head)
    """

    off: frozenset[Head] = frozenset()
    patched: frozenset[Head] = frozenset()

    def __bool__(self) -> bool:
        """Whether anything is edited."""
        return bool(self.off or self.patched)

    def toggled(self, head: Head) -> Edits:
        """Switch a head off, or on again."""
        return replace(self, off=self.off ^ {head})

    def patching(self, heads: frozenset[Head]) -> Edits:
        """Replace heads by their construction, too."""
        return replace(self, patched=self.patched | heads)

    def without(self, heads: frozenset[Head]) -> Edits:
        """Take the patches of some heads back."""
        return replace(self, patched=self.patched - heads)

    def gates(self, design: Design) -> NDArray[np.float32]:
        """Return 1 for every head that is on, (layers, heads of the layer with most)."""
        gates = np.ones((design.depth, max(layer.heads for layer in design.layers)), np.float32)
        for layer, head in self.off:
            gates[layer, head] = 0.0
        return gates

    def arrays(self, design: Design) -> dict[str, NDArray[Any]]:
        """Return the state for a checkpoint."""
        patched = np.zeros(self.gates(design).shape, np.uint8)
        for head in self.patched:
            patched[head] = 1
        return {"edits/gates": self.gates(design).astype(np.uint8), "edits/patched": patched}

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]], design: Design) -> Edits:
        """Take what `arrays` returned; places without a head are ignored."""
        heads = [(i, h) for i, layer in enumerate(design.layers) for h in range(layer.heads)]
        return cls(
            frozenset(head for head in heads if not arrays["edits/gates"][head]),
            frozenset(head for head in heads if arrays["edits/patched"][head]),
        )


def check_head(design: Design, head: Head) -> Head:
    """Return a head that there is.

    Raises
    ------
    BadInput
        If the model has no such layer, or the layer no such head.
    """
    layer, place = head
    if not 0 <= layer < design.depth:
        raise BadInput(
            f"there is no layer {layer}: the model has {design.depth}",
            remedy=f"Use 0 to {design.depth - 1}",
        )
    heads = design.layers[layer].heads
    if not 0 <= place < heads:
        raise BadInput(
            f"layer {layer} has no head {place}: it has {heads}", remedy=f"Use 0 to {heads - 1}"
        )
    return head


def patchable(design: Design, constructed: Mapping[str, NDArray[Any]]) -> frozenset[Head]:
    """Return the heads that the construction has."""
    return frozenset(
        (index, head)
        for index, layer in enumerate(design.layers)
        if design.prefix(index) + "wp" in constructed
        for head in range(layer.heads)
    )


def patched_weights(
    design: Design,
    weights: Mapping[str, NDArray[np.float32]],
    constructed: Mapping[str, NDArray[np.float32]],
    heads: frozenset[Head],
) -> Weights:
    """Replace heads by their construction.

    Layers that share their weights share the patch. Where all heads of the construction are taken,
    its embedding and read-out come with them: they are what its heads write for.
    """
    made = dict(weights)
    if heads and heads == patchable(design, constructed):
        made |= {name: np.array(constructed[name]) for name in constructed}
    for layer, head in sorted(heads):
        lead, part = design.prefix(layer), design.layers[layer].columns(head)
        for name in _COLUMNS:
            made[lead + name] = _replaced(made, constructed, lead + name, (slice(None), part))
        made[lead + "wp"] = _replaced(made, constructed, lead + "wp", (part,))
        if lead + "lam" in constructed:
            made[lead + "lam"] = _replaced(
                made, constructed, lead + "lam", (slice(head, head + 1),)
            )
    return made


def _replaced(
    weights: Mapping[str, NDArray[np.float32]],
    constructed: Mapping[str, NDArray[np.float32]],
    name: str,
    part: tuple[slice, ...],
) -> NDArray[np.float32]:
    copied = np.array(weights[name])
    copied[part] = constructed[name][part]
    return copied


def kept(
    design: Design,
    weights: Mapping[str, NDArray[np.float32]],
    constructed: Mapping[str, NDArray[np.float32]],
    edits: Edits,
) -> Weights:
    """Work the edits into weights: patched heads are replaced, heads that are off carry nothing.

    Raises
    ------
    BadInput
        If a head is off in some of the layers that share their weights, but not in all.
    """
    made = patched_weights(design, weights, constructed, edits.patched)
    for layer, head in sorted(edits.off):
        if design.shared and any((other, head) not in edits.off for other in range(design.depth)):
            raise BadInput(
                f"head {head + 1} is off in some layers only, and all layers share their weights",
                remedy="Switch it off in every layer, or train separate layers",
            )
        name, part = design.prefix(layer) + "wp", design.layers[layer].columns(head)
        made[name] = np.array(made[name])
        made[name][part] = 0.0
    return made
