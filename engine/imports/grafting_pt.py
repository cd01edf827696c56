"""The published weights of the texture grafting notebook, read without unpickling them.

`assets/grafting_nca.zip` of `google-research/self-organising-systems` (Apache-2.0) holds four
`.pt` files. Such a file is a zip archive with a pickle, which could run code and is not opened,
and raw little-endian float32 members: `data/0` (96, 48), `data/1` (96,), `data/2` (12, 96).
Inputs are channel-major (4 * channel + filter) there.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from engine.core.errors import BadInput
from engine.core.pickles import conversion
from engine.imports import torch_zip
from engine.imports.model import ImportedModel, checked_weights
from engine.nca.rule import FILTERS, FloatArray, Rule, Weights

__all__ = ["RULE", "load_grafting_pt"]

RULE = Rule(
    channels=12,
    hidden=96,
    filters=FILTERS,
    filter_scale=1.0,
    border="wrap",
    alive=False,
    clip=None,
    output_bias=False,
)
"""The minimal model of the PyTorch notebook: 5,856 weights, filters not divided, no clip."""

_SHAPES = {"data/0": (96, 48), "data/1": (96,), "data/2": (12, 96)}


def load_grafting_pt(path: Path) -> ImportedModel[Weights]:
    """Read one published model.

    Raises
    ------
    BadInput
        When the file cannot be read, is no such archive, or a member has another size.
    """
    with torch_zip.opened(path) as archive:
        w1, b1, w2 = (_member(archive, key, shape, path) for key, shape in _SHAPES.items())
    filters = len(RULE.filters)
    by_filter = w1.reshape(RULE.hidden, RULE.channels, filters).transpose(2, 1, 0)
    weights = Weights(
        np.ascontiguousarray(by_filter.reshape(RULE.perceived, RULE.hidden)),
        b1,
        np.ascontiguousarray(w2.T),
    )
    return ImportedModel("grafting-pt", path.stem, RULE, checked_weights(weights, path))


def _member(archive: zipfile.ZipFile, key: str, shape: tuple[int, ...], path: Path) -> FloatArray:
    found = [info for info in torch_zip.members(archive) if f"/{info.filename}".endswith(f"/{key}")]
    if len(found) != 1:
        raise BadInput(
            f"has {len(found)} members {key} instead of 1: no published model",
            path=path,
            remedy=conversion(path),
        )
    return torch_zip.floats(archive, found[0], shape, path)
