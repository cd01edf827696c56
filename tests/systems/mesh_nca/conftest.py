"""Small mesh automata."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine.core import checkpoint
from engine.core.spec import Asset, Spec
from engine.core.views import MeshView, ViewRequest
from engine.mesh_nca.rule import Weights
from engine.systems.mesh_nca import MeshNca

TINY: dict[str, Any] = {
    "vertices": 642,
    "training_vertices": 1442,
    "patch_pixels": 32,
    "patches": 2,
    "cached_patches": 4,
    "pool": 8,
    "hidden": 32,
    "steps_min": 4,
    "steps_spread": 2,
}


def tiny(mesh: Asset | None = None, target: Asset | None = None, **params: Any) -> MeshNca:
    return MeshNca(Spec("mesh-nca", TINY | params, seed=3, device="cpu", mesh=mesh, target=target))


def lively(world: MeshNca, steps: int = 12) -> MeshNca:
    for _ in range(steps):
        world.step()
    return world


def seen(world: MeshNca, **request: Any) -> MeshView:
    view = world.views({"world": ViewRequest(**request)})["world"]
    assert isinstance(view, MeshView)
    return view


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


def kin(world: MeshNca, path: Path) -> Path:
    """Save a model of the same shape with other weights."""
    other = tiny(**world.params.model_dump())
    drawn = Weights.initial(world.rule, np.random.default_rng(8))
    other.set_arrays("model", dict(drawn.arrays()))
    checkpoint.save(other, path, "model")
    return path


@pytest.fixture
def nca() -> SimpleNamespace:
    """Give the helpers of this folder's tests."""
    return SimpleNamespace(tiny=tiny, lively=lively, seen=seen, same=same, kin=kin, TINY=TINY)
