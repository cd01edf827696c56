"""Models from files: the ancestor of a training, and the graft model.

A graft model is a second network of the same shape, part of the state of a world.
Its weights are saved with the world and not its file's name alone, so that a saved world comes back
to the bit though the file is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core import checkpoint
from engine.core.errors import BadInput
from engine.mesh_nca.parameters import MeshNcaParams
from engine.mesh_nca.rule import MeshRule, Weights
from engine.mesh_nca.surface_parameters import FROM_FILE, NO_MODEL, model_path

__all__ = ["SecondModel", "first_weights", "read_weights"]

_PREFIX = "graft_"
_KEY = "graft_key"
_NONE = np.zeros(32, np.uint8)


class SecondModel:
    """Holds the weights of the graft model, or none.

    Parameters
    ----------
    rule : MeshRule
        That of the world: both models perceive the same.

    Attributes
    ----------
    weights : Weights, optional
    """

    def __init__(self, rule: MeshRule) -> None:
        self._rule = rule
        self._key = _NONE
        self.weights: Weights | None = None

    def choose(self, params: MeshNcaParams, *, again: bool = False) -> None:
        """Take the model that the parameters name, unless it is the one that is there.

        Parameters
        ----------
        params : MeshNcaParams
        again : bool
            Read the file also where its name is that of the one that is there: somebody named it
            now. A restored world keeps what was saved with it, whatever its file has become.

        Raises
        ------
        BadInput
            If it cannot be read or has another shape; the one that was there stays.
        """
        path = _path(params)
        key = _NONE
        if path:
            name = path if params.graft_model == FROM_FILE else params.graft_model
            text = f"{params.graft_model}\0{name}"
            key = np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint8)
        if np.array_equal(key, self._key) and not again:
            return
        self.weights = read_weights(Path(path), self._rule) if path else None
        self._key = key

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return weights and their origin; zeros where there is no model."""
        shapes = Weights.shapes(self._rule)
        own: dict[str, NDArray[Any]] = (
            {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
            if self.weights is None
            else dict(self.weights.arrays())
        )
        return {_KEY: self._key, **{f"{_PREFIX}{name}": array for name, array in own.items()}}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take what `arrays` returned."""
        self._key = arrays[_KEY]
        names = Weights.shapes(self._rule)
        own = {name: arrays[f"{_PREFIX}{name}"] for name in names}
        known = bool(self._key.any())
        self.weights = Weights.from_arrays(self._rule, own) if known else None


def _path(params: MeshNcaParams) -> str:
    """Return the file of the chosen model; "" for none."""
    if params.graft_model == NO_MODEL:
        return ""
    return params.graft_file if params.graft_model == FROM_FILE else model_path(params.graft_model)


def first_weights(params: MeshNcaParams, draw: np.random.Generator) -> Weights:
    """Return the weights that a new model begins with: the ancestor's, or random ones.

    Raises
    ------
    BadInput
        If the ancestor cannot be read.
    """
    if params.ancestor == NO_MODEL:
        return Weights.initial(params.rule, draw)
    return read_weights(Path(model_path(params.ancestor)), params.rule)


def read_weights(path: Path, rule: MeshRule) -> Weights:
    """Read the weights of a saved mesh model.

    Raises
    ------
    BadInput
        If the file is none, or its model has another shape than the rule.
    """
    loaded = checkpoint.read(path)
    if loaded.slug != "mesh-nca":
        raise BadInput(
            f"is a model of {loaded.slug}, which cannot live on a mesh",
            path=path,
            remedy="Choose a model of mesh-nca",
        )
    own = {
        name.partition("/")[2]: array
        for name, array in loaded.arrays.items()
        if name.startswith("model/")
    }
    try:
        return Weights.from_arrays(rule, own)
    except ValueError as error:
        raise BadInput(
            f"cannot be grafted: {error}",
            path=path,
            remedy=f"Choose a model of {rule.channels} channels, {rule.hidden} hidden units "
            f"and degree {rule.degree}",
        ) from None
