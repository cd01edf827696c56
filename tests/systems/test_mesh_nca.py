from __future__ import annotations

import queue
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import openers
from engine.core import checkpoint
from engine.core import commands as c
from engine.core.capabilities import capabilities
from engine.core.errors import BadInput, Cancelled
from engine.core.figures import TableView
from engine.core.runner import Runner
from engine.core.spec import Asset, Spec
from engine.core.system import no_poll
from engine.core.views import Eye, ImageView, MeshView, Pick, Stroke, ViewRequest
from engine.mesh_nca import parameters
from engine.mesh_nca.appearance import reading
from engine.mesh_nca.exports import texture_side
from engine.mesh_nca.rule import Weights
from engine.mesh_nca.surface_parameters import model_path
from engine.meshes.asset import pack
from engine.meshes.shapes import SHAPES, icosphere, shape
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


def test_it_says_what_it_can() -> None:
    able = capabilities(tiny())
    assert able.trainable
    assert able.undoable
    assert able.settles
    assert able.inspectable
    assert able.measured
    assert able.targets == ("image", "material")
    assert [tool.name for tool in able.brushes] == ["erase", "graft", "comb", "density", "freeze"]
    assert able.views[0].kind == "mesh"
    assert able.views[0].modes == ("shown", "shading")
    assert "shape" in able.bodies


def test_its_mesh_is_sent_by_reference_and_its_colours_are_its_own() -> None:
    world = lively(tiny())
    view, again = seen(world), seen(world)
    assert view.vertices is again.vertices
    assert view.topology == world.surface.topology
    assert view.colours.shape == (642, 3)
    before = view.colours.copy()
    lively(world)
    np.testing.assert_array_equal(view.colours, before)
    assert not np.array_equal(seen(world).colours, before)


def test_a_mesh_of_the_users_is_lived_on() -> None:
    vertices, faces = icosphere(9)
    stretched = vertices * np.array([1.0, 3.0, 0.5])
    world = lively(tiny(mesh=pack("egg.obj", stretched, faces)))
    assert len(world.surface.vertices) == 812
    assert np.ptp(world.surface.vertices[:, 1]) > 3 * np.ptp(world.surface.vertices[:, 2])
    assert seen(world).colours.std() > 1
    finer = tiny(mesh=pack("egg.obj", stretched, faces), subdivisions=1)
    assert len(finer.surface.faces) == 4 * len(faces)


def test_broken_meshes_are_refused() -> None:
    vertices, faces = icosphere(4)
    for mesh in (
        Asset("a.obj", b"nonsense"),
        pack("b.obj", np.full_like(vertices, np.nan), faces),
        pack("c.obj", vertices, faces + 1000),
    ):
        with pytest.raises(BadInput, match=mesh.name):
            tiny(mesh=mesh)
    with pytest.raises(BadInput, match="subdivisions"):
        tiny(shape="icosphere", vertices=163_842, subdivisions=2)


@pytest.mark.parametrize(
    "shown", ["shaded", "albedo", "height", "normal", "change", "comb", "scale", "rate", "valence"]
)
def test_everything_that_can_be_shown_is_coloured_and_explained(shown: str) -> None:
    world = lively(tiny(shown=shown, shading="pbr"))
    view = seen(world)
    assert view.shading == ("pbr" if shown == "shaded" else "plain")
    assert view.colours.dtype == np.uint8
    assert (view.legend is None) == (shown in ("shaded", "albedo"))
    assert seen(world, channels=(12,)).shown == view.channels[12]


def test_probes_are_the_channels_of_vertices() -> None:
    world = lively(tiny())
    view = seen(world, probes=((5,), (99_999,), (-1,), (3, 4), (7,)))
    assert view.probed == (5, 7)
    cells = world.get_arrays("world")["cells"]
    np.testing.assert_array_equal(view.probes, cells[[5, 7]])


def test_what_is_shown_is_told_in_words_with_its_unit() -> None:
    view = seen(lively(tiny(shown="valence")), probes=((5,), (7,)))
    assert len(view.readings) == 2
    assert view.readings[0] in ("valence 5 neighbours", "valence 6 neighbours")
    assert seen(lively(tiny(shown="shaded")), probes=((5,),)).readings == ()
    assert seen(lively(tiny())).lacking == {"height", "normal", "roughness", "occlusion"}
    assert reading("scale", 1.0) == "scale 2.00 x"
    assert reading("spacing", -1.0) == "spacing 0.50 x the mean edge"
    assert reading("comb", -12.4) == "comb -12°"
    assert reading("change", 0.0123) == "change 0.012 a step"


