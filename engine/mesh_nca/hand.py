"""What is done to a whole surface at once: the fields reset, combed or grafted as one gesture."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from pydantic import BaseModel, Field

from engine.core.system import Action
from engine.mesh_nca.brushes import comb_angles
from engine.mesh_nca.fields import CELLS, FIELDS, PaintLog
from engine.mesh_nca.starting import combed
from engine.meshes.surface import Surface

__all__ = ["ACTIONS", "act"]

_LAYERS: Final = {"graft": "share", "comb": "turn", "density": "scale", "freeze": "rate"}
_AXES: Final = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}


class Which(BaseModel):
    """Which of the painted fields is meant."""

    field: Literal["all", "graft", "comb", "density", "freeze"] = Field(
        "all", description="What the brushes painted"
    )


class Towards(BaseModel):
    """A direction over the whole surface."""

    direction: Literal["x", "y", "z", "twisted", "whirls"] = Field(
        "y", description="Where the pattern should run: an axis, or a field of its own"
    )


class Share(BaseModel):
    """How much of the graft model."""

    share: float = Field(1.0, ge=0.0, le=1.0, description="0 is the first model, 1 the graft model")


ACTIONS: Final = {
    "regrow": Action(
        "Let it grow again",
        help="Set all cells to zero and keep what the brushes painted; undo brings them back",
    ),
    "reset-fields": Action(
        "Forget what was painted", Which, help="Set painted fields to what they were unpainted"
    ),
    "comb": Action(
        "Comb the whole surface",
        Towards,
        help="Turn the pattern so that what runs from left to right in the target runs that way",
    ),
    "graft": Action(
        "Graft the whole surface", Share, help="Give every vertex the same share of the graft model"
    ),
}


def act(name: str, arguments: BaseModel | None, surface: Surface, log: PaintLog) -> None:
    """Do an action as one gesture that can be undone."""
    everywhere = np.arange(len(surface.vertices), dtype=np.int32)
    writes: dict[str, Any] = {}
    if isinstance(arguments, Which):
        title = "reset"
        named = _LAYERS.values() if arguments.field == "all" else (_LAYERS[arguments.field],)
        writes = {layer: FIELDS[layer] for layer in named}
    elif isinstance(arguments, Towards):
        title = "combing"
        writes = {"turn": _turned(surface, arguments.direction)}
    elif isinstance(arguments, Share):
        title = "graft"
        writes = {"share": arguments.share}
    else:
        title = "regrowth"
        writes = {CELLS: 0.0}
    log.begin(title)
    for layer, rows in writes.items():
        log.write(layer, everywhere, rows)


def _turned(surface: Surface, direction: str) -> Any:
    if direction in ("twisted", "whirls"):
        return combed(surface, direction)  # type: ignore[arg-type]
    vertices = np.arange(len(surface.vertices), dtype=np.int32)
    axis = np.broadcast_to(np.array(_AXES[direction], np.float32), (len(vertices), 3))
    return comb_angles(surface, vertices, axis)
