"""Gray-Scott: the kernel is the equation, and the sheet's figures come out."""

import subprocess
import sys

import numpy as np
import pytest

from engine.core import device
from engine.core.params import fields_of
from engine.core.spec import Spec
from engine.core.views import Stroke, ViewRequest
from engine.systems.gray_scott import MOST_V, GrayScott


def world(**params):
    return GrayScott(Spec("gray-scott", {"width": 64, "height": 64, **params}, seed=3))


def plain_step(u, v, p, wraps):
    """The equation as the module's docstring states it, in float64."""

    def laplace(a):
        b = np.pad(a, 1, mode="wrap" if wraps else "edge")
        h, w = a.shape
        k = np.array([[1, 2, 1], [2, -12, 2], [1, 2, 1]]) / 16
        return sum(k[y, x] * b[y : y + h, x : x + w] for y in range(3) for x in range(3))

    u, v = u + p.dt * p.du * laplace(u), v + p.dt * p.dv * laplace(v)
    rate = u * v * v
    return u + p.dt * (p.feed * (1 - u) - rate), v + p.dt * (rate - (p.feed + p.kill) * v)


@pytest.mark.parametrize("edges", ["wrap", "closed"])
def test_a_step_is_the_equation(edges):
    gs = world(pattern="noise", edges=edges, width=67, height=65, substeps=3, dt=0.7, dv=0.4)
    u, v = np.moveaxis(gs.field().astype(np.float64), -1, 0)
    gs.step()
    for _ in range(3):
        u, v = plain_step(u, v, gs.params, edges == "wrap")
    np.testing.assert_allclose(gs.field()[..., 0], u, atol=3e-6)
    np.testing.assert_allclose(gs.field()[..., 1], v, atol=3e-6)


@pytest.mark.parametrize(
    ("feed", "kill", "mean_v"),
    [(0.0367, 0.0649, 0.094), (0.055, 0.062, 0.211), (0.039, 0.058, 0.226), (0.078, 0.061, 0.0)],
)
def test_the_mean_after_6000_steps(feed, kill, mean_v):
    """The verified figures of 128 x 128 cells from a square: 2 % on the mean of v."""
    params = {"pattern": "square", "feed": feed, "kill": kill, "substeps": 60}
    gs = GrayScott(Spec("gray-scott", {"width": 128, "height": 128, **params}))
    for _ in range(100):
        gs.step()
    assert gs.metrics()["mean v"] == pytest.approx(mean_v, rel=0.02, abs=0.0006)


def test_threads_and_blocks_do_not_matter(monkeypatch):
    fields = []
    for size, threads in ((2**17, 1), (64 * 9, 3)):
        monkeypatch.setattr("engine.systems.gray_scott.BLOCK", size)
        device.set_threads(threads)
        try:
            gs = world(pattern="noise", noise=0.01)
            gs.step()
            gs.step()
        finally:
            device.set_threads(0)
        fields.append(gs.field().copy())
    assert np.array_equal(fields[0], fields[1])


def test_noise_is_uniform_and_of_the_stated_width():
    quiet, noisy = (world(noise=n, substeps=1, width=256, height=256) for n in (0.0, 0.01))
    quiet.step(), noisy.step()
    noise = (noisy.field() - quiet.field())[..., 1]
    assert np.abs(noise).max() <= 0.01
    assert abs(noise.mean()) < 1e-4
    assert noise.std() == pytest.approx(0.01 / np.sqrt(3), rel=0.02)
    assert abs(np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1]) < 0.02
    assert abs(np.corrcoef(noise[1:].ravel(), noise[:-1].ravel())[0, 1]) < 0.02


def test_brushes():
    gs = world(pattern="drop")
    gs.brush(Stroke("world", "seed", ((5.5, 5.5),), radius=2.0))
    assert gs.field()[5, 5].tolist() == [0.5, pytest.approx(0.3)]
    gs.brush(Stroke("world", "erase", ((5.5, 5.5),), radius=2.0))
    assert gs.field()[5, 5].tolist() == [1.0, 0.0]
    gs.brush(Stroke("world", "paint", ((5.5, 5.5),), radius=2.0, value=1e9, channel=1))
    assert gs.field()[5, 5].tolist() == [1.0, MOST_V]
    gs.brush(Stroke("world", "paint", ((5.5, 5.5),), radius=2.0, value=float("nan"), channel=0))
    assert gs.field()[5, 5].tolist() == [0.0, MOST_V]


@pytest.mark.parametrize("dt", [0.1, 1.0])
@pytest.mark.parametrize("feed", [0.005, 0.1])
@pytest.mark.parametrize("kill", [0.03, 0.075])
def test_a_world_painted_full_stays_finite(dt, feed, kill):
    gs = world(dt=dt, feed=feed, kill=kill, substeps=8)
    gs.brush(Stroke("world", "erase", ((32.0, 32.0),), radius=80.0))
    gs.brush(Stroke("world", "paint", ((32.0, 32.0),), radius=80.0, channel=1))
    for _ in range(30):
        gs.step()
    assert gs.finite()
    assert np.abs(gs.field()).max() < 2.0


def test_a_cancelled_tick_did_not_happen():
    gs = world(substeps=5)
    before = gs.field().copy()
    calls = []

    def poll():
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gs.step(poll)
    assert np.array_equal(gs.field(), before)
    assert gs.step_count == 0


def test_the_picture_is_a_map_without_relief_and_lit_with_it():
    flat, lit = world(relief=0.0), world(relief=1.0)
    shown = [w.views({"world": ViewRequest()})["world"].data for w in (flat, lit)]
    assert shown[0].dtype == np.uint8
    assert shown[0].shape == (64, 64, 3)
    # Without light the colour is a function of v alone: cells of the same v, the same colour.
    worlds = (flat, lit)
    for gs, same in zip(worlds, (True, False), strict=True):
        gs.field()[20:30, 20:30, 1] = 0.2
        gs.field()[30:, :, 1] = 0.0
        edge = gs.views({"world": ViewRequest()})["world"].data[20:30, 20:30]
        assert (len(np.unique(edge.reshape(-1, 3), axis=0)) == 1) is same
    assert not np.array_equal(shown[0], shown[1])


def test_gray_scott_starts_without_torch():
    code = (
        "import sys; from engine.core.spec import Spec;"
        "from engine.systems.gray_scott import GrayScott;"
        "GrayScott(Spec('gray-scott')).step(); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_symbols_keep_their_letters():
    titles = [field.title for field in fields_of(GrayScott.Params)]
    assert {"Feed F", "Kill k", "Time step dt", "Substeps"} <= set(titles)
