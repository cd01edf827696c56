"""Pictures as sparse products: the same as gathering corners, forward and backward."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.core.device import set_threads
from engine.core.views import Eye
from engine.meshes.camera import Camera
from engine.meshes.operators import SparsePair
from engine.meshes.patches import see
from engine.meshes.raster import Raster, rasterise
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface

EYES = [Eye(0, 10, 2.5, fov=60), Eye(100, -50, 2.05, fov=60)]


@pytest.fixture(scope="module")
def sphere() -> Surface:
    return Surface.of(*icosphere(12))


@pytest.fixture(scope="module")
def rasters(sphere) -> list[Raster]:
    cameras = [Camera.of(eye, (48, 48)) for eye in EYES]
    return [
        rasterise(c.project(sphere.vertices), sphere.faces, c.size, perspective=True)
        for c in cameras
    ]


@pytest.mark.parametrize("width", [1, 3, 9])
def test_the_product_is_the_gather_and_so_is_its_gradient(sphere, rasters, width):
    pair = SparsePair.of(rasters, sphere.faces, len(sphere.vertices))
    rng = np.random.default_rng(0)
    x = rng.standard_normal((len(sphere.vertices), width)).astype(np.float32)
    fid = torch.from_numpy(np.concatenate([r.fid.ravel() for r in rasters])).long()
    bary = torch.from_numpy(np.concatenate([r.bary.reshape(-1, 3) for r in rasters]))
    gathered_from = torch.from_numpy(x).requires_grad_()
    corners = gathered_from[torch.tensor(sphere.faces).long()[fid]]
    gathered = (corners * bary[..., None]).sum(1)
    weight = torch.from_numpy(rng.standard_normal(gathered.shape).astype(np.float32))
    (gathered * weight).sum().backward()

    rendered_from = torch.from_numpy(x).requires_grad_()
    rendered = pair.render(rendered_from)
    (rendered * weight).sum().backward()
    assert (rendered - gathered).abs().max() < 5e-7
    scale = gathered_from.grad.abs().max()
    assert (rendered_from.grad - gathered_from.grad).abs().max() < 5e-7 * scale
    np.testing.assert_allclose(pair.apply(x), gathered.detach(), atol=5e-7)
    np.testing.assert_allclose(
        pair.adjoint(weight.numpy()), gathered_from.grad, atol=5e-7 * float(scale)
    )
    # the tensors that other devices multiply
    forward, back = pair.tensors("cpu")
    np.testing.assert_allclose(forward @ torch.from_numpy(x), gathered.detach(), atol=5e-7)
    np.testing.assert_allclose(back @ weight, gathered_from.grad, atol=5e-7 * float(scale))


def test_threads_and_adding_change_nothing(sphere):
    pair = see(sphere, [Eye(20 * i, 5 * i, 2.5) for i in range(8)], 160)
    x = np.random.default_rng(1).standard_normal((len(sphere.vertices), 9)).astype(np.float32)
    try:
        set_threads(1)
        alone, alone_back = pair.apply(x), pair.adjoint(pair.apply(x))
        set_threads(3)
        many, many_back = pair.apply(x), pair.adjoint(pair.apply(x))
    finally:
        set_threads(0)
    np.testing.assert_array_equal(alone, many)
    np.testing.assert_array_equal(alone_back, many_back)
    total = np.ones_like(many_back)
    pair.adjoint(many, total)
    np.testing.assert_allclose(total, many_back + 1, rtol=1e-5, atol=1e-4)


def test_background_is_empty_and_rows_sum_to_one(sphere):
    pair = see(sphere, EYES[:1], 48)
    sums = pair.apply(np.ones((len(sphere.vertices), 1), np.float32))[:, 0]
    assert set(np.unique(np.round(sums, 5))) == {0.0, 1.0}
    assert sums.mean() == pytest.approx(0.449, abs=0.01)
    assert pair.forward.starts.dtype == pair.forward.columns.dtype == np.int32
    assert pair.shape == (48 * 48, len(sphere.vertices))


def test_features_of_another_shape_are_refused(sphere):
    pair = see(sphere, EYES[:1], 16)
    with pytest.raises(ValueError, match="expected float32"):
        pair.apply(np.zeros((3, 3), np.float32))
    with pytest.raises(ValueError, match="expected float32"):
        pair.adjoint(np.zeros((256, 3), np.float64))
