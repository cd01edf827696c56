"""Training a transformer on a task: every update is a transaction.

An update draws sequences, goes forward and back in pieces small enough to be interrupted, clips the
gradient and steps Adam. Weights are one flat vector, made anew by every update, so that going back
costs nothing: what was handed out never changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.attention.adam import Adam, Moments
from engine.attention.design import Design, shapes
from engine.attention.forward import forward
from engine.attention.pieces import pieces
from engine.attention.tasks import Batch, Draws
from engine.attention.threads import one_thread
from engine.core import rng as streams
from engine.core.device import share
from engine.core.errors import BadInput, DivergedError
from engine.core.system import Poll, no_poll

__all__ = ["Plan", "Task", "Trainer"]

Arrays = dict[str, NDArray[Any]]

SOUND = 3.0  # times the lowest running loss, up to which weights are worth going back to
MEMORY = 0.98  # of the running loss


class Task(Protocol):
    """What is learned: where sequences come from and what is wanted of them."""

    @property
    def naive(self) -> float:
        """Loss of a learner that knows nothing, the yard-stick of divergence."""

    def draw(self, draws: Draws, batch: int) -> Batch:
        """Draw new sequences, on the device of `draws`."""

    def loss(self, outputs: Tensor, targets: Tensor, mask: Tensor | None) -> Tensor:
        """Return the mean loss () of what `mask` counts, or of all sequences where it is None.

        `outputs` are (B, T or 1, outputs), as the design predicts. Batches may be handed over in
        pieces: means are weighed by the sum of `mask`, or by sequences.
        """


@dataclass(frozen=True)
class Plan:
    """How it is learned.

    Parameters
    ----------
    updates : int
        That are planned; the schedule ends there and stays.
    batch : int
        Sequences of an update.
    rate : float
        Highest learning rate.
    warmup : int
        Updates in which the rate rises to it.
    schedule : {"constant", "cosine", "linear"}
        "cosine" falls from the warm-up on, "linear" in the last `tail` of the updates.
    floor : float
        Part of the rate that is left in the end.
    tail : float
        Part of the updates in which "linear" falls.
    beta1, beta2, epsilon, decay : float
        Of AdamW; see `engine.attention.adam.Adam`.
    clip : float
        Bound on the gradient; 0 for none.
    clip_each : bool
        Bound each number of the gradient instead of the norm of all of it.
    exploded : float
        Times the loss of knowing nothing, or of the first update if that is more, beyond which
        training diverged. No batch of a healthy one gets to 20 times a squared error; 3 times a
        cross-entropy are far off already.
    frozen : tuple of str
        Weights whose names begin so are not trained.
    """

    updates: int
    batch: int
    rate: float
    warmup: int = 0
    schedule: Literal["constant", "cosine", "linear"] = "constant"
    floor: float = 0.0
    tail: float = 1.0
    beta1: float = 0.9
    beta2: float = 0.98
    epsilon: float = 1e-8
    decay: float = 0.0
    clip: float = 0.0
    clip_each: bool = False
    exploded: float = 20.0
    frozen: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.updates < 1 or self.batch < 1:
            raise BadInput("there is nothing to learn from", remedy="Use 1 update and sequence up")
        if not (math.isfinite(self.rate) and self.rate >= 0):
            raise BadInput("a learning rate is not negative", remedy="Use a small positive number")

    def share(self, update: int) -> float:
        """Part of the highest rate that an update (from 0 on) is done with."""
        if update < self.warmup:
            return (update + 1) / self.warmup
        span = self.updates - self.warmup
        if self.schedule == "constant" or span < 1:
            return 1.0
        done = min(1.0, (update - self.warmup) / span)
        if self.schedule == "cosine":
            return self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * done))
        tail = self.tail if self.tail > 0 else 1 / span
        return self.floor + (1 - self.floor) * min(1.0, (1 - done) / tail)


@dataclass(frozen=True, eq=False)
class _State:
    vector: Tensor
    moments: Moments


def _shares(batch: Batch, cuts: list[slice]) -> list[float]:
    """What each piece weighs in the mean."""
    if batch.mask is None or len(cuts) == 1:
        return [(cut.stop - cut.start) / len(batch.tokens) for cut in cuts]
    sums = torch.stack([batch.mask[cut].sum(dtype=torch.float64) for cut in cuts])
    return [float(share) for share in (sums / sums.sum()).tolist()]


class Trainer:
    """Weights and optimiser of a training.

    Parameters
    ----------
    design : Design
    task : Task
    plan : Plan
        May be replaced by one of the same `frozen` while training (`trainer.plan = ...`).
    weights : mapping of str to ndarray
        To begin with.
    rng : numpy.random.Generator
        From `engine.core.rng.stream`; only drawn from, and put back where an update fails.
    device : str
        "cpu" or "cuda".

    Raises
    ------
    BadInput
        If the weights are of another design.
    """

    def __init__(
        self,
        design: Design,
        task: Task,
        plan: Plan,
        weights: Mapping[str, NDArray[Any]],
        rng: np.random.Generator,
        device: str = "cpu",
    ) -> None:
        self.design, self.task, self.plan, self.device = design, task, plan, device
        self._rng = rng
        self._shapes = shapes(design)
        self._learned = {n: s for n, s in self._shapes.items() if not n.startswith(plan.frozen)}
        self._fixed: dict[str, Tensor] = {}
        vector = self._take(weights)
        self._state = self._sound = _State(vector, Moments.of(vector))
        self._begin()

    def _begin(self) -> None:
        """Forget the losses so far: what comes next is measured anew."""
        self._lowest = self._running = math.inf
        self._first = 0.0

    @property
    def updates_done(self) -> int:
        """Finished updates."""
        return self._state.moments.count

    @property
    def tensors(self) -> dict[str, Tensor]:
        """The weights of the last finished update on the device; never written to, by nobody."""
        return self._fixed | self._views(self._state.vector)

    def weights(self) -> Arrays:
        """Return a copy of the weights of the last finished update."""
        found = self.tensors
        return {name: found[name].cpu().numpy().copy() for name in self._shapes}

    def set_weights(self, weights: Mapping[str, NDArray[Any]]) -> None:
        """Go on from other weights; the optimiser stays as it is.

        Raises
        ------
        BadInput
            If they are of another design.
        """
        self._state = self._sound = _State(self._take(weights), self._state.moments)
        self._begin()

    def arrays(self) -> Arrays:
        """Return the optimiser, for a checkpoint; weights and generator are kept by the caller."""
        return dict(self._state.moments.arrays())

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take back what `arrays` returned: the next updates are the same to the bit."""
        moments = self._state.moments.like(arrays)
        self._state = self._sound = _State(self._state.vector, moments)
        self._begin()

    def update(self, rate: float | None = None, poll: Poll = no_poll) -> dict[str, float]:
        """Do one update, or none.

        Parameters
        ----------
        rate : float, optional
            Highest learning rate, `plan.rate` if not given; the schedule scales it.
        poll : callable, optional
            Called between the parts, which take about 20 ms at most; may raise `Cancelled`.

        Returns
        -------
        dict
            "loss" before the update, "gradient" (its norm before clipping), "rate".

        Raises
        ------
        DivergedError
            If loss, gradient or weights left the finite numbers, or the loss exploded. Weights and
            optimiser are those of the last update whose loss was sound.
        Cancelled
            If `poll` raised it; all is as before.
        """
        before = streams.snapshot(self._rng)
        try:
            with one_thread():
                return self._update(self.plan.rate if rate is None else rate, poll)
        except BaseException:
            streams.restore(self._rng, before)
            raise

    def _update(self, rate: float, poll: Poll) -> dict[str, float]:
        state, plan = self._state, self.plan
        rate *= plan.share(state.moments.count)
        batch = self.task.draw(Draws(self._rng, self.device), plan.batch)
        try:
            loss, gradient = self._gradient(state.vector, batch, poll)
        except torch.linalg.LinAlgError:  # type: ignore[attr-defined]  # not finite
            loss, gradient = state.vector.new_full((), math.nan), torch.zeros_like(state.vector)
        norm = gradient.norm()
        if plan.clip and plan.clip_each:
            gradient = gradient.clamp(-plan.clip, plan.clip)
        elif plan.clip:
            gradient = gradient * (plan.clip / (norm + 1e-6)).clamp_max(1.0)
        adam = Adam(plan.beta1, plan.beta2, plan.epsilon, plan.decay)
        vector, moments = adam.step(state.vector, gradient, state.moments, rate)
        # One transfer from a GPU; a number that is not finite makes its sum so too.
        values = torch.stack([loss, norm, vector.abs().sum()]).tolist()
        self._check(values)
        poll()
        self._mark(values[0])
        self._state = _State(vector, moments)
        return {"loss": values[0], "gradient": values[1], "rate": rate}

    def _gradient(self, vector: Tensor, batch: Batch, poll: Poll) -> tuple[Tensor, Tensor]:
        """Loss and gradient of a batch: pieces side by side, added up in their order."""
        cuts = pieces(self.design, batch.tokens.shape[1], len(batch.tokens), self.device)
        shares = _shares(batch, cuts)
        parts: dict[int, tuple[Tensor, Tensor]] = {}

        def job(index: int) -> Callable[[Poll], None]:
            def run(breathe: Poll) -> None:
                with one_thread():
                    parts[index] = self._piece(vector, batch, cuts[index], breathe)

            return run

        poll()
        # What counts nothing has no mean. Pieces on a GPU queue up there anyway.
        jobs = [job(index) for index, part in enumerate(shares) if part != 0]
        share(jobs, poll, workers=0 if self.device == "cpu" else 1)
        loss, gradient = vector.new_zeros(()), torch.zeros_like(vector)
        for index in sorted(parts):
            loss = loss + shares[index] * parts[index][0]
            gradient.add_(parts[index][1], alpha=shares[index])
        return loss, gradient

    def _piece(
        self, vector: Tensor, batch: Batch, cut: slice, breathe: Poll
    ) -> tuple[Tensor, Tensor]:
        leaves = {name: view.requires_grad_() for name, view in self._views(vector).items()}
        mask = None if batch.mask is None else batch.mask[cut]
        given = self._fixed | leaves
        outputs = forward(self.design, given, batch.tokens[cut], breathe=breathe)
        loss = self.task.loss(outputs, batch.targets[cut], mask)
        breathe()
        found = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
        flat = [
            (torch.zeros_like(leaf) if one is None else one).flatten()
            for one, leaf in zip(found, leaves.values(), strict=True)
        ]
        return loss.detach(), torch.cat(flat)

    def _check(self, values: list[float]) -> None:
        count, loss = self._state.moments.count + 1, values[0]
        if not all(math.isfinite(value) for value in values):
            problem = f"training left the finite numbers at update {count}"
        elif loss > self.plan.exploded * max(self.task.naive, self._first or loss):
            problem = f"the loss rose to {loss:.3g} at update {count}"
        else:
            return
        self._state = self._sound
        raise DivergedError(
            f"{problem}; the weights of update {self._sound.moments.count} are back",
            remedy="Lower the learning rate",
        )

    def _mark(self, loss: float) -> None:
        """Keep the weights to go back to, if their loss is among the usual."""
        if loss <= SOUND * self._lowest or loss <= self.task.naive:
            self._sound = self._state
        self._first = self._first or loss  # weights may begin worse than knowing nothing
        running = loss if math.isinf(self._running) else self._running
        self._running = MEMORY * running + (1 - MEMORY) * loss
        self._lowest = min(self._lowest, self._running)

    def _views(self, vector: Tensor) -> dict[str, Tensor]:
        parts = torch.split(vector, [math.prod(s) for s in self._learned.values()])
        return {
            name: part.detach().view(shape)
            for (name, shape), part in zip(self._learned.items(), parts, strict=True)
        }

    def _take(self, weights: Mapping[str, NDArray[Any]]) -> Tensor:
        for name, shape in self._shapes.items():
            if name not in weights or weights[name].shape != shape:
                raise BadInput(
                    f"the weights {name!r} of this model are not of the shape {shape}",
                    remedy="Use a model of the same layers, heads and width",
                )
        made = {
            n: torch.tensor(weights[n], dtype=torch.float32, device=self.device)
            for n in self._shapes
        }
        self._fixed = {n: t for n, t in made.items() if n not in self._learned}
        if not self._learned:
            raise BadInput("every weight is frozen", remedy="Let some weights learn")
        return torch.cat([made[n].flatten() for n in self._learned])