def test_a_model_of_materials_shows_them_and_one_of_pictures_does_not() -> None:
    picture = tiny()
    maps = np.full((40, 40, 10), 128, np.uint8)
    maps[::4, :, :3] = 250
    material = tiny(target=Asset("bricks", maps), shading="pbr")
    assert seen(picture).material is None
    view = seen(lively(material))
    assert view.material is not None
    assert view.material.shape == (642, 6)
    assert "roughness" in view.channels
    assert "roughness" not in seen(picture).channels


def test_an_eye_gets_a_picture() -> None:
    world = lively(tiny())
    request = ViewRequest(eye=Eye(azimuth=70.0), size=(60, 40))
    picture = world.views({"world": request})["world"]
    assert isinstance(picture, ImageView)
    assert picture.data.shape == (40, 60, 4)
    assert 200 < np.count_nonzero(picture.data[..., 3] > 128) < 2000
    world.set_param("shown", "valence")
    assert not np.array_equal(world.views({"world": request})["world"].data, picture.data)


def test_the_quality_of_the_mesh_is_a_table() -> None:
    table = tiny(vertices=2562).views({"quality": ViewRequest()})["quality"]
    assert isinstance(table, TableView)
    verdicts = {row[0]: row[-1] for row in table.rows}
    assert verdicts["Edge CV"] == "good"
    assert verdicts["As a whole"] == "usable"  # few vertices


def test_brushes_change_what_the_stepper_does() -> None:
    world = lively(tiny())
    everywhere = {"points": ((3.0, 0.2, 0.2),), "radius": 4.0}
    world.brush(Stroke("world", "freeze", value=0.0, **everywhere))
    before = world.get_arrays("world")["cells"].copy()
    lively(world, 3)
    np.testing.assert_array_equal(world.get_arrays("world")["cells"], before)
    assert world.undo_words() == ("freeze stroke", "")
    world.undo()
    lively(world, 3)
    assert not np.array_equal(world.get_arrays("world")["cells"], before)


def test_angle_and_comb_turn_alike() -> None:
    worlds = [tiny(angle=90.0, even_spacing=False), tiny(even_spacing=False)]
    worlds[1].get_arrays("world")["turn"][...] = np.pi / 2
    worlds[1].params_changed("angle")
    one, two = (lively(world, 6).get_arrays("world")["cells"] for world in worlds)
    np.testing.assert_allclose(one, two, atol=1e-5)
    assert not np.allclose(one, lively(tiny(even_spacing=False), 6).get_arrays("world")["cells"])


def test_actions_are_gestures_that_can_be_undone() -> None:
    world = lively(tiny())
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


def test_the_inspector_tells_what_the_vertex_will_do() -> None:
    world = lively(tiny(fire_rate=1.0, even_spacing=False, clamp=False))
    face, corner = 11, 2
    rows = {row.label: row.value for row in world.inspect(Pick("world", (face, 0.1, 0.8)))}
    vertex = int(world.surface.faces[face][corner])
    assert rows["vertex"] == vertex
    assert rows["valence"] == world.surface.valence[vertex]
    before = world.get_arrays("world")["cells"][vertex].copy()
    world.step()
    moved = world.get_arrays("world")["cells"][vertex] - before
    assert rows["next change"] == pytest.approx(float(np.linalg.norm(moved)), rel=1e-3)


def test_a_graft_is_part_of_the_saved_world(tmp_path: Path) -> None:
    world = tiny()
    path = kin(world, tmp_path / "b.safetensors")
    plain = lively(tiny(), 10).get_arrays("world")["cells"].copy()
    world.set_param("graft_file", str(path))
    world.set_param("graft_model", "file")
    np.testing.assert_array_equal(lively(world, 10).get_arrays("world")["cells"], plain)
    world.brush(Stroke("world", "graft", ((3.0, 0.2, 0.2),), radius=0.8))
    saved = world.state("world")
    expected = lively(world, 10).state("world")
    data = checkpoint.dump(world, "world")
    path.unlink()  # the file is gone, the world is not
    other = tiny(graft_file=str(path), graft_model="file")
    assert "graft" in other.warnings[0]
    other.load_state(saved, "world")
    assert same(lively(other, 10).state("world"), expected)
    loaded = checkpoint.parse(data, "x")
    opened = openers.build(checkpoint.spec_of(loaded, "x", data), Asset("x", data))
    assert same(opened.state("world"), expected)
    other.set_param("graft_model", "none")
    assert not other.get_arrays("world")["graft_w1"].any()


