"""The random-filter Gram loss prefers the example's texture to noise and to flat colour."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.core.errors import BadInput
from engine.style.random_gram import SIZES, RandomGram


def stripes(size: int) -> torch.Tensor:
    x = (torch.arange(size) % 8 < 4).float()
    return torch.stack([x, 0.5 * x, 1 - x]).reshape(1, 3, 1, size).expand(1, 3, size, size)


def test_it_tells_the_texture_from_noise_and_flat_colour() -> None:
    style = RandomGram(stripes(48)[0].permute(1, 2, 0).numpy(), filters=24, seed=2)
    own = style.loss(stripes(32)).item()
    pixels = stripes(32).reshape(3, -1)[:, np.random.default_rng(0).permutation(32 * 32)]
    noise = style.loss(pixels.reshape(1, 3, 32, 32)).item()
    flat = style.loss(pixels.mean(dim=1).reshape(1, 3, 1, 1).expand(1, 3, 32, 32)).item()
    assert own < 0.1 * noise
    assert own < 0.1 * flat


def test_gradients_reach_every_pixel() -> None:
    style = RandomGram(stripes(32)[0].permute(1, 2, 0).numpy(), filters=12)
    images = torch.rand((2, 3, 24, 24), requires_grad=True)
    style.loss(images).backward()
    assert images.grad is not None
    assert (images.grad.abs().sum(dim=1) > 0).all()


@pytest.mark.parametrize("filters", [1, 6, 64])
def test_filters_are_shared_out_among_the_sizes(filters: int) -> None:
    style = RandomGram(np.random.default_rng(0).random((32, 32, 3)), filters=filters)
    assert sum(len(bank) for bank in style._banks) == filters
    assert [bank.shape[-1] for bank in style._banks] == list(SIZES[: min(filters, 6)])


def test_an_example_smaller_than_the_largest_filter_is_refused() -> None:
    with pytest.raises(BadInput, match="at least 23 pixels"):
        RandomGram(np.zeros((22, 60, 3)))
