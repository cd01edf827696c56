"""What the recipe of the bundle puts in and leaves out; the bundle itself is tried by smoke.py."""

from __future__ import annotations

import configparser
import importlib
import io
import os
import shutil
import subprocess
import tarfile
import xml.etree.ElementTree as ElementTree
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DESKTOP = ROOT / "packaging" / "desktop"


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    for folder in ("packaging", "packaging/bundle"):
        monkeypatch.syspath_prepend(str(ROOT / folder))
    return {name: importlib.import_module(name) for name in ("parts", "build", "distributions")}


def test_all_our_modules_are_named_since_many_are_found_by_name_only(
    recipe: dict[str, Any],
) -> None:
    modules = set(recipe["parts"].modules(ROOT))
    for name in (
        "app.cli",
        "app.deeds.help",
        "engine.systems.life",
        "engine.experiments",
        "engine.soup.languages.forth",
        "engine.meshes.remesh_child",
        "resources",
    ):
        assert name in modules


def test_resources_go_where_the_program_looks_for_them(recipe: dict[str, Any]) -> None:
    found = {f"{folder}/{Path(file).name}" for file, folder in recipe["parts"].resources(ROOT)}
    for name in ("guide/README.md", "icons/play.svg", "presets/life.json"):
        assert f"resources/{name}" in found
    code = [name for name in found if name.endswith((".py", ".pyc", ".nbi", ".nbc"))]
    assert code == ["resources/guide/forest_fire.py"]  # which people copy and change


def test_the_bundle_knows_its_version_systems_and_commands(
    recipe: dict[str, Any], tmp_path: Path
) -> None:
    entries = recipe["parts"].identity(tmp_path)
    folder = Path(entries[0][0]).parent
    assert {Path(file).name for file, _ in entries} == {"METADATA", "entry_points.txt"}
    found = PathDistribution(folder)
    project = recipe["distributions"].project()
    assert found.version == project["version"]
    points = {point.name: point.value for point in found.entry_points}
    assert points["life"] == "engine.systems.life:Life"
    assert points["soup"].startswith("engine.")
    assert "torch>=2.5" in (found.requires or [])


def test_what_is_not_to_be_handed_on_stays_out(recipe: dict[str, Any]) -> None:
    names = [
        "gpytoolbox_bindings_copyleft.cpython-311-x86_64-linux-gnu.so",
        "gpytoolbox/copyleft/__init__.py",
        "torch/include/ATen/ATen.h",
        "torch/bin/protoc",
        "torch/bin/test_api",
        "pkg-1.0.dist-info/direct_url.json",
        "pkg-1.0.dist-info/RECORD",
        "primordia-1.0.dist-info/licenses/LICENSES/av.txt",
    ]
    kept = ["torch/bin/torch_shm_manager", "torch/lib/libtorch_cpu.so", "gpytoolbox_bindings.so"]
    found = recipe["parts"].kept([(name, "file", "DATA") for name in names + kept])
    assert [name for name, _, _ in found] == kept


@pytest.mark.parametrize(("without", "licence"), [(False, "GENERAL PUBLIC"), (True, "Apache")])
def test_a_bundle_says_how_to_start_it_and_its_licence(
    recipe: dict[str, Any], tmp_path: Path, without: bool, licence: str
) -> None:
    (tmp_path / "_internal").mkdir()
    recipe["build"].finish(tmp_path, without_h264=without)
    note = (tmp_path / "README.txt").read_text("utf-8")
    assert "./primordia  " in note
    assert ("without video codecs" in note) is without
    assert licence in (tmp_path / "COPYING").read_text("utf-8")
    table = (tmp_path / "LICENSES/README.md").read_text("utf-8")
    assert "oneMKL" in table
    for words in ("| av |", "x265 are under the GPL", "beside GPL codecs"):
        assert (words in table) is not without, words
    assert ("No video codecs" in table) is without
    assert (tmp_path / "LICENSES/av.txt").is_file() is not without
    assert (tmp_path / "desktop/icons/hicolor/48x48/apps/primordia.png").is_file()
    assert os.access(tmp_path / "desktop/install-desktop", os.X_OK)


