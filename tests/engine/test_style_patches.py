import time

import numpy as np
import pytest

from engine.core.errors import BadInput, Cancelled
from engine.style.channel_swd import ChannelSwd
from engine.style.patches import EachMap, make_patch_style


class Brightness:
    """Half the sum of squares, times what it is called for."""

    def __init__(self, factor):
        self.name, self.factor = "brightness", factor

    def loss(self, images, draw):
        assert images.shape[1] == 3
        return self.factor * images.square().sum() / 2


def test_maps_are_looked_at_one_after_the_other():
    pictures = np.random.default_rng(0).random((2, 4, 4, 9), np.float32)
    style = EachMap([Brightness(f) for f in (1.0, 2.0, 3.0, 4.0, 5.0)], 9)
    value, gradient = style.measure(pictures, np.random.default_rng(0))
    # Grey maps are seen three times; the order is albedo, normal, height, roughness, occlusion.
    factors = np.array([1, 1, 1, 2, 2, 2, 9, 12, 15], np.float32) / 5
    assert np.allclose(gradient, pictures * factors, atol=1e-5)
    assert value == pytest.approx(float((pictures**2 * factors).sum()) / 2, rel=1e-5)


def test_what_shows_nothing_gets_the_ground_and_no_gradient():
    pictures = np.full((1, 4, 4, 3), 9.0, np.float32)
    valid = np.zeros((1, 4, 4), bool)
    valid[0, 1, 2] = True
    style = EachMap([Brightness(1.0)], 3, np.zeros(3, np.float32))
    value, gradient = style.measure(pictures, np.random.default_rng(0), valid)
    assert value == pytest.approx(3 * 81 / 2)
    assert gradient[0, 1, 2].tolist() == [9, 9, 9]
    assert np.count_nonzero(gradient) == 3


def test_it_polls_while_a_slow_loss_computes():
    class Slow(Brightness):
        def loss(self, images, draw):
            end = time.monotonic() + 30
            while len(calls) < 3 and time.monotonic() < end:
                time.sleep(0.01)
            return super().loss(images, draw)

    calls = []
    pictures = np.ones((1, 4, 4, 3), np.float32)
    style = EachMap([Slow(1.0)], 3)
    value, _ = style.measure(pictures, np.random.default_rng(0), poll=lambda: calls.append(0))
    assert value == pytest.approx(24.0)
    assert len(calls) >= 3

    def cancel():
        calls.extend((0, 0, 0))
        raise Cancelled

    calls.clear()

    with pytest.raises(Cancelled):
        style.measure(pictures, np.random.default_rng(0), poll=cancel)


def test_losses_by_name():
    target = np.random.default_rng(0).random((64, 64, 9), np.float32)
    assert isinstance(make_patch_style("patch-swd", target, side=48), ChannelSwd)
    style = make_patch_style("random-gram", target, side=48)
    pictures = np.random.default_rng(1).random((2, 48, 48, 9), np.float32)
    value, gradient = style.measure(pictures, np.random.default_rng(2))
    assert value > 0
    assert np.abs(gradient).max(axis=(0, 1, 2)).min() > 0
    with pytest.raises(BadInput, match="needs weights"):
        make_patch_style("vgg-ot", target, side=48)
