"""The torch form that runs on CUDA, here on the CPU, against the fused one."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from engine.mesh_nca.operator import Neighbourhood  # noqa: E402
from engine.mesh_nca.rule import Controls, MeshRule, Weights  # noqa: E402
from engine.mesh_nca.sparse import SparsePerception  # noqa: E402
from engine.mesh_nca.stepper import Graft, make_stepper  # noqa: E402
from engine.mesh_nca.tensor import TensorStepper, draws  # noqa: E402
from engine.nca.fire import fire_mask  # noqa: E402


def test_draws_are_those_of_the_kernels():
    mask = fire_mask(3, 5, (1, 1, 1000), 0.3).ravel()
    assert ((draws(3, 5, 1000, "cpu") < round(0.3 * 2**32)).numpy() == mask).all()


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_steps_agree_with_the_fused_ones(meshes, degree):
    surface, rule = meshes.torus(), MeshRule(degree=degree)
    rng = np.random.default_rng(0)
    ours, theirs = Weights.initial(rule, rng), Weights.initial(rule, rng)
    x = rng.normal(0, 0.5, (len(surface.vertices), 16)).astype(np.float32)
    share = np.clip(np.linspace(-0.5, 1.5, len(x)), 0, 1).astype(np.float32)
    fused, torched = (
        make_stepper(surface, rule, ours, "cpu"),
        TensorStepper(surface, rule, ours, "cpu"),
    )
    a, b = x, x.copy()
    for step, controls in enumerate(
        [Controls(), Controls(angle=1.0, scale=1.3), Controls(rate=share, clamp=0.8)]
    ):
        graft = Graft(theirs, share) if step else None
        a = fused.step(a, 7, step, controls, graft)
        b = torched.step(b, 7, step, controls, graft, out=b)
        assert abs(a - b).max() < 1e-5
    assert abs(b).max() == np.float32(0.8)


def test_the_matrices_are_made_once_and_are_each_others_transpose(meshes):
    surface = meshes.torus()
    perception = Neighbourhood.of(surface, MeshRule(), Controls(fire_rate=0.2)).perception
    other = Neighbourhood.of(surface, MeshRule(), Controls(fire_rate=0.8)).perception
    made = SparsePerception.of(perception, "cpu")
    assert SparsePerception.of(other, "cpu") is made
    forward, backward = made._forward.to_dense(), made._backward.to_dense()
    assert (backward == forward.T).all()
    assert abs(forward.sum(dim=1)).max() < 1e-5
    turned = Neighbourhood.of(surface, MeshRule(), Controls(angle=1.0)).perception
    assert SparsePerception.of(turned, "cpu") is not made
