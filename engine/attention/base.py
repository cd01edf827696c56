"""The laboratory of attention: what all systems of small transformers share.

A prompt is on display, and a tick reads one more token of it. The model learns beside it: what is
displayed never changes what is learned. Views show what the displayed model, edited, mixed or old,
makes of the prompt. A system is a subclass with its task, its design and its words:
`engine.attention.hooks`.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from engine.attention import deeds, sights
from engine.attention.design import shapes
from engine.attention.exports import exports_of
from engine.attention.inspection import place_rows
from engine.attention.past import Past
from engine.attention.pieces import few
from engine.attention.prompting import Prompting
from engine.attention.shown import Shown, Variant, run, show
from engine.attention.stand import (
    Guest,
    design_of,
    key_of,
    opposite,
    other_architecture,
    variant,
)
from engine.attention.tasks import Batch, Draws
from engine.attention.training import Trainer
from engine.core import checkpoint, rng
from engine.core.device import pick_device
from engine.core.errors import BadInput, Cancelled, DivergedError
from engine.core.spec import Asset, Spec
from engine.core.system import Action, Export, Part, Poll, Row, ViewOffer
from engine.core.views import Pick, View, ViewRequest

__all__ = ["AttentionSystem"]

Arrays = dict[str, NDArray[Any]]
Weights = dict[str, NDArray[np.float32]]

_KEPT = 12  # results that are remembered: sums over the fixed sequences, baselines


class AttentionSystem(Prompting):
    """A small transformer that learns, and a prompt that it reads.

    Attributes
    ----------
    design : Design
    task : Task
    trainer : Trainer
    past : Past
        Of the training: moments and curves.
    reading, edits : Reading, Edits
        The prompt and how far it was read; edits of the displayed model.
    origin, construction : dict of str to ndarray
        Weights before the first update, and those made by hand ({} for none).
    guest : Guest
        A model of the user's to compare with.
    version, construction_version : int
        Grow whenever the trained, or the constructed, weights change.
    """

    glance: ClassVar[float] = 0.05
    """Weights that change twenty times a second are followed by the eye; a look costs a pass."""

    def __init__(self, spec: Spec) -> None:
        self._born = time.monotonic()
        super().__init__(spec)

    # Life.

    def build(self) -> None:
        """Make the model, its trainer and what it is compared with."""
        self.device = pick_device(self.spec.device)
        self.design = self.design_of(self.params)
        self.task = self.make_task()
        self.origin: Weights = self.initial_weights(rng.stream(self.seed, "weights"))
        self.trainer = Trainer(
            self.design, self.task, self.make_plan(), self.origin, self.train_rng, self.device
        )
        self.past = Past(shapes(self.design))
        self.guest = Guest()
        self.version = self.construction_version = 0
        self._weights: Weights | None = None
        self._probe: Batch | None = None
        self._owed = False
        self._results: OrderedDict[Any, Any] = OrderedDict()
        self.construction = dict(self.constructed())
        try:
            self.guest.choose(self.params.compare_file, self)
        except BadInput as error:
            self.warnings += (f"there is nothing to compare with: {error}",)

    # The model.

    def weights(self) -> Weights:
        """Return the trained weights as they are now; nobody writes to them."""
        if self._weights is None:
            self._weights = self.trainer.weights()
        return self._weights

    def set_weights(self, weights: Mapping[str, NDArray[Any]]) -> None:
        """Go on with other weights; the optimiser stays as it is."""
        self.trainer.set_weights(weights)
        self._changed()

    def go_back(self, update: int) -> None:
        """Let training go on from the last moment at or before an update; the rest is forgotten.

        The optimiser's means begin anew, since no moment keeps them; its schedule goes on there.
        """
        found = self.past.at(update)
        assert found is not None
        when, weights = found
        means = {name: np.zeros_like(array) for name, array in self.trainer.arrays().items()}
        self.trainer.restore(means | {"adam_count": np.array([when], np.int64)})
        self.set_weights(weights)
        self.past.forget_after(when)
        self._owed = False

    def _changed(self) -> None:
        self._weights = None
        self._shows.clear()
        self.version += 1

    def renew_construction(self) -> None:
        """Make the weights by hand again, since what they depend on changed."""
        self.construction = dict(self.constructed())
        self.construction_version += 1

    @property
    def updates_done(self) -> int:
        """Updates of this training."""
        return self.trainer.updates_done

    def variant(self, *, plain: bool = False) -> Variant:
        """Return the model on display; `plain` is without its edits."""
        return variant(self, plain=plain)

    def shown(self, *, plain: bool = False) -> Shown:
        """Return what the displayed model makes of the prompt; `plain` without its edits."""
        plain = plain or not self.edits
        key = key_of(self, plain=plain)
        return self._show(key, lambda: variant(self, plain=plain))

    def other(self) -> Shown | None:
        """Return what the model it is compared with makes of the prompt; None for none."""
        found = opposite(self)
        return None if found is None else self._show(key_of(self, other=True), lambda: found)

    def _show(self, key: Any, make: Callable[[], Variant]) -> Shown:
        if key not in self._shows:
            prompt, cursor = self.prompt, self.cursor
            given = self.read(prompt, cursor), self.wanted(prompt, cursor)
            self._shows[key] = show(make(), self.task, prompt, cursor, given, self.device)
        return self._shows[key]

    def probe(self) -> Batch:
        """Return the fixed sequences on which models are judged.

        They are the same on every device and for every seed: a model that is opened with another
        seed brings the curves of its training, which are to be read beside these.
        """
        if self._probe is None:
            one = self.task.draw(Draws(rng.stream(0, "probe")), 1)
            count = few(self.design, one.tokens.shape[1], self.probe_size)
            drawn = self.task.draw(Draws(rng.stream(0, "probe")), count)
            self._probe = Batch(
                drawn.tokens.to(self.device),
                drawn.targets.to(self.device),
                None if drawn.mask is None else drawn.mask.to(self.device),
            )
        return self._probe

    def on_probe(self, which: Variant) -> Any:
        """Return outputs (B, T, outputs) of a model for the fixed sequences."""
        return run(which, self.probe(), self.device)

    def loss(self, which: Variant | None = None) -> float:
        """Return the loss of a model, the displayed one if none is given, on the probe."""
        if which is None:
            return float(self.remembered(("loss", key_of(self)), lambda: self.loss(self.variant())))
        batch = self.probe()
        return float(self.task.loss(self.on_probe(which), batch.targets, batch.mask))

    def remembered(self, key: Any, make: Callable[[], Any]) -> Any:
        """Return what `make` returns, made once for a key; the last few are kept.

        Use `key_of` (`engine.attention.stand`) in the key of what depends on a model.
        """
        if key not in self._results:
            self._results[key] = make()
            if len(self._results) > _KEPT:
                self._results.popitem(last=False)
        self._results.move_to_end(key)
        return self._results[key]

    def params_changed(self, name: str) -> None:
        """Read the file that somebody names, again too; let the subclass follow its own."""
        if name == "compare_file":
            self.guest.choose(self.params.compare_file, self)
        self.own_params_changed(name)

    def vain(self) -> tuple[str, ...]:
        """Say what the parameters ask for in vain."""
        p, words = self.params, []
        if p.compare == "file" and self.guest.weights is None:
            words.append("there is no model to compare with yet: choose a file")
        if not self.construction and (p.compare == "construction" or p.alpha > 0):
            words.append("this architecture has no constructed weights")
        return tuple(words)

    # Learning.

    def train_step(self, poll: Poll) -> dict[str, float]:
        """Do one update: all of it, or none.

        Raises
        ------
        DivergedError
            If loss, gradient or weights left the finite numbers or the loss exploded; the last
            sound weights are back.
        Cancelled
            If `poll` raised it.
        """
        done, planned = self.updates_done, self.params.updates
        first = self.weights() if done == 0 or not self.past.updates else None
        studied = self._study(done, poll) if done != planned or self._owed else {}
        try:
            scalars = self.trainer.update(rate=self.params.learning_rate, poll=poll)
        except DivergedError:
            self._changed()
            self.past.forget_after(self.updates_done)
            raise
        # From here on nothing is raised by `poll`: the update stands.
        self._changed()
        self._owed = False
        if first is not None:  # a model that was loaded with its story begins another one
            self.past.clear()
            self.past.keep(done, lambda: first)
        self.past.note(done, studied)
        done = self.updates_done
        self.past.note(done, {"loss": scalars["loss"]})
        self.past.keep(done, self.weights)
        if done == planned:
            studied = self._end(poll)
            self.past.note(done, studied)
        return scalars | studied

    def _study(self, done: int, poll: Poll) -> dict[str, float]:
        """Measure the model where it is due."""
        if done % self.study_every and not self._owed:
            return {}
        return self.study(self.trainer.tensors, poll)

    def _end(self, poll: Poll) -> dict[str, float]:
        """Measure the model after the last update, which stands whatever `poll` says."""
        try:
            return self.study(self.trainer.tensors, poll)
        except Cancelled:
            self._owed = True  # before the next one, if there is any
            return {}

    def train_progress(self) -> tuple[int, int]:
        """Return updates done and planned."""
        return self.updates_done, self.params.updates

    # What is seen.

    def age(self) -> dict[str, Any]:
        """Return when a view is true: `step` and `seconds`."""
        return {"step": self.step_count, "seconds": time.monotonic() - self._born}

    def view_offers(self) -> tuple[ViewOffer, ...]:
        """Offer heads, weights, prompt, training, and what is the subclass's."""
        return sights.offers(self)

    def views(self, wanted: Mapping[str, ViewRequest]) -> dict[str, View]:
        """Make the views that are asked for."""
        made = {name: sights.view(self, name, request) for name, request in wanted.items()}
        return {name: view for name, view in made.items() if view is not None}

    def inspect(self, pick: Pick) -> tuple[Row, ...]:
        """Describe who attends to whom at a place among the heads."""
        return place_rows(self, pick)

    def metrics(self) -> dict[str, float]:
        """Measure the loss on the prompt, with and without edits."""
        shown = self.shown()
        found = {"prompt loss": shown.loss}
        if self.edits:
            found["prompt loss without edits"] = self.shown(plain=True).loss
        found |= self.own_metrics(shown)
        # A patched or mixed model may overflow; a plot has no place for that.
        return {name: float(value) for name, value in found.items() if np.isfinite(value)}

    def exports(self) -> tuple[Export, ...]:
        """Write attention, weights and training as tables."""
        return exports_of(self)

    # What the hand does.

    def actions(self) -> dict[str, Action]:
        """Offer what is done to heads, prompt and moments."""
        return deeds.actions(self) | self.own_actions()

    def act(self, name: str, arguments: BaseModel | None) -> Any:
        """Do it."""
        if name in self.own_actions():
            return self.own_act(name, arguments)
        return deeds.act(self, name, arguments)

    # What is kept.

    def load_model(self, model: Asset) -> None:
        """Take trained weights from the bytes of a checkpoint.

        Raises
        ------
        BadInput
            If they are those of another architecture; both are named.
        """
        assert isinstance(model.data, bytes)
        loaded = checkpoint.parse(model.data, name=model.name)
        if loaded.slug == self.info.slug:
            design = design_of(self, loaded)
            if shapes(design) != shapes(self.design):
                raise other_architecture(self, design, model.name)
        super().load_model(model)

    def get_arrays(self, part: Part) -> Arrays:
        """Return weights with the story of their training; prompt and edits; the optimiser."""
        if part == "model":
            past = {f"past/{name}": array for name, array in self.past.arrays().items()}
            return {**self.weights(), **past}
        if part == "world":
            return self.scene_arrays()
        return self.trainer.arrays()

    def set_arrays(self, part: Part, arrays: Arrays) -> None:
        """Take weights, prompt or optimiser."""
        if part == "training":
            self.trainer.restore(arrays)
            self._owed = False
        elif part == "world":
            self.restore_scene(arrays)
        else:
            self._take_model(arrays)

    def _take_model(self, arrays: Arrays) -> None:
        past = {n.removeprefix("past/"): a for n, a in arrays.items() if n.startswith("past/")}
        own = self.weights()
        if any(not np.array_equal(array, arrays[name]) for name, array in own.items()):
            self.set_weights({name: arrays[name] for name in own})
        if not self.past.same(past):
            self.past.restore(past)
