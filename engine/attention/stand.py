"""Which models stand beside each other: the one on display, and what it is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.attention.design import shapes
from engine.attention.edits import patched_weights
from engine.attention.parameters import NEWEST
from engine.attention.shown import Variant
from engine.core import checkpoint
from engine.core.errors import BadInput
from engine.core.params import load_stored

if TYPE_CHECKING:
    from engine.attention.base import AttentionSystem
    from engine.attention.design import Design

__all__ = ["Guest", "design_of", "key_of", "opposite", "other_architecture", "variant"]

Weights = dict[str, NDArray[np.float32]]
Key = tuple[Any, ...]

_NAMED = 4  # differences between two designs, at most


class Guest:
    """A saved model of the user's that the learned one is compared with.

    Attributes
    ----------
    path : str
        The file; "" for none.
    weights : dict of str to ndarray, optional
    number : int
        Grows with every choice: a file may have changed under its name.
    """

    def __init__(self) -> None:
        self.path, self.number = "", 0
        self.weights: Weights | None = None

    def choose(self, path: str, system: AttentionSystem) -> None:
        """Read another file; "" lets the guest go.

        Raises
        ------
        BadInput
            If it cannot be read, or its model has another architecture; the former guest stays.
        """
        self.weights = read_weights(Path(path), system) if path.strip() else None
        self.path, self.number = path, self.number + 1


def read_weights(path: Path, system: AttentionSystem) -> Weights:
    """Read the weights of a saved model of the same architecture.

    Raises
    ------
    BadInput
        If it is none; both architectures are named.
    """
    loaded = checkpoint.read(path)
    if loaded.slug != system.info.slug:
        raise BadInput(
            f"is a model of {loaded.slug}, and this one is of {system.info.slug}",
            path=path,
            remedy=f"Choose a model of {system.info.slug}",
        )
    design, own = design_of(system, loaded), system.design
    arrays = {n.removeprefix("model/"): a for n, a in loaded.arrays.items()}
    fits = {n: s for n, s in shapes(own).items() if n in arrays and arrays[n].shape == s}
    if design != own or len(fits) < len(shapes(own)):
        raise other_architecture(system, design, path)
    return {name: np.asarray(arrays[name], np.float32) for name in fits}


def design_of(system: AttentionSystem, loaded: checkpoint.Loaded) -> Design:
    """Return the design of a saved model."""
    return system.design_of(load_stored(system.Params, loaded.params)[0])


def other_architecture(system: AttentionSystem, design: Design, path: Path | str) -> BadInput:
    """Return the refusal of a model, which names both architectures."""
    theirs, ours = system.describe(design), system.describe(system.design)
    if theirs == ours:  # they differ in what words leave out
        theirs, ours = _apart(design, system.design)
    return BadInput(
        f"is a model of another architecture: {theirs}, while this one is {ours}",
        path=path,
        remedy="Choose a model that was saved with the same parameters",
    )


def _apart(theirs: Design, ours: Design) -> tuple[str, str]:
    """Name only what differs between two designs: "length 64" and "length 16"."""
    pairs = zip(_parts(theirs), _parts(ours), strict=True)  # as many layers: they are in words
    odd = [pair for pair in pairs if pair[0] != pair[1]][:_NAMED]
    if not odd:  # the file contradicts itself
        return "weights of other shapes", theirs.words()
    return ", ".join(one for one, _ in odd), ", ".join(other for _, other in odd)


def _parts(design: Design) -> Iterator[str]:
    for part in fields(design):
        if part.name != "layers":
            yield f"{part.name} {getattr(design, part.name)}"
    for number, layer in enumerate(design.layers, 1):
        yield from (
            f"{part.name} {getattr(layer, part.name)} in layer {number}" for part in fields(layer)
        )


def moment_of(system: AttentionSystem, wanted: int) -> int | None:
    """Return the update that is shown for a wanted one; None for the newest model."""
    last = max(system.updates_done, system.past.last)
    if wanted >= min(last, NEWEST):
        return None
    found = system.past.at(wanted)
    return None if found is None else found[0]


def key_of(system: AttentionSystem, *, plain: bool = False, other: bool = False) -> Key:
    """Return what a variant depends on: equal keys are equal models."""
    p, past, newest = system.params, system.past.stories, ("newest", system.version)
    if not other:
        edits = None if plain else system.edits
        moment: Any = moment_of(system, p.moment)
        shown = newest if moment is None else (moment, past)
        return ("displayed", shown, p.alpha, edits, system.construction_version)
    if p.compare == "moment":
        moment = moment_of(system, p.compare_moment)
        return ("other", newest if moment is None else (moment, past))
    if p.compare == "construction":  # where it lacks something, the rest is the learned model's
        return ("other", p.compare, newest, system.construction_version)
    return ("other", p.compare, system.guest.path, system.guest.number)


def variant(system: AttentionSystem, *, plain: bool = False) -> Variant:
    """Return the model on display: a moment's weights, mixed, patched, gated; `plain` unedited."""
    p, design, made = system.params, system.design, system.construction
    moment = moment_of(system, p.moment)
    arrays: Mapping[str, NDArray[np.float32]] = system.weights()
    name = "learned"
    if moment is not None:
        found = system.past.at(moment)
        assert found is not None
        arrays, name = found[1], f"update {moment:,}"
    if p.alpha > 0 and made:
        arrays = system.blended(dict(arrays), p.alpha)
        name += f", {p.alpha:.0%} construction"
    edits = system.edits
    if plain or not edits:
        return Variant(design, arrays, None, name)
    arrays = patched_weights(design, arrays, made, edits.patched)
    gates = edits.gates(design) if edits.off else None
    return Variant(design, arrays, gates, f"{name}, edited", edited=True)


def opposite(system: AttentionSystem) -> Variant | None:
    """Return the model that the displayed one is compared with; None for none."""
    p = system.params
    if p.compare == "construction" and system.construction:
        arrays = {**system.weights(), **system.construction}
        return Variant(system.design, arrays, None, "construction")
    if p.compare == "start":
        return Variant(system.design, system.origin, None, "start")
    if p.compare == "moment":
        moment = moment_of(system, p.compare_moment)
        if moment is None:
            return Variant(system.design, system.weights(), None, "learned")
        found = system.past.at(moment)
        assert found is not None
        return Variant(system.design, found[1], None, f"update {moment:,}")
    if p.compare == "file" and system.guest.weights is not None:
        return Variant(system.design, system.guest.weights, None, Path(system.guest.path).name)
    return None
