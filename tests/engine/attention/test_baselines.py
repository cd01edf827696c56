import numpy as np
import pytest
import torch

from engine.attention import baselines
from engine.attention.tasks import Draws
from engine.attention.tasks.dynamics import Dynamics


@pytest.fixture(scope="module")
def pairs():
    task = Dynamics()
    return task.pairs(task.trajectories(Draws(np.random.default_rng(0)), 1024).seen)


def test_the_best_single_step_is_the_papers(pairs):
    (eta,) = baselines.descent_steps(pairs)
    assert eta == pytest.approx(0.032, abs=0.0015)
    best = baselines.losses(baselines.descend(pairs, eta), pairs.targets).mean()
    assert best == pytest.approx(0.9006, rel=0.03)
    for other in (0.9 * eta, 1.1 * eta):
        assert baselines.losses(baselines.descend(pairs, other), pairs.targets).mean() > best


def test_several_steps_are_gradient_descent_at_every_position():
    task = Dynamics(size=3, length=8)
    draws = Draws(np.random.default_rng(1), dtype=torch.float64)
    pairs = task.pairs(task.trajectories(draws, 2).seen)
    etas = (0.3, 0.1, 0.2)
    predicted = baselines.descend(pairs, *etas)
    for t in range(8):
        keys, values = pairs.keys[:, : t + 1], pairs.values[:, : t + 1]
        weights = torch.zeros(2, 3, 3, dtype=torch.float64)
        for eta in etas:
            weights = weights + eta * (values - keys @ weights.mT).mT @ keys
        expected = (weights @ pairs.queries[:, t, :, None])[..., 0]
        assert torch.allclose(predicted[:, t], expected, atol=1e-12)


def test_more_tuned_steps_are_better(pairs):
    found = [
        baselines.losses(
            baselines.descend(pairs, *baselines.descent_steps(pairs, count)), pairs.targets
        ).mean()
        for count in (1, 2, 4)
    ]
    assert found[0] > found[1] + 0.1 > found[2] + 0.2


def test_ridge_falls_off_a_cliff_when_there_are_as_many_pairs_as_dimensions(pairs):
    falls = baselines.losses(baselines.ridge_by_position(pairs, 1e-3), pairs.targets)
    assert falls[9] > 0.1
    assert falls[10] < 0.01
    late = baselines.losses(baselines.ridge_by_position(pairs, 1e-3, newest=False), pairs.targets)
    assert late[10] > 0.03
    assert late[11] < 0.01
    assert falls.mean() == pytest.approx(0.1805, abs=0.01)
    assert late.mean() == pytest.approx(0.2043, abs=0.01)


def test_a_strong_ridge_has_no_cliff(pairs):
    soft = baselines.losses(baselines.ridge_by_position(pairs, 1.0), pairs.targets)
    assert soft[10] == pytest.approx(0.29, abs=0.04)
    assert soft[49] == pytest.approx(0.013, abs=0.002)


def test_ridge_is_the_explicit_solution():
    task = Dynamics(size=3, length=6)
    draws = Draws(np.random.default_rng(2), dtype=torch.float64)
    pairs = task.pairs(task.trajectories(draws, 1).seen)
    keys, values = pairs.keys[0, :5], pairs.values[0, :5]
    phi = torch.linalg.solve(keys.mT @ keys + 0.1 * torch.eye(3).double(), keys.mT @ values).mT
    found = baselines.ridge_by_position(pairs, 0.1)
    assert torch.allclose(found[0, 4], phi @ pairs.queries[0, 4], atol=1e-12)
    solved = baselines.precondition(pairs, 0.1)
    gram = keys.mT @ keys + 0.1 * torch.eye(3).double()
    assert torch.allclose(gram @ solved[0, 4], pairs.queries[0, 4], atol=1e-12)


def test_six_chebyshev_iterations_lie_between_descent_and_ridge(pairs):
    found = baselines.losses(baselines.chebyshev(pairs), pairs.targets)
    assert found.mean() == pytest.approx(0.234, abs=0.012)
    assert found[19] == pytest.approx(0.026, abs=0.004)
    with_it = baselines.losses(baselines.chebyshev(pairs, newest=True), pairs.targets)
    assert with_it.mean() == pytest.approx(0.210, abs=0.012)


def test_a_large_regression_is_cut_into_slices_without_a_seam(pairs, monkeypatch):
    whole = baselines.ridge_by_position(pairs, 1e-2)
    monkeypatch.setattr(baselines, "_ROOM", 8 * 50 * 100 * 100)
    assert torch.allclose(baselines.ridge_by_position(pairs, 1e-2), whole, atol=1e-6)
