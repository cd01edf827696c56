"""Remeshing in a child process: even triangles, borders and edges kept, ended when cancelled."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
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
    vertices: np.ndarray,
    faces: np.ndarray,
    count: int,
    *,
    features: bool = False,
    report: Callable[[int, int, str], object] = lambda *_: None,
) -> tuple[np.ndarray, np.ndarray]:
    """What the child does, in this process: its start takes longer than its work."""
    return remeshed(
        np.ascontiguousarray(vertices, np.float64),
        np.ascontiguousarray(faces, np.int32),
        count,
        features=features,
        report=report,
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
    vertices, faces = figures.bowl(3)
    assert abs(len(vertices) / 340 - 1) > 0.2
    made, _ = _here(vertices, faces, 340)
    assert abs(len(made) / 340 - 1) <= 0.15


def test_the_edge_length_is_that_of_a_plane_of_triangles() -> None:
    # A triangle of side 1 has area sqrt(3) / 4, and there are two of them to a vertex.
    assert edge_length(1000 * 2 * 3**0.5 / 4, 1000) == pytest.approx(1)


@dataclass
class _Run:
    vertices: np.ndarray
    faces: np.ndarray
    told: list[ActivityStatus]
    status: ActivityStatus
    copyleft: str


_WITHOUT_COPYLEFT = """
import atexit, os, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if "copyleft" in name:
            raise ImportError(name)

def tell():
    with open(os.environ["PRIMORDIA_TEST_COPYLEFT"], "w") as file:
        file.write("loaded: " + " ".join(name for name in sys.modules if "copyleft" in name))

sys.meta_path.insert(0, Absent())
atexit.register(tell)
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> _Run:
    """One whole run of the child, with no temporary folder and without the copyleft part."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "sitecustomize.py").write_text(_WITHOUT_COPYLEFT)
    activity = Activity("test")
    told: list[ActivityStatus] = []
    activity.listen(told.append)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        patch.setenv("PRIMORDIA_TEST_COPYLEFT", str(folder / "told"))
        patch.setenv("TMPDIR", str(folder / "gone"))
        patch.setattr("tempfile.tempdir", str(folder / "gone"))
        made = remesh(*figures.box(), 200, features=True, activity=activity)
    return _Run(*made, told, activity.status, (folder / "told").read_text())


def test_progress_is_told_round_by_round(run: _Run) -> None:
    assert (run.status.done, run.status.total) == (10, 10)
    assert any("round" in status.note and "of 10" in status.note for status in run.told)


def test_it_needs_no_room_on_a_disk_and_returns_what_the_child_made(run: _Run) -> None:
    vertices, faces = _here(*figures.box(), 200, features=True)
    np.testing.assert_array_equal(run.faces, faces)
    np.testing.assert_array_equal(run.vertices, vertices)


def test_nothing_of_the_copyleft_part_is_needed(run: _Run) -> None:
    assert run.copyleft == "loaded: "


def test_a_child_that_cannot_start_is_an_error_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", os.fspath(Path(os.devnull)))
    with pytest.raises(UserError, match="could not be started"):
        remesh(*figures.box(), 200)


def _children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if any("remesh_child" in word for word in child.cmdline())
    ]


def test_cancelling_ends_the_process_within_a_native_call() -> None:
    # One of three is enough: a busy machine may stop this thread for as long as a round lasts.
    assert any(_cancelled_after() < 1 for _ in range(3))


def _cancelled_after() -> float:
    """Seconds from a cancel to its effect."""
    activity = Activity("test")
    ends: list[float] = []

    def stop(status: ActivityStatus) -> None:
        if status.total and not ends:  # it has started, and its first round lasts a second
            ends.append(time.monotonic())
            activity.cancel()

    activity.listen(stop)
    with pytest.raises(Cancelled):
        remesh(*figures.box(), 30_000, activity=activity)
    seconds = time.monotonic() - ends[0]
    assert _children() == []
    return seconds


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends after its native call")
def test_no_process_is_left_when_the_program_is_killed() -> None:
    code = (
        "import numpy as np; from engine.meshes.remesh import remesh;"
        "remesh(np.eye(4, 3), np.array([[0, 1, 2], [0, 3, 1], [1, 3, 2], [2, 3, 0]]), 200000)"
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
    assert psutil.wait_procs([child], timeout=30)[1] == []


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


def test_a_mesh_that_is_far_too_fine_is_thinned_first() -> None:
    notes: list[str] = []
    vertices, faces = icosphere(32)
    made, left = _here(vertices, faces, 400, report=lambda *told: notes.append(str(told[-1])))
    assert any("thinning 20,480 faces" in note for note in notes)
    assert abs(len(made) / 400 - 1) <= 0.15
    assert np.linalg.norm(made, axis=1).min() > 0.97
    assert _figure(judge(Surface.of(made, left)), "Edge CV") <= 0.18
