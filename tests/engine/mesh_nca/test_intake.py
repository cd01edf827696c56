"""From a file to a mesh to live on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh

from engine.core.activity import Activity, null_activity
from engine.core.errors import BadInput, Cancelled
from engine.mesh_nca import intake
from engine.mesh_nca.intake import take
from engine.meshes.asset import unpack
from engine.meshes.store import MeshStore


@pytest.fixture
def ball(tmp_path: Path) -> Path:
    path = tmp_path / "ball.stl"  # every triangle has corners of its own
    trimesh.creation.icosphere(3).export(path)
    return path


def test_a_mesh_is_taken_as_it_is(ball: Path, tmp_path: Path) -> None:
    taken = take(ball, activity=null_activity(), cache=MeshStore(tmp_path / "cache"))
    surface = unpack(taken.asset)
    assert taken.asset.name == "ball.stl"
    assert len(surface.vertices) == 642
    assert surface.faces.shape == (1280, 3)
    assert not taken.remeshed
    assert any("Welded" in note for note in taken.notes)
    assert not (tmp_path / "cache").exists()


def test_a_remeshed_one_is_made_once(
    ball: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MeshStore(tmp_path / "cache")
    first = take(ball, activity=null_activity(), remesh_to=400, cache=store)
    assert first.remeshed
    assert "Remeshed from 642" in first.notes[-1]
    assert len(first.original.vertices) == 642
    assert abs(len(unpack(first.asset).vertices) / 400 - 1) < 0.15

    def never(*_: object, **__: object) -> None:
        raise AssertionError("it is in the cache")

    monkeypatch.setattr(intake, "remesh", never)
    second = take(ball, activity=null_activity(), remesh_to=400, cache=store)
    assert second.asset == first.asset
    with pytest.raises(AssertionError):
        take(ball, activity=null_activity(), remesh_to=400, features=True, cache=store)


def test_too_many_faces_are_refused_with_the_remedy(
    ball: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_FACES", 1279)
    with pytest.raises(BadInput, match=r"1,280 faces.*Remesh it to 10,000") as caught:
        take(ball, activity=null_activity())
    assert caught.value.path == ball


def test_a_refusal_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "line.obj"
    path.write_text("v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n")
    with pytest.raises(BadInput) as caught:
        take(path, activity=null_activity())
    assert caught.value.path == path
    with pytest.raises(BadInput, match="100 to 500,000"):
        take(path, activity=null_activity(), remesh_to=7)


def test_cancelling_leaves_no_trace(ball: Path, tmp_path: Path) -> None:
    activity = Activity("test")
    activity.cancel()
    with pytest.raises(Cancelled):
        take(ball, activity=activity, remesh_to=400, cache=MeshStore(tmp_path / "cache"))
    assert not (tmp_path / "cache").exists()


def test_pieces_can_be_chosen(tmp_path: Path) -> None:
    small = trimesh.creation.icosphere(2, radius=0.2)
    small.apply_translation((3, 0, 0))
    both = trimesh.util.concatenate([small, trimesh.creation.icosphere(3)])
    path = tmp_path / "two.ply"
    both.export(path)
    whole = take(path, activity=null_activity())
    assert len(whole.original.pieces) == 2
    for choice, vertices in (("largest", 642), (1, 162)):
        taken = take(path, activity=null_activity(), component=choice)
        assert len(unpack(taken.asset).vertices) == vertices
        assert np.isfinite(unpack(taken.asset).vertices).all()
