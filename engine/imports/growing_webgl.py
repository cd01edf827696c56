"""The published weights of Growing Neural Cellular Automata, as its web page loads them.

Files `ex{1,2,3}_NAME.json` of `distillpub/post--growing-ca` (`public/webgl_models8`, CC-BY 4.0;
Mordvintsev, Randazzo, Niklasson and Levin, Distill 2020): ex1 growing, ex2 persistent, ex3
regenerating. A list of two layers; bytes are (inputs + 1, outputs) row-major with the bias last,
and ``w = (byte / 255 - 0.5) * weight_scale``. Inputs are filter-major, as in `engine.nca.rule`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.core.errors import BadInput
from engine.imports.json_file import decode_base64, member, number, read_json
from engine.imports.model import ImportedModel, checked_weights
from engine.nca.rule import GROWING, FloatArray, Weights

__all__ = ["RULE", "load_growing_webgl"]

RULE = replace(GROWING, border="wrap")
"""The page runs its models on a torus."""


def load_growing_webgl(path: Path) -> ImportedModel[Weights]:
    """Read one published model.

    Raises
    ------
    BadInput
        When the file cannot be read or departs from the format in any way.
    """
    layers = read_json(path)
    if not isinstance(layers, list) or len(layers) != 2:
        raise BadInput("is not a list of two layers", path=path)
    w1, b1 = _layer(layers[0], 1, (RULE.perceived, RULE.hidden), path)
    w2, b2 = _layer(layers[1], 2, (RULE.hidden, RULE.channels), path)
    weights = checked_weights(Weights(w1, b1, w2, b2), path)
    return ImportedModel("growing-webgl", path.stem, RULE, weights)


def _layer(
    layer: object, position: int, shape: tuple[int, int], path: Path
) -> tuple[FloatArray, FloatArray]:
    where = f"layer {position}"
    kind = member(layer, "type", str, where, path)
    if kind != "uint8":
        raise BadInput(f"{where} holds {kind[:40]!r}, not 'uint8'", path=path)
    found = (member(layer, "in_ch", int, where, path), member(layer, "out_ch", int, where, path))
    if found != shape:
        raise BadInput(f"{where} has the shape {found}, Growing NCA has {shape}", path=path)
    data = decode_base64(member(layer, "data_b64", str, where, path), where, path)
    rows, columns = shape[0] + 1, shape[1]
    if len(data) != rows * columns:
        raise BadInput(f"{where} has {len(data)} weights instead of {rows * columns}", path=path)
    centred = np.frombuffer(data, np.uint8).reshape(rows, columns).astype(np.float64) / 255 - 0.5
    weights = centred[:-1] * number(layer, "weight_scale", where, path)
    bias = centred[-1] * number(layer, "bias_scale", where, path)
    return weights.astype(np.float32), bias.astype(np.float32)
