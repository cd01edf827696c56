"""What a living surface tells of itself, and what leaves it as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.core import checkpoint
from engine.core.spec import Spec
from engine.core.views import Pick
from engine.mesh_nca.operator import Neighbourhood
from engine.mesh_nca.rule import Controls, Weights
from engine.systems.mesh_nca import MeshNca

TINY: dict[str, Any] = {"vertices": 642, "training_vertices": 1442, "patch_pixels": 32,
                        "patches": 2, "cached_patches": 4, "hidden": 32}  # fmt: skip


def tiny(**params: Any) -> MeshNca:
    return MeshNca(Spec("mesh-nca", TINY | params, seed=3, device="cpu"))


def lively(world: MeshNca, steps: int = 8) -> MeshNca:
    for _ in range(steps):
        world.step()
    return world


def kin(path: Path, seed: int = 8) -> str:
    """Save a model of the same shape with weights of its own."""
    other = tiny()
    drawn = Weights.initial(other.rule, np.random.default_rng(seed))
    other.set_arrays("model", dict(drawn.arrays()))
    checkpoint.save(other, path, "model")
    return str(path)


def told(world: MeshNca, face: int = 11) -> tuple[int, dict[str, Any]]:
    rows = {row.label: row.value for row in world.inspect(Pick("world", (face, 0.1, 0.8)))}
    return int(rows["vertex"]), rows


@pytest.mark.parametrize(
    "params",
    [{"blend": 0.4}, {"graft_at": "everywhere"}, {"graft_at": "one half", "step_size": 0.1},
     {"scale": 1.8}, {"clamp": False, "scale": 0.5}],
)  # fmt: skip
def test_the_next_change_is_that_of_the_next_step(params: dict[str, Any], tmp_path: Path) -> None:
    named = {"graft_model": "file", "graft_file": kin(tmp_path / "b.safetensors")}
    world = lively(tiny(fire_rate=1.0, **named, **params), 30)
    for face in (11, 300, 700):
        vertex, rows = told(world, face)
        before = world.get_arrays("world")["cells"].copy()
        world.step()
        moved = world.get_arrays("world")["cells"][vertex] - before[vertex]
        assert rows["next change"] == pytest.approx(float(np.linalg.norm(moved)), rel=2e-3)
        assert rows["chance to update"] == 1.0


def test_a_frozen_vertex_is_said_to_have_no_chance() -> None:
    world = lively(tiny(fire_rate=0.5))
    world.get_arrays("world")["rate"][...] = 0.5
    world.params_changed("fire_rate")
    assert told(world)[1]["chance to update"] == pytest.approx(0.25)
    world.get_arrays("world")["rate"][...] = 0.0
    world.params_changed("fire_rate")
    assert told(world)[1]["chance to update"] == 0.0


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_one_vertex_is_perceived_without_the_others(degree: int, monkeypatch: Any) -> None:
    world = lively(tiny(degree=degree))
    near = Neighbourhood.of(world.surface, world.rule, Controls(angle=0.3))
    cells = world.get_arrays("world")["cells"]
    whole = near.perceive(cells)
    for vertex in (0, 17, 641):
        np.testing.assert_array_equal(near.perceive_at(cells, vertex), whole[vertex])
    monkeypatch.setattr(Neighbourhood, "perceive", lambda *_: pytest.fail("looked at all of them"))
    assert told(world)[1]["perception"] > 0