def test_the_blend_mixes_weights_everywhere(tmp_path: Path) -> None:
    path = kin(tiny(), tmp_path / "b.safetensors")
    named = {"graft_file": str(path), "graft_model": "file"}
    second = tiny()
    second.load_model(Asset("b", path.read_bytes()))
    expected = lively(second, 8).get_arrays("world")["cells"]
    blended = lively(tiny(**named, blend=1.0), 8).get_arrays("world")["cells"]
    np.testing.assert_allclose(blended, expected, atol=1e-6)
    half = lively(tiny(**named, blend=0.5), 8).get_arrays("world")["cells"]
    assert not np.allclose(half, expected)
    assert same(tiny(**named, blend=1.0).get_arrays("model"), tiny().get_arrays("model"))


def test_graft_models_of_another_shape_are_refused(tmp_path: Path) -> None:
    path = kin(tiny(hidden=48), tmp_path / "wide.safetensors")
    world = tiny(graft_file=str(path))
    before = world.state("world")
    with pytest.raises(BadInput, match=r"wide.safetensors.*32 hidden units"):
        world.set_param("graft_model", "file")
    assert world.params.graft_model == "none"
    assert same(world.state("world"), before)
    lost = tiny(graft_file=str(tmp_path / "none"))
    with pytest.raises(BadInput, match="no such file"):
        lost.set_param("graft_model", "file")


def test_training_is_a_transaction_and_shows_what_it_looks_at() -> None:
    world = tiny()
    polls = 0

    def stop() -> None:
        nonlocal polls
        polls += 1
        if polls > 2:
            raise Cancelled

    before = world.state("training")
    with pytest.raises(Cancelled):
        world.train_step(stop)
    assert same(world.state("training"), before)
    losses = [world.train_step(no_poll)["loss"] for _ in range(3)]
    assert np.isfinite(losses).all()
    assert world.train_progress() == (3, 900)
    assert not np.array_equal(world.state("model")["model/w1"], before["model/w1"])
    views = world.views({"batch": ViewRequest(), "target": ViewRequest()})
    batch, target = views["batch"], views["target"]
    assert isinstance(batch, ImageView)
    assert isinstance(target, ImageView)
    assert batch.data.shape == (2 * 34 - 2, 2 * 34 - 2, 4)  # the example and two windows
    np.testing.assert_array_equal(batch.data[:32, :32], target.data[:32, :32])


def test_a_training_goes_on_where_it_was_saved() -> None:
    world = tiny()
    for _ in range(2):
        world.train_step(no_poll)
    data = checkpoint.dump(world, "training")
    loaded = checkpoint.parse(data, "x")
    other = MeshNca(checkpoint.spec_of(loaded, "x", data).with_(device="cpu"))
    other.load_state(loaded.arrays, "training")
    for each in (world, other):
        each.train_step(no_poll)
        lively(each, 2)
    assert same(world.state("training"), other.state("training"))


class Ear:
    """A listener that only keeps the replies."""

    def __init__(self) -> None:
        self.replies: queue.SimpleQueue[c.Reply] = queue.SimpleQueue()

    def replied(self, reply: c.Reply) -> None:
        self.replies.put(reply)

    def __getattr__(self, name: str) -> Any:
        return lambda *values: None


