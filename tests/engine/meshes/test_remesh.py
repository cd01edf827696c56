"""Remeshing in a child process: even triangles, borders and edges kept, ended when cancelled."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import psutil
import pytest

from engine.core.activity import Activity, ActivityStatus
from engine.core.errors import BadInput, Cancelled, UserError
from engine.meshes import remesh as module
from engine.meshes.mend import mend
from engine.meshes.quality import judge
from engine.meshes.remesh import remesh
from engine.meshes.remesh_child import edge_length, remeshed
from engine.meshes.seams import components, edge_pairs
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface

_spec = importlib.util.spec_from_file_location(
    "remesh_figures", Path(__file__).with_name("remesh_figures.py")
)
assert _spec is not None
assert _spec.loader is not None
figures = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(figures)


def _figure(quality: object, name: str) -> float:
    return next(row.value for row in quality.figures if row.name == name)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True, scope="module")
def _remesher() -> None:
    """Import the package where its own warnings are nobody's error, as in the child."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import gpytoolbox  # noqa: F401


def _here(
    vertices: np.ndarray, faces: np.ndarray, count: int, *, features: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """What the child does, in this process: its start takes longer than its work."""
    return remeshed(
        np.ascontiguousarray(vertices, np.float64),
        np.ascontiguousarray(faces, np.int32),
        count,
        features=features,
        report=lambda *_: None,
    )


def _passes_the_gate(name: str, count: int, features: bool) -> None:
    mended = mend(*figures.FIGURES[name]())
    vertices, faces = _here(mended.vertices, mended.faces, count, features=features)
    quality = judge(Surface.of(vertices, faces))
    assert _figure(quality, "Share of valence 5 to 7") >= 0.98
    assert _figure(quality, "Edge CV") <= 0.18
    assert abs(len(vertices) / count - 1) <= 0.15
    open_edges = len(edge_pairs(faces, len(vertices))[1])
    assert (open_edges == 0) == (name in figures.CLOSED)
    parts, _ = components(mended.faces, len(mended.vertices))
    assert components(faces, len(vertices))[0] == parts
    # The surface is where it was: no vertex left it, and its extent is that of the original.
    low, high = mended.vertices.min(axis=0), mended.vertices.max(axis=0)
    assert np.abs(vertices.min(axis=0) - low).max() < 0.06
    assert np.abs(vertices.max(axis=0) - high).max() < 0.06


@pytest.mark.parametrize(
    ("name", "features"), [("box", False), ("open box", True), ("assembly", False), ("bowl", False)]
)
def test_a_coarse_one_passes_the_gate(name: str, features: bool) -> None:
    _passes_the_gate(name, 800, features)


@pytest.mark.slow
@pytest.mark.parametrize("features", [False, True])
@pytest.mark.parametrize("name", figures.FIGURES)
def test_every_figure_passes_the_gate(name: str, features: bool) -> None:
    _passes_the_gate(name, 10_000, features)


def test_sharp_edges_stay_where_asked() -> None:
    vertices, faces = figures.box()
    corners = vertices / np.abs(vertices).max()
    kept, _ = _here(vertices, faces, 600, features=True)
    rounded, _ = _here(vertices, faces, 600)

    def missed(points: np.ndarray) -> float:
        away = np.linalg.norm(corners[:, None] - points[None] / 0.5, axis=2)
        return float(away.min(axis=1).max())

    assert missed(kept) < 1e-9
    assert missed(rounded) > 0.01
    on_faces = np.isclose(np.abs(kept), 0.5).any(axis=1)
    assert on_faces.all()


@pytest.mark.parametrize("count", [400, 600])
def test_sharp_edges_of_a_thin_plate_leave_no_slivers(count: int) -> None:
    """Vertices laid back onto lines that are closer than an edge fall together, or in a row."""
    plate = mend(*figures.plate())
    vertices, faces = _here(plate.vertices, plate.faces, count, features=True)
    corners = vertices[faces]
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2)
    areas = np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    assert sides.min() > 0.1 * sides.mean()
    assert (areas / sides.max(axis=1)).min() > 0.05 * sides.mean()
    quality = judge(Surface.of(vertices, faces))
    assert (quality.crowded, quality.borders, quality.genus) == (0, 0, 0)
    assert _figure(quality, "Share of valence 5 to 7") >= 0.98
    np.testing.assert_allclose(np.abs(vertices).max(axis=0), np.abs(plate.vertices).max(axis=0))


