import numpy as np
import pytest

from engine.mesh_nca.motion import AdvectedFrames, drift


def noise(side=48, scale=3.0):
    white = np.random.default_rng(0).standard_normal((2, side, side, 3))
    down = np.fft.fftfreq(side)[:, None, None]
    right = np.fft.fftfreq(side)[None, :, None]
    soft = np.exp(-(down**2 + right**2) * (2 * np.pi * scale) ** 2 / 2)
    return np.fft.ifft2(np.fft.fft2(white, axes=(1, 2)) * soft, axes=(1, 2)).real


@pytest.mark.parametrize("way", [(0, 0), (3, 1), (-2, 3)])
def test_drift_is_found_to_a_part_of_a_pixel(way):
    before = noise().astype(np.float32)
    after = np.roll(before, (way[1], way[0]), (1, 2))
    assert np.abs(drift(before, after, 6) - way).max() < 0.35


def test_gradient_of_moved_frames():
    draw = np.random.default_rng(1)
    before, moved, after = draw.random((3, 2, 5, 5, 3), np.float32)
    value, *parts = AdvectedFrames().measure(before, moved, after)
    assert value == pytest.approx(
        float(((after - moved) ** 2).mean() / (before.var() + 1e-3)), rel=1e-5
    )
    assert not parts[0].any()
    for number, frames in ((1, moved), (2, after)):
        way = draw.standard_normal(frames.shape).astype(np.float32)
        given = [before, moved, after]
        ends = []
        for step in (0.01, -0.01):
            given[number] = frames + np.float32(step) * way
            ends.append(AdvectedFrames().measure(*given)[0])
        assert (ends[0] - ends[1]) / 0.02 == pytest.approx(float((parts[number] * way).sum()), 1e-3)
