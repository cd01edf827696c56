"""When actions can be done: each condition says why not, and "" when they can.

What a condition needs of a part of the window is a plain attribute of the lab or of its world.
"""

from __future__ import annotations

from app.lab import Lab

__all__ = [
    "alive",
    "always",
    "can_redo",
    "can_undo",
    "has_past",
    "has_pending",
    "has_programs",
    "has_world",
    "is_solid",
    "on_dropped_mesh",
    "records",
    "records_not",
    "targetable",
    "trainable",
]


def always(lab: Lab) -> str:
    """Allow it always."""
    return ""


def has_world(lab: Lab) -> str:
    """Need a world."""
    return "" if lab.world is not None else "Open a world first"


def alive(lab: Lab) -> str:
    """Need a world that lives."""
    if lab.world is None:
        return "Open a world first"
    return "" if lab.world.state.alive else "The world is being built"


def has_past(lab: Lab) -> str:
    """Need a step that is kept before the present one."""
    if lab.world is None or not lab.world.state.alive:
        return alive(lab)
    state = lab.world.state
    earlier = bool(state.moments) and state.step > state.moments[0]
    return "" if earlier else "Nothing earlier is kept"


def trainable(lab: Lab) -> str:
    """Need a system that learns."""
    if lab.world is None or not lab.world.state.alive:
        return alive(lab)
    can = lab.world.state.capabilities
    return "" if can is not None and can.trainable else "This system does not learn"


def targetable(lab: Lab) -> str:
    """Need a system that takes a target."""
    if lab.world is None or not lab.world.state.alive:
        return alive(lab)
    can = lab.world.state.capabilities
    return "" if can is not None and can.targets else "This system takes no target"


def has_programs(lab: Lab) -> str:
    """Need a world of programs."""
    if lab.world is None or not lab.world.state.alive:
        return alive(lab)
    can = lab.world.state.capabilities
    return "" if can is not None and can.alphabet is not None else "This world has no programs"


def is_solid(lab: Lab) -> str:
    """Need a world on a mesh."""
    if lab.world is None or not lab.world.state.alive:
        return alive(lab)
    can = lab.world.state.capabilities
    return "" if can is not None and can.settles else "This world lives on no mesh"


def on_dropped_mesh(lab: Lab) -> str:
    """Need a world on a mesh of the user's."""
    reason = is_solid(lab)
    if not reason and lab.world is not None and lab.world.state.spec.mesh is None:
        return "It lives on a built-in shape"
    return reason


def can_undo(lab: Lab) -> str:
    """Need something to take back."""
    return _done(lab, 0, "Nothing was done that could be undone")


def can_redo(lab: Lab) -> str:
    """Need something that was taken back."""
    return _done(lab, 1, "Nothing was undone")


def _done(lab: Lab, place: int, nothing: str) -> str:
    """Say why what was done cannot be taken back or done again."""
    if lab.world is None:
        return "Open a world first"
    return "" if lab.world.undo_words[place] else nothing


def records(lab: Lab) -> str:
    """Need a recording under way, of the world or of the one that it is linked with."""
    return "" if lab.filmed is not None else "Nothing is being recorded"


def records_not(lab: Lab) -> str:
    """Need a world that is not being recorded."""
    if lab.world is not None and lab.world.state.recording is not None:
        return "A recording is under way"
    return alive(lab)


def has_pending(lab: Lab) -> str:
    """Need a change that waits for a restart."""
    return "" if lab.world is not None and lab.world.pending else "No change waits"
