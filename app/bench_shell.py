"""How fast the window does what is waited for: ``primordia bench gui.shell``.

From letting a picture of 512 x 512 pixels go over the window to the first update that learns it,
from asking for a transparent picture of 3840 x 2160 to the file, and from closing a window with ten
worlds to the end of its process.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.timeline import Timeline
from engine.bench.harness import Row

__all__ = ["CLOSE", "DROP", "PICTURE", "prepare", "shell_rows", "shell_script"]

# What the window is asked for, in seconds.
DROP, PICTURE, CLOSE = 1.0, 1.0, 1.0
WORLDS = (
    *("mesh-nca", "life", "gray-scott", "growing-nca", "texture-nca"),
    *("soup", "z80-soup", "long-tape", "in-context", "induction"),
)
SIZE = 512


def prepare(folder: Path) -> Path:
    """Write the picture that is dropped; returns its path."""
    from PIL import Image

    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    inside = (x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.16
    picture = np.stack([x, y, 1 - x, inside], axis=-1)
    path = folder / "picture.png"
    Image.fromarray((255 * picture).astype(np.uint8)).save(path)
    return path


def shell_script(picture: Path) -> str:
    """Write what the program shall do."""
    lines = ["size 1280x800", "wait-for drawn", "wait-for warm"]
    # Once beforehand: what is compiled and imported by the first update in a process is not meant.
    for name in ("first", "drop"):
        lines += ["world.open life", "wait-for alive", "wait 1", f"mark {name} begin"]
        # The picture opens a world that learns it when it is told to, as its toast says.
        lines += [f"drop {picture}", "wait-for idle", "wait-for alive", "train.toggle"]
        lines += ["wait-for updates 1", f"mark {name} end", "train.toggle", "wait 1"]
    shot = picture.with_name("shot.png")
    lines += [
        "world.open gray-scott",
        "wait-for alive",
        "wait 1",
        "mark picture begin",
        f'file.screenshot "{shot} size=3840x2160 transparent"',
        "wait-for idle",
        "mark picture end",
        f"wait-for file {shot}",
    ]
    for slug in WORLDS:
        # Stepping, so that none is still compiling when the window closes.
        lines += [f"world.new {slug}", "wait-for alive", "wait-for step 3", "wait-for drawn"]
    return "; ".join([*lines, "wait 2", "mark close", "quit"])


def shell_rows(line: Timeline, end: float) -> list[Row]:
    """Judge one run; `end` is when the process was gone, on the clock of the trace."""
    rows = []
    for name, demand in (("drop", DROP), ("picture", PICTURE)):
        seconds = line.at(f"{name} end") - line.at(f"{name} begin")
        rows.append(_row(f"gui.shell.{name}", seconds, demand))
    rows.append(_row("gui.shell.close", end - line.at("close"), CLOSE))
    return rows


def _row(name: str, seconds: float, demand: float) -> Row:
    return Row(name, seconds, "s", "demand", demand, demand / seconds)
