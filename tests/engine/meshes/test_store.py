"""The cache of remeshed surfaces: what was put in, nothing broken, nothing without end."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from engine.meshes.store import MeshStore, cache_folder

POINTS = np.random.default_rng(0).normal(size=(40, 3))
FACES = np.random.default_rng(1).integers(0, 40, (70, 3)).astype(np.int32)


def test_what_was_put_in_comes_out(tmp_path: Path) -> None:
    store = MeshStore(tmp_path / "cache")
    key = store.key(POINTS, FACES, 100, False)
    assert store.get(key) is None
    store.put(key, POINTS, FACES)
    found = MeshStore(tmp_path / "cache").get(key)
    assert found is not None
    np.testing.assert_array_equal(found[0], POINTS)
    np.testing.assert_array_equal(found[1], FACES)


def test_the_key_depends_on_geometry_and_arguments(tmp_path: Path) -> None:
    store = MeshStore(tmp_path)
    moved = POINTS.copy()
    moved[3, 1] += 1e-12
    keys = [
        store.key(POINTS, FACES, 100, False),
        store.key(moved, FACES, 100, False),
        store.key(POINTS, FACES[::-1], 100, False),
        store.key(POINTS, FACES, 101, False),
        store.key(POINTS, FACES, 100, True),
    ]
    assert len(set(keys)) == len(keys)
    assert keys[0] == store.key(POINTS.copy(), FACES.astype(np.int64), 100, False)


@pytest.mark.parametrize("spoil", ["cut", "rubbish", "indices", "point"])
def test_a_broken_file_is_ignored_and_removed(spoil: str, tmp_path: Path) -> None:
    store = MeshStore(tmp_path)
    points = POINTS * (spoil != "point")
    store.put("key", points, FACES + 40 if spoil == "indices" else FACES)
    (path,) = tmp_path.iterdir()
    if spoil == "cut":
        path.write_bytes(path.read_bytes()[:-9])
    elif spoil == "rubbish":
        path.write_bytes(b"nothing")
    assert store.get("key") is None
    assert list(tmp_path.iterdir()) == []


def test_the_oldest_go_beyond_the_limit_and_what_is_used_stays(tmp_path: Path) -> None:
    store = MeshStore(tmp_path)
    store.put("a", POINTS, FACES)
    size = next(tmp_path.iterdir()).stat().st_size
    store = MeshStore(tmp_path, limit=3 * size)
    for age, key in enumerate("abc"):
        store.put(key, POINTS, FACES)
        path = tmp_path / f"{key}.safetensors"
        os.utime(path, ns=(age, age))
    assert store.get("a") is not None  # used: now the newest
    store.put("d", POINTS, FACES)
    assert {path.stem for path in tmp_path.iterdir()} == {"a", "c", "d"}


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = MeshStore(tmp_path / "file")
    store.put("key", POINTS, FACES)
    assert store.get("key") is None


def test_the_folder_moves_with_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIMORDIA_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "cache/meshes"
    monkeypatch.delenv("PRIMORDIA_HOME")
    assert "primordia" in cache_folder().parts
