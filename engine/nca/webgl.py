"""Write the weights of Growing NCA as the article's web page reads them.

The format of `distillpub/post--growing-ca` (`public/webgl_models8`): a list of two layers, each
(inputs + 1, outputs) bytes row-major with the bias last, ``w = (byte / 255 - 0.5) * scale``. Inputs
are filter-major, as ours.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np

from engine.core.files import write_atomically
from engine.nca.rule import FloatArray, Weights

__all__ = ["write_growing_webgl"]


def write_growing_webgl(path: Path, weights: Weights) -> None:
    """Write both layers in 8 bits.

    Raises
    ------
    UserError
        If the file cannot be written.
    """
    second = np.zeros(weights.w2.shape[1], np.float32) if weights.b2 is None else weights.b2
    layers = [_layer(weights.w1, weights.b1), _layer(weights.w2, second)]
    write_atomically(path, json.dumps(layers).encode())


def _layer(weights: FloatArray, bias: FloatArray) -> dict[str, Any]:
    weight_scale, bias_scale = _scale(weights), _scale(bias)
    rows = np.concatenate([weights / weight_scale, bias[None] / bias_scale])
    data = np.rint((rows + 0.5) * 255.0).clip(0, 255).astype(np.uint8)
    return {
        "in_ch": weights.shape[0],
        "out_ch": weights.shape[1],
        "weight_scale": weight_scale,
        "bias_scale": bias_scale,
        "data_b64": base64.b64encode(data.tobytes()).decode(),
        "type": "uint8",
    }


def _scale(values: FloatArray) -> float:
    return 2.0 * float(np.abs(values).max()) or 1.0
