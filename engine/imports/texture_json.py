"""The published texture models of Self-Organising Textures, as its web page loads them.

`texture_ca/data/models.json` of `google-research/self-organising-systems` (Apache-2.0, 133
models) and `public/demo/models.json` of `distillpub/post--selforg-textures` (CC-BY 4.0, 66
models; Niklasson, Mordvintsev, Randazzo and Levin, Distill 2021). Each layer of all models is one
RGBA picture of tiles: model i is tile i, row by row; a tile has a row of pixels for every input
and one for the bias, and pixel c of a row holds outputs 4c to 4c + 3. ``w = (byte - 127) / 255 *
scale``. Inputs are filter-major, as in `engine.nca.rule`.
"""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.imports.json_file import decode_base64, member, number, read_json
from engine.imports.model import ImportedModel, checked_weights
from engine.nca.rule import FILTERS, FloatArray, Rule, Weights

__all__ = ["RULE", "TextureModels", "read_texture_models"]

RULE = Rule(
    channels=12,
    hidden=96,
    filters=FILTERS,
    filter_scale=0.125,
    border="wrap",
    alive=False,
    clip=2.0,
    output_bias=True,
)
"""The quantisation-aware model of the article: 5,868 weights."""
RGB_GAIN = 0.5

_URI = "data:image/png;base64,"
_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_MODELS = 4096
_LONGEST_NAME = 200


class TextureModels:
    """The models of one file.

    Attributes
    ----------
    names : tuple of str
        In the file's order; ``A-B`` was trained from its ancestor B.
    """

    def __init__(
        self, path: Path, names: tuple[str, ...], layers: list[NDArray[np.float32]]
    ) -> None:
        self._path = path
        self.names = names
        self._layers = layers

    def model(self, name: str) -> ImportedModel[Weights]:
        """One model by its name (the first of several with the same name).

        Raises
        ------
        BadInput
            When there is no such model.
        """
        if name not in self.names:
            raise BadInput(
                f"has no model {name!r}",
                path=self._path,
                remedy=f"Choose one of its {len(self.names)}: {', '.join(self.names[:8])}, ...",
            )
        first, second = (layer[self.names.index(name)] for layer in self._layers)
        weights = checked_weights(Weights(*_split(first), *_split(second)), self._path)
        return ImportedModel("texture-json", name, RULE, weights, RGB_GAIN)


def read_texture_models(path: Path) -> TextureModels:
    """Read the names and weights of every model in a published file.

    Raises
    ------
    BadInput
        When the file cannot be read or departs from the format in any way.
    """
    document = read_json(path)
    names = member(document, "model_names", list, "the file", path)
    if not 0 < len(names) <= _MOST_MODELS:
        raise BadInput(f"names {len(names)} models instead of 1 to {_MOST_MODELS}", path=path)
    if not all(isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME for name in names):
        raise BadInput("has a model name that is not a short text", path=path)
    layers = member(document, "layers", list, "the file", path)
    if len(layers) != 2:
        raise BadInput(f"has {len(layers)} layers instead of 2", path=path)
    shapes = ((RULE.perceived + 1, RULE.hidden), (RULE.hidden + 1, RULE.channels))
    decoded = [
        _layer(layer, f"layer {position}", shape, len(names), path)
        for position, (layer, shape) in enumerate(zip(layers, shapes, strict=True), 1)
    ]
    return TextureModels(path, tuple(names), decoded)


def _layer(
    layer: object, where: str, shape: tuple[int, int], models: int, path: Path
) -> NDArray[np.float32]:
    """Weights of all models, (models, inputs + 1, outputs)."""
    found = _pair(layer, "shape", where, path)
    if found != shape:
        raise BadInput(f"{where} has the shape {found}, the models have {shape}", path=path)
    columns, rows = _pair(layer, "layout", where, path)
    if columns < 1 or rows < 1 or not models <= columns * rows <= 2 * _MOST_MODELS:
        raise BadInput(
            f"the {columns} x {rows} tiles of {where} do not fit {models} models", path=path
        )
    scale = number(layer, "scale", where, path)
    inputs, outputs = shape
    across = math.ceil(outputs / 4)
    text = member(layer, "data", str, where, path)
    if not text.startswith(_URI):
        raise BadInput(f"the data of {where} is not a PNG data URI", path=path)
    png = decode_base64(text[len(_URI) :], where, path)
    pixels = _pixels(png, (columns * across, rows * inputs), where, path)
    tiles = pixels.reshape(rows, inputs, columns, across * 4).transpose(0, 2, 1, 3)
    tiles = tiles.reshape(rows * columns, inputs, across * 4)[:models, :, :outputs]
    return ((tiles.astype(np.float64) - 127) / 255 * scale).astype(np.float32)


def _pair(layer: object, key: str, where: str, path: Path) -> tuple[int, int]:
    values: list[Any] = member(layer, key, list, where, path)
    if len(values) != 2 or not all(type(value) is int for value in values):
        raise BadInput(f"{key!r} in {where} is not two whole numbers", path=path)
    return values[0], values[1]


def _pixels(png: bytes, size: tuple[int, int], where: str, path: Path) -> NDArray[np.uint8]:
    """The bytes of an RGBA picture of exactly this (width, height), as (height, width, 4)."""
    # The head is compared before anything is unpacked, so that a bomb stays packed.
    head = (int.from_bytes(png[16:20]), int.from_bytes(png[20:24]))
    if not png.startswith(_PNG) or head != size or png[24:26] != b"\x08\x06":
        raise BadInput(
            f"the data of {where} is not a PNG of {size[0]} x {size[1]} pixels, RGBA, 8 bit",
            path=path,
        )
    from PIL import Image

    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
            return np.asarray(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput(f"the PNG of {where} is broken ({error})", path=path) from error


def _split(layer: NDArray[np.float32]) -> tuple[FloatArray, FloatArray]:
    return np.ascontiguousarray(layer[:-1]), np.ascontiguousarray(layer[-1])
