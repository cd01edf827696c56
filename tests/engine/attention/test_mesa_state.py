"""What is told of the inside of a mesa head is what it predicts with."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.attention.mesa_layer import preconditioned, ridge
from engine.attention.mesa_state import conditions, regressions, residuals, state_at
from engine.core.errors import BadInput

LAM = 0.3


@pytest.fixture
def head() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    q, k = (torch.randn(12, 4, generator=generator) for _ in range(2))
    return q, k, torch.randn(12, 3, generator=generator)


def test_the_state_predicts_what_the_layer_predicts(
    head: tuple[torch.Tensor, ...],
) -> None:
    q, k, v = head
    state = state_at(q, k, v, LAM, 7)
    wanted = ridge(*(one.double() for one in head), LAM)[6]
    np.testing.assert_allclose(state.regression @ q[6].double().numpy(), wanted, rtol=1e-9)
    np.testing.assert_allclose(
        state.inverse @ q[6].numpy(), preconditioned(q, k, LAM)[6], rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(state.regression, regressions(k, v, LAM)[6], rtol=1e-9)


def test_the_condition_is_that_of_the_matrix(head: tuple[torch.Tensor, ...]) -> None:
    q, k, v = head
    matrix = (k[:7].T @ k[:7]).double().numpy() + LAM * np.eye(4)
    state = state_at(q, k, v, LAM, 7)
    assert state.condition == pytest.approx(np.linalg.cond(matrix), rel=1e-5)
    assert conditions(k, LAM)[6] == pytest.approx(state.condition, rel=1e-9)


def test_an_unfinished_solver_leaves_a_residual(head: tuple[torch.Tensor, ...]) -> None:
    q, k, v = head
    assert state_at(q, k, v, LAM, 12).residual < 1e-5
    assert state_at(q, k, v, LAM, 12, "cg-1").residual > 0.05
    falling = [residuals(q, k, LAM, f"cg-{n}")[-1] for n in (1, 2, 6)]
    assert falling[0] > falling[1] > falling[2]
    assert residuals(torch.zeros_like(q), k, LAM, "cg-2").max() == 0


@pytest.mark.parametrize("position", [0, 13])
def test_there_is_no_state_beside_the_sequence(
    head: tuple[torch.Tensor, ...], position: int
) -> None:
    with pytest.raises(BadInput, match="no token"):
        state_at(*head, LAM, position)