class Lab:
    """A runner whose worlds can be looked into."""

    def __init__(self, **params: Any) -> None:
        self.worlds: list[MeshNca] = []
        lab = self

        class Kept(MeshNca):
            def __init__(self, spec: Spec) -> None:
                super().__init__(spec)
                lab.worlds.append(self)

        self.ear = Ear()
        self.spec = Spec("mesh-nca", TINY | params, seed=3, device="cpu")
        self.runner = Runner(self.spec, self.ear, lookup=lambda _: Kept)

    def __enter__(self) -> Lab:
        self.runner.start()
        return self

    def __exit__(self, *error: object) -> None:
        assert self.runner.close()

    def do(self, command: c.Command) -> c.Reply:
        self.runner.submit(command)
        reply = self.ear.replies.get(timeout=30)
        assert reply.ok, reply.error
        return reply


def test_a_trained_texture_grows_on_a_dropped_mesh_at_once() -> None:
    with Lab() as lab:
        lab.do(c.Train(True))
        end = time.monotonic() + 30
        while lab.worlds[0].train_progress()[0] < 2 and time.monotonic() < end:
            time.sleep(0.01)
        lab.do(c.Train(False))
        trained = lab.worlds[0].state("model")
        assert not same(trained, MeshNca(lab.spec).state("model"))
        mesh = pack("knot.ply", *SHAPES["knot"].make(2560))
        lab.do(c.Rebuild(lab.runner.state.spec.with_(mesh=mesh), keep_model=True))
        assert same(lab.worlds[1].state("model"), trained)
        assert lab.worlds[1].surface.topology == shape("knot", 2560).topology
        lab.do(c.Step(3))
        assert lab.worlds[1].get_arrays("world")["cells"].any()


def test_what_was_painted_comes_back_with_its_time() -> None:
    with Lab() as lab:
        world = lambda: lab.worlds[0].state("world")  # noqa: E731
        lab.do(c.Step(5))
        for tool in ("graft", "comb", "density", "freeze", "erase"):
            points = ((3.0, 0.2, 0.2), (40.0, 0.3, 0.3))
            lab.do(c.Brush(Stroke("world", tool, points, radius=0.4, value=0.5, number=1)))
        assert lab.do(c.Undo()).value == "erase stroke"
        painted = world()
        lab.do(c.RunTo(12))
        last = world()
        lab.do(c.Jump(5))
        assert same(world(), painted)
        assert lab.worlds[0].undo_words() == ("freeze stroke", "erase stroke")
        lab.do(c.RunTo(12))
        assert same(world(), last)


def test_target_options_name_minutes() -> None:
    options = MeshNca.target_options(Asset("a", np.zeros((8, 8, 4), np.uint8)), "cpu")
    assert sum(option.recommended for option in options) == 1
    for option in options:
        MeshNca.Params(**option.params)
        assert option.minutes is not None
        assert option.minutes > 0.5


def test_what_it_exports_is_what_is_seen_and_changes_nothing(tmp_path: Path) -> None:
    import trimesh

    world = lively(tiny())
    before = world.state("world")
    files = {e.ending: tmp_path / f"ball{e.ending}" for e in world.exports()}
    for export in world.exports():
        export.write(files[export.ending])
    assert same(world.state("world"), before)
    mesh = trimesh.load(files[".ply"], process=False)
    np.testing.assert_array_equal(mesh.visual.vertex_colors[:, :3], seen(world).colours)
    scene = trimesh.load(files[".glb"])
    (body,) = scene.geometry.values()
    assert len(body.faces) == len(world.surface.faces)
    assert body.visual.material.baseColorTexture.size == (2048, 2048)
    frames = sorted(files[".frames"].iterdir())
    assert len(frames) == 60
    lively(world, 2)
    second = trimesh.load(frames[1], process=False)
    np.testing.assert_array_equal(second.visual.vertex_colors[:, :3], seen(world).colours)
    with pytest.raises(BadInput, match="exists already"):
        world.exports()[2].write(files[".frames"])


@pytest.mark.parametrize(("faces", "side"), [(100, 2048), (81_920, 2048), (327_680, 4096)])
def test_textures_grow_with_the_mesh(faces: int, side: int) -> None:
    assert texture_side(faces) == side


def test_a_training_may_begin_with_a_shipped_model() -> None:
    name = parameters.BASE
    begun = tiny(ancestor=name, hidden=128)
    shipped = checkpoint.read(Path(model_path(name))).arrays["model/w1"]
    np.testing.assert_array_equal(begun.get_arrays("model")["w1"], shipped)
    for option in MeshNca.target_options(Asset("a", np.zeros((8, 8, 4), np.uint8)), "cpu"):
        assert option.params["ancestor"] == name
    other = lively(tiny(hidden=128), 1)
    model = Asset("own", checkpoint.dump(other, "model"))
    kept = MeshNca(Spec("mesh-nca", begun.params.model_dump(), device="cpu", model=model))
    assert same(kept.get_arrays("model"), other.get_arrays("model"))


