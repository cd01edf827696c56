"""How fast the window draws meshes with live colours: ``primordia bench gui.mesh``."""

from __future__ import annotations

from app.timeline import Timeline
from engine.bench.harness import Row

__all__ = ["DEMANDS", "mesh_rows", "mesh_script"]

SECONDS = 5.0
WORLD = "mesh-nca/from-scratch"
# Vertices of an icosphere (the nearest there is): pictures per second asked for without a GPU.
DEMANDS = {10_000: 30.0, 40_000: 14.0}


def mesh_script() -> str:
    """Write what the program shall do: look at a running mesh, first resting, then turning."""
    lines = ["size 1280x800", "wait-for drawn", "wait-for warm", "view.gallery", "wait 1"]
    for vertices in DEMANDS:
        lines += [
            f"world.open {WORLD}",
            "wait-for alive",
            f"set vertices={vertices}",
            "params.apply",
            "wait-for alive",
            "wait-for step 8",
            "speed max",
            "wait 2",
            f"mark {vertices} begin",
            f"wait {SECONDS}",
            f"mark {vertices} end",
            f"mark {vertices}.turning begin",
            f"sway {SECONDS}",
            f"mark {vertices}.turning end",
        ]
    return "; ".join([*lines, "quit"])


def mesh_rows(renderer: str, line: Timeline) -> list[Row]:
    """Judge one run of `mesh_script`; what is asked for is asked of the painter only."""
    rows = []
    for vertices, wanted in DEMANDS.items():
        for how in ("", ".turning"):
            mark = f"{vertices}{how}"
            first, last = line.at(f"{mark} begin"), line.at(f"{mark} end")
            rate = line.frames_per_second(first, last)
            title = f"gui.mesh.{renderer}.{mark}"
            if renderer == "painter":
                rows.append(Row(title, rate, "frames/s", "demand", wanted, rate / wanted))
            else:
                rows.append(Row(title, rate, "frames/s"))
    return rows
