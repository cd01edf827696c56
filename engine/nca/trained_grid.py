"""What trained grid automata share: a network, its live world, its optimiser and its pool.

A subclass makes rule, target and the batch of an update; this base steps the world on the weights
of the last finished update, takes updates whole or not at all, and shows the batch and the pool.
"""

from __future__ import annotations

import dataclasses
import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core import rng
from engine.core.device import pick_device
from engine.core.errors import DivergedError
from engine.core.grid import GridSystem
from engine.core.params import Params, live
from engine.core.system import Part, Poll, ViewOffer
from engine.core.views import View, ViewRequest
from engine.nca.optimise import Adam, all_finite, normalised, scheduled
from engine.nca.pool import Pool, tile
from engine.nca.rule import Rule, Weights
from engine.nca.stepper import make_stepper

__all__ = ["TrainedGrid", "TrainedGridParams"]

WALL = 49  # tiles of the pool that are shown

Cells = NDArray[np.float32]
Arrays = dict[str, NDArray[Any]]


class TrainedGridParams(Params):
    """The live dials of a world; training always uses 0.5, an angle of 0 and full steps."""

    fire_rate: float = live(
        0.5, "Chance of a cell to update in a step of the live world", ge=0.05, le=1.0
    )
    angle: float = live(
        0.0,
        "Turns what every cell takes for up: the pattern turns with it",
        ge=-180,
        le=180,
        unit="°",
    )
    step_size: float = live(
        1.0, "Factor of every update in the live world; small is slow motion", ge=0.05, le=2.0
    )
    replant: int = live(
        100,
        "While learning, the shown world begins again after so many steps, so that one sees what "
        "the rule makes of a seed; 0 lets it run on",
        ge=0,
        le=10_000,
        unit="steps",
        expert=True,
    )


