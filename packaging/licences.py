"""Gather the licence of everything that the program is made of: ``python packaging/licences.py``.

Reads the installed distributions and writes `LICENSES`: one text for each of them, with all that it
carries, the common licences in full, and `README.md` with who uses which. `--check` only tells what
is missing or old. Texts of common licences come from Debian's /usr/share/common-licenses where it
is; the ones that are there already stay.
"""

from __future__ import annotations

import argparse
import re
import sys
import sysconfig
from functools import cache
from importlib.metadata import Distribution
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import distributions

ROOT = distributions.ROOT
FOLDER = ROOT / "LICENSES"
COMMON = Path("/usr/share/common-licenses")
COMMON_TEXTS = {
    "GPL-3.0": "GPL-3",
    "GPL-2.0": "GPL-2",
    "LGPL-3.0": "LGPL-3",
    "LGPL-2.1": "LGPL-2.1",
    "MPL-2.0": "MPL-2.0",
}
_TEXT = re.compile(r"licen[cs]e|copying|copyright|notice|authors", re.IGNORECASE)
_NOT_TEXT = {".py", ".pyc", ".so", ".pyd", ".html", ".png"}
_CLASSIFIER = "License :: OSI Approved :: "

# Distributions without a text of their own, or with parts that their own licence does not name.
ADDED = {
    "pyside6-essentials": ("LGPL-3.0", "GPL-3.0"),
    "shiboken6": ("LGPL-3.0", "GPL-3.0"),
    "av": ("GPL-3.0", "GPL-2.0", "LGPL-3.0", "LGPL-2.1"),
    "gpytoolbox": ("MPL-2.0",),
}
# What the metadata says in words that are no licence, or not all of it.
SAID = {
    "av": "BSD-3-Clause; its FFmpeg and codecs: GPL-3.0",
    "pyside6-essentials": "LGPL-3.0",
    "shiboken6": "LGPL-3.0",
    "gpytoolbox": "MIT; parts of libigl: MPL-2.0",
    "kiwisolver": "BSD-3-Clause",
    "trimesh": "MIT",
    "mpmath": "BSD-3-Clause",
    "sympy": "BSD-3-Clause",
    "numba": "BSD-2-Clause",
    "scipy": "BSD-3-Clause and others, see the text",
    "torch": "BSD-3-Clause and others, see the text",
}
CODECS = """\
## Video codecs inside PyAV

PyAV's wheel holds these libraries. x264 and x265 are under the GPL, version 2 or later; FFmpeg
is built with them; the AMR codecs are under the Apache License 2.0, which goes together with
version 3 of the GPL only. So a bundle with PyAV as a whole is offered under the **GPL 3.0**
([text](GPL-3.0.txt)). Their sources and the script that builds them are published by PyAV's
authors in the project *pyav-ffmpeg*; the sources of Primordia are its repository. A bundle built
with `--without-h264` holds none of them.

| library | licence |
|---|---|
| FFmpeg (avcodec, avdevice, avfilter, avformat, avutil, swresample, swscale) | GPL-3.0 as built |
| x264, x265 | GPL-2.0-or-later |
| libvpx, dav1d, SVT-AV1, Opus, WebP | BSD |
| LAME, ALSA | LGPL-2.1-or-later |
| GnuTLS | LGPL-2.1-or-later |
| Nettle, GMP, libunistring | LGPL-3.0-or-later or GPL-2.0-or-later |
| OpenCORE AMR | Apache-2.0 |
| libdrm, libvpl, X11's libraries | MIT |
"""
NO_CODECS = """\
## No video codecs

This bundle was built with `--without-h264`: it holds neither PyAV nor FFmpeg, x264 or x265, and no
part of it asks that the whole be under the GPL. The GPL's text is here because the LGPL, under
which Qt is used, refers to it, as do the notes on libraries of the system (folder `system`).
"""
MATHEMATICS = """\
## Mathematics inside PyTorch

PyTorch's builds for Intel and AMD processors hold parts of Intel's oneMKL, linked into its
library, under the Intel Simplified Software License, which allows to hand them on unchanged.
"""
BESIDE_CODECS = """\
Whether they may stand beside GPL codecs in one work is a question that we cannot answer for
others; whoever wants to be safe hands on a bundle built with `--without-h264`, or one with a
PyTorch built against OpenBLAS.
"""
HEAD = """\
# Licences of what Primordia is made of

Written by `packaging/licences.py` from the installed packages; do not edit it. Primordia's own
sources are under the Apache License 2.0 ([text](Apache-2.0.txt)), as are its models, targets,
meshes and presets. Qt and Qt for Python are used under the LGPL 3.0 as shared libraries, which
may be replaced by others of the same interface.

"""


