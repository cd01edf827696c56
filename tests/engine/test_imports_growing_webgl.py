"""Growing NCA weights in the web page's JSON: what is written comes back, the rest is refused."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.core.errors import BadInput
from engine.imports import load, names, sniff
from engine.imports.growing_webgl import RULE, load_growing_webgl
from engine.nca.rule import Weights

Layers = list[dict[str, Any]]
SCALES = ((1.25, 0.4), (1.0, 0.2))
SHAPES = ((48, 128), (128, 16))


def published(seed: int = 0) -> tuple[Layers, list[np.ndarray[Any, np.dtype[np.uint8]]]]:
    """A file's content by the published layout, and its bytes per layer."""
    generator = np.random.default_rng(seed)
    layers: Layers = []
    stored = []
    for (fan_in, fan_out), (weight_scale, bias_scale) in zip(SHAPES, SCALES, strict=True):
        data = generator.integers(0, 256, (fan_in + 1, fan_out), dtype=np.uint8)
        stored.append(data)
        layers.append(
            {
                "data_b64": base64.b64encode(data.tobytes()).decode(),
                "in_ch": fan_in,
                "out_ch": fan_out,
                "weight_scale": weight_scale,
                "bias_scale": bias_scale,
                "type": "uint8",
            }
        )
    return layers, stored


def write(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path


def test_every_weight_comes_back(tmp_path: Path) -> None:
    layers, (first, second) = published()
    path = write(tmp_path / "ex3_lizard.json", layers)
    assert sniff(path) == "growing-webgl"
    assert names(path) == ("ex3_lizard",)
    model = load(path)
    assert (model.format, model.name, model.rule) == ("growing-webgl", "ex3_lizard", RULE)
    weights = model.weights
    assert {name: array.shape for name, array in weights.arrays().items()} == Weights.shapes(RULE)
    assert weights.count == 8336
    np.testing.assert_allclose(weights.w1, (first[:-1] / 255 - 0.5) * 1.25, atol=1e-6)
    np.testing.assert_allclose(weights.b1, (first[-1] / 255 - 0.5) * 0.4, atol=1e-6)
    np.testing.assert_allclose(weights.w2, (second[:-1] / 255 - 0.5) * 1.0, atol=1e-6)
    assert weights.b2 is not None
    np.testing.assert_allclose(weights.b2, (second[-1] / 255 - 0.5) * 0.2, atol=1e-6)
    assert all(array.dtype == np.float32 for array in weights.arrays().values())


def test_inputs_are_filter_major(tmp_path: Path) -> None:
    """A weight in row 18 of the file listens to the horizontal gradient of channel 2 alone."""
    from engine.nca.reference import ReferenceStepper

    rule = RULE
    layers, (first, _) = published()
    first = np.zeros_like(first)
    first[16 + 2, 0] = 255
    layers[0]["data_b64"] = base64.b64encode(first.tobytes()).decode()
    w1 = load_growing_webgl(write(tmp_path / "m.json", layers)).weights.w1
    w1 = np.where(w1 > 0, w1, 0)  # the smallest byte is a negative weight; leave only ours
    w2 = np.zeros((rule.hidden, rule.channels), np.float32)
    w2[0, 5] = 1
    weights = Weights(w1, np.zeros(rule.hidden, np.float32), w2, np.zeros(16, np.float32))

    state = np.zeros((1, 7, 7, 16), np.float32)
    state[..., 3] = 1
    state[0, :, 3:6, 2] = 1
    after = ReferenceStepper(rule, weights).step(state.copy(), seed=0, fire_rate=1.0)
    assert (after[0, :, 2:4, 5] > 0).all()  # where channel 2 rises to the right
    assert (after[0, :, [0, 1, 4, 5, 6], 5] == 0).all()
    turned = state.transpose(0, 2, 1, 3).copy()
    after = ReferenceStepper(rule, weights).step(turned, seed=0, fire_rate=1.0)
    assert (after[..., 5] == 0).all()


def _set(layer: int, key: str, value: object) -> Callable[[Layers], object]:
    def change(layers: Layers) -> object:
        layers[layer][key] = value
        return layers

    return change


def _drop(layer: int, key: str) -> Callable[[Layers], object]:
    def change(layers: Layers) -> object:
        del layers[layer][key]
        return layers

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda layers: layers[:1], "list of two layers"),
        (lambda layers: {"layers": layers}, "list of two layers"),
        (lambda layers: [7, layers[1]], "layer 1 is not an object"),
        (_set(0, "type", "float32"), "'float32', not 'uint8'"),
        (_set(0, "in_ch", 32), r"layer 1 has the shape \(32, 128\).*\(48, 128\)"),
        (_set(1, "out_ch", 16.0), "'out_ch' in layer 2 is not a whole number"),
        (_set(1, "out_ch", True), "'out_ch' in layer 2 is not a whole number"),
        (_set(0, "data_b64", "AAAA"), "layer 1 has 3 weights instead of 6272"),
        (_set(0, "data_b64", "not base64!"), "layer 1 is not base64"),
        (_set(0, "data_b64", None), "'data_b64' in layer 1 is not a text"),
        (_set(1, "weight_scale", -1), "'weight_scale' in layer 2 is not a positive finite"),
        (_set(1, "weight_scale", "1"), "layer 2 lacks the number 'weight_scale'"),
        (_set(0, "bias_scale", 10**400), "'bias_scale' in layer 1 is not a positive finite"),
        (_set(0, "bias_scale", float("nan")), "NaN is not a JSON number"),
        (_drop(1, "bias_scale"), "layer 2 lacks the number 'bias_scale'"),
        (_drop(1, "type"), "layer 2 lacks 'type'"),
    ],
)
def test_departures_from_the_format_are_named(
    change: Callable[[Layers], object], says: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "m.json", change(copy.deepcopy(published()[0])))
    with pytest.raises(BadInput, match=says) as caught:
        load_growing_webgl(path)
    assert caught.value.path == path


@pytest.mark.parametrize(
    "data", [b"", b"[", b"\xff\xfe\0", b"[" * 100_000, b"1" * 5000, b'{"a": 1', b"\0" * 64]
)
def test_what_is_not_json_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(data)
    with pytest.raises(BadInput, match="is not JSON"):
        sniff(path)


@pytest.mark.parametrize("document", [[], {}, 3, [{"a": 1}], {"modelTopology": {"node": []}}])
def test_other_json_is_no_weight_file(document: object, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no published weight file"):
        load(write(tmp_path / "m.json", document))


def test_folders_missing_files_and_pickles_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a folder"):
        sniff(tmp_path)
    with pytest.raises(BadInput, match="no such file"):
        sniff(tmp_path / "absent.json")
    path = tmp_path / "m.json"
    path.write_bytes(b"\x80\x04N.")
    with pytest.raises(BadInput, match="pickle"):
        sniff(path)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    with path.open("wb") as file:
        file.truncate(17 * 2**20)
    with pytest.raises(BadInput, match="larger than 16 MB"):
        sniff(path)
