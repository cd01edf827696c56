"""What a laboratory of regression learns: its model, what it is compared with, what is measured.

von Oswald et al., arXiv 2212.07677.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.attention.base import AttentionSystem
from engine.attention.constructions import can_construct, of_steps
from engine.attention.descent import Steps
from engine.attention.design import Design
from engine.attention.far import axes
from engine.attention.initial import Scheme
from engine.attention.regression_parameters import (
    INCIDENTAL,
    InContextParams,
    Regression,
    design_for,
    task_for,
)
from engine.attention.regression_prompt import in_turns
from engine.attention.regression_study import (
    MIXTURE,
    MIXTURE_CURVED,
    Study,
    phases_of,
    references_of,
)
from engine.attention.tasks.regression import LinearRegression, Prompts
from engine.attention.tasks.sine import SineRegression
from engine.attention.threads import one_thread
from engine.attention.training import Plan
from engine.attention.yardsticks import Yardsticks
from engine.core.params import Params
from engine.core.system import Poll

__all__ = ["RegressionLearner"]

Array = NDArray[Any]
Weights = dict[str, NDArray[np.float32]]

SINE_STEP = 0.01  # of the constructed layer behind a sine's embedding: the released .1 / 10


class RegressionLearner(AttentionSystem):
    """A transformer that learns regression, beside gradient descent."""

    Params: ClassVar[type[Params]] = InContextParams
    params: InContextParams
    incidental: ClassVar[frozenset[str]] = INCIDENTAL
    task: Regression
    probe_size: ClassVar[int] = 1024
    loss_curves: ClassVar[tuple[str, ...]] = ("loss", "fixed loss", MIXTURE, MIXTURE_CURVED)

    def build(self) -> None:
        """Make the model, and forget what the old one was measured by."""
        self._yardsticks: Yardsticks | None = None
        self._study_of = Study()
        super().build()

    @classmethod
    def design_of(cls, params: InContextParams) -> Design:
        """Return the model that parameters describe."""
        return design_for(params)

    def make_task(self) -> Regression:
        """Return the task that parameters describe."""
        return task_for(self.params)

    def make_plan(self) -> Plan:
        """Return the plan of the training."""
        p = self.params
        return Plan(
            p.updates,
            p.batch,
            p.learning_rate,
            schedule=p.schedule,
            tail=0.3,
            clip=p.gradient_clip,
            frozen=("layers/",) if p.frozen else (),
        )

    def make_scheme(self) -> Scheme:
        """Begin with a truncated normal law, smaller the more layers there are."""
        return Scheme("truncated", self.params.initial / self.params.depth)

    def initial_weights(self, draw: np.random.Generator) -> Weights:
        """Draw weights; where attention is kept constructed, that is put in."""
        weights = super().initial_weights(draw)
        return {**weights, **self.constructed()} if self.params.frozen else weights

    def constructed(self) -> Mapping[str, NDArray[np.float32]]:
        """Return steps of gradient descent, where they can be written into this model."""
        p, design = self.params, self.design
        if not can_construct(design) or (isinstance(self.task, SineRegression) and not p.frozen):
            return {}  # what features a sine's embedding finds is its own affair
        if isinstance(self.task, SineRegression):
            steps = Steps.same(SINE_STEP * p.step_size, 0.0, design.depth)
        else:
            steps = self.measures().curved if self._is_curved() else self.measures().plain
        return {n: w.astype(np.float32) for n, w in of_steps(design, steps).items()}

    def _is_curved(self) -> bool:
        """Tell whether the construction contracts the inputs, too."""
        design = self.design
        roomy = all(layer.key >= design.width for layer in design.layers)
        return self.params.descent == "GD++" and design.depth > 1 and roomy

    def measures(self) -> Yardsticks:
        """Return the yardsticks of a linear task, at the step sizes that are chosen."""
        if self._yardsticks is None:
            assert isinstance(self.task, LinearRegression)
            copying = in_turns(self.task)
            steps = max(1, self.design.depth - copying)
            self._yardsticks = Yardsticks(self.task, steps)
        return self._yardsticks.scaled(self.params.step_size, self.params.contraction)

    def own_params_changed(self, name: str) -> None:
        """Follow the step sizes: they are those of the construction, too."""
        if name in ("step_size", "contraction", "descent"):
            self._study_of.forget()
            self.renew_construction()

    def vain(self) -> tuple[str, ...]:
        """Say what is asked for in vain."""
        p, words = self.params, list(super().vain())
        if p.task == "sine" and p.noisy:
            words.append("the labels of sine waves have no noise")
        if p.far_axis not in axes(self.task):
            words.append(f"sine waves have no {p.far_axis}: the input range is changed instead")
        if p.descent == "GD++" and self.design.depth == 1:
            words.append("one layer of GD++ is one of GD: nobody reads the inputs after it")
        return tuple(words)

    def references(self) -> dict[str, float]:
        """Return the losses of answering 0 and of the yardsticks on the fixed prompts."""

        def made() -> dict[str, float]:
            with one_thread():
                return references_of(self.task, self._fixed(), self._sticks())

        key = ("references", self.params.step_size, self.params.contraction)
        found: dict[str, float] = self.remembered(key, made)
        return found

    def _fixed(self) -> Prompts:
        """Return the problems of the fixed batch."""
        batch = self.probe()
        return self.task.prompts(batch.tokens, batch.targets)

    def _sticks(self) -> Yardsticks | None:
        """Return the yardsticks where the task has any."""
        return self.measures() if isinstance(self.task, LinearRegression) else None

    def study(self, weights: Mapping[str, Any], poll: Poll) -> dict[str, float]:
        """Measure the loss on fixed prompts and how far the model is from gradient descent."""
        fixed, sticks = self._fixed(), self._sticks()
        with one_thread():
            if sticks is not None:
                sticks.prepare(poll)
            return self._study_of.measure(
                self.design,
                weights,
                (MIXTURE_CURVED if self._is_curved() else MIXTURE, self.construction),
                self.task,
                fixed,
                sticks,
                poll,
            )

    def phases(self, curves: Mapping[str, tuple[Array, Array]]) -> tuple[tuple[float, str], ...]:
        """Mark where the model meets gradient descent, leaves it for GD++, or learns to copy."""
        return phases_of(self.task, curves)
