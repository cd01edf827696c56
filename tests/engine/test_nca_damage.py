import numpy as np
import pytest

from engine.nca.damage import HALVES, cut_disc, damage, half_mask


def test_discs_lie_within_the_published_range() -> None:
    generator = np.random.default_rng(0)
    parts = []
    for _ in range(200):
        mask = cut_disc(generator, 72, 72)
        rows, columns = np.nonzero(mask)
        extent = max(np.ptp(rows), np.ptp(columns)) + 1
        assert 0.1 * 71 - 2 <= extent <= 0.4 * 71 + 2
        centre = np.array([rows.mean(), columns.mean()]) / 35.5 - 1
        assert np.abs(centre).max() <= 0.55
        parts.append(mask.mean())
    # Area of a disc with r uniform in 0.1..0.4 over that of the square: pi <r^2> / 4.
    assert np.mean(parts) == pytest.approx(np.pi * 0.07 / 4, rel=0.15)


def test_large_discs_on_request() -> None:
    generator = np.random.default_rng(0)
    smallest = min(int(cut_disc(generator, 72, 72, 0.25).sum()) for _ in range(100))
    assert smallest >= np.pi * (0.25 * 35.5) ** 2 * 0.9


def test_the_four_halves_cover_the_grid_twice() -> None:
    masks = [half_mask(side, 6, 8) for side in HALVES]
    assert all(mask.sum() == 24 for mask in masks)
    np.testing.assert_array_equal(np.sum(masks, axis=0), 2)
    assert masks[0][0].all()
    assert masks[2][:, 0].all()


def test_a_cut_may_lie_beside_the_middle() -> None:
    assert half_mask("top", 10, 4, 0.3).sum() == 3 * 4
    assert half_mask("right", 4, 10, 0.3).sum() == 7 * 4


@pytest.mark.parametrize("halves", [0.0, 1.0])
def test_damage_kills_all_channels_of_a_region_in_place(halves: float) -> None:
    states = np.ones((20, 24, 24, 5), np.float32)
    damage(states, np.random.default_rng(0), halves)
    dead = states[..., 0] == 0.0
    np.testing.assert_array_equal(states.sum(axis=-1), np.where(dead, 0.0, 5.0))
    shares = dead.mean(axis=(1, 2))
    assert (shares > 0).all()
    if halves:
        assert shares.min() >= 0.37
    else:
        assert shares.max() < 0.15
