"""Half-installed packages are found by their RECORD and taken away."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "packaging/repair.py"


@pytest.fixture
def repair() -> ModuleType:
    spec = importlib.util.spec_from_file_location("repair", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _package(site_packages: Path, name: str) -> Path:
    (site_packages / name).mkdir()
    (site_packages / name / "__init__.py").touch()
    info = site_packages / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "RECORD").write_text(
        f"{name}/__init__.py,,\n{name}/__pycache__/__init__.cpython-311.pyc,,\n{info.name}/RECORD,,\n"
    )
    return info


def test_whole_packages_stay(repair: ModuleType, tmp_path: Path) -> None:
    info = _package(tmp_path, "whole")
    assert repair.repair(tmp_path) == []
    assert info.is_dir()


def test_a_package_without_record_goes(repair: ModuleType, tmp_path: Path) -> None:
    _package(tmp_path, "whole")
    (_package(tmp_path, "half") / "RECORD").unlink()
    assert repair.repair(tmp_path) == ["half-1.0.dist-info"]
    assert not (tmp_path / "half-1.0.dist-info").exists()


def test_a_package_that_lacks_a_file_goes(repair: ModuleType, tmp_path: Path) -> None:
    _package(tmp_path, "half")
    (tmp_path / "half/__init__.py").unlink()
    assert repair.repair(tmp_path) == ["half-1.0.dist-info"]


def test_what_pip_moved_aside_goes(repair: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "~orch").mkdir()
    (tmp_path / "~orch/lib.so").touch()
    assert repair.repair(tmp_path) == ["~orch"]
    assert list(tmp_path.iterdir()) == []
