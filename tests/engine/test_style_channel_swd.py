import numpy as np
import pytest

from engine.core.errors import BadInput
from engine.style.channel_swd import ChannelSwd, halved
from engine.style.materials import MATERIALS
from engine.style.ranking import ascending_places


@pytest.fixture(scope="module")
def material():
    return MATERIALS["cobblestones"](0)


def crops(picture, side=48):
    return np.stack([picture[:side, :side], picture[-side:, -side:], picture[:side, -side:]])


def test_places_sort_rows_of_any_sign():
    values = np.random.default_rng(0).standard_normal((5, 40)).astype(np.float32)
    assert np.array_equal(
        values.reshape(-1)[ascending_places(values)].reshape(5, 40), np.sort(values)
    )


def test_gradient_is_that_of_the_value(material):
    draw = np.random.default_rng(3)
    loss = ChannelSwd(material)
    pictures = draw.random((2, 32, 32, 9), np.float32)
    valid = np.ones((2, 32, 32), bool)
    valid[0, :9, :5] = False
    value, gradient = loss.measure(pictures, np.random.default_rng(1), valid)
    assert gradient.shape == pictures.shape
    way = gradient / np.linalg.norm(gradient)
    step = np.float32(0.02)
    ahead, behind = (
        loss.measure(pictures + s * way, np.random.default_rng(1), valid)[0] for s in (step, -step)
    )
    slope = (ahead - behind) / (2 * float(step))
    assert slope == pytest.approx(float((gradient * way).sum()), rel=2e-3)
    assert ahead > value > behind


def test_the_example_is_nearer_than_its_pixels_in_disorder(material):
    loss = ChannelSwd(material)
    assert loss.held_out(crops(material)) < 0.1 * loss.noise_distance(48)


def test_maps_that_do_not_belong_together_are_told(material):
    loss = ChannelSwd(material)
    torn = material.copy()
    torn[..., 6] = np.roll(torn[..., 6], (9, 7), (0, 1))  # each map as likely as before
    assert loss.held_out(crops(torn)) > 5 * loss.held_out(crops(material))


def test_nothing_is_asked_of_pixels_that_show_nothing(material):
    loss = ChannelSwd(material)
    pictures = crops(material)
    valid = np.ones(pictures.shape[:3], bool)
    valid[:, :, 20:] = False
    pictures[:, :, 20:] = 7.0
    value, gradient = loss.measure(pictures, np.random.default_rng(0), valid)
    assert not gradient[:, :, 20:].any()
    assert value < 0.2
    assert loss.measure(pictures, np.random.default_rng(0), ~np.ones_like(valid))[0] == 0.0


def test_equal_draws_give_equal_bits(material):
    loss, pictures = ChannelSwd(material), crops(material)
    one, other = (loss.measure(pictures, np.random.default_rng(5)) for _ in range(2))
    assert one[0] == other[0]
    assert np.array_equal(one[1], other[1])
    assert loss.measure(pictures, np.random.default_rng(6))[0] != one[0]


def test_it_polls_and_refuses_small_examples(material):
    calls = []
    ChannelSwd(material).measure(
        crops(material), np.random.default_rng(0), poll=lambda: calls.append(0)
    )
    assert len(calls) >= 3
    with pytest.raises(BadInput, match="too small"):
        ChannelSwd(material[:20])
    broken = material.copy()
    broken[3, 3, 3] = np.nan
    with pytest.raises(BadInput, match="finite"):
        ChannelSwd(broken)


def test_halving_averages_blocks():
    picture = np.arange(2 * 5 * 4 * 3, dtype=np.float32).reshape(2, 5, 4, 3)
    wanted = picture[:, :4].reshape(2, 2, 2, 2, 2, 3).mean(axis=(2, 4))
    assert np.allclose(halved(picture), wanted)
