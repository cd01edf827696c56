"""What a mesh automaton lives on, and what is seen and exported of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.core.capabilities import capabilities
from engine.core.errors import BadInput
from engine.core.figures import TableView
from engine.core.spec import Asset
from engine.core.views import Eye, ImageView, MeshView, ViewRequest
from engine.mesh_nca.appearance import reading
from engine.mesh_nca.exports import texture_side
from engine.meshes.asset import pack
from engine.meshes.shapes import icosphere


def test_it_says_what_it_can(nca: Any) -> None:
    able = capabilities(nca.tiny())
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


def test_its_mesh_is_sent_by_reference_and_its_colours_are_its_own(nca: Any) -> None:
    world = nca.lively(nca.tiny())
    view, again = nca.seen(world), nca.seen(world)
    assert view.vertices is again.vertices
    assert view.topology == world.surface.topology
    assert view.colours.shape == (642, 3)
    before = view.colours.copy()
    nca.lively(world)
    np.testing.assert_array_equal(view.colours, before)
    assert not np.array_equal(nca.seen(world).colours, before)


def test_a_mesh_of_the_users_is_lived_on(nca: Any) -> None:
    vertices, faces = icosphere(9)
    stretched = vertices * np.array([1.0, 3.0, 0.5])
    world = nca.lively(nca.tiny(mesh=pack("egg.obj", stretched, faces)))
    assert len(world.surface.vertices) == 812
    assert np.ptp(world.surface.vertices[:, 1]) > 3 * np.ptp(world.surface.vertices[:, 2])
    assert nca.seen(world).colours.std() > 1
    finer = nca.tiny(mesh=pack("egg.obj", stretched, faces), subdivisions=1)
    assert len(finer.surface.faces) == 4 * len(faces)


def test_broken_meshes_are_refused(nca: Any) -> None:
    vertices, faces = icosphere(4)
    for mesh in (
        Asset("a.obj", b"nonsense"),
        pack("b.obj", np.full_like(vertices, np.nan), faces),
        pack("c.obj", vertices, faces + 1000),
    ):
        with pytest.raises(BadInput, match=mesh.name):
            nca.tiny(mesh=mesh)
    with pytest.raises(BadInput, match="subdivisions"):
        nca.tiny(shape="icosphere", vertices=163_842, subdivisions=2)


@pytest.mark.parametrize(
    "shown", ["shaded", "albedo", "height", "normal", "change", "comb", "scale", "rate", "valence"]
)
def test_everything_that_can_be_shown_is_coloured_and_explained(nca: Any, shown: str) -> None:
    world = nca.lively(nca.tiny(shown=shown, shading="pbr"))
    view = nca.seen(world)
    assert view.shading == ("pbr" if shown == "shaded" else "plain")
    assert view.colours.dtype == np.uint8
    assert (view.legend is None) == (shown in ("shaded", "albedo"))
    assert nca.seen(world, channels=(12,)).shown == view.channels[12]


def test_probes_are_the_channels_of_vertices(nca: Any) -> None:
    world = nca.lively(nca.tiny())
    view = nca.seen(world, probes=((5,), (99_999,), (-1,), (3, 4), (7,)))
    assert view.probed == (5, 7)
    cells = world.get_arrays("world")["cells"]
    np.testing.assert_array_equal(view.probes, cells[[5, 7]])


def test_what_is_shown_is_told_in_words_with_its_unit(nca: Any) -> None:
    view = nca.seen(nca.lively(nca.tiny(shown="valence")), probes=((5,), (7,)))
    assert len(view.readings) == 2
    assert view.readings[0] in ("valence 5 neighbours", "valence 6 neighbours")
    assert nca.seen(nca.lively(nca.tiny(shown="shaded")), probes=((5,),)).readings == ()
    assert nca.seen(nca.lively(nca.tiny())).lacking == {
        "height",
        "normal",
        "roughness",
        "occlusion",
    }
    assert reading("scale", 1.0) == "scale 2.00 x"
    assert reading("spacing", -1.0) == "spacing 0.50 x the mean edge"
    assert reading("comb", -12.4) == "comb -12°"
    assert reading("change", 0.0123) == "change 0.012 a step"


def test_a_model_of_materials_shows_them_and_one_of_pictures_does_not(nca: Any) -> None:
    picture = nca.tiny()
    maps = np.full((40, 40, 10), 128, np.uint8)
    maps[::4, :, :3] = 250
    material = nca.tiny(target=Asset("bricks", maps), shading="pbr")
    assert nca.seen(picture).material is None
    view = nca.seen(nca.lively(material))
    assert view.material is not None
    assert view.material.shape == (642, 6)
    assert "roughness" in view.channels
    assert "roughness" not in nca.seen(picture).channels


def test_an_eye_gets_a_picture(nca: Any) -> None:
    world = nca.lively(nca.tiny())
    request = ViewRequest(eye=Eye(azimuth=70.0), size=(60, 40))
    picture = world.views({"world": request})["world"]
    assert isinstance(picture, ImageView)
    assert picture.data.shape == (40, 60, 4)
    assert 200 < np.count_nonzero(picture.data[..., 3] > 128) < 2000
    world.set_param("shown", "valence")
    assert not np.array_equal(world.views({"world": request})["world"].data, picture.data)


def test_the_quality_of_the_mesh_is_a_table(nca: Any) -> None:
    table = nca.tiny(vertices=2562).views({"quality": ViewRequest()})["quality"]
    assert isinstance(table, TableView)
    verdicts = {row[0]: row[-1] for row in table.rows}
    assert verdicts["Edge CV"] == "good"
    assert verdicts["As a whole"] == "usable"  # few vertices


def test_what_it_exports_is_what_is_seen_and_changes_nothing(nca: Any, tmp_path: Path) -> None:
    import trimesh

    world = nca.lively(nca.tiny())
    before = world.state("world")
    files = {e.ending: tmp_path / f"ball{e.ending}" for e in world.exports()}
    for export in world.exports():
        export.write(files[export.ending])
    assert nca.same(world.state("world"), before)
    mesh = trimesh.load(files[".ply"], process=False)
    np.testing.assert_array_equal(mesh.visual.vertex_colors[:, :3], nca.seen(world).colours)
    scene = trimesh.load(files[".glb"])
    (body,) = scene.geometry.values()
    assert len(body.faces) == len(world.surface.faces)
    assert body.visual.material.baseColorTexture.size == (2048, 2048)
    frames = sorted(files[".frames"].iterdir())
    assert len(frames) == 60
    nca.lively(world, 2)
    second = trimesh.load(frames[1], process=False)
    np.testing.assert_array_equal(second.visual.vertex_colors[:, :3], nca.seen(world).colours)
    with pytest.raises(BadInput, match="exists already"):
        world.exports()[2].write(files[".frames"])


@pytest.mark.parametrize(("faces", "side"), [(100, 2048), (81_920, 2048), (327_680, 4096)])
def test_textures_grow_with_the_mesh(faces: int, side: int) -> None:
    assert texture_side(faces) == side


def test_vertices_are_counted_summed_up_and_shown_by_their_components(nca: Any) -> None:
    world = nca.tiny()
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
