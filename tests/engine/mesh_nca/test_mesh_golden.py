"""The step against figures of the published implementation, weights of ours."""

from pathlib import Path

import numpy as np
import pytest

from engine.mesh_nca.operator import Neighbourhood
from engine.mesh_nca.rule import Controls, MeshRule, Weights
from engine.mesh_nca.stepper import make_stepper
from engine.meshes.surface import Surface

DATA = Path(__file__).parents[2] / "data" / "mesh_golden.npz"
WHOLE = Path(__file__).parents[4] / "shared" / "golden" / "mesh"
ALL = Controls(fire_rate=1.0)


@pytest.fixture(scope="module")
def golden():
    with np.load(DATA) as arrays:
        return dict(arrays)


@pytest.mark.parametrize("name", ["sh1_sum", "sh1_mean", "sh2_sum"])
def test_perception_is_the_published_one(golden, name):
    surface = Surface.of(golden["vertices"], golden["faces"])
    rule = MeshRule(degree=int(name[2]), aggregation=name[4:])
    x = golden["x0" if rule.degree == 1 else "sh2_x0"]
    found = Neighbourhood.of(surface, rule, Controls()).perceive(x)
    assert found.shape == (288, rule.perceived)
    assert abs(found[golden["rows"]] - golden[f"{name}_z0"]).max() < 1e-5


@pytest.mark.parametrize("aggregation", ["sum", "mean"])
def test_steps_are_the_published_ones(golden, aggregation):
    surface = Surface.of(golden["vertices"], golden["faces"])
    rule = MeshRule(aggregation=aggregation)
    weights = Weights.from_arrays(rule, {name: golden[name] for name in ("w1", "b1", "w2", "b2")})
    assert weights.count == 12_432
    stepper, x, rows = make_stepper(surface, rule, weights, "cpu"), golden["x0"], golden["rows"]
    for step in range(8):
        x = stepper.step(x, 0, step, ALL)
        if step == 0:
            assert abs(x[rows] - golden[f"sh1_{aggregation}_x1"]).max() < 1e-5
    assert abs(x[rows] - golden[f"sh1_{aggregation}_x8"]).max() < 1e-3


@pytest.mark.skipif(not WHOLE.is_dir(), reason="the whole golden files lie beside the checkout")
@pytest.mark.parametrize("name", ["torus_sh1_sum", "torus_sh1_mean", "torus_sh2_sum"])
def test_the_whole_golden_file(name):
    with np.load(WHOLE / f"{name}.npz") as arrays:
        golden = dict(arrays)
    surface = Surface.of(golden["vertices"], golden["faces"])
    assert abs(surface.vertices - golden["vertices_normalised"]).max() < 1e-6
    rule = MeshRule(degree=int(name[8]), aggregation=name[10:])
    arrays = {
        f"{kind[0]}{layer}": golden[f"fc{layer}.{kind}"].T
        for layer in (1, 2)
        for kind in ("weight", "bias")
    }
    weights = Weights.from_arrays(rule, arrays)
    stepper, x = make_stepper(surface, rule, weights, "cpu"), golden["x0"]
    z = Neighbourhood.of(surface, rule, ALL).perceive(x)
    assert abs(z - golden["z0"]).max() < 1e-5
    for step in range(8):
        x = stepper.step(x, 0, step, ALL)
        if step == 0:
            assert abs(x - golden["x1"]).max() < 1e-5
    assert abs(x - golden["x8"]).max() < 1e-3
