"""What a living surface tells of itself, and what leaves it as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.core import checkpoint, device
from engine.core.activity import Activity
from engine.core.errors import BadInput, Cancelled
from engine.core.spec import Spec
from engine.core.views import MeshView, Pick, Stroke, ViewRequest
from engine.mesh_nca import exports
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


def seen(world: MeshNca) -> MeshView:
    view = world.views({"world": ViewRequest()})["world"]
    assert isinstance(view, MeshView)
    return view


def test_a_cancelled_tick_leaves_everything_as_it_was() -> None:
    world = lively(tiny(vertices=10_242, shown="change"))

    def stop() -> None:
        raise Cancelled  # after the first block

    state, shown, measured = world.state("world"), seen(world).colours, world.metrics()
    assert measured["mean change"] > 0
    device.set_threads(1)  # else the others may have done it all before this one is asked
    try:
        with pytest.raises(Cancelled):
            world.step(stop)
    finally:
        device.set_threads(0)
    after = world.state("world")
    assert all(np.array_equal(state[name], after[name]) for name in state)
    np.testing.assert_array_equal(seen(world).colours, shown)
    assert world.metrics() == measured


def test_a_restored_world_knows_how_it_changed() -> None:
    world = lively(tiny(shown="change"))
    state, shown, measured = world.state("world"), seen(world).colours, world.metrics()
    for other in (tiny(shown="change"), lively(world)):
        other.load_state(state, "world")
        np.testing.assert_array_equal(seen(other).colours, shown)
        assert other.metrics() == measured
        assert seen(lively(other, 1)).colours.std() > 0
        assert not np.array_equal(seen(other).colours, shown)


def test_frames_to_come_are_those_that_come(tmp_path: Path) -> None:
    named = {"graft_model": "file", "graft_file": kin(tmp_path / "b.safetensors")}
    world = lively(tiny(shown="change", graft_at="one half", blend=0.2, **named))
    frames = world._ahead()(4, 3, lambda: None)
    expected, state = [], world.state("world")
    for frame in range(4):
        lively(world, 3 if frame else 0)
        expected.append(seen(world))
    # Meanwhile the world is another one: the frames are those of the world that was copied.
    world.brush(Stroke("world", "freeze", ((3.0, 0.2, 0.2),), radius=4.0, value=0.0))
    world.brush(Stroke("world", "graft", ((3.0, 0.2, 0.2),), radius=4.0, value=1.0))
    lively(world, 2)
    for view, wanted in zip(frames, expected, strict=True):
        assert view.step == wanted.step
        np.testing.assert_array_equal(view.colours, wanted.colours)
    assert not np.array_equal(expected[0].colours, expected[1].colours)
    assert world.step_count > state["clock/step"][0]


@pytest.mark.parametrize("ending", [".glb", ".ply", ".frames"])
def test_files_are_written_from_a_copy_and_can_be_cancelled(
    ending: str, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(exports, "SEQUENCE", (3, 2))
    world = lively(tiny())
    export = next(export for export in world.exports() if export.ending == ending)
    at_once, later = tmp_path / f"a{ending}", tmp_path / f"deep{ending}"
    assert export.begin is not None
    write = export.begin()
    lost = export.begin()
    export.write(at_once)
    lively(world)
    activity = Activity("writing")
    write(tmp_path / f"b{ending}", activity)
    cancelled = Activity("writing")
    cancelled.cancel()
    with pytest.raises(Cancelled):
        lost(later, cancelled)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {f"a{ending}", f"b{ending}"}
    if ending == ".frames":
        assert activity.status.done == 3
    for one, two in zip(files(at_once), files(tmp_path / f"b{ending}"), strict=True):
        assert len(one) > 1000
        # The name of a .glb is in it.
        assert one.replace(b'"a"', b'"b"') == two


def files(path: Path) -> list[bytes]:
    """Contents of a file, or of those in a folder."""
    return [p.read_bytes() for p in (sorted(path.iterdir()) if path.is_dir() else [path])]


@pytest.mark.parametrize(
    ("field", "value"),
    [("share", 1e30), ("share", -5.0), ("scale", 0.0), ("scale", 1e30), ("scale", -1.0),
     ("rate", -3.0), ("rate", 1.1), ("turn", 1e30)],
)  # fmt: skip
def test_fields_that_no_hand_paints_are_refused_by_name(field: str, value: float) -> None:
    world = lively(tiny())
    world.brush(Stroke("world", "density", ((3.0, 0.2, 0.2),), radius=0.5, value=2.0))
    before = world.state("world")
    hostile = dict(before)
    hostile[f"world/{field}"] = before[f"world/{field}"].copy()
    hostile[f"world/{field}"][5] = value
    with pytest.raises(BadInput, match=f"{field}.*{value:.4g}".replace("+", ".")):
        world.load_state(hostile, "world")
    after = world.state("world")
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_fields_at_their_limits_are_believed() -> None:
    world = tiny(graft_at="everywhere", scale_at="graded", comb_at="twisted")
    for tool, value in (("density", 2.0), ("density", 0.5), ("freeze", 1.0), ("graft", 0.0)):
        world.brush(Stroke("world", tool, ((3.0, 0.2, 0.2),), radius=0.5, value=value))
    tiny().load_state(world.state("world"), "world")


def test_what_a_reset_wipes_can_be_brought_back() -> None:
    world = lively(tiny(graft_at="one half"))
    assert world.undo_words() == ("", "")
    for tool in ("graft", "comb", "density", "freeze"):
        points = ((3.0, 0.2, 0.2), (40.0, 0.3, 0.3))
        world.brush(Stroke("world", tool, points, radius=0.6, value=0.5))
    painted = {name: rows.copy() for name, rows in world.get_arrays("world").items()}
    world.reset()
    world.reset()  # once too often
    assert world.undo_words() == ("restart", "")
    fresh = tiny(graft_at="one half").state("world")
    after = world.state("world")
    assert all(np.array_equal(fresh[name], after[name]) for name in fresh)
    world.undo()
    for name in ("share", "turn", "scale", "rate"):
        np.testing.assert_array_equal(world.get_arrays("world")[name], painted[name])
    assert not world.get_arrays("world")["cells"].any()
    world.redo()
    after = world.state("world")
    assert all(np.array_equal(fresh[name], after[name]) for name in fresh)


def test_a_jump_brings_back_what_could_be_undone_then() -> None:
    world = lively(tiny())
    early = world.state("world")
    lively(world, 1).brush(Stroke("world", "freeze", ((3.0, 0.2, 0.2),), radius=0.6))
    late = lively(world).state("world")
    for state, words in ((early, ""), (late, "freeze stroke")):
        world.load_state(state, "world")
        world.recall(())
        assert world.undo_words() == (words, "")
    world.undo()
    assert (world.get_arrays("world")["rate"] == 1.0).all()
    world.load_state(late, "world")  # as a file is opened
    assert world.undo_words() == ("", "")
