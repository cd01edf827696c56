"""What a model of in-context regression is measured by: GD, GD++, least squares, tuned to its task.

von Oswald et al., arXiv 2212.07677. A model of L layers stands beside L steps; where x and y come
in turn the first layer has to copy, so that one step less is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.attention.comparison import Learner, of_descent
from engine.attention.descent import Steps, answers, expected_optimum, least_squares, tune
from engine.attention.tasks import Draws
from engine.attention.tasks.regression import LinearRegression, Prompts
from engine.core import rng

if TYPE_CHECKING:
    from torch import Tensor

    from engine.attention.comparison import Regression

__all__ = ["PROBLEMS", "Yardsticks", "yardsticks"]

PROBLEMS = 2048  # that step sizes are tuned on


@dataclass(frozen=True)
class Yardsticks:
    """Step sizes for a task, all steps of a kind alike.

    Attributes
    ----------
    single, plain, curved : Steps
        One step; as many as a model has layers; steps that also contract the inputs, two at least,
        since one of them is no other than a plain one.
    """

    single: Steps
    plain: Steps
    curved: Steps

    def scaled(self, eta: float, gamma: float) -> Yardsticks:
        """Multiply all step sizes by `eta`, and the contraction by `gamma`."""

        def times(steps: Steps) -> Steps:
            pairs = steps.pairs()
            return Steps(tuple(e * eta for e, _ in pairs), tuple(g * gamma for _, g in pairs))

        return Yardsticks(times(self.single), times(self.plain), times(self.curved))

    def learners(self) -> dict[str, Learner]:
        """Return them as learners by name, least squares last."""
        found = {"one GD step": of_descent(self.single)}
        if len(self.plain.etas) > 1:
            found[f"{len(self.plain.etas)} GD steps"] = of_descent(self.plain)
        found[f"GD++, {len(self.curved.etas)} steps"] = of_descent(self.curved)
        found["least squares"] = _solved
        return found


def _solved(task: Regression, prompts: Prompts) -> Tensor:
    return answers(prompts, least_squares(prompts))


def yardsticks(task: LinearRegression, steps: int) -> Yardsticks:
    """Tune all of them to a task; one plain step has its closed form."""
    single = Steps((expected_optimum(task)[0],))
    problems = task.problems(Draws(rng.stream(0, "yardsticks")), PROBLEMS)
    plain = tune(problems, steps)[0] if steps > 1 else single
    return Yardsticks(single, plain, tune(problems, max(2, steps), curved=True)[0])
