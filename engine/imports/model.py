"""What every importer returns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeAlias, TypeVar

import numpy as np

from engine.core.errors import BadInput
from engine.mesh_nca.rule import MeshRule
from engine.mesh_nca.rule import Weights as MeshWeights
from engine.nca.rule import Rule, Weights

__all__ = ["AnyModel", "Format", "ImportedModel", "checked_weights"]

W = TypeVar("W", Weights, MeshWeights)

Format = Literal["growing-webgl", "texture-json", "grafting-pt", "mesh-pth"]


@dataclass(frozen=True, eq=False)
class ImportedModel(Generic[W]):
    """A published cellular automaton, ready to run.

    Attributes
    ----------
    format : str
        The kind of file that it came from.
    name : str
        The model's name in the file, or the file's.
    rule : Rule or MeshRule
        What the publication fixes: filters, their scale, border, life mask, clip; on a mesh the
        harmonics and how neighbours are added up.
    weights : Weights of the rule's room
        float32, in the order of `engine.nca.rule` (filter-major) or `engine.mesh_nca.rule`.
    rgb_gain : float
        Shown colours of a texture are ``rgb_gain * state[..., :3] + 0.5``; 1 where not used.
    """

    format: Format
    name: str
    rule: Rule | MeshRule
    weights: W
    rgb_gain: float = 1.0


AnyModel: TypeAlias = ImportedModel[Weights] | ImportedModel[MeshWeights]


def checked_weights(weights: W, path: Path) -> W:
    """Return the weights if every one of them is finite.

    Raises
    ------
    BadInput
        When one is not, for instance because a scale in the file is too large.
    """
    for name, array in weights.arrays().items():
        if not np.isfinite(array).all():
            raise BadInput(
                f"has weights in {name} that are not finite",
                path=path,
                remedy="Download it again",
            )
    return weights
