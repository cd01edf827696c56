"""What a hand does to a mesh automaton, its second model, and what is saved of both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import openers
from engine.core import checkpoint
from engine.core.errors import BadInput
from engine.core.spec import Asset
from engine.core.views import Pick, Stroke
from engine.meshes.asset import pack
from engine.meshes.shapes import icosphere
from engine.systems.mesh_nca import MeshNca


def test_brushes_change_what_the_stepper_does(nca: Any) -> None:
    world = nca.lively(nca.tiny())
    everywhere = {"points": ((3.0, 0.2, 0.2),), "radius": 4.0}
    world.brush(Stroke("world", "freeze", value=0.0, **everywhere))
    before = world.get_arrays("world")["cells"].copy()
    nca.lively(world, 3)
    np.testing.assert_array_equal(world.get_arrays("world")["cells"], before)
    assert world.undo_words() == ("freeze stroke", "")
    world.undo()
    nca.lively(world, 3)
    assert not np.array_equal(world.get_arrays("world")["cells"], before)


def test_angle_and_comb_turn_alike(nca: Any) -> None:
    worlds = [nca.tiny(angle=90.0, even_spacing=False), nca.tiny(even_spacing=False)]
    worlds[1].get_arrays("world")["turn"][...] = np.pi / 2
    worlds[1].params_changed("angle")
    one, two = (nca.lively(world, 6).get_arrays("world")["cells"] for world in worlds)
    np.testing.assert_allclose(one, two, atol=1e-5)
    assert not np.allclose(
        one, nca.lively(nca.tiny(even_spacing=False), 6).get_arrays("world")["cells"]
    )


def test_actions_are_gestures_that_can_be_undone(nca: Any) -> None:
    world = nca.lively(nca.tiny())
    offered = world.actions()
    cells = world.get_arrays("world")["cells"].copy()
    for name, arguments, layer in (
        ("comb", {"direction": "x"}, "turn"),
        ("graft", {"share": 0.25}, "share"),
        ("regrow", {}, "cells"),
    ):
        model = offered[name].arguments
        world.act(name, model(**arguments) if model is not None else None)
        before = world.get_arrays("world")[layer].copy()
        world.undo()
        assert not np.array_equal(world.get_arrays("world")[layer], before)
        world.redo()
        np.testing.assert_array_equal(world.get_arrays("world")[layer], before)
    assert not world.get_arrays("world")["cells"].any()
    model = offered["reset-fields"].arguments
    assert model is not None
    world.act("reset-fields", model(field="comb"))
    assert not world.get_arrays("world")["turn"].any()
    assert (world.get_arrays("world")["share"] == 0.25).all()
    for _ in range(4):
        world.undo()
    np.testing.assert_array_equal(world.get_arrays("world")["cells"], cells)


def test_the_inspector_tells_what_the_vertex_will_do(nca: Any) -> None:
    world = nca.lively(nca.tiny(fire_rate=1.0, even_spacing=False, clamp=False))
    face, corner = 11, 2
    rows = {row.label: row.value for row in world.inspect(Pick("world", (face, 0.1, 0.8)))}
    vertex = int(world.surface.faces[face][corner])
    assert rows["vertex"] == vertex
    assert rows["valence"] == world.surface.valence[vertex]
    before = world.get_arrays("world")["cells"][vertex].copy()
    world.step()
    moved = world.get_arrays("world")["cells"][vertex] - before
    assert rows["next change"] == pytest.approx(float(np.linalg.norm(moved)), rel=1e-3)


def test_a_graft_is_part_of_the_saved_world(nca: Any, tmp_path: Path) -> None:
    world = nca.tiny()
    path = nca.kin(world, tmp_path / "b.safetensors")
    plain = nca.lively(nca.tiny(), 10).get_arrays("world")["cells"].copy()
    world.set_param("graft_file", str(path))
    world.set_param("graft_model", "file")
    np.testing.assert_array_equal(nca.lively(world, 10).get_arrays("world")["cells"], plain)
    world.brush(Stroke("world", "graft", ((3.0, 0.2, 0.2),), radius=0.8))
    saved = world.state("world")
    expected = nca.lively(world, 10).state("world")
    data = checkpoint.dump(world, "world")
    path.unlink()  # the file is gone, the world is not
    other = nca.tiny(graft_file=str(path), graft_model="file")
    assert "graft" in other.warnings[0]
    other.load_state(saved, "world")
    assert nca.same(nca.lively(other, 10).state("world"), expected)
    loaded = checkpoint.parse(data, "x")
    opened = openers.build(checkpoint.spec_of(loaded, "x", data), Asset("x", data))
    assert nca.same(opened.state("world"), expected)
    other.set_param("graft_model", "none")
    assert not other.get_arrays("world")["graft_w1"].any()


def test_the_blend_mixes_weights_everywhere(nca: Any, tmp_path: Path) -> None:
    path = nca.kin(nca.tiny(), tmp_path / "b.safetensors")
    named = {"graft_file": str(path), "graft_model": "file"}
    second = nca.tiny()
    second.load_model(Asset("b", path.read_bytes()))
    expected = nca.lively(second, 8).get_arrays("world")["cells"]
    blended = nca.lively(nca.tiny(**named, blend=1.0), 8).get_arrays("world")["cells"]
    np.testing.assert_allclose(blended, expected, atol=1e-6)
    half = nca.lively(nca.tiny(**named, blend=0.5), 8).get_arrays("world")["cells"]
    assert not np.allclose(half, expected)
    assert nca.same(
        nca.tiny(**named, blend=1.0).get_arrays("model"), nca.tiny().get_arrays("model")
    )


def test_graft_models_of_another_shape_are_refused(nca: Any, tmp_path: Path) -> None:
    path = nca.kin(nca.tiny(hidden=48), tmp_path / "wide.safetensors")
    world = nca.tiny(graft_file=str(path))
    before = world.state("world")
    with pytest.raises(BadInput, match=r"wide.safetensors.*32 hidden units"):
        world.set_param("graft_model", "file")
    assert world.params.graft_model == "none"
    assert nca.same(world.state("world"), before)
    lost = nca.tiny(graft_file=str(tmp_path / "none"))
    with pytest.raises(BadInput, match="no such file"):
        lost.set_param("graft_model", "file")


def test_a_saved_world_brings_its_mesh_and_its_material(nca: Any) -> None:
    maps = np.random.default_rng(4).integers(0, 255, (48, 48, 10)).astype(np.uint8)
    vertices, faces = icosphere(7)
    egg = pack("egg.obj", vertices * np.array([1.0, 2.0, 1.0]), faces)
    world = nca.lively(nca.tiny(mesh=egg, target=Asset("moss", maps), angle=30.0))
    world.brush(Stroke("world", "comb", ((3.0, 0.2, 0.2), (9.0, 0.2, 0.2)), radius=0.5, number=1))
    data = checkpoint.dump(world, "world")
    loaded = checkpoint.parse(data, "egg.safetensors")
    spec = checkpoint.spec_of(loaded, "egg.safetensors", data)
    other = openers.build(spec, Asset("egg.safetensors", data))
    assert isinstance(other, MeshNca)
    assert other.surface.topology == world.surface.topology
    assert other.spec.target == world.spec.target
    assert "roughness" in nca.seen(other).channels
    assert nca.same(nca.lively(other).state("world"), nca.lively(world).state("world"))
    broken = spec.with_(mesh=Asset("egg.obj", data))
    with pytest.raises(BadInput, match=r"egg.obj.*packed mesh"):
        openers.build(broken)
    model = checkpoint.dump(world, "model")
    assert checkpoint.parse(model, "x").mesh is None
