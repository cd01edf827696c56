"""How fast the window draws attention that changes: ``primordia bench gui.attention``.

A world of 8 layers of 8 heads that read 128 tokens learns while it is looked at: with every update
all weights change, and the hand moves over the heat-map all the time. Pictures per second count
every paint, those of new weights are counted apart.
"""

from __future__ import annotations

from app.timeline import Timeline
from engine.bench.harness import Row

__all__ = ["FRAMES", "SNAPSHOTS", "attention_rows", "attention_script"]

SECONDS = 6.0
WORLD = "induction/phase-change"
SIZES = {"layers": 8, "heads": 8, "length": 128, "batch": 1}
MARK = "attention"
FRAMES, SNAPSHOTS = 30.0, 10.0
"""What is asked for: pictures a second, and new weights a second among them."""


def attention_script() -> str:
    """Write what the program shall do: look at heads that learn, and move the cursor over them."""
    lines = ["size 1280x800", "wait-for drawn", "wait-for warm", "view.gallery", "wait 1"]
    lines += [f"world.open {WORLD}", "wait-for alive"]
    lines += [f"set {name}={value}" for name, value in SIZES.items()]
    lines += [
        "params.apply",
        "wait-for alive",
        "view Attention",
        "wait-for step 2",
        "speed max",
        "train.toggle",
    ]
    lines += ["wait-for updates 3", "wait 2"]
    lines += [f"mark {MARK} begin", f"sway {SECONDS}", f"mark {MARK} end", "quit"]
    return "; ".join(lines)


def attention_rows(line: Timeline) -> list[Row]:
    """Judge one run of `attention_script`."""
    first, last = line.at(f"{MARK} begin"), line.at(f"{MARK} end")
    paints, drawn = line.paints_per_second(first, last), line.frames_per_second(first, last)
    return [
        Row("gui.attention.frames", paints, "frames/s", "demand", FRAMES, paints / FRAMES),
        Row("gui.attention.snapshots", drawn, "views/s", "demand", SNAPSHOTS, drawn / SNAPSHOTS),
    ]
