"""The recipes of the mesh models can be followed, and what is shipped was made by them."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from engine.core import checkpoint
from engine.mesh_nca.plan import Dials
from engine.mesh_nca.targets import EXAMPLES

REPOSITORY = Path(__file__).resolve().parents[2]
SHIPPED = sorted((REPOSITORY / "resources/models").glob("mesh-*.safetensors"))


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = REPOSITORY / "packaging/train_meshes.py"
    spec = importlib.util.spec_from_file_location("train_meshes", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


def test_recipes_name_what_there_is(script):
    for name, recipe in script.RECIPES.items():
        assert name.startswith("mesh-")
        assert recipe.example in EXAMPLES
        assert not recipe.ancestor or recipe.ancestor in script.RECIPES
        for phase in recipe.phases:
            dataclasses.replace(script.PLAN, **phase.plan)
            dataclasses.replace(script.DIALS, **phase.dials)
    assert sum(not recipe.ancestor for recipe in script.RECIPES.values()) == 1


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_models_are_small_and_of_their_recipe(script, path):
    assert path.stat().st_size < 120_000
    loaded, recipe = checkpoint.read(path), script.RECIPES[path.stem]
    assert loaded.params["example"] == recipe.example
    assert loaded.params["longest_side"] == recipe.longest_side


def test_a_recipe_is_followed_to_its_end_and_goes_on_where_it_ended(script, monkeypatch, tmp_path):
    small = {"vertices": 642, "patch_pixels": 24, "patches": 2, "pool": 8, "cached_patches": 4}
    monkeypatch.setattr(script, "PLAN", dataclasses.replace(script.PLAN, **small))
    monkeypatch.setattr(script, "DIALS", Dials(steps_min=4, steps_spread=1))
    phases = script.Phase(2), script.Phase(1, {"scales": (0.5, 1.0)})
    recipe = script.Recipe("dots", phases, ancestor="", longest_side=64)
    monkeypatch.setitem(script.RECIPES, "mesh-dots", recipe)
    with pytest.raises(SystemExit, match="phase 1 of mesh-dots"):
        script.train("mesh-dots", 2, tmp_path)
    script.train("mesh-dots", 1, tmp_path)
    script.train("mesh-dots", 2, tmp_path)
    made = script.finished("mesh-dots", 2, tmp_path)
    assert not np.array_equal(made.w1, script.finished("mesh-dots", 1, tmp_path).w1)
    script.train("mesh-dots", 2, tmp_path)  # there is nothing left to do
    assert np.array_equal(made.w1, script.finished("mesh-dots", 2, tmp_path).w1)
    assert script.world("mesh-dots", made, vertices=642).params.pool == 8
