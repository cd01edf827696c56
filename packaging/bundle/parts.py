"""What goes into the bundle and what stays out; `primordia.spec` and `build.py` ask here."""

from __future__ import annotations

import email.message
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

import distributions

ROOT = Path(__file__).resolve().parents[2]

NOT_OURS = (
    *("tkinter", "IPython", "ipykernel", "matplotlib", "pandas", "PyQt5", "PyQt6", "PySide2"),
    *("pytest", "_pytest", "pytestqt", "hypothesis", "mypy", "ruff", "PyInstaller"),
    *("setuptools", "pkg_resources", "triton", "tensorboard", "pyglet", "torchvision"),
    "readline",  # Debian's is under the GPL, which a bundle without codecs shall not be
    # 105 MB of another solver, under a licence that a GPL bundle cannot carry; it is never imported
    # unless it is asked for by name.
    "scs._scs_mkl",
)
"""Modules that analysis would follow but nothing of ours uses at run time."""

_LEFT_OUT = (
    *(
        "torch/include/*",
        "torch/share/*",
        "torch/test/*",
        "torch/bin/[!t]*",
        "torch/bin/test_*",
        "*.a",
        "*.lib",
    ),
    *("torch/lib/libjitbackend_test.so", "torch/lib/libbackend_with_compiler.so"),
    *("torch/lib/libaoti_custom_ops.so", "PySide6/Qt/translations/*", "*/__pycache__/*"),
    "*/tests/*",
    "PySide6/Qt/plugins/platformthemes/libqgtk3.so",  # needs a GTK that is not there
    "hypothesis-*.dist-info/*",
    "primordia-*.dist-info/licenses/*",  # LICENSES beside the program is of what is in it
    "*.dist-info/direct_url.json",
    "*.dist-info/RECORD",
)


def copyleft(root: Path = ROOT) -> list[str]:
    """Return the patterns of packaging/exclude.txt."""
    lines = (root / "packaging/exclude.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def modules(root: Path) -> list[str]:
    """Return every module of the program by its name, found as files: nothing is imported."""
    found = []
    for room in ("app", "engine"):
        for path in sorted((root / room).rglob("*.py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts)
            found.append(name.removesuffix(".__init__"))
    return [*found, "resources"]


def resources(root: Path) -> list[tuple[str, str]]:
    """Return what the program brings along, and the licences, as (file, folder in the bundle)."""
    found = []
    for room in ("resources", "engine"):
        for path in sorted((root / room).rglob("*")):
            code = {".pyc", ".nbi", ".nbc"} | ({".py"} if room == "engine" else set())
            ours = path.is_file() and path.suffix not in code and path.name != "__init__.py"
            if ours and "__pycache__" not in path.parts:
                found.append((str(path), str(path.parent.relative_to(root))))
    return [*found, (str(root / "LICENSE"), ".")]


def identity(work: Path) -> list[tuple[str, str]]:
    """Write what `importlib.metadata` reads of us: our version, needs, systems and commands.

    What an editable installation left behind names folders of the machine and may be old.
    """
    project = distributions.project()
    folder = work / f"primordia-{project['version']}.dist-info"
    folder.mkdir(parents=True, exist_ok=True)
    metadata = email.message.Message()
    metadata["Metadata-Version"] = "2.4"
    for field in ("name", "version"):
        metadata[field.capitalize()] = str(project[field])
    metadata["Summary"] = str(project["description"])
    metadata["License-Expression"] = str(project["license"])
    for need in project["dependencies"]:  # type: ignore[attr-defined]
        metadata["Requires-Dist"] = need
    for words, address in project.get("urls", {}).items():  # type: ignore[attr-defined]
        metadata["Project-URL"] = f"{words}, {address}"
    (folder / "METADATA").write_text(metadata.as_string(), encoding="utf-8")
    lines = []
    for group, points in project["entry-points"].items():  # type: ignore[attr-defined]
        lines += [f"[{group}]", *(f"{name} = {place}" for name, place in points.items()), ""]
    (folder / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
    return [(str(path), folder.name) for path in sorted(folder.iterdir())]


def kept(entries: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Drop what is not needed or not to be handed on from (name in the bundle, file, kind)."""
    patterns = (*_LEFT_OUT, *copyleft())
    return [entry for entry in entries if not _matches(entry[0], patterns)]


def _matches(name: str, patterns: Iterable[str]) -> bool:
    name = name.replace("\\", "/")
    return any(fnmatch(name, pattern) for pattern in patterns)


def icon(root: Path, work: Path) -> str | None:
    """Return the icon in the form that the platform asks for; None where a program has none."""
    picture = root / "resources/icons/primordia-256.png"
    ending = {"win32": ".ico", "darwin": ".icns"}.get(sys.platform)
    if ending is None:
        return None
    from PIL import Image

    goal = work / f"primordia{ending}"
    with Image.open(picture) as image:
        image.save(goal)
    return str(goal)


def icons(root: Path, folder: Path) -> None:
    """Draw the icon in the sizes that desktops ask for."""
    from PIL import Image

    with Image.open(root / "resources/icons/primordia-256.png") as picture:
        for side in (16, 24, 32, 48, 64, 128, 256):
            goal = folder / f"{side}x{side}" / "apps" / "primordia.png"
            goal.parent.mkdir(parents=True, exist_ok=True)
            picture.convert("RGBA").resize((side, side), Image.Resampling.LANCZOS).save(goal)
    scalable = folder / "scalable" / "apps" / "primordia.svg"
    scalable.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(root / "resources/icons/primordia.svg", scalable)


def system_licences(inside: Path, folder: Path) -> None:
    """Copy what Debian says of each library of its own that analysis put into the bundle."""
    if shutil.which("dpkg-query") is None:
        return
    names = sorted({path.name for path in inside.glob("*.so*") if path.is_file()})
    if not names:
        return
    asked = ["dpkg-query", "--search", *(f"*/{name}" for name in names)]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    folder.mkdir(parents=True, exist_ok=True)
    for package in sorted({line.split(":")[0] for line in answer.splitlines() if ":" in line}):
        text = Path("/usr/share/doc") / package / "copyright"
        if text.is_file():
            shutil.copyfile(text, folder / f"{package}.txt")


def mac_types() -> dict[str, object]:
    """Return what Finder reads: sessions and models open with the program."""
    return {
        "NSHighResolutionCapable": True,
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": "Primordia session",
                "CFBundleTypeExtensions": ["primordia"],
                "CFBundleTypeRole": "Editor",
            },
            {
                "CFBundleTypeName": "Primordia model or world",
                "CFBundleTypeExtensions": ["safetensors"],
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Alternate",
            },
        ],
    }


def paths_of_this_machine(folder: Path, homes: Iterable[Path]) -> list[str]:
    """Return the text files below `folder` that name one of `homes`."""
    words = re.compile("|".join(re.escape(str(home)) for home in homes).encode())
    texts = {".py", ".txt", ".json", ".md", ".pth", ".cfg", ".toml", ".desktop", ".xml", ""}
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.suffix in texts:
            named = path.parent.name.endswith(".dist-info") or path.suffix
            if named and path.stat().st_size < 2**20 and words.search(path.read_bytes()):
                found.append(str(path.relative_to(folder)))
    return found
