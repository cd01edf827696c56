"""The published weights of MeshNCA, read without unpickling them.

Checkpoints of `IVRL/MeshNCA` (CC BY-NC-SA 4.0; Pajouheshgar et al., arXiv 2311.02820) are PyTorch
state dicts: ``fc1.weight`` (128, 80), ``fc1.bias``, ``fc2.weight`` (16, 128) and ``fc2.bias``, each
of a size of its own: the pickle, which names them, need not be read. Inputs are harmonic-major, in
the order 1, y, z, x and the state itself, as in `engine.mesh_nca.rule`; messages are summed.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from engine.core.errors import BadInput
from engine.core.pickles import conversion
from engine.imports import torch_zip
from engine.imports.model import ImportedModel, checked_weights
from engine.mesh_nca.rule import MeshRule, Weights

__all__ = ["RULE", "is_mesh_pth", "load_mesh_pth"]

RULE = MeshRule(aggregation="sum")
"""As published: degree 1 without normalisation, 12,432 weights."""

_SHAPES = ((128, 80), (128,), (16, 128), (16,))


def is_mesh_pth(path: Path) -> bool:
    """Tell whether an archive has members of the right sizes.

    Raises
    ------
    BadInput
        If it is no whole archive.
    """
    with torch_zip.opened(path) as archive:
        return all(len(_of_size(archive, shape)) == 1 for shape in _SHAPES)


def load_mesh_pth(path: Path) -> ImportedModel[Weights]:
    """Read one published model.

    Raises
    ------
    BadInput
        When the file cannot be read, is no such archive, or a member is missing or there twice.
    """
    with torch_zip.opened(path) as archive:
        read = []
        for shape in _SHAPES:
            found = _of_size(archive, shape)
            if len(found) != 1:
                raise BadInput(
                    f"has {len(found)} tensors of the shape {shape} instead of 1: no model of "
                    "MeshNCA",
                    path=path,
                    remedy=conversion(path),
                )
            read.append(torch_zip.floats(archive, found[0], shape, path))
    w1, b1, w2, b2 = read
    weights = Weights(np.ascontiguousarray(w1.T), b1, np.ascontiguousarray(w2.T), b2)
    return ImportedModel("mesh-pth", path.stem, RULE, checked_weights(weights, path))


def _of_size(archive: zipfile.ZipFile, shape: tuple[int, ...]) -> list[zipfile.ZipInfo]:
    size = 4 * int(np.prod(shape))
    return [info for info in torch_zip.members(archive) if info.file_size == size]
