"""The sorted distance agrees with the plain formulation, values and gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.style.sorting import resample_sorted, sorted_squared_distance


def plain(values: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return (torch.sort(values, dim=-1).values - target).square().mean()


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 50), (1, 4, 257)])
def test_value_and_gradient_are_those_of_torch_sort(shape: tuple[int, int, int]) -> None:
    generator = torch.Generator().manual_seed(0)
    ours = torch.randn(shape, generator=generator, requires_grad=True)
    theirs = ours.detach().clone().requires_grad_()
    target = torch.randn(shape[1:], generator=generator).sort(dim=-1).values
    # A factor after the distance shows that the gradient from above is used.
    (3 * sorted_squared_distance(ours, target)).backward()
    (3 * plain(theirs, target)).backward()
    assert ours.grad is not None
    assert theirs.grad is not None
    assert ours.grad.abs().max() > 0
    torch.testing.assert_close(ours.grad, theirs.grad)
    torch.testing.assert_close(sorted_squared_distance(ours, target), plain(theirs, target))


def test_signs_zeros_and_ties_are_put_in_order() -> None:
    values = torch.tensor([[[0.0, -3.0, 2.0, -0.0, 1e-30, -1e-30, 2.0, -torch.inf]]])
    target = values[0].sort(dim=-1).values
    finite = values[..., :-1]
    assert sorted_squared_distance(finite, target[:, 1:]).item() == 0.0


def test_a_strided_view_is_read_in_its_own_order() -> None:
    values = torch.arange(24, dtype=torch.float32).reshape(1, 6, 4).transpose(1, 2)
    target = torch.zeros(4, 6)
    torch.testing.assert_close(sorted_squared_distance(values, target), values.square().mean())


def test_resampling_keeps_the_quantiles() -> None:
    quantiles = torch.from_numpy((np.arange(1000, dtype=np.float32) + 0.5) / 1000)[None]
    for length in (10, 400, 1000, 1300):
        wanted = torch.from_numpy((np.arange(length, dtype=np.float32) + 0.5) / length)[None]
        torch.testing.assert_close(resample_sorted(quantiles, length), wanted, atol=1e-3, rtol=0)
