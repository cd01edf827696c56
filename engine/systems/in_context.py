"""In-context regression: a small transformer learns to learn, and finds gradient descent.

von Oswald, Niklasson, Randazzo, Sacramento, Mordvintsev, Zhmoginov, Vladymyrov, "Transformers learn
in-context by gradient descent", ICML 2023, arXiv 2212.07677. A prompt is ten examples (x, y) of a
law that is new every time, and a query. One layer of linear attention can be one step of gradient
descent on them, by weights made by hand; trained, it becomes that. A tick reads one more example.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from engine.attention import comparison, regression_charts, regression_prompt
from engine.attention.far import Far, axes
from engine.attention.hooks import Basis, Labels
from engine.attention.prompt_state import Prompt
from engine.attention.regression_learner import RegressionLearner
from engine.attention.regression_parameters import InContextParams
from engine.attention.regression_roles import roles_of
from engine.attention.shown import Shown
from engine.attention.tasks.regression import LinearRegression
from engine.attention.tasks.sine import SineRegression
from engine.core.figures import ChartView
from engine.core.system import Action, Row, SystemInfo, ViewOffer
from engine.core.views import View, ViewRequest

__all__ = ["InContext", "InContextParams"]

Array = NDArray[Any]

FEW = 256  # fixed prompts on which one layer is applied again and again
EVERY = 25  # updates between two pictures of that while the model learns
LISTED = 12  # numbers of x in the table


class PointArguments(BaseModel):
    """Where an example is put."""

    index: int = Field(0, ge=0, description="Example, from 0")
    x: float = Field(0.0, ge=-100.0, le=100.0, allow_inf_nan=False, description="Its x")
    y: float = Field(0.0, ge=-100.0, le=100.0, allow_inf_nan=False, description="Its label")


class QueryArguments(BaseModel):
    """Where the query is put."""

    x: float = Field(0.0, ge=-100.0, le=100.0, allow_inf_nan=False, description="Its x")


class InContext(RegressionLearner):
    """A transformer reads examples of a law and answers a query as gradient descent would."""

    info: ClassVar[SystemInfo] = SystemInfo(
        slug="in-context",
        title="In-context regression",
        summary="Attention learns to learn: its layers become steps of gradient descent on the "
        "examples that they read.",
        paper="von Oswald et al., Transformers learn in-context by gradient descent, ICML 2023, "
        "arXiv 2212.07677",
        family="Attention",
        tags=("transformer", "attention", "regression", "gradient descent", "trainable"),
    )
    prompt_title: ClassVar[str] = "Prompt"

    def build(self) -> None:
        """Make the model, and forget what was drawn of the old one."""
        self._far = Far()
        self._seen_version = self._drawn_version = -1
        super().build()

    # The prompt.

    def draw_prompt(self, draw: np.random.Generator) -> Prompt:
        """Draw a problem and the law behind it."""
        return regression_prompt.drawn(self.task, draw)

    def ticks(self) -> int:
        """Read one example a tick."""
        return self.task.points

    def reading_length(self, prompt: Prompt) -> int:
        """Read all examples."""
        return self.task.points

    def read(self, prompt: Prompt, cursor: int) -> Array:
        """Return the examples that were read, and the query."""
        return regression_prompt.reading_of(self.task, prompt, cursor)

    def query(self, prompt: Prompt, cursor: int) -> int:
        """Return the place of the query, which is last."""
        return len(self.read(prompt, cursor)) - 1

    # Words.

    def labels(self, prompt: Prompt, cursor: int) -> Labels:
        """Name the tokens that were read."""
        return regression_prompt.labels_of(self.task, cursor)

    def basis(self, layer: int, *, query: bool = False) -> Basis:
        """Name the channels."""
        return regression_prompt.basis_of(self.task, self.design)

    def gauge_slots(self, layer: int) -> slice | None:
        """Normalise KQ over x, where tokens hold x and y together."""
        return None if regression_prompt.in_turns(self.task) else slice(0, self.design.width - 1)

    def roles(self, shown: Shown) -> tuple[tuple[tuple[str, ...], ...], dict[str, Array]]:
        """Tell heads that copy labels to their x, and those that compare inputs as GD does."""
        if isinstance(self.task, SineRegression):
            return (), {}
        problem = regression_prompt.problem_of(self.task, shown.prompt, shown.cursor)
        return roles_of(self.task, shown, problem)

    # What is seen.

    def prompt_view(self, shown: Shown, request: ViewRequest) -> View:
        """Draw examples, the answers along a line through the query, and the yardsticks' ones."""
        learners = {shown.name: regression_charts.running(shown)}
        if (other := self.other()) is not None:
            learners[other.name] = regression_charts.running(other)
        if isinstance(self.task, SineRegression):
            learners["before attention"] = regression_charts.before(shown)
        else:
            learners |= self.measures().learners()
        direction = self.params.direction
        return regression_charts.plot(
            self.task, shown, learners, direction=direction, age=self.age()
        )

    def token_table(self, shown: Shown) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
        """List examples with what the query takes from each, and the query with all answers."""
        problem = regression_prompt.problem_of(self.task, shown.prompt, shown.cursor)
        columns = min(LISTED, self.task.dims)
        xs = tuple(f"x{i + 1}" for i in range(columns)) if self.task.dims > 1 else ("x",)
        weights = shown.attention(0)[:, -1].sum(0)
        step = 2 if regression_prompt.in_turns(self.task) else 1
        rows: list[tuple[Any, ...]] = []
        for i in range(shown.cursor):
            x = (float(value) for value in problem.x[0, i, :columns])
            seen = float(weights[step * i : step * (i + 1)].sum())
            rows.append((str(i + 1), *x, float(problem.y[0, i]), seen))
        x = (float(value) for value in problem.query[0, :columns])
        blank = ("",) * columns
        rows.append(("query", *x, float(shown.outputs[-1, 0]), ""))
        if isinstance(self.task, LinearRegression):
            for name, learner in self.measures().learners().items():
                rows.append((name, *blank, float(learner(self.task, problem)[0]), ""))
        rows.append(("right answer", *blank, float(problem.target[0]), ""))
        return ("token", *xs, "y", "looked at"), tuple(rows)

    def contributions(self, shown: Shown, at: tuple[int, int, int, int]) -> tuple[Row, ...]:
        """Say what gradient descent would take over: (x_i . x_j) y_i."""
        if not isinstance(self.task, LinearRegression) or regression_prompt.in_turns(self.task):
            return ()
        problem = regression_prompt.problem_of(self.task, shown.prompt, shown.cursor)
        query, key = at[2:]
        x = problem.x[0]
        looking = problem.query[0] if query >= len(x) else x[query]
        product, label = float(x[key] @ looking), float(problem.y[0, key])
        return (
            Row("x . x", product),
            Row("its y", label),
            Row("GD carries over", product * label, "(x . x) y"),
        )

    def own_metrics(self, shown: Shown) -> dict[str, float]:
        """Return the answer, the right one and that of one step."""
        problem = regression_prompt.problem_of(self.task, shown.prompt, shown.cursor)
        found = {"answer": float(shown.outputs[-1, 0]), "right answer": float(problem.target[0])}
        if isinstance(self.task, LinearRegression):
            step = comparison.of_descent(self.measures().single)
            found["one GD step"] = float(step(self.task, problem)[0])
        return found

    # What is its own.

    def own_views(self) -> tuple[ViewOffer, ...]:
        """Offer losses far from home, and of one layer applied again and again."""
        offers = [
            ViewOffer("far", "Far from home", "chart", "panel", modes=("far_axis",), brushed=False)
        ]
        if regression_charts.is_plain(self.task, self.design):
            offers.append(ViewOffer("again", "Applied again", "chart", "panel", brushed=False))
        if regression_charts.adds_up(self.task, self.design):
            offers.append(ViewOffer("together", "Heads together", "matrices", brushed=False))
        return tuple(offers)

    def own_view(self, name: str, request: ViewRequest) -> View | None:
        """Draw one of them."""
        if name == "far":
            return self._far_view()
        if name == "together":
            layer = request.channels[0] if request.channels else 0
            names = regression_prompt.basis_of(self.task, self.design).names
            return regression_charts.together(self.shown(), layer, names, self.age())
        if name != "again":
            return None
        shown, batch = self.shown(), self.probe()
        single, damping = self.measures().single, self.params.damping

        def made() -> View:
            return regression_charts.applications(
                self.task,
                batch.tokens[:FEW],
                batch.targets[:FEW],
                shown,
                single,
                damping,
                self.age(),
            )

        # While it learns, a few pictures a second are too many: every so many updates.
        moving = self._drawn_version != self.version
        self._drawn_version = self.version
        model = self.version // EVERY if moving else self._model_key()
        key = ("again", model, single, damping)
        drawn: ChartView = self.remembered(key, made)
        return replace(drawn, **self.age())

    def _model_key(self) -> tuple[Any, ...]:
        """Return what the displayed model and its yardsticks depend on."""
        from engine.attention.stand import key_of

        return key_of(self), self.params.step_size, self.params.contraction

    def _far_view(self) -> View:
        """Draw what is measured; a model that learns just now is measured when it rests."""
        resting = self._seen_version == self.version
        self._seen_version = self.version
        key = (self._model_key(), self.params.far_axis)
        if key != self._far.key and (resting or self._far.key is None):
            self.measure_far()
        return self._far.chart(self.age())

    def measure_far(self) -> None:
        """Begin to measure the displayed model along the chosen axis."""
        known = axes(self.task)
        axis = self.params.far_axis if self.params.far_axis in known else known[0]
        shown = self.shown()
        model = shown.name, regression_charts.running(shown)
        others: dict[str, comparison.Learner] = {}
        if isinstance(self.task, LinearRegression):
            others = {n: f for n, f in self.measures().learners().items() if n != "least squares"}
        key = (self._model_key(), self.params.far_axis)
        self._far.begin(key, self.task, axis, model, others)
        self._far.advance()

    def take_log(self) -> list[tuple[int, dict[str, float]]]:
        """Measure one more value of the curve far from home; it belongs to no tick."""
        self._far.advance()
        return []

    def log_pending(self) -> bool:
        """Whether that curve has values to come."""
        return self._far.pending

    def own_actions(self) -> dict[str, Action]:
        """Move examples and query; measure far from home."""
        return {
            "move-point": Action(
                "Move example",
                PointArguments,
                target="point",
                help="Put an example elsewhere along the plot's direction, and give it a label",
            ),
            "move-query": Action(
                "Move query", QueryArguments, help="Ask about another input along that direction"
            ),
            "measure-far": Action(
                "Measure far from home",
                help="Measure the model on display along the chosen axis, also while it learns",
            ),
        }

    def own_act(self, name: str, arguments: Any) -> str:
        """Do one of them."""
        if name == "measure-far":
            self.measure_far()
            return f"measuring along the {self.params.far_axis}"
        problem = regression_prompt.problem_of(self.task, self.prompt)
        unit = regression_prompt.line(problem, self.params.direction)
        if name == "move-query":
            prompt = regression_prompt.moved_query(self.task, self.prompt, arguments.x, unit)
            words, key = "moving the query", "query"
        else:
            prompt = regression_prompt.moved_point(
                self.task, self.prompt, arguments.index, arguments.x, arguments.y, unit
            )
            words = f"moving example {arguments.index + 1}"
            key = f"point {arguments.index}"
        self.hold_prompt(prompt, words=words, key=key)
        return f"answer {float(self.shown().outputs[-1, 0]):.4g}"
