"""Every part that runs has its licence beside the sources, and the bundle's rules hold."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "LICENSES"


@pytest.fixture(autouse=True)
def packaging_path(monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("packaging", "packaging/bundle"):
        monkeypatch.syspath_prepend(str(ROOT / folder))


def load(name: str) -> ModuleType:
    found = importlib.import_module(name)
    assert Path(found.__file__ or "").is_relative_to(ROOT / "packaging")
    return found


def test_no_text_is_missing() -> None:
    assert load("licences").missing() == [], "run packaging/licences.py"


def test_what_runs_is_read_from_the_project_and_followed() -> None:
    found = {dist.name.lower() for dist in load("distributions").running()}
    assert {"numpy", "torch", "av", "gpytoolbox", "scs", "rapidfuzz"} <= found
    assert not {"pytest", "ruff", "pyinstaller", "hypothesis"} & found
    fewer = {dist.name.lower() for dist in load("distributions").running({"av"})}
    assert found - fewer == {"av"}


def test_each_part_stands_in_the_table_with_a_text_of_some_length() -> None:
    table = (FOLDER / "README.md").read_text("utf-8")
    for dist in load("distributions").running():
        if dist.name.startswith(("nvidia-", "cuda-", "triton")):
            continue
        row = next(line for line in table.splitlines() if line.startswith(f"| {dist.name} |"))
        files = [part.split(")")[0] for part in row.split("](")[1:]]
        assert files, f"{dist.name} has no text"
        for file in files:
            assert len((FOLDER / file).read_text("utf-8")) > 400, file


def test_the_gpl_is_said_of_the_codecs_and_the_lgpl_of_qt() -> None:
    table = (FOLDER / "README.md").read_text("utf-8")
    assert "| av | BSD-3-Clause; its FFmpeg and codecs: GPL-3.0 |" in table
    assert "| PySide6_Essentials | LGPL-3.0 |" in table
    for name, words in (
        ("GPL-3.0", "GNU GENERAL PUBLIC LICENSE"),
        ("LGPL-3.0", "GNU LESSER GENERAL PUBLIC LICENSE"),
        ("MPL-2.0", "Mozilla Public License"),
    ):
        assert words in (FOLDER / f"{name}.txt").read_text("utf-8")


def test_a_missing_text_is_noticed(tmp_path: Path) -> None:
    licences = load("licences")
    licences.write(tmp_path)
    assert licences.missing(tmp_path) == []
    (tmp_path / "numpy.txt").unlink()
    (tmp_path / "gone.txt").write_text("of a package that is no longer used")
    assert licences.missing(tmp_path) == ["numpy.txt"]
    licences.write(tmp_path)
    assert not (tmp_path / "gone.txt").exists()


def test_texts_name_no_folder_of_this_machine() -> None:
    parts = load("parts")
    assert parts.paths_of_this_machine(FOLDER, (ROOT, Path.home())) == []
    assert sys.prefix not in (FOLDER / "README.md").read_text("utf-8")