def texts(found: Distribution) -> list[tuple[str, str]]:
    """Return the licence files that a distribution carries, as (name, text)."""
    kept: dict[str, str] = {}
    for file in sorted(found.files or [], key=str):
        path = Path(str(file))
        inside = any(part.endswith(".dist-info") for part in path.parts)
        named = bool(_TEXT.search(path.name)) or "licenses" in path.parts
        if not named or path.suffix.lower() in _NOT_TEXT or ".." in path.parts:
            continue
        if "_vendor" in path.parts or (not inside and "copyleft" in str(path)):
            continue
        try:
            text = Path(str(file.locate())).read_text("utf-8", "replace").strip()
        except OSError:
            continue
        if text and text not in kept.values():
            name = "/".join(path.parts[1:]) if inside else str(path)
            kept[name.removeprefix("licenses/")] = text
    return list(kept.items())


def licence_of(found: Distribution) -> str:
    """Return the licence's name as the metadata says it, or as we know it better."""
    name = distributions.canonical(found.name)
    if name in SAID:
        return SAID[name]
    said = found.metadata.get("License-Expression") or ""
    classes = [
        line.removeprefix(_CLASSIFIER)
        for line in found.metadata.get_all("Classifier") or []
        if line.startswith(_CLASSIFIER)
    ]
    plain = (found.metadata.get("License") or "").strip()
    if said:
        return str(said)
    if plain and "\n" not in plain and len(plain) < 60:
        return plain
    return "; ".join(classes) or "see the text"


@cache
def pages(*without: str) -> dict[str, str]:
    """Return what the folder should hold, by file name; only common texts may be older.

    Distributions `without` which a bundle is built are left out, and what is said of them.
    """
    result = {"Apache-2.0.txt": (ROOT / "LICENSE").read_text("utf-8")}
    rows = []
    for found in distributions.running(without):
        name = distributions.canonical(found.name)
        parts = texts(found)
        added = [f"[{common}]({common}.txt)" for common in ADDED.get(name, ())]
        links = []
        if parts:
            # A text stays as it is; blanks at the ends of its lines are of no consequence.
            body = "\n\n".join(f"===== {file} =====\n\n{text}" for file, text in parts)
            result[f"{name}.txt"] = "\n".join(map(str.rstrip, body.splitlines())) + "\n"
            links.append(f"[text]({name}.txt)")
        rows.append(f"| {found.name} | {licence_of(found)} | {', '.join(links + added)} |")
    result["python.txt"] = _python()
    rows.append("| Python (in the bundle) | PSF-2.0 | [text](python.txt) |")
    for what, place, licence in (
        ("Inter", "resources/fonts", "OFL-1.1"),
        ("JetBrains Mono", "resources/fonts", "OFL-1.1"),
        ("Lucide icons", "resources/icons", "ISC"),
    ):
        rows.append(f"| {what} | {licence} | in `{place}` |")
    table = "| part | licence | text |\n|---|---|---|\n" + "\n".join(rows) + "\n\n"
    codecs = "av" not in without
    words = [CODECS if codecs else NO_CODECS, MATHEMATICS + (BESIDE_CODECS if codecs else "")]
    result["README.md"] = HEAD + table + "\n".join(words)
    return result


def _python() -> str:
    """Return Python's own licence, which lies beside its library."""
    places = [
        Path(sysconfig.get_path("stdlib")) / "LICENSE.txt",
        Path(f"/usr/share/doc/python3.{sys.version_info.minor}/copyright"),
        FOLDER / "python.txt",
    ]
    for place in places:
        if place.is_file():
            return place.read_text("utf-8", "replace")
    raise SystemExit("licences: Python's own licence was not found")


def common() -> dict[str, str]:
    """Return the common licences as this machine has them, or as they are here already."""
    places = {name: (COMMON / file, FOLDER / f"{name}.txt") for name, file in COMMON_TEXTS.items()}
    return {
        f"{name}.txt": next(place for place in two if place.is_file()).read_text("utf-8")
        for name, two in places.items()
    }


def missing(folder: Path = FOLDER) -> list[str]:
    """Return what the folder lacks: a text for every part that runs, whatever their versions.

    A CUDA build of torch brings packages that no bundle of ours holds.
    """
    wanted = [*pages(), *(f"{name}.txt" for name in COMMON_TEXTS)]
    ours = [name for name in wanted if not name.startswith(("nvidia-", "cuda-", "triton"))]
    return [name for name in ours if not (folder / name).is_file()]


def write(folder: Path, *without: str) -> int:
    """Write all texts into a folder, but those of what is not in a bundle; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {**common(), **pages(*without)}
    for old in folder.iterdir():
        if old.is_file() and old.name not in wanted and old.stem not in COMMON_TEXTS:
            old.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")
    return len(wanted)


def main() -> int:
    """Write the folder, or only tell what is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        for name in (found := missing()):
            print(f"licences: {name} is missing", file=sys.stderr)
        return 1 if found else 0
    print(f"{write(FOLDER)} texts in {FOLDER.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
