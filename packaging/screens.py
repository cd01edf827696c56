"""Take pictures of every panel of the window, in both themes and at several scales.

``python packaging/screens.py FOLDER [SCENE ...] [--scales 1 2] [--themes dark light]`` starts the
program once for each theme and scale (a display is needed; ``xvfb-run`` gives one), walks through
the scenes and writes ``SCENE-THEME-SCALE.png`` into the folder, and ``sheet-THEME-SCALE.png`` with
all of them side by side: to be looked at, not to be compared by a machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

SIZE = "1280x800"
# What is done for each picture, in one window, from the layout of the first launch.
SCENES: dict[str, str] = {
    "grid": "world.open gray-scott; wait-for alive; wait 2",
    "history": "stroke tool=erase 60,60 90,120; set feed=0.04; wait 1; time.bookmark Spots; "
    "time.history; wait 1",
    "inspect": "inspect.keep 40 60; inspect.panel; wait 2",
    "reproduce": "reproduce.open; wait 4",
    "guide": "help.guide grids.md; wait 2",
    "console": "console.show; console.run lab.worlds; wait 1",
    "log": "help.show-log; wait 1",
    "plots": "view.bottom; tab 0; wait 2",
    "split": "world.new life; wait-for alive; view.split-right; wait 2",
    "compare": "link.compare-copy; wait 4",
    "heads": "world.open induction; wait-for alive; wait 3",
    "mesh": "world.open mesh-nca; wait-for alive; wait 4",
    "tape": "world.open soup; wait-for alive; wait 3; pin 10,10; wait 4",
    "palette": "palette.open res; wait 1",
    "tour": "help.tour; wait 1",
    "shortcuts": "help.shortcuts; wait 1",
    "settings": "settings.open; wait 1",
    "record": "record.start; wait 3",
    "picture": "file.screenshot; wait 1",
    "plugins": "plugins.show; wait 1",
}
# What puts it away again.
ENDS = {
    "palette": "palette.open",
    "tour": "help.tour",
    "shortcuts": "click Close",
    "settings": "click Close",
    "record": "click Cancel",
    "picture": "click Cancel",
}
WIDTH = 640


def take(folder: Path, theme: str, scale: float, scenes: list[str]) -> list[Path]:
    """Walk through the scenes in one window; returns the pictures that were made."""
    lines, pictures = [f"size {SIZE}"], []
    for scene in scenes:
        picture = folder / f"{scene}-{theme}-{scale:g}.png"
        pictures.append(picture)
        lines += [SCENES[scene], f"screenshot {picture}", ENDS.get(scene, "wait 0.1")]
        lines += ["view.reset-layout", "wait 0.3"]
    with tempfile.TemporaryDirectory() as home:
        settings = {"theme": theme, "scale": scale, "tour_done": True, "hint_done": True}
        (Path(home) / "settings.json").write_text(json.dumps(settings))
        environment = {**os.environ, "PRIMORDIA_HOME": home}
        command = [sys.executable, "-m", "app.cli", "gui", "--do", "; ".join(lines)]
        subprocess.run(command, env=environment, check=True, timeout=600)
    return pictures


def sheet(pictures: list[Path], path: Path, columns: int = 3) -> None:
    """Put pictures side by side, each reduced to the same width."""
    small = []
    for picture in pictures:
        with Image.open(picture) as image:
            height = round(WIDTH * image.height / image.width)
            small.append(image.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS))
    height = max(image.height for image in small)
    rows = -(-len(small) // columns)
    whole = Image.new("RGB", (columns * WIDTH, rows * height), "grey")
    for place, image in enumerate(small):
        whole.paste(image, (place % columns * WIDTH, place // columns * height))
    whole.save(path)


def main() -> None:
    """Read the command line and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("scenes", nargs="*", choices=[*SCENES, []], default=[])
    parser.add_argument("--themes", nargs="+", default=["dark", "light"])
    parser.add_argument("--scales", nargs="+", type=float, default=[1.0, 2.0])
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    for theme in asked.themes:
        for scale in asked.scales:
            pictures = take(asked.folder.resolve(), theme, scale, asked.scenes or list(SCENES))
            sheet(pictures, asked.folder / f"sheet-{theme}-{scale:g}.png")


if __name__ == "__main__":
    main()
