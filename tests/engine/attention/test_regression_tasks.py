"""Prompts of regression: laws, layouts, noise, and that they can be drawn again."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from engine.attention.tasks import Draws  # noqa: E402
from engine.attention.tasks.regression import LinearRegression  # noqa: E402
from engine.attention.tasks.sine import SineRegression  # noqa: E402
from engine.core import rng  # noqa: E402
from engine.core.errors import BadInput  # noqa: E402


def draws(seed=0, dtype=None):
    return Draws(rng.stream(seed, "test"), dtype=dtype)


def test_inputs_are_uniform_within_half_the_range():
    """The released configuration: U(-0.5, 0.5), not U(-1, 1)."""
    x = LinearRegression().problems(draws(), 2000).x
    assert float(x.min()) >= -0.5
    assert float(x.max()) <= 0.5
    assert float(x.var()) == pytest.approx(1 / 12, rel=0.01)


def test_labels_are_one_linear_law_for_examples_and_query():
    p = LinearRegression(dims=3, points=8).problems(draws(dtype=torch.float64), 5)
    solved = torch.linalg.lstsq(p.x, p.y[..., None]).solution[..., 0]
    torch.testing.assert_close((solved * p.query).sum(-1), p.target, rtol=1e-9, atol=1e-9)


def test_tokens_hold_x_and_y_and_the_query_no_label():
    task = LinearRegression(dims=3, points=4)
    p = task.problems(draws(), 6)
    tokens = task.tokens(p)
    assert tokens.shape == (6, task.length, task.width) == (6, 5, 4)
    assert torch.equal(tokens[:, :4, :3], p.x)
    assert torch.equal(tokens[:, :4, task.label], p.y)
    assert torch.equal(tokens[:, 4, :3], p.query)
    assert not tokens[:, 4, 3].any()


def test_in_turns_x_and_y_are_tokens_of_their_own():
    task = LinearRegression(dims=4, points=3, layout="turns")
    p = task.problems(draws(), 2)
    tokens = task.tokens(p)
    assert tokens.shape == (2, task.length, task.width) == (2, 7, 4)
    assert torch.equal(tokens[:, 2], p.x[:, 1])
    assert torch.equal(tokens[:, 3, task.label], p.y[:, 1])
    assert not tokens[:, 3, :3].any()
    assert torch.equal(tokens[:, 6], p.query)


@pytest.mark.parametrize(
    "task", [LinearRegression(), LinearRegression(layout="turns"), SineRegression()]
)
def test_problems_can_be_read_back_from_tokens(task):
    p = task.problems(draws(), 3)
    again = task.prompts(task.tokens(p), p.target)
    assert torch.equal(again.x, p.x)
    assert torch.equal(again.y, p.y)
    assert torch.equal(again.query, p.query)


def test_noisy_labels_are_as_many_as_were_asked_for():
    clean = LinearRegression().problems(draws(), 50)
    noisy = LinearRegression(noisy=4).problems(draws(), 50)
    assert torch.equal(noisy.x, clean.x)
    assert ((noisy.y != clean.y).sum(1) == 4).all()
    assert torch.equal(noisy.target, clean.target)


@pytest.mark.parametrize("law", ["exponential", "normal", "laplace", "mixed"])
def test_other_laws_have_the_norm_that_is_asked_for(law):
    x = LinearRegression(law=law, input_range=2.5).problems(draws(), 20).x
    torch.testing.assert_close(x.flatten(1).norm(dim=1), torch.full((20,), 2.5))
    if law == "exponential":
        assert (x > 0).all()


def test_the_same_generator_state_draws_the_same_prompts():
    generator = rng.stream(3, "training")
    LinearRegression().draw(Draws(generator), 4)
    state = rng.snapshot(generator)
    first = LinearRegression().draw(Draws(generator), 4).tokens
    rng.restore(generator, state)
    assert torch.equal(LinearRegression().draw(Draws(generator), 4).tokens, first)


def test_the_loss_is_half_the_mean_square_of_the_last_answer():
    outputs = torch.tensor([[[9.0], [1.0]], [[9.0], [3.0]]])
    loss = LinearRegression().loss(outputs, torch.tensor([0.0, 0.0]))
    assert float(loss) == pytest.approx((1 + 9) / 4)


def test_zero_predictors_lose_what_the_laws_say():
    """D/24 for the linear task; for sine waves 1/4 of the mean square amplitude."""
    task = LinearRegression()
    t = task.problems(draws(), 40_000).target
    assert float(0.5 * t.square().mean()) == pytest.approx(10 / 24, rel=0.03)
    sine = SineRegression(tied=False).problems(draws(), 40_000)
    assert float(0.5 * sine.target.square().mean()) == pytest.approx(0.0264, rel=0.05)


def test_tied_waves_are_a_family_of_one_dimension():
    amplitude, phase = SineRegression().waves(draws(), 100).T
    torch.testing.assert_close(phase, (amplitude - 0.1) / 0.4 * math.pi)
    amplitude, phase = SineRegression(tied=False).waves(draws(), 100).T
    assert abs(np.corrcoef(amplitude, phase)[0, 1]) < 0.4


@pytest.mark.parametrize("wrong", [{"dims": 0}, {"points": 0}, {"noisy": 11}, {"noisy": -1}])
def test_impossible_families_are_refused(wrong):
    with pytest.raises(BadInput):
        LinearRegression(**wrong)


@pytest.mark.parametrize("task", [LinearRegression(dims=3), SineRegression()])
def test_the_law_behind_a_problem_gives_its_labels(task):
    p, laws = task.taught(draws(), 4)
    torch.testing.assert_close(task.truth(laws[1], p.x[1]), p.y[1])
    torch.testing.assert_close(task.truth(laws[2], p.query[2:3]), p.target[2:3])


def test_shuffled_places_are_permutations():
    order = draws().order(20, 7)
    assert (order.sort(1).values == torch.arange(7)).all()