def test_an_even_mesh_gets_another_count_all_the_same() -> None:
    """Edges from 0.7 to 1.4 of the wanted length are left alone by the method itself."""
    vertices, faces = figures.bowl()
    assert abs(len(vertices) / 1300 - 1) > 0.2
    made, _ = _here(vertices, faces, 1300)
    assert abs(len(made) / 1300 - 1) <= 0.15


def test_the_edge_length_is_that_of_a_plane_of_triangles() -> None:
    # A triangle of side 1 has area sqrt(3) / 4, and there are two of them to a vertex.
    assert edge_length(1000 * 2 * 3**0.5 / 4, 1000) == pytest.approx(1)


def test_progress_is_told_round_by_round() -> None:
    activity = Activity("test")
    told: list[ActivityStatus] = []
    activity.listen(told.append)
    remesh(*figures.box(), 200, activity=activity)
    notes = [status.note for status in told]
    assert activity.status.done == activity.status.total == 10
    assert any("round" in note and "of 10" in note for note in notes)


def _children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if any("remesh_child" in word for word in child.cmdline())
    ]


def test_cancelling_ends_the_process_within_a_native_call() -> None:
    activity = Activity("test")
    ends: list[float] = []

    def stop(status: ActivityStatus) -> None:
        if status.total and not ends:  # it has started, and its first round lasts a second
            ends.append(time.monotonic())
            activity.cancel()

    activity.listen(stop)
    with pytest.raises(Cancelled):
        remesh(*figures.box(), 30_000, activity=activity)
    assert time.monotonic() - ends[0] < 1
    assert _children() == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends after its native call")
def test_no_process_is_left_when_the_program_is_killed() -> None:
    code = (
        "import trimesh; from engine.meshes.remesh import remesh;"
        "m = trimesh.creation.box((1, 1, 1)); remesh(m.vertices, m.faces, 200000)"
    )
    program = subprocess.Popen([sys.executable, "-c", code])
    try:
        watched = psutil.Process(program.pid)
        until = time.monotonic() + 30
        while not (children := watched.children()) and time.monotonic() < until:
            time.sleep(0.05)
        (child,) = children
        while child.cpu_times().user < 0.2 and time.monotonic() < until:
            time.sleep(0.05)  # past its first lines, which ask to be ended
    finally:
        program.kill()
        program.wait()
    assert psutil.wait_procs([child], timeout=5)[1] == []


def test_a_missing_package_is_named_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gpytoolbox.py").write_text("raise ModuleNotFoundError('No gpytoolbox here')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(UserError, match=r"needs gpytoolbox .*pip install gpytoolbox"):
        remesh(*figures.box(), 200)


def test_a_crash_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gpytoolbox.py").write_text("import os; os.abort()\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(UserError, match=r"could not be remeshed \(it crashed"):
        remesh(*figures.box(), 200)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("resource")
    monkeypatch.setattr(module, "_memory", lambda faces, count: 600 * 2**20)
    with pytest.raises(UserError, match="more memory"):
        remesh(*figures.box(), 400_000)


@pytest.mark.parametrize("count", [0, 99, 500_001])
def test_counts_out_of_range_are_refused(count: int) -> None:
    with pytest.raises(BadInput, match="100 to 500,000"):
        remesh(*figures.box(), count)


def test_nothing_of_the_copyleft_part_is_needed(tmp_path: Path) -> None:
    code = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if "copyleft" in name:
            raise ImportError(name)

sys.meta_path.insert(0, Absent())
import trimesh
from engine.meshes.remesh_child import remeshed
box = trimesh.creation.box((1, 1, 1))
vertices, _ = remeshed(
    box.vertices.copy(), box.faces.astype("int32"), 200, features=True, report=lambda *_: None
)
assert 150 < len(vertices) < 250
assert not [name for name in sys.modules if "copyleft" in name]
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ})


def test_a_mesh_that_is_far_too_fine_is_thinned_first() -> None:
    activity = Activity("test")
    notes: list[str] = []
    activity.listen(lambda status: notes.append(status.note))
    vertices, faces = icosphere(32)
    made, left = remesh(vertices, faces, 400, activity=activity)
    assert any("thinning 20,480 faces" in note for note in notes)
    assert abs(len(made) / 400 - 1) <= 0.15
    assert np.linalg.norm(made, axis=1).min() > 0.97
    assert _figure(judge(Surface.of(made, left)), "Edge CV") <= 0.18
