"""Losses far from home: one value after the other, so that nobody waits for a whole curve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.attention.comparison import Axis, Learner, sweep
from engine.attention.tasks.sine import SineRegression
from engine.core.figures import ChartView, Cursor

if TYPE_CHECKING:
    from engine.attention.comparison import Regression

__all__ = ["Far", "axes", "home", "values_along"]

COUNT = 1000  # problems at every value
NUMBERS = 600_000  # in the tokens of one value, at most

Found = tuple[float, dict[str, float]]


def axes(task: Regression) -> tuple[Axis, ...]:
    """List what can be changed of a task."""
    common: tuple[Axis, ...] = ("input range", "weight scale", "examples")
    if isinstance(task, SineRegression):
        return common
    return (*common, "noisy labels", "other law")


def values_along(task: Regression, axis: Axis) -> tuple[float, ...]:
    """Return the values at which a task is changed: the paper's, relative to what it was."""
    if axis == "input range":
        return tuple(float(task.input_range * f) for f in np.linspace(0.5, 2.0, 16))
    if axis == "weight scale":
        return tuple(float(task.weight_scale * f) for f in np.linspace(0.5, 5.0, 10))
    if axis == "examples":
        spread = np.geomspace(1, 4 * task.points, 14).round()
        return tuple(float(n) for n in np.unique([*spread, task.points]))
    if axis == "noisy labels":
        return tuple(float(n) for n in np.unique(np.linspace(0, task.points, 11).round()))
    return tuple(float(norm) for norm in np.linspace(0.5, 5.0, 10))


def home(task: Regression, axis: Axis) -> float | None:
    """Return where the task is on an axis; None where it is on none."""
    if axis == "input range":
        return task.input_range
    if axis == "weight scale":
        return task.weight_scale
    if axis == "examples":
        return float(task.points)
    if axis == "noisy labels" and not isinstance(task, SineRegression):
        return float(task.noisy)
    return None


class Far:
    """Losses of a model and its yardsticks along one axis, as far as they are measured.

    Attributes
    ----------
    key : Any
        What they are of: another one begins them anew.
    name : str
        The model, in words.
    """

    def __init__(self) -> None:
        self.key: Any = None
        self.name = ""
        self._axis: Axis = "input range"
        self._home: float | None = None
        self._left: Iterator[Found] | None = None
        self._found: list[Found] = []

    def begin(
        self,
        key: Any,
        task: Regression,
        axis: Axis,
        model: tuple[str, Learner],
        learners: Mapping[str, Learner],
    ) -> None:
        """Measure others from now on; nothing is computed yet."""
        self.key, self.name = key, model[0]
        self._axis, self._home = axis, home(task, axis)
        self._found = []
        size = task.width * (4 if axis == "examples" else 1) * task.length
        count = max(50, min(COUNT, NUMBERS // size))
        every = {model[0]: model[1], **learners}
        self._left = sweep(task, axis, values_along(task, axis), every, count=count, seed=11)

    @property
    def pending(self) -> bool:
        """Whether values are still to be measured."""
        return self._left is not None

    def advance(self) -> None:
        """Measure one more value."""
        if self._left is None:
            return
        found = next(self._left, None)
        if found is None:
            self._left = None
        else:
            self._found.append(found)

    def chart(self, age: Mapping[str, Any]) -> ChartView:
        """Draw what is measured so far; what overflowed is left out."""
        names = list(self._found[0][1]) if self._found else []
        curves = []
        for name in names:
            x = np.array([value for value, _ in self._found])
            y = np.array([losses[name] for _, losses in self._found])
            sound = np.isfinite(y) & (y > 0)
            curves.append((name, x[sound], y[sound]))
        words = {"other law": "norm of the inputs, of another law"}
        return ChartView(
            **age,
            x=words.get(self._axis, str(self._axis)),
            y="loss",
            curves=tuple(curves),
            dashed=tuple(names[1:]),
            cursors=() if self._home is None else (Cursor(self._home, "trained here"),),
            logarithmic=(self._axis == "examples", True),
        )
