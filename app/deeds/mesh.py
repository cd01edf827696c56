"""What a world lives on."""

from __future__ import annotations

from app.deeds.conditions import is_solid, on_dropped_mesh
from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell

__all__ = ["SPECS", "handlers"]

SPECS = (
    ActionSpec(
        "mesh.quality",
        "Mesh quality...",
        "World",
        "Ctrl+Shift+M",
        "ruler",
        "How even the mesh is that the world lives on, and remeshing it",
        is_solid,
        separator=True,
    ),
    ActionSpec(
        "mesh.remove",
        "Leave the dropped mesh",
        "World",
        "",
        "",
        "Live on the built-in shape again",
        on_dropped_mesh,
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    meshing = shell.filing.meshing
    return {"mesh.quality": meshing.quality, "mesh.remove": meshing.remove}
