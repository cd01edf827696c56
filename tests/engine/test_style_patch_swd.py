"""The embedded style loss: what it tells apart, what it ignores, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.style.patch_swd import PatchSwd
from engine.style.pyramid import default_levels, sharpened_pyramid


def dots(size: int, period: int = 8) -> NDArray[np.float32]:
    """Dark dots on yellow, a torus when `period` divides `size`."""
    y, x = np.mgrid[:size, :size] % period - period // 2
    inside = (np.hypot(y, x) < period / 3)[..., None]
    return np.where(inside, [0.1, 0.2, 0.4], [0.9, 0.8, 0.3]).astype(np.float32)


@pytest.fixture(scope="module")
def style() -> PatchSwd:
    return PatchSwd(dots(64), 3, sets=3, filters=16, seed=1)


def as_images(texture: NDArray[np.float32]) -> torch.Tensor:
    return torch.from_numpy(texture).permute(2, 0, 1)[None].contiguous()


def test_the_example_itself_is_near_and_noise_is_far(style: PatchSwd) -> None:
    for measure in ("training", "held-out"):
        own = style.distance(dots(48), measure=measure)
        assert own < 0.05 * style.noise_distance(48, measure=measure)
        assert own < 0.05 * style.constant_distance(48, measure=measure)


def test_baselines_are_ordered_and_depend_on_the_seed(style: PatchSwd) -> None:
    first = style.baselines(40, seed=0)
    assert first.crop < 0.2 * first.shuffled < first.constant
    assert style.baselines(40, seed=1).shuffled != first.shuffled
    assert style.baselines(40, seed=0) == first


def test_the_loss_does_not_see_where_things_are_on_the_torus(style: PatchSwd) -> None:
    generator = torch.Generator().manual_seed(3)
    images = torch.rand((1, 3, 32, 32), generator=generator)
    # Multiples of 4 keep the sampling phase of all three levels.
    torch.testing.assert_close(
        style.loss(images.roll((12, 20), (2, 3)), 0), style.loss(images, 0), rtol=1e-4, atol=1e-6
    )


def test_the_loss_of_a_batch_is_the_mean_of_its_pictures(style: PatchSwd) -> None:
    images = torch.cat([as_images(dots(32)), torch.full((1, 3, 32, 32), 0.5)])
    apart = (style.loss(images[:1], 2) + style.loss(images[1:], 2)) / 2
    torch.testing.assert_close(style.loss(images, 2), apart)


def test_the_gradient_is_that_of_finite_differences() -> None:
    style = PatchSwd(dots(32), 2, sets=1, filters=4)
    generator = torch.Generator().manual_seed(0)
    images = torch.rand((1, 3, 16, 16), generator=generator, requires_grad=True)
    direction = torch.randn(images.shape, generator=generator)
    style.loss(images, 0).backward()
    assert images.grad is not None
    with torch.no_grad():
        step = 1e-3
        ahead, behind = (style.loss(images + s * direction, 0).item() for s in (step, -step))
    slope = (images.grad * direction).sum().item()
    assert slope == pytest.approx((ahead - behind) / (2 * step), rel=0.02)


def test_following_the_gradient_makes_the_texture() -> None:
    style = PatchSwd(dots(32), 2, sets=4, filters=16)
    generator = torch.Generator().manual_seed(0)
    images = torch.rand((1, 3, 32, 32), generator=generator, requires_grad=True)
    draw = np.random.default_rng(0)
    optimiser = torch.optim.Adam([images], lr=0.05)
    before = style.held_out(images.detach())
    for _ in range(60):
        optimiser.zero_grad()
        style.loss(images, draw).backward()
        optimiser.step()
    assert style.held_out(images.detach()) < 0.2 * before


def test_the_same_seed_gives_the_same_loss_and_a_generator_chooses_sets() -> None:
    images = torch.rand((1, 3, 32, 32), generator=torch.Generator().manual_seed(0))
    one, again, other = (PatchSwd(dots(32), 2, sets=3, filters=4, seed=s) for s in (5, 5, 6))
    assert one.loss(images, 1).item() == again.loss(images, 1).item()
    assert one.loss(images, 1).item() != other.loss(images, 1).item()
    assert one.loss(images, 4).item() == one.loss(images, 1).item()
    draw = np.random.default_rng(0)
    assert len({one.loss(images, draw).item() for _ in range(30)}) == 3


def test_pyramid_of_a_constant_stays_constant() -> None:
    pyramid = sharpened_pyramid(torch.full((2, 3, 20, 12), 0.3), 3, "circular")
    assert [tuple(level.shape) for level in pyramid] == [
        (2, 3, 20, 12),
        (2, 3, 10, 6),
        (2, 3, 5, 3),
    ]
    for level in pyramid:
        torch.testing.assert_close(level, torch.full_like(level, 0.3))


def test_levels_follow_the_size() -> None:
    assert [default_levels(size) for size in (48, 95, 96, 128, 255, 256)] == [3, 3, 4, 4, 4, 5]


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (np.zeros((32, 32), np.float32), "shape"),
        (np.zeros((32, 32, 4), np.float32), "shape"),
        (np.full((32, 32, 3), np.nan, np.float32), "finite"),
        (np.zeros((1, 64, 3), np.float32), "at least 28 pixels"),
    ],
)
def test_unusable_examples_are_refused(target: NDArray[np.float32], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        PatchSwd(target, 3)