def test_the_shown_surface_begins_again_while_it_learns() -> None:
    world = lively(tiny(replant=5), 5)
    world.train_step(no_poll)
    assert not world.get_arrays("world")["cells"].any()
    lively(world, 3)
    world.train_step(no_poll)
    assert world.get_arrays("world")["cells"].any()
    patient = lively(tiny(replant=0), 9)
    patient.train_step(no_poll)
    assert patient.get_arrays("world")["cells"].any()


def test_words_are_drawn_and_it_is_said() -> None:
    picture = Asset("cat.png", np.full((40, 40, 4), 200, np.uint8))
    world = tiny(prompt="red spots on white", target=picture)
    assert "drawn from your words, no language model" in world.warnings[0]
    target = world.views({"target": ViewRequest()})["target"]
    assert isinstance(target, ImageView)
    assert target.data[..., 0].mean() > target.data[..., 2].mean() + 20
    assert np.isfinite(world.train_step(no_poll)["loss"])
    with pytest.raises(BadInput, match="no word of 'qwrtz' can be drawn"):
        tiny(prompt="qwrtz")


def test_a_prompt_with_clip_weights_needs_the_file(tmp_path: Path) -> None:
    world = tiny(prompt="moss", clip_weights=str(tmp_path / "clip.safetensors"))
    assert world.warnings == ()
    with pytest.raises(BadInput):
        world.train_step(no_poll)


def test_a_saved_world_brings_its_mesh_and_its_material() -> None:
    maps = np.random.default_rng(4).integers(0, 255, (48, 48, 10)).astype(np.uint8)
    vertices, faces = icosphere(7)
    egg = pack("egg.obj", vertices * np.array([1.0, 2.0, 1.0]), faces)
    world = lively(tiny(mesh=egg, target=Asset("moss", maps), angle=30.0))
    world.brush(Stroke("world", "comb", ((3.0, 0.2, 0.2), (9.0, 0.2, 0.2)), radius=0.5, number=1))
    data = checkpoint.dump(world, "world")
    loaded = checkpoint.parse(data, "egg.safetensors")
    spec = checkpoint.spec_of(loaded, "egg.safetensors", data)
    other = openers.build(spec, Asset("egg.safetensors", data))
    assert isinstance(other, MeshNca)
    assert other.surface.topology == world.surface.topology
    assert other.spec.target == world.spec.target
    assert "roughness" in seen(other).channels
    assert same(lively(other).state("world"), lively(world).state("world"))
    broken = spec.with_(mesh=Asset("egg.obj", data))
    with pytest.raises(BadInput, match=r"egg.obj.*packed mesh"):
        openers.build(broken)
    model = checkpoint.dump(world, "model")
    assert checkpoint.parse(model, "x").mesh is None


def test_vertices_are_counted_summed_up_and_shown_by_their_components() -> None:
    world = tiny()
    world.step()
    cells = world.get_arrays("world")["cells"]
    cells[...] = np.random.default_rng(4).normal(size=cells.shape)
    world.set_arrays("world", world.get_arrays("world") | {"cells": cells})
    request = ViewRequest(reduce="pca", channels=(1,), bins=8, stats=(5, 5, 1, 1))
    view = world.views({"world": request})["world"]
    assert isinstance(view, MeshView)
    assert view.shown == "principal components"
    assert view.axes is not None
    assert view.axes.shape == (cells.shape[1], 3)
    assert view.colours.std(axis=0).min() > 10
    assert view.histogram is not None
    assert view.histogram.counts.sum() == len(cells)
    assert view.summary is not None
    assert view.summary.region == (0, 0, len(cells), 1), "any part is the whole"
    np.testing.assert_allclose(view.summary.mean, cells.astype(float).mean(axis=0), rtol=1e-9)
    plain = world.views({"world": ViewRequest()})["world"]
    assert isinstance(plain, MeshView)
    assert plain.axes is plain.summary is plain.histogram is None
