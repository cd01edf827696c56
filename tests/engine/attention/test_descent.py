"""Gradient descent on prompts: the closed form, its optimum, GD++ and least squares."""

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from engine.attention.descent import (  # noqa: E402
    Steps,
    answers,
    descend,
    expected_loss,
    expected_optimum,
    least_squares,
    tune,
)
from engine.attention.tasks import Draws  # noqa: E402
from engine.attention.tasks.regression import LinearRegression, squared_loss  # noqa: E402
from engine.core import rng  # noqa: E402

TASK = LinearRegression()


def problems(count=64, task=TASK, dtype=torch.float64):
    return task.problems(Draws(rng.stream(1, "test"), dtype=dtype), count)


def loss(p, steps):
    return float(squared_loss(answers(p, descend(p, steps)), p.target))


def test_the_optimum_is_the_published_one():
    eta, least = expected_optimum(TASK)
    assert eta == pytest.approx(0.60606, abs=5e-6)
    assert least == pytest.approx(0.20623, abs=5e-6)
    assert expected_loss(TASK, 0.0) == pytest.approx(0.41667, abs=5e-6)


def test_twice_the_range_has_the_figures_of_the_trap():
    task = replace(TASK, input_range=2.0)
    eta, least = expected_optimum(task)
    assert eta == pytest.approx(0.1515, abs=5e-5)
    assert least == pytest.approx(0.825, abs=5e-4)


@pytest.mark.parametrize(
    "task", [TASK, replace(TASK, noisy=4), replace(TASK, points=20, weight_scale=2.0)]
)
def test_the_expected_loss_is_the_mean_over_problems(task):
    p = problems(60_000, task, torch.float32)
    assert loss(p, Steps((0.5,))) == pytest.approx(expected_loss(task, 0.5), rel=0.03)


def test_the_optimum_is_one():
    for task in (TASK, replace(TASK, noisy=3, dims=4)):
        eta, least = expected_optimum(task)
        assert least < min(expected_loss(task, eta * 0.99), expected_loss(task, eta * 1.01))


def test_a_step_is_the_gradient_of_the_sum_of_squares():
    p = problems(5)
    start = torch.randn(5, 10, dtype=torch.float64)
    w = start.clone().requires_grad_()
    total = 0.5 * ((p.x @ w[..., None])[..., 0] - p.y).square().sum()
    (gradient,) = torch.autograd.grad(total, w)
    found = descend(p, Steps((0.3,)), start)
    torch.testing.assert_close(found, start - 0.3 * gradient, rtol=1e-12, atol=1e-12)


def test_many_small_steps_go_to_least_squares():
    p = problems(5, replace(TASK, dims=3))
    far = descend(p, Steps.same(0.5, 0.0, 3000))
    torch.testing.assert_close(far, least_squares(p, 0.0), rtol=1e-6, atol=1e-6)


def test_least_squares_answers_right_without_noise():
    p = problems(20, replace(TASK, dims=4))
    torch.testing.assert_close(answers(p, least_squares(p)), p.target, rtol=0.02, atol=1e-3)


def test_the_answer_is_linear_in_the_query_also_with_contracted_inputs():
    """GD++ moves the query as well; W collects that."""
    p = problems(4)
    steps = Steps((1.0, 0.7, 0.5), (0.2, 0.1, 0.3))
    x, y, query, answer = p.x, p.y.clone(), p.query, torch.zeros(4, dtype=torch.float64)
    for eta, gamma in steps.pairs():
        gram = x @ x.mT
        seen = (x @ query[..., None])[..., 0]
        answer = answer + eta * (y * seen).sum(-1)
        y = y - eta * (gram @ y[..., None])[..., 0]
        query = query - gamma * (seen[:, None] @ x)[:, 0]
        x = x - gamma * gram @ x
    torch.testing.assert_close(answers(p, descend(p, steps)), answer, rtol=1e-10, atol=1e-12)


def test_one_tuned_step_is_the_exact_optimum_of_its_problems():
    p = problems(2000)
    steps, least = tune(p, 1)
    assert least == pytest.approx(loss(p, steps), rel=1e-9)
    assert steps.etas[0] == pytest.approx(0.606, rel=0.05)
    (eta,) = steps.etas
    assert least < min(loss(p, Steps((eta * 1.01,))), loss(p, Steps((eta * 0.99,))))


def test_curvature_and_separate_sizes_each_help():
    p = problems(2000)
    plain, curved, apart = (
        tune(p, 2),
        tune(p, 2, curved=True),
        tune(p, 2, curved=True, apart=True),
    )
    assert apart[1] < curved[1] < plain[1]
    assert curved[0].etas[0] == pytest.approx(1.348, rel=0.05)
    assert curved[0].gammas[0] == pytest.approx(0.176, rel=0.05)
    assert curved[1] == pytest.approx(loss(p, curved[0]), rel=1e-9)
    assert plain[0].etas[0] == plain[0].etas[1]
    assert tune(p, 2, apart=True)[1] < plain[1]


def test_tuning_can_be_stopped():
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(problems(10), 2, poll=stop)
