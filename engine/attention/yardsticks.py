"""What a model of in-context regression is measured by: GD, GD++, least squares, tuned to its task.

von Oswald et al., arXiv 2212.07677. A model of L layers stands beside L steps; where x and y come
in turn the first layer has to copy, so that one step less is left. They are tuned when somebody
asks for them, once for a task.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.attention.comparison import Learner, of_descent
from engine.attention.descent import Steps, answers, expected_optimum, least_squares, tune
from engine.attention.tasks import Draws
from engine.attention.tasks.regression import LinearRegression, Prompts
from engine.core import rng

if TYPE_CHECKING:
    from torch import Tensor

    from engine.attention.comparison import Regression

__all__ = ["Yardsticks", "problems_for"]

_NUMBERS = 1 << 18  # in the inputs of the problems that step sizes are tuned on
_FEWEST, _MOST = 256, 2048  # of these problems

_tuned: dict[tuple[LinearRegression, int, bool], Steps] = {}


@dataclass(frozen=True)
class Yardsticks:
    """Step sizes for a task, all steps of a kind alike.

    Attributes
    ----------
    task : LinearRegression
    steps : int
        As many as a model has layers.
    eta, gamma : float
        Factors of all step sizes, and besides of the contraction.
    """

    task: LinearRegression
    steps: int
    eta: float = 1.0
    gamma: float = 1.0

    def scaled(self, eta: float, gamma: float) -> Yardsticks:
        """Multiply all step sizes by `eta`, and the contraction by `gamma`."""
        return replace(self, eta=self.eta * eta, gamma=self.gamma * gamma)

    @property
    def single(self) -> Steps:
        """One step, in closed form."""
        return self._times(Steps((expected_optimum(self.task)[0],)))

    @property
    def plain(self) -> Steps:
        """As many steps as a model has layers."""
        return self.single if self.steps == 1 else self._times(_tune(self.task, self.steps, False))

    @property
    def curved(self) -> Steps:
        """Steps that also contract the inputs; two at least, since one is no other than plain."""
        return self._times(_tune(self.task, max(2, self.steps), True))

    def prepare(self, poll: Callable[[], None]) -> None:
        """Tune several steps, where that is still to be done; what `poll` raises ends it."""
        if self.steps > 1:
            for curved in (False, True):
                _tune(self.task, self.steps, curved, poll)

    def _times(self, steps: Steps) -> Steps:
        pairs = steps.pairs()
        etas = tuple(eta * self.eta for eta, _ in pairs)
        return Steps(etas, tuple(gamma * self.gamma for _, gamma in pairs))

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


def problems_for(task: LinearRegression) -> Prompts:
    """Draw the problems of a task on which step sizes are tuned: fewer where they are large."""
    size = task.dims * (task.points + 1)
    count = min(_MOST, max(_FEWEST, _NUMBERS // size))
    return task.problems(Draws(rng.stream(0, "yardsticks")), count)


def _tune(
    task: LinearRegression, steps: int, curved: bool, poll: Callable[[], None] | None = None
) -> Steps:
    key = task, steps, curved
    if key not in _tuned:
        _tuned[key] = tune(problems_for(task), steps, curved=curved, poll=poll)[0]
    return _tuned[key]