class TrainedGrid(GridSystem):
    """A grid whose cells share one small network that is trained while it runs.

    Attributes
    ----------
    rule : Rule
        Of the live world.
    weights : Weights
        Of the last finished update.
    device : str
        "cpu" or "cuda".
    """

    device: str
    params: TrainedGridParams
    rule: Rule
    weights: Weights

    def install(self, rule: Rule, extent: tuple[int, int], seed: Cells, pool: int) -> None:
        """Make network, live cells, optimiser and a pool of `pool` states (H, W, C) like `seed`."""
        self.rule = rule
        self.weights = Weights.initial(rule, rng.stream(self.seed, "weights"))
        self.device = pick_device(self.spec.device)
        self._stepper = make_stepper(rule, self.weights, self.device)
        self._adam = Adam(self.weights.arrays())
        self._pool = Pool(seed, pool)
        self._cells = np.zeros((*extent, rule.channels), np.float32)
        self._shown: tuple[Cells, Cells] | None = None
        self._planted = 0

    @abstractmethod
    def update(self, poll: Poll) -> dict[str, float]:
        """Compute one update and hand it to `take`, the last thing that it does."""

    @abstractmethod
    def target_sheet(self) -> Cells:
        """Return the target as cells (h, w, C)."""

    @property
    def threshold(self) -> float:
        """Alpha that a neighbour needs for a cell to live, where the rule asks for it."""
        return 0.0

    def advance(self, poll: Poll) -> None:
        """Do one step with the weights of the last finished update."""
        self._stepper.step(
            self._cells[None],
            seed=self.seed,
            step0=self.step_count,
            fire_rate=self.params.fire_rate,
            angle=math.radians(self.params.angle),
            threshold=self.threshold,
            step_size=self.params.step_size,
            poll=poll,
        )

    def field(self) -> Cells:
        """Return the live cells (H, W, C)."""
        return self._cells

    def view_offers(self) -> tuple[ViewOffer, ...]:
        """Offer the world and what the training looks at."""
        return (
            ViewOffer("world", "World", "image"),
            ViewOffer("batch", "Batch", "image"),
            ViewOffer("pool", "Pool", "image"),
            ViewOffer("target", "Target", "image"),
        )

    def views(self, wanted: Mapping[str, ViewRequest]) -> dict[str, View]:
        """Make the views that are asked for."""
        made = super().views(wanted)
        sheets = {"batch": self._batch_sheet, "pool": self._pool_sheet, "target": self.target_sheet}
        for name, sheet in sheets.items():
            if name in wanted:
                made[name] = dataclasses.replace(self.image(sheet(), wanted[name]), wraps=False)
        return made

    def _batch_sheet(self) -> Cells:
        if self._shown is None:
            first = self._pool.states[:1]
            return tile(np.concatenate([first, first]), 1)
        return tile(np.concatenate(self._shown), len(self._shown[0]))

    def _pool_sheet(self) -> Cells:
        return self._pool.wall(WALL)

    def train_step(self, poll: Poll) -> dict[str, float]:
        """Do one update of the weights: all of it, or none.

        Raises
        ------
        DivergedError
            If loss, gradients, states or weights left the finite numbers.
        Cancelled
            If `poll` raised it.
        """
        before = rng.snapshot(self.train_rng)
        try:
            # Numbers that run over are no warning here: `take` finds them and refuses the update.
            with np.errstate(over="ignore", invalid="ignore"):
                scalars = self.update(poll)
        except BaseException:
            rng.restore(self.train_rng, before)
            raise
        self._replant()
        return scalars

    def _replant(self) -> None:
        """Begin the shown world again when it has run long enough on rules that no longer are."""
        age = self.step_count - self._planted
        if age < 0:  # the world was reset
            self._planted = 0
        elif 0 < self.params.replant <= age:
            self.start()
            self._planted = self.step_count

    def take(
        self,
        loss: float,
        gradients: Weights,
        rate: float,
        start: Cells,
        final: Cells,
        slots: NDArray[np.intp] | None,
        normalise: bool = True,
    ) -> None:
        """Take an update as a whole, if all of it is finite.

        Parameters
        ----------
        loss : float
        gradients : Weights
        rate : float
            Learning rate.
        start, final : ndarray, shape (B, H, W, C)
            The batch before and after its steps.
        slots : ndarray, optional
            Where in the pool `final` belongs; None leaves the pool alone.
        normalise : bool
            Divide each tensor's gradient by its norm.
        """
        found = gradients.arrays()
        scaled = normalised(found) if normalise else found
        weights, moments = self._adam.propose(self.weights.arrays(), scaled, rate)
        good = math.isfinite(loss) and np.isfinite(final.sum(dtype=np.float64))
        if not (good and all_finite(found) and all_finite(weights)):
            raise DivergedError(
                f"training left the finite numbers at update {self._adam.count + 1}; "
                "the weights before it were kept",
                remedy="Lower the learning rate",
            )
        # From here on nothing can fail.
        self._use(Weights.from_arrays(self.rule, weights))
        self._adam.commit(moments)
        if slots is not None:
            self._pool.put(slots, final)
        self._shown = start, final.copy()

    def rate(self, first: float, planned: int, drops: tuple[float, ...], factor: float) -> float:
        """Learning rate of the next update; see `scheduled`."""
        return scheduled(first, self._adam.count, planned, drops, factor)

    @property
    def updates_done(self) -> int:
        """Finished updates of the weights."""
        return self._adam.count

    def _use(self, weights: Weights) -> None:
        self.weights = weights
        self._stepper.load(weights)

    def get_arrays(self, part: Part) -> Arrays:
        """Return weights, cells, or optimiser and pool."""
        if part == "model":
            return dict(self.weights.arrays())
        if part == "training":
            planted = np.array([self._planted], np.int64)
            return {**self._adam.arrays(), "pool": self._pool.states, "planted": planted}
        return super().get_arrays(part)

    def set_arrays(self, part: Part, arrays: Arrays) -> None:
        """Take weights, cells, or optimiser and pool."""
        if part == "model":
            self._use(Weights.from_arrays(self.rule, arrays))
        elif part == "training":
            self._adam.restore(arrays)
            self._pool.states[...] = arrays["pool"]
            self._planted = int(arrays["planted"][0])
        else:
            super().set_arrays(part, arrays)
