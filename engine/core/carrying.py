"""What a world hands on to the one that takes its place: weights, and the training under way."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.params import fields_of
from engine.core.system import Arrays, System, Trainable

__all__ = ["carry_training", "carry_weights", "learn_alike"]


_NAMED = 2  # weights that differ, named one by one


def carry_weights(weights: Arrays, new: System) -> tuple[str, ...]:
    """Put old weights into a new world if all names, shapes and types agree; say if not.

    A part of them would be a model that nobody trained: its layers do not know each other.
    """
    own = new.state("model")
    names = set(own) | set(weights)
    odd = sorted(n for n in names if n not in weights or not _fits(n, weights[n], own))
    if odd:
        few = ", ".join(odd[:_NAMED]) + (", ..." if len(odd) > _NAMED else "")
        return (f"the model is built otherwise: its weights start afresh ({few})",)
    try:
        new.load_state(weights, "model")
    except BadInput as error:
        return (f"the weights could not be carried over: {error.problem}",)
    return ()


def learn_alike(old: System, new: System) -> bool:
    """Tell whether two worlds learn the same thing in the same way, wherever each of them lives.

    Mesh and built-in body may differ, but not where they are what is learnt on
    (`System.learns_on_mesh`).
    """
    if old.info.slug != new.info.slug or old.spec.target != new.spec.target:
        return False
    before, after = old.params.model_dump(), new.params.model_dump()
    kept = {f.name for f in fields_of(type(new.params)) if f.apply == "rebuild"}
    on = new.learns_on_mesh
    if on and all(after[name] == value for name, value in on.items()):
        if old.spec.mesh != new.spec.mesh:
            return False
    else:
        kept -= new.bodies
    return all(before[name] == after[name] for name in kept)


def carry_training(old: System, new: System) -> bool:
    """Let a world go on with the training of another one: the next update is the same to the bit.

    Returns
    -------
    bool
        Whether it does. What the two learn differs else, or a part of it has another shape, and
        nothing was carried over.
    """
    if not (isinstance(old, Trainable) and isinstance(new, Trainable) and learn_alike(old, new)):
        return False
    if not old.train_progress()[0]:
        return True  # both begin
    own = new.state("training")
    given = {
        name: array
        for name, array in old.state("training").items()
        if name.startswith(("model/", "training/")) or name == "random/training"
    }
    names = {name for name in own if not name.startswith(("world/", "clock/", "random/world"))}
    if set(given) != names or not all(_fits(name, given[name], own) for name in names):
        return False
    try:
        new.load_state({**own, **given}, "training")
    except BadInput:
        return False
    return True


def _fits(name: str, array: NDArray[Any], own: Arrays) -> bool:
    mine = own.get(name)
    return mine is not None and mine.shape == array.shape and mine.dtype == array.dtype
