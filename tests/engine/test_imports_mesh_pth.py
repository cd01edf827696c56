"""Models of MeshNCA: four tensors of a PyTorch archive, told apart by their sizes."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.imports import load, names, sniff
from engine.imports.mesh_pth import RULE
from engine.mesh_nca.rule import Weights

SHAPES = {
    "fc1.weight": (128, 80),
    "fc1.bias": (128,),
    "fc2.weight": (16, 128),
    "fc2.bias": (16,),
}


class Trap:
    """Unpickling this creates a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


@pytest.fixture
def arrays() -> dict[str, NDArray[np.float32]]:
    draw = np.random.default_rng(1)
    return {name: draw.standard_normal(shape).astype(np.float32) for name, shape in SHAPES.items()}


def test_a_state_dict_that_torch_wrote_is_read(
    arrays: dict[str, NDArray[np.float32]], tmp_path: Path
) -> None:
    path = tmp_path / "Abstract_008.pth"
    torch.save({name: torch.from_numpy(array) for name, array in arrays.items()}, path)
    assert sniff(path) == "mesh-pth"
    assert names(path) == ("Abstract_008",)
    model = load(path)
    assert model.rule == RULE
    assert isinstance(model.weights, Weights)
    assert model.weights.count == 12_432
    np.testing.assert_array_equal(model.weights.w1, arrays["fc1.weight"].T)
    np.testing.assert_array_equal(model.weights.b1, arrays["fc1.bias"])
    np.testing.assert_array_equal(model.weights.w2, arrays["fc2.weight"].T)
    np.testing.assert_array_equal(model.weights.b2, arrays["fc2.bias"])


def write(path: Path, content: dict[str, bytes], packing: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def test_the_pickle_is_not_opened(arrays: dict[str, NDArray[np.float32]], tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    content = {f"a/data/{i}": array.tobytes() for i, array in enumerate(arrays.values())}
    path = write(tmp_path / "a.pth", {"a/data.pkl": pickle.dumps(Trap(sprung)), **content})
    assert load(path).weights.count == 12_432
    assert not sprung.exists()


def test_foreign_archives_are_refused(
    arrays: dict[str, NDArray[np.float32]], tmp_path: Path
) -> None:
    good = {f"a/data/{i}": array.tobytes() for i, array in enumerate(arrays.values())}
    nan = {**good, "a/data/1": np.full(128, np.nan, "<f4").tobytes()}
    twice = {**good, "a/data/4": good["a/data/1"]}
    packed = {name: bytes(len(data)) for name, data in good.items()}
    for content, packing, says in (
        (nan, zipfile.ZIP_STORED, "weights in b1 that are not finite"),
        (twice, zipfile.ZIP_STORED, "no published model|no model of MeshNCA|plain bytes"),
        (packed, zipfile.ZIP_DEFLATED, "plain bytes"),
    ):
        with pytest.raises(BadInput, match=says):
            load(write(tmp_path / "b.pth", content, packing))


def test_it_becomes_a_world_with_its_weights(
    arrays: dict[str, NDArray[np.float32]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine import openers

    path = tmp_path / "cells.pth"
    torch.save({name: torch.from_numpy(array) for name, array in arrays.items()}, path)
    opened = openers.open_published(path)
    assert opened.spec.params["aggregation"] == "sum"
    world = openers.build(opened.spec.with_(params={**opened.spec.params, "vertices": 642}))
    np.testing.assert_array_equal(world.get_arrays("model")["w1"], arrays["fc1.weight"].T)
    assert openers.kind_of(path) == "published"