def test_paths_of_the_machine_are_found(recipe: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("built in /somewhere/secret")
    (tmp_path / "b.txt").write_text("nothing")
    found = recipe["parts"].paths_of_this_machine(tmp_path, (Path("/somewhere/secret"),))
    assert found == ["a.txt"]


@pytest.mark.parametrize("without", [False, True])
def test_codecs_are_where_they_should_be_only(
    recipe: dict[str, Any], tmp_path: Path, without: bool
) -> None:
    check = recipe["build"].check
    codecs_missing = check(tmp_path, without_h264=without)
    texts = tmp_path / "LICENSES"
    texts.mkdir()
    (texts / "av.txt").write_text("")
    said = [problem for problem in check(tmp_path, without_h264=without) if "licence" in problem]
    assert bool(said) is without
    (texts / "av.txt").unlink()
    (tmp_path / "libx264-1.so").write_text("")
    codecs_there = check(tmp_path, without_h264=without)
    assert bool(codecs_missing) is not without
    assert bool(codecs_there) is without
    (tmp_path / "bindings_copyleft.so").write_text("")
    assert any("exclude.txt" in problem for problem in check(tmp_path, without_h264=without))


def test_the_archive_tells_nothing_of_who_made_it(recipe: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "primordia"
    folder.mkdir()
    (folder / "primordia").write_text("x")
    archive = recipe["build"].pack(folder, tmp_path, without_h264=True)
    assert archive.name.endswith("-without-h264.tar.gz")
    with tarfile.open(archive) as read:
        for member in read.getmembers():
            assert (member.uid, member.gid, member.uname) == (0, 0, "root")
            assert member.name.startswith("primordia-")


def test_the_desktop_entry_and_its_types_agree() -> None:
    entry = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read_file(io.StringIO((DESKTOP / "primordia.desktop").read_text("utf-8")))
    values = entry["Desktop Entry"]
    types = set(values["MimeType"].strip(";").split(";"))
    space = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}
    mime = ElementTree.parse(DESKTOP / "primordia-mime.xml")
    declared = {kind.get("type"): kind for kind in mime.iterfind("m:mime-type", space)}
    assert types == set(declared)
    globs = [glob.get("pattern") for glob in mime.iterfind(".//m:glob", space)]
    assert globs == ["*.primordia", "*.safetensors"]
    meta = ElementTree.parse(DESKTOP / "primordia.metainfo.xml")
    assert {kind.text for kind in meta.iterfind("provides/mediatype")} == types
    assert values["Exec"] == "primordia gui %F"


@pytest.mark.skipif(os.name == "nt" or shutil.which("sh") is None, reason="a script of Unix")
def test_the_desktop_files_are_installed_and_removed_for_one_user(tmp_path: Path) -> None:
    program = tmp_path / "a $folder" / "primordia"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    share = tmp_path / "share"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_DATA_HOME": str(share)}
    script = str(DESKTOP / "install-desktop")
    subprocess.run([script, str(program)], env=environment, check=True, capture_output=True)
    text = (share / "applications/primordia.desktop").read_text()
    exec_line = next(line for line in text.splitlines() if line.startswith("Exec="))
    assert exec_line == f'Exec="{program}" gui %F'.replace("$", "\\\\$")
    assert "TryExec" not in text
    assert (share / "mime/packages/primordia-mime.xml").is_file()
    assert (share / "icons/hicolor/scalable/apps/primordia.svg").is_file()
    subprocess.run([script, "--remove"], env=environment, check=True, capture_output=True)
    left = [path.name for path in share.rglob("primordia*") if path.is_file()]
    assert left == []


def test_recipes_that_nobody_tried_say_so_at_once() -> None:
    for name in ("windows/primordia.iss", "windows/README.md", "macos/README.md"):
        first = (ROOT / "packaging" / name).read_text("utf-8").splitlines()[0]
        assert "untested" in first.lower(), name
