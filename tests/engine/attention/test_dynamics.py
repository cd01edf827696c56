import numpy as np
import pytest
import torch

from engine.attention.tasks import Draws
from engine.attention.tasks.dynamics import Dynamics, orthogonal
from engine.core.errors import BadInput


def draws(seed=0, dtype=None):
    return Draws(np.random.default_rng(seed), dtype=dtype)


def test_laws_are_orthogonal_and_as_often_turning_as_mirroring():
    matrices = orthogonal(draws(dtype=torch.float64), 400, 3)
    eye = torch.eye(3, dtype=torch.float64)
    assert (matrices @ matrices.mT - eye).abs().max() < 1e-12
    turning = (torch.linalg.det(matrices) > 0).double().mean()
    assert 0.4 < turning < 0.6
    assert matrices.mean(0).abs().max() < 0.15  # no direction is preferred


def test_states_follow_the_law_up_to_the_noise():
    task = Dynamics(size=6, length=40)
    drawn = task.trajectories(draws(), 64)
    followed = drawn.states[:, :-1] @ drawn.law.matrix.mT
    assert (drawn.states[:, 1:] - followed).std() == pytest.approx(0.01, rel=0.05)
    assert drawn.seen is drawn.states


def test_the_zero_predictor_loses_a_sixth_of_each_dimension():
    batch = Dynamics().draw(draws(), 256)
    assert batch.targets.square().sum(-1).mean() / 2 == pytest.approx(10 / 6, rel=0.03)


def test_a_contracting_law_has_its_eigenvalues():
    law = Dynamics(size=4, spectrum="contracting").law(draws(dtype=torch.float64), 32)
    values = torch.linalg.eigvals(law.matrix).real.sort(1).values
    assert torch.allclose(values[:, -1], torch.tensor(0.9, dtype=torch.float64), atol=1e-6)
    assert values.min() >= 0.3 - 1e-6


def test_the_fixed_law_is_one_for_all_and_comes_from_its_own_seed():
    task = Dynamics(size=4, spectrum="fixed", world=3)
    first, second = task.law(draws(0), 2).matrix, task.law(draws(1), 2).matrix
    assert torch.equal(first, second)
    assert torch.equal(first[0], first[1])
    other = Dynamics(size=4, spectrum="fixed", world=4).law(draws(), 1).matrix
    assert not torch.allclose(other, first[:1])


def test_the_non_linear_law_moves_on_the_unit_sphere():
    task = Dynamics(size=5, length=20, spectrum="non-linear", noise=0.0)
    states = task.trajectories(draws(), 16).states
    assert torch.allclose(states[:, 1:].norm(dim=-1), torch.ones(16, 20), atol=1e-5)
    assert states[:, 0].abs().max() <= 0.25
    doubled = task.next(task.law(draws(1), 1), 2 * states[:1, 3])
    single = task.next(task.law(draws(1), 1), states[:1, 3])
    assert not torch.allclose(doubled, single, atol=1e-3)  # f is no linear map


def test_a_hidden_state_is_seen_through_its_readout():
    task = Dynamics(size=3, hidden=8, noise=0.0, length=10)
    drawn = task.trajectories(draws(), 4)
    assert drawn.states.shape == (4, 11, 8)
    assert torch.allclose(drawn.seen, drawn.states @ drawn.law.readout.mT)


def test_constructed_tokens_hold_nothing_this_one_this_one_and_the_one_before():
    task = Dynamics(size=2, length=4)
    seen = torch.arange(1.0, 9.0).reshape(1, 4, 2)
    tokens = task.encode(seen)
    assert tokens[0, 0].tolist() == [0, 0, 1, 2, 1, 2, 0, 0]
    assert tokens[0, 2].tolist() == [0, 0, 5, 6, 5, 6, 3, 4]


def test_stacked_observations_reach_back():
    task = Dynamics(size=1, length=4, stacked=3)
    tokens = task.encode(torch.arange(1.0, 5.0).reshape(1, 4, 1))
    assert task.width == tokens.shape[-1] == 8
    assert tokens[0, 3].tolist() == [0, 4, 4, 3, 2, 3, 2, 1]


def test_pairs_never_hold_what_is_to_be_predicted():
    task = Dynamics(size=2, length=5)
    seen = torch.randn(3, 6, 2)
    pairs = task.pairs(seen)
    assert torch.equal(pairs.targets[:, :-1], pairs.values[:, 1:])
    assert torch.equal(pairs.keys[:, 1:], seen[:, :4])
    assert not pairs.keys[:, 0].any()


def test_loss_is_half_the_squared_error_over_counted_positions():
    task = Dynamics(size=2, length=2)
    outputs, targets = torch.zeros(1, 2, 2), torch.tensor([[[1.0, 1.0], [3.0, 0.0]]])
    assert task.loss(outputs, targets) == pytest.approx((1 + 4.5) / 2)
    assert task.loss(outputs, targets, torch.tensor([[0.0, 1.0]])) == pytest.approx(4.5)
    assert task.by_position(outputs, targets).tolist() == [1.0, 4.5]


def test_states_stay_bounded_whatever_hits_them():
    task = Dynamics(size=2, length=3)
    law, first = task.law(draws(), 1), torch.ones(1, 2)
    kicks = torch.full((1, 3, 2), 1e6)
    assert task.unroll(law, first, kicks).states.abs().max() == 10.0


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"size": 0}, "0 dimensions"),
        ({"length": 1}, "1 tokens"),
        ({"size": 5, "hidden": 3}, "3 hidden"),
        ({"noise": float("nan")}, "noise"),
    ],
)
def test_impossible_sizes_are_refused(numbers, words):
    with pytest.raises(BadInput, match=words):
        Dynamics(**numbers)
