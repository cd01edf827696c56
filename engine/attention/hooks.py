"""What a laboratory of attention tells its base: the model, the task, and its words for both.

`AttentionSystem` (`engine.attention.base`) does the rest. A subclass must give `info`, `Params`,
`design_of`, `make_task`, `make_plan`; every other hook has a default.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from engine.attention.parameters import DRAWN, AttentionParams
from engine.attention.prompt_state import Prompt
from engine.core.system import Action, Poll, Row, System, ViewOffer
from engine.core.views import View, ViewRequest

if TYPE_CHECKING:
    from engine.attention.design import Design
    from engine.attention.initial import Scheme
    from engine.attention.shown import Shown
    from engine.attention.training import Plan, Task

__all__ = ["AttentionHooks", "Basis", "Labels"]

Array = NDArray[Any]
Weights = dict[str, NDArray[np.float32]]
Head = tuple[int, int]


@dataclass(frozen=True)
class Labels:
    """Words for the tokens of a sequence as the model reads it.

    Attributes
    ----------
    keys : tuple of str
        Label of every token that is looked at.
    queries : tuple of str
        Label of every token that looks; empty where they are the same.
    groups : tuple of int
        Which segment each key belongs to; empty for none.
    guide : tuple of (query, key)
        Places that theory names.
    """

    keys: tuple[str, ...]
    queries: tuple[str, ...] = ()
    groups: tuple[int, ...] = ()
    guide: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Basis:
    """Words for the channels of the residual stream.

    Attributes
    ----------
    names : tuple of str
        A label for every channel, or for every block where `blocks` are given; empty for none.
    blocks : tuple of int
        Where blocks begin, 0 first.
    """

    names: tuple[str, ...] = ()
    blocks: tuple[int, ...] = ()


class AttentionHooks(System):
    """A laboratory of attention, as far as systems differ.

    While hooks run there are `self.params`, `self.design`, `self.task` (both of the parameters at
    building), `self.device` ("cpu" or "cuda"), `self.prompt` and `self.cursor`; the base has
    `weights()`, `shown()`, `outputs(...)`, `hold_prompt(...)` for them to call.
    """

    params: AttentionParams
    incidental: ClassVar[frozenset[str]] = DRAWN
    design: Design
    task: Task
    device: str
    construction: Mapping[str, NDArray[np.float32]]

    study_every: ClassVar[int] = 20
    """Updates between two studies of the model while it trains."""

    probe_size: ClassVar[int] = 64
    """Sequences of the fixed batch on which heads, edits and moments are judged, at most: where
    they are long or the model is large they are fewer."""

    loss_curves: ClassVar[tuple[str, ...]] = ("loss",)
    """Scalars of training and of `study` that are drawn in the chart of losses; the others are
    drawn in "scores", 0 to 1."""

    logarithmic_loss: ClassVar[bool] = False
    """Whether losses are drawn by powers of ten."""

    prompt_title: ClassVar[str] = "Prompt"
    prompt_kind: ClassVar[str] = "chart"
    """Name and kind of the view "prompt"."""

    # The model and what it learns. These a subclass must write.

    @classmethod
    @abstractmethod
    def design_of(cls, params: Any) -> Design:
        """Return the model that parameters describe.

        A class method, so that a file's model can be described without making its world.

        Raises
        ------
        BadInput
            If the parameters contradict each other: heads that do not divide, a context longer than
            the positions.
        """

    @abstractmethod
    def make_task(self) -> Task:
        """Return the task that `params` describe, for training and for the fixed batch."""

    @abstractmethod
    def make_plan(self) -> Plan:
        """Return the plan of the training: schedule, batch, clip, planned updates."""

    # More about the model. From here on everything has a default.

    def initial_weights(self, draw: np.random.Generator) -> Weights:
        """Draw the weights before the first update."""
        from engine.attention.initial import initial

        return initial(self.design, draw, self.make_scheme())

    def make_scheme(self) -> Scheme:
        """Return how matrices begin."""
        from engine.attention.initial import Scheme

        return Scheme()

    def constructed(self) -> Mapping[str, NDArray[np.float32]]:
        """Return the weights that theory makes by hand, in the names and shapes of the model's.

        All of them, those of some layers only, or none ({}). Called anew after parameters changed,
        and kept until `renew_construction`.
        """
        return {}

    def blended(self, weights: Weights, alpha: float) -> Weights:
        """Mix weights with the construction: 0 keeps them, 1 is the construction.

        The default averages the normalised products KQ and PV of every head, as maps.
        """
        from engine.attention.constructions import blend

        return blend(self.design, weights, self.construction, alpha)

    def describe(self, design: Design) -> str:
        """Describe a model in words, to tell one architecture from another."""
        return design.words()

    # The prompt.

    def draw_prompt(self, draw: np.random.Generator) -> Prompt:
        """Draw a prompt; the default takes one sequence of the task.

        Its arrays have the same names and shapes every time.
        """
        from engine.attention.shown import one_sequence

        return one_sequence(self.task, draw)

    def reading_length(self, prompt: Prompt) -> int:
        """Return how many ticks it takes to read a prompt: one a token."""
        return prompt.used

    def first_cursor(self, prompt: Prompt) -> int:
        """Return where reading begins at a reset; later prompts begin at 1."""
        return self.reading_length(prompt)

    def read(self, prompt: Prompt, cursor: int) -> Array:
        """Return the tokens that the model is given: by default all, whatever was read.

        Where the context is what was read so far, return that and the query.
        """
        return prompt.tokens[: prompt.used]

    def wanted(self, prompt: Prompt, cursor: int) -> tuple[Array, Array | None]:
        """Return targets and mask for the tokens that `read` returns, of one sequence."""
        return prompt.targets, prompt.mask

    def query(self, prompt: Prompt, cursor: int) -> int:
        """Return which token of those that `read` returns is being read; -1 for none."""
        return cursor - 1

    # Words.

    def labels(self, prompt: Prompt, cursor: int) -> Labels:
        """Return words for the tokens that `read` returns; queries and keys as the model has them.

        The default numbers them from 1.
        """
        count = len(self.read(prompt, cursor))
        return Labels(tuple(str(place + 1) for place in range(count)))

    def basis(self, layer: int, *, query: bool = False) -> Basis:
        """Return words for the channels of the residual stream before a layer.

        With `query` those that queries and keys read (positions may be concatenated to them).
        """
        return Basis()

    def gauge_slots(self, layer: int) -> slice | None:
        """Return channels over whose mean diagonal KQ is normalised; None takes the whole matrix.

        With none, KQ is scaled to what it is compared with, else to a mean square of 1.
        """
        return None

    def roles(self, shown: Shown) -> tuple[tuple[tuple[str, ...], ...], dict[str, Array]]:
        """Return what every head does, and the figures behind it, (layers, heads) from 0 to 1.

        Roles are "previous", "induction", "self", "first", "diffuse", "copy", ...; "" for none.
        """
        return (), {}

    def leading_head(self, shown: Shown) -> Head:
        """Return the head that is in focus until another one is asked for."""
        return 0, 0

    # What is shown beside heads and weights.

    def prompt_view(self, shown: Shown, request: ViewRequest) -> View | None:
        """Draw the prompt with its predictions; None for no such view."""
        return None

    def token_table(self, shown: Shown) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
        """Return columns and rows of the prompt's tokens with their predictions."""
        keys = self.labels(shown.prompt, shown.cursor).keys
        return ("token", "shown"), tuple((place + 1, key) for place, key in enumerate(keys))

    def position_losses(self, outputs: Any, batch: Any) -> Any:
        """Return the loss at every position, Tensor (T,), of outputs (B, T, outputs) and a `Batch`.

        None where a prompt has one loss only.
        """
        return None

    def position_references(self) -> dict[str, Array]:
        """Return what baselines reach at every position, (T,) each, on `self.probe()`."""
        return {}

    def references(self) -> dict[str, float]:
        """Return losses that are drawn as dashed lines beside the training's."""
        return {}

    def contributions(self, shown: Shown, at: tuple[int, int, int, int]) -> tuple[Row, ...]:
        """Say more of a picked (layer, head, query, key)."""
        return ()

    # What is measured while it learns.

    def study(self, weights: Mapping[str, Any], poll: Poll) -> dict[str, float]:
        """Measure the model, every `study_every` updates: alignment, scores, baselines' gap.

        Parameters
        ----------
        weights : mapping of str to Tensor
            The model's, on the device.
        poll : callable
            Called every 50 ms. It may raise; nothing is lost then.

        Returns
        -------
        dict of str to float
            Always of the same names; finite.
        """
        return {}

    def phases(self, curves: Mapping[str, tuple[Array, Array]]) -> tuple[tuple[float, str], ...]:
        """Return updates at which something happened, with words: (610, "phase change").

        Parameters
        ----------
        curves : mapping of str to (updates, values)
            All that was measured so far; `engine.attention.history.crossing` finds thresholds.
        """
        return ()

    # What is the subclass's alone.

    def own_views(self) -> tuple[ViewOffer, ...]:
        """List views beyond those that all have."""
        return ()

    def own_view(self, name: str, request: ViewRequest) -> View | None:
        """Make one of them."""
        return None

    def own_actions(self) -> dict[str, Action]:
        """List actions beyond those that all have."""
        return {}

    def own_act(self, name: str, arguments: BaseModel | None) -> Any:
        """Do one of them."""
        raise NotImplementedError(name)

    def own_metrics(self, shown: Shown) -> dict[str, float]:
        """Return scalars of what is shown, beside its loss."""
        return {}

    def own_params_changed(self, name: str) -> None:
        """Follow a changed live parameter of the subclass."""
