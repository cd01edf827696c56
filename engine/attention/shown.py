"""One forward pass of the model on display, and everything that it leaves behind.

Made when a view asks for it, never by training; all views of one moment read the same pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.attention.forward import Capture, forward, tensors
from engine.attention.pieces import pieces
from engine.attention.prompt_state import Prompt
from engine.attention.tasks import Batch, Draws
from engine.attention.threads import one_thread

if TYPE_CHECKING:
    from torch import Tensor

    from engine.attention.design import Design
    from engine.attention.training import Task

__all__ = ["Shown", "Variant", "batch_of", "one_sequence", "run", "show"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Variant:
    """A model that may be shown: weights as they run, and what it is.

    Attributes
    ----------
    design : Design
    arrays : dict of str to ndarray
        Its weights, patches and mixtures worked in.
    gates : ndarray (layers, heads), optional
        0 for heads that are off; None where all are on.
    name : str
        What it is, in words: "learned", "update 480", "construction".
    edited : bool
        Whether heads are off or patched.
    """

    design: Design
    arrays: Mapping[str, NDArray[np.float32]]
    gates: NDArray[np.float32] | None = None
    name: str = "learned"
    edited: bool = False


class Shown:
    """What a model makes of a prompt.

    Attributes
    ----------
    design : Design
    prompt : Prompt
    cursor : int
        How far it was read.
    weights : dict of str to Tensor
        The model's, on the device.
    tokens : Tensor
        ``(1, T, width)`` or ``(1, T)``: what the model was given.
    outputs : ndarray
        ``(T, outputs)``, or ``(1, outputs)`` where only the last token predicts; may hold numbers
        that are not finite, as a patched or mixed model may make.
    loss : float
    name : str
    edited : bool
    capture : Capture
    reduced, focused : dict
        Pictures that were made of it, by their size and by the head.
    """

    def __init__(
        self,
        variant: Variant,
        prompt: Prompt,
        cursor: int,
        tokens: Tensor,
        weights: dict[str, Tensor],
    ) -> None:
        self.design, self.name, self.edited = variant.design, variant.name, variant.edited
        self.arrays, self.gates = variant.arrays, variant.gates
        self.prompt, self.cursor = prompt, cursor
        self.tokens, self.weights = tokens, weights
        self.capture = Capture()
        self.outputs: NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self.loss = 0.0
        self.reduced: dict[int, NDArray[np.float32]] = {}
        self.focused: dict[tuple[int, int], NDArray[np.float32]] = {}

    def attention(self, layer: int) -> NDArray[np.float32]:
        """Return who attends to whom in a layer: (heads, queries, keys), 0 where masked."""
        return _array(self.capture.attention[layer])

    def q(self, layer: int) -> NDArray[np.float32]:
        """Return the queries of a layer, (heads, T, key)."""
        return _array(self.capture.q[layer])

    def k(self, layer: int) -> NDArray[np.float32]:
        """Return the keys of a layer, (heads, keys, key)."""
        return _array(self.capture.k[layer])

    def v(self, layer: int) -> NDArray[np.float32]:
        """Return the values of a layer, (heads, keys, key)."""
        return _array(self.capture.v[layer])

    def head_outputs(self, layer: int) -> NDArray[np.float32]:
        """Return what every head adds to the stream, (heads, T, width)."""
        return _array(self.capture.heads[layer])

    @cached_property
    def residual(self) -> NDArray[np.float32]:
        """The residual stream before the layers and after each, (layers + 1, T, width)."""
        return np.stack([_array(stream) for stream in self.capture.residual])


def _array(one: Tensor) -> NDArray[np.float32]:
    """Return the only sequence of a batch; nobody writes to what a forward pass made."""
    return one[0].detach().float().cpu().numpy()


def batch_of(tokens: Array, wanted: tuple[Array, Array | None], device: str) -> Batch:
    """Make a batch of one sequence."""
    targets, mask = wanted
    return Batch(
        torch.as_tensor(np.asarray(tokens)[None], device=device),
        torch.as_tensor(np.asarray(targets)[None], device=device),
        None if mask is None else torch.as_tensor(np.asarray(mask)[None], device=device),
    )


def one_sequence(task: Task, draw: np.random.Generator) -> Prompt:
    """Draw one sequence of a task; the same on every device."""
    batch = task.draw(Draws(draw), 1)
    mask = None if batch.mask is None else batch.mask[0].numpy()
    return Prompt(batch.tokens[0].numpy(), batch.targets[0].numpy(), mask)


def run(variant: Variant, batch: Batch, device: str, capture: Capture | None = None) -> Tensor:
    """Let a variant predict a batch, (B, T, outputs), in pieces that fit the caches.

    With a `capture` in one piece.
    """
    gates = None if variant.gates is None else torch.as_tensor(variant.gates, device=device)
    design, tokens = variant.design, batch.tokens
    with torch.no_grad(), one_thread():
        weights = tensors(variant.arrays, device)
        if capture is not None:
            return forward(design, weights, tokens, gates=gates, capture=capture)
        cuts = pieces(design, tokens.shape[1], len(tokens), device)
        return torch.cat([forward(design, weights, tokens[cut], gates=gates) for cut in cuts])


def show(
    variant: Variant,
    task: Task,
    prompt: Prompt,
    cursor: int,
    given: tuple[Array, tuple[Array, Array | None]],
    device: str,
) -> Shown:
    """Run a variant on a prompt and keep what it did.

    Parameters
    ----------
    variant : Variant
    task : Task
    prompt : Prompt
    cursor : int
    given : (tokens, (targets, mask))
        What the model is given, and what is wanted.
    device : str
    """
    batch = batch_of(*given, device)
    gates = None if variant.gates is None else torch.as_tensor(variant.gates, device=device)
    with torch.no_grad(), one_thread():
        weights = tensors(variant.arrays, device)
        shown = Shown(variant, prompt, cursor, batch.tokens, weights)
        outputs = forward(variant.design, weights, batch.tokens, gates=gates, capture=shown.capture)
        shown.loss = float(task.loss(outputs, batch.targets, batch.mask))
    shown.outputs = _array(outputs)
    return shown
