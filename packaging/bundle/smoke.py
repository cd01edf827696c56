"""Try a bundle as somebody who has nothing else: ``python packaging/bundle/smoke.py ARCHIVE``.

Unpacks the archive (or takes a folder) somewhere else, with an empty home and without this
environment, and looks whether the program starts, draws a picture, computes, remeshes in a child
process, and writes only where it may. Needs Xvfb on a machine without a display.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

TETRAHEDRON = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 1 4 3\n"
BAD_INPUT = 2
COLOURS = 50
"""Colours of a window in which something lives; an empty one has about twenty."""


@contextmanager
def display() -> Iterator[dict[str, str]]:
    """Give a display to draw on, a virtual one where there is none."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        names = ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR")
        yield {name: os.environ[name] for name in names if name in os.environ}
        return
    server = shutil.which("Xvfb")
    if server is None:
        raise SystemExit("smoke: there is no display and no Xvfb to make one")
    reading, writing = os.pipe()
    words = [server, "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    with subprocess.Popen(words, pass_fds=(writing,), stderr=subprocess.DEVNULL) as process:
        os.close(writing)
        with os.fdopen(reading) as stream:
            number = stream.readline().strip()
        try:
            yield {"DISPLAY": f":{number}"}
        finally:
            process.terminate()


class Bundle:
    """An unpacked bundle, and the poor surroundings in which it is tried."""

    def __init__(self, folder: Path, home: Path, screen: dict[str, str]) -> None:
        self.folder, self.home = folder, home
        self.program = folder / "primordia"
        self._environment = {
            "HOME": str(home),
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            **screen,
        }

    def run(self, *arguments: str, seconds: float = 300, code: int = 0) -> str:
        """Run the program; returns what it wrote, and ends all of this if it ended otherwise."""
        started = time.monotonic()
        done = subprocess.run(
            [str(self.program), *arguments],
            cwd=self.home,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        print(f"  {time.monotonic() - started:5.1f} s  primordia {' '.join(arguments)[:80]}")
        if done.returncode != code:
            raise SystemExit(f"smoke: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout if code == 0 else done.stderr


def try_all(bundle: Bundle, *, codecs: bool) -> None:
    """Do what people do first."""
    assert bundle.run("--version").startswith("primordia ")
    systems = bundle.run("list")
    for slug in ("growing-nca", "life", "soup", "mesh-nca", "in-context"):
        assert slug in systems, f"{slug} is not listed: entry points are missing"
    shot = bundle.home / "shot.png"
    script = f"world.open life; wait 4; screenshot {shot}"
    bundle.run("gui", "--do", script)
    with Image.open(shot) as picture:
        colours = len(picture.convert("RGB").resize((320, 200)).getcolors(320 * 200) or ())
    assert colours > COLOURS, f"the window has {colours} colours: nothing was drawn"
    world = json.loads(bundle.run("run", "--system", "life", "--steps", "10", "--json"))
    assert world["step"] == 10
    figure = json.loads(bundle.run("reproduce", "life.gosper-gun", "--json"))
    assert figure["status"] == "passed", figure
    mesh = bundle.home / "tetrahedron.obj"
    mesh.write_text(TETRAHEDRON)
    solid = ["run", "--system", "mesh-nca", "--mesh", str(mesh), "--remesh", "300", "--steps", "1"]
    assert "views" in json.loads(bundle.run(*solid, "--json"))
    for name in ("film.gif", "film.mp4", "film.webm"):
        film = bundle.home / name
        words = ["render", "--system", "life", "--steps", "5", "--out", str(film)]
        if codecs or name == "film.gif":
            bundle.run(*words)
            assert film.stat().st_size > 1000, name
            continue
        refusal = bundle.run(*words, code=BAD_INPUT)
        assert "no codecs" in refusal, refusal
        assert refusal.count("\n") == 1, refusal
        assert not film.exists()
    bundle.run("render", "film.gif.json", "--out", "again.gif")  # exits with 1 if a pixel differs


def main() -> int:
    """Unpack and try; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("bundle", type=Path, help="the archive, or the folder")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, display() as screen:
        folder = given.bundle.resolve()
        if folder.is_file():
            with tarfile.open(folder) as archive:
                archive.extractall(scratch, filter="data")
            (folder,) = (path for path in Path(scratch).iterdir() if path.is_dir())
        home = Path(scratch) / "home"
        home.mkdir()
        before = {path for path in folder.rglob("*") if path.is_file()}
        codecs = any("libx264" in path.name for path in before)
        try_all(Bundle(folder, home, screen), codecs=codecs)
        new = {path for path in folder.rglob("*") if path.is_file()} - before
        assert not new, f"it wrote into its own folder: {sorted(new)[:3]}"
    print("smoke: all is well" + ("" if codecs else ", without video codecs"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
