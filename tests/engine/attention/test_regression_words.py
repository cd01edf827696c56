"""Roles of heads, yardsticks, and the axes along which a task is left."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from engine.attention import yardsticks  # noqa: E402
from engine.attention.descent import descend, tune  # noqa: E402
from engine.attention.far import Far, axes, home, values_along  # noqa: E402
from engine.attention.regression_roles import copying, likeness  # noqa: E402
from engine.attention.tasks import Draws  # noqa: E402
from engine.attention.tasks.regression import LinearRegression, squared_loss  # noqa: E402
from engine.attention.tasks.sine import SineRegression  # noqa: E402
from engine.attention.yardsticks import Yardsticks, problems_for  # noqa: E402
from engine.core import rng  # noqa: E402
from engine.core.errors import Cancelled  # noqa: E402

TASK = LinearRegression(dims=4, points=6)


def test_copying_is_attention_of_each_x_to_its_own_label():
    perfect = np.zeros((2, 7, 6))
    for i in range(3):
        perfect[0, 2 * i, 2 * i + 1] = 1.0
        perfect[1, 2 * i, 2 * i] = 1.0
    np.testing.assert_allclose(copying(perfect, 3), (1.0, 0.0))


@pytest.mark.parametrize("factor", [1.0, -5.0])
def test_products_of_inputs_are_like_descent_in_any_gauge(factor):
    draw = np.random.default_rng(0)
    x, query = draw.standard_normal((6, 4)), draw.standard_normal(4)
    products = np.concatenate((x, query[None])) @ x.T
    offset = draw.standard_normal((7, 1))  # softmax adds one to every row
    other = draw.standard_normal((7, 6))
    found = likeness(np.stack((factor * products + offset, other)), x, query)
    assert found[0] == pytest.approx(1.0)
    assert found[1] < 0.6
    assert likeness(np.zeros((1, 7, 6)), x, query)[0] == 0.0


def test_yardsticks_are_better_the_more_they_may_do():
    found = Yardsticks(TASK, 3)
    p = TASK.problems(Draws(rng.stream(2, "test")), 2000)
    losses = [
        float(squared_loss((descend(p, steps) * p.query).sum(-1), p.target))
        for steps in (found.single, found.plain, found.curved)
    ]
    assert losses[0] > losses[1] > losses[2]
    assert list(found.learners()) == ["one GD step", "3 GD steps", "GD++, 3 steps", "least squares"]


def test_yardsticks_scale_together():
    found = Yardsticks(TASK, 1).scaled(0.5, 2.0)
    original = Yardsticks(TASK, 1)
    assert found.single.etas[0] == pytest.approx(0.5 * original.single.etas[0])
    assert found.curved.gammas[0] == pytest.approx(2.0 * original.curved.gammas[0])
    assert found.plain == found.single


def test_yardsticks_are_tuned_when_they_are_asked_for_once_for_a_task(monkeypatch):
    tuned = []

    def counted(problems, *args, **kwargs):
        tuned.append(len(problems.x))
        return tune(problems, *args, **kwargs)

    monkeypatch.setattr(yardsticks, "tune", counted)
    monkeypatch.setattr(yardsticks, "_tuned", {})
    found = Yardsticks(TASK, 2)
    assert found.single.etas[0] > 0
    assert tuned == []
    assert len(found.plain.etas) == 2
    assert tuned == [2048]
    assert found.scaled(2.0, 1.0).plain.etas[0] == 2 * found.plain.etas[0]
    assert Yardsticks(TASK, 2).learners().keys() == found.learners().keys()
    assert len(tuned) == 2


def test_tuning_of_yardsticks_can_be_stopped(monkeypatch):
    monkeypatch.setattr(yardsticks, "_tuned", {})

    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        Yardsticks(TASK, 2).prepare(stop)
    assert not yardsticks._tuned


def test_step_sizes_of_large_problems_are_tuned_on_fewer_and_are_no_worse_for_others():
    task = LinearRegression(dims=32, points=128)
    few = problems_for(task)
    assert len(few.x) == 256
    assert len(problems_for(LinearRegression()).x) == 2048
    steps, _ = tune(few, 2)
    others = task.problems(Draws(rng.stream(3, "test")), 400)
    losses = [
        float(squared_loss((descend(others, own) * others.query).sum(-1), others.target))
        for own in (steps, tune(others, 2)[0])
    ]
    assert losses[0] < 1.01 * losses[1]


@pytest.mark.parametrize("task", [TASK, SineRegression()])
def test_home_lies_on_every_axis_that_has_one(task):
    for axis in axes(task):
        values, at = values_along(task, axis), home(task, axis)
        assert list(values) == sorted(set(values))
        assert at is None or any(abs(value - at) < 0.1 * at + 1e-9 for value in values)


def test_a_curve_that_is_begun_anew_forgets_the_old_one():
    far, calls = Far(), []

    def learner(task, prompts):
        calls.append(task.input_range)
        return torch.zeros_like(prompts.target)

    far.begin("one", TASK, "input range", ("zero", learner), {})
    far.advance()
    far.begin("two", TASK, "input range", ("zero", learner), {})
    assert far.chart({"step": 0, "seconds": 0.0}).curves == ()
    while far.pending:
        far.advance()
    ((_, x, y),) = far.chart({"step": 0, "seconds": 0.0}).curves
    np.testing.assert_allclose(y / x**2, (y / x**2)[0], rtol=1e-4)
    assert len(calls) == 1 + len(x)
