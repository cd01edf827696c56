"""Published texture models: a file written by the documented layout is read back."""

from __future__ import annotations

import base64
import copy
import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.core.errors import BadInput
from engine.imports import load, names, sniff
from engine.imports.texture_json import RULE, read_texture_models
from engine.nca.rule import Weights

Document = dict[str, Any]
NAMES = ["dots", "mondrian", "mixed4b-dots", "eyes", "bark"]
SHAPES = ((49, 96), (97, 12))
LAYOUTS = ((3, 2), (2, 3))
SCALES = (2.2, 1.3)


def data_uri(pixels: NDArray[np.uint8], kind: str = "PNG") -> str:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def published() -> tuple[Document, list[NDArray[np.uint8]]]:
    """A file of five models, tile by tile and pixel by pixel, and the bytes (models, rows, out)."""
    generator = np.random.default_rng(0)
    document: Document = {"model_names": list(NAMES), "layers": []}
    stored = []
    for (rows, out), (columns, tile_rows), scale in zip(SHAPES, LAYOUTS, SCALES, strict=True):
        data = generator.integers(0, 256, (len(NAMES), rows, out), dtype=np.uint8)
        across = out // 4
        picture = np.zeros((tile_rows * rows, columns * across, 4), np.uint8)
        for model in range(len(NAMES)):
            top, left = model // columns * rows, model % columns * across
            for row in range(rows):
                for output in range(out):
                    picture[top + row, left + output // 4, output % 4] = data[model, row, output]
        stored.append(data)
        document["layers"].append(
            {
                "scale": scale,
                "data": data_uri(picture),
                "shape": [rows, out],
                "layout": [columns, tile_rows],
                "quant_scale_zero": [2, 0],
            }
        )
    return document, stored


@pytest.fixture(scope="module")
def example() -> tuple[Document, list[NDArray[np.uint8]]]:
    return published()


def write(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path


def test_every_weight_of_every_model_comes_back(
    example: tuple[Document, list[NDArray[np.uint8]]], tmp_path: Path
) -> None:
    document, (first, second) = example
    path = write(tmp_path / "models.json", document)
    assert sniff(path) == "texture-json"
    assert names(path) == tuple(NAMES)
    models = read_texture_models(path)
    for index, name in enumerate(NAMES):
        model = models.model(name)
        weights = model.weights
        shapes = {key: array.shape for key, array in weights.arrays().items()}
        assert shapes == Weights.shapes(RULE)
        assert weights.b2 is not None
        wanted = [
            (data[index] - 127.0) / 255 * scale
            for data, scale in ((first, SCALES[0]), (second, SCALES[1]))
        ]
        np.testing.assert_allclose(weights.w1, wanted[0][:-1], atol=1e-6)
        np.testing.assert_allclose(weights.b1, wanted[0][-1], atol=1e-6)
        np.testing.assert_allclose(weights.w2, wanted[1][:-1], atol=1e-6)
        np.testing.assert_allclose(weights.b2, wanted[1][-1], atol=1e-6)


def test_the_model_has_the_published_settings(
    example: tuple[Document, list[NDArray[np.uint8]]], tmp_path: Path
) -> None:
    model = load(write(tmp_path / "models.json", example[0]), "eyes")
    assert (model.name, model.rgb_gain, model.weights.count) == ("eyes", 0.5, 5868)
    assert model.rule.filters == ("identity", "sobel_x", "sobel_y", "laplacian")
    assert (model.rule.filter_scale, model.rule.clip, model.rule.border) == (0.125, 2.0, "wrap")
    assert model.rule.output_bias
    assert not model.rule.alive
    assert load(write(tmp_path / "models.json", example[0])).name == NAMES[0]


def test_an_unknown_name_is_answered_with_known_ones(
    example: tuple[Document, list[NDArray[np.uint8]]], tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=r"no model 'zebra'.*one of its 5: dots, mondrian"):
        load(write(tmp_path / "models.json", example[0]), "zebra")


def _layer(index: int, key: str, value: object) -> Callable[[Document], None]:
    return lambda document: document["layers"][index].__setitem__(key, value)


def _bomb(width: int, height: int) -> str:
    """A PNG that says it is huge, with hardly any data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


RIGHT = (LAYOUTS[0][0] * 24, LAYOUTS[0][1] * 49)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d.update(model_names=[]), "names 0 models"),
        (lambda d: d.update(model_names=["a"] * 5000), "names 5000 models"),
        (lambda d: d.update(model_names=["a", 3]), "not a short text"),
        (lambda d: d.update(model_names="dots"), "'model_names' in the file is not a list"),
        (lambda d: d.update(model_names=["a"] * 7), "3 x 2 tiles of layer 1 do not fit 7"),
        (lambda d: d["layers"].pop(), "1 layers instead of 2"),
        (lambda d: d["layers"].__setitem__(1, []), "layer 2 is not an object"),
        (_layer(0, "shape", [33, 96]), r"layer 1 has the shape \(33, 96\).*\(49, 96\)"),
        (_layer(0, "shape", [49]), "'shape' in layer 1 is not two whole numbers"),
        (_layer(1, "layout", [2.0, 3]), "'layout' in layer 2 is not two whole numbers"),
        (_layer(1, "layout", [-2, -3]), "-2 x -3 tiles of layer 2"),
        (_layer(1, "layout", [10**9, 10**9]), "tiles of layer 2 do not fit 5 models"),
        (_layer(0, "scale", 0), "'scale' in layer 1 is not a positive finite number"),
        (_layer(0, "scale", None), "layer 1 lacks the number 'scale'"),
        (_layer(0, "data", "https://example.org/x.png"), "not a PNG data URI"),
        (_layer(0, "data", "data:image/png;base64,%%%"), "not base64"),
        (_layer(0, "data", "data:image/png;base64,"), "not a PNG of 72 x 98 pixels"),
        (_layer(0, "data", _bomb(60_000, 60_000)), "not a PNG of 72 x 98 pixels"),
        (_layer(0, "data", _bomb(*RIGHT)), "the PNG of layer 1 is broken"),
        (
            _layer(0, "data", data_uri(np.zeros((98, 72, 3), np.uint8))),
            "not a PNG of 72 x 98 pixels, RGBA",
        ),
        (
            _layer(0, "data", data_uri(np.zeros((98, 72, 3), np.uint8), "BMP")),
            "not a PNG of 72 x 98 pixels",
        ),
    ],
)
def test_departures_from_the_format_are_named(
    change: Callable[[Document], object],
    says: str,
    example: tuple[Document, list[NDArray[np.uint8]]],
    tmp_path: Path,
) -> None:
    document = copy.deepcopy(example[0])
    change(document)
    path = write(tmp_path / "models.json", document)
    with pytest.raises(BadInput, match=says) as caught:
        read_texture_models(path)
    assert caught.value.path == path
