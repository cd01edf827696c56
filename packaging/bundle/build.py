"""Build the self-contained bundle: a folder with the program and all it needs, and its tar.gz.

    .venv/bin/pip install -e '.[bundle]'
    .venv/bin/python packaging/bundle/build.py [--without-h264]

It bundles the environment that it runs in. The archive holds the program, LICENSES and the files
for the desktop. An AppImage is not made: appimagetool is in no package index that we may rely on;
whoever has it can make one of the folder and of the .desktop file and icon in it.

A bundle with PyAV carries GPL codecs (x264, x265), so that it is offered under the GPL 3.0 as a
whole; one built with --without-h264 has none of them, and writes PNG, GIF and WebP only.
"""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import py_compile
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "packaging" / "bundle"
sys.path[:0] = [str(ROOT / "packaging"), str(HERE)]

import distributions  # noqa: E402
import licences  # noqa: E402
import parts  # noqa: E402

START_NOTE = """\
This folder is Primordia {version} with everything that it needs to run. It may stand anywhere.

    ./primordia                 opens the window
    ./primordia list            tells what there is, without a window
    desktop/install-desktop     puts it into the menu, for sessions and models, too

Settings and sessions are kept in the folders of your system, compiled kernels in its cache.

"""
GPL_NOTE = """\
Primordia's own sources are under the Apache License 2.0. This bundle holds PyAV with FFmpeg and the
codecs x264 and x265, which are under the GNU General Public License. The bundle as a whole is
therefore offered under the GNU General Public License, version 3; see LICENSES/README.md for every
part and its licence, and for where its source is.
"""
PLAIN_NOTE = """\
It was built without video codecs: films are written as PNG pictures, GIF and WebP.

Primordia's own sources are under the Apache License 2.0. See LICENSES/README.md for every other
part and its licence. Qt and Qt for Python are used under the GNU Lesser General Public License 3.
"""


def main() -> int:
    """Build, trim, check and pack; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--without-h264", action="store_true", help="leave out PyAV and its codecs")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bundle")
    parser.add_argument("--no-archive", action="store_true", help="leave it as a folder")
    given = parser.parse_args()
    started = time.monotonic()
    out = given.out.resolve()
    folder = build(out, without_h264=given.without_h264)
    finish(folder, without_h264=given.without_h264)
    problems = check(folder, without_h264=given.without_h264)
    for problem in problems:
        print(f"bundle: {problem}", file=sys.stderr)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:,.0f} MB, {time.monotonic() - started:.0f} s")
    if not problems and not given.no_archive:
        archive = pack(folder, out, without_h264=given.without_h264)
        print(f"{archive}: {archive.stat().st_size / 1e6:,.0f} MB")
    return 1 if problems else 0


def build(out: Path, *, without_h264: bool) -> Path:
    """Run PyInstaller; returns the folder."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"),
            *("--distpath", str(out), "--workpath", str(out / "work")),
            str(HERE / "primordia.spec"),
        ],
        env={**os.environ, "PRIMORDIA_WITHOUT_H264": "1" if without_h264 else "0"},
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit("bundle: PyInstaller failed; see above")
    return out / "primordia"


def finish(folder: Path, *, without_h264: bool) -> None:
    """Add what people read and the desktop needs; compile our sources, since a bundle may not."""
    note = PLAIN_NOTE if without_h264 else GPL_NOTE
    version = distributions.project()["version"]
    words = START_NOTE.format(version=version) + note
    (folder / "README.txt").write_text(words, encoding="utf-8")
    inside = folder / "_internal"
    licences.write(folder / "LICENSES", *(("av",) if without_h264 else ()))
    whole = "Apache-2.0" if without_h264 else "GPL-3.0"
    shutil.copyfile(folder / "LICENSES" / f"{whole}.txt", folder / "COPYING")
    parts.system_licences(inside, folder / "LICENSES" / "system")
    shutil.copytree(ROOT / "packaging" / "desktop", folder / "desktop", dirs_exist_ok=True)
    parts.icons(ROOT, folder / "desktop" / "icons" / "hicolor")
    for room in ("app", "engine", "resources"):
        # By content, so that unpacking them with other dates does not compile them at every start.
        compileall.compile_dir(
            inside / room,
            quiet=1,
            stripdir=str(inside),
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


def check(folder: Path, *, without_h264: bool) -> list[str]:
    """Return what must not be so: copyleft files, codecs, paths of the machine that built it."""
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*")]
    problems = []
    if found := [name for name in names if "copyleft" in name]:
        problems.append(f"files of packaging/exclude.txt are in it: {found[:3]}")
    codecs = [name for name in names if "libx264" in name or "libavcodec" in name]
    if without_h264 == bool(codecs):
        problems.append(f"video codecs {'are' if codecs else 'are not'} in it: {codecs[:3]}")
    named = [name for name in names if name.endswith("LICENSES/av.txt")]
    if without_h264 and named:
        problems.append(f"the licence of codecs that are not in it is: {named}")
    if found := parts.paths_of_this_machine(folder, (ROOT, Path.home())):
        problems.append(f"files name folders of this machine: {found[:3]}")
    return problems


def pack(folder: Path, out: Path, *, without_h264: bool) -> Path:
    """Write the archive: owners and hosts of this machine are not told."""
    version = distributions.project()["version"]
    system = f"{platform.system()}-{platform.machine()}".lower()
    name = f"primordia-{version}-{system}{'-without-h264' if without_h264 else ''}"
    goal = out / f"{name}.tar.gz"

    def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        return member

    with tarfile.open(goal, "w:gz", compresslevel=6) as archive:
        archive.add(folder, arcname=name, filter=anonymous)
    return goal


if __name__ == "__main__":
    sys.exit(main())
