"""Models of the grafting notebook: raw members of a PyTorch archive, read and never unpickled."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.imports import load, sniff
from engine.imports.grafting_pt import RULE
from engine.nca.rule import Weights

Members = dict[str, bytes]


class Trap:
    """Unpickling this creates a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


@pytest.fixture
def arrays() -> list[NDArray[np.float32]]:
    generator = np.random.default_rng(0)
    return [
        generator.standard_normal(shape).astype(np.float32) for shape in ((96, 48), (96,), (12, 96))
    ]


def members(arrays: list[NDArray[np.float32]]) -> Members:
    return {f"dots/data/{i}": array.astype("<f4").tobytes() for i, array in enumerate(arrays)}


def write(path: Path, content: Members, compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def test_weights_come_back_filter_major(arrays: list[NDArray[np.float32]], tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    content = {"dots/data.pkl": pickle.dumps(Trap(sprung)), **members(arrays)}
    path = write(tmp_path / "dots.pt", content)
    assert sniff(path) == "grafting-pt"
    model = load(path)
    assert not sprung.exists()
    assert (model.name, model.rgb_gain, model.weights.count) == ("dots", 1.0, 5856)
    assert (model.rule.filter_scale, model.rule.clip, model.rule.output_bias) == (1.0, None, False)
    w1, b1, w2 = arrays
    assert {k: a.shape for k, a in model.weights.arrays().items()} == Weights.shapes(RULE)
    for channel in range(12):
        for kind in range(4):
            row = model.weights.w1[12 * kind + channel]
            np.testing.assert_array_equal(row, w1[:, 4 * channel + kind])
    np.testing.assert_array_equal(model.weights.b1, b1)
    np.testing.assert_array_equal(model.weights.w2, w2.T)


def test_an_archive_that_torch_itself_wrote_is_read(
    arrays: list[NDArray[np.float32]], tmp_path: Path
) -> None:
    path = tmp_path / "chess.pt"
    torch.save([torch.from_numpy(array) for array in arrays], path)
    np.testing.assert_array_equal(load(path).weights.b1, arrays[1])


def test_foreign_archives_are_refused(arrays: list[NDArray[np.float32]], tmp_path: Path) -> None:
    good = members(arrays)
    path = tmp_path / "m.pt"
    for content, compression, says in (
        ({}, zipfile.ZIP_STORED, "is not a whole zip|is not JSON"),
        ({"a.txt": b"hello"}, zipfile.ZIP_STORED, "0 members data/0"),
        ({**good, "dots/data/1": b"\0" * 8}, zipfile.ZIP_STORED, "data/1 is not 384 plain bytes"),
        ({**good, "other/data/2": b""}, zipfile.ZIP_STORED, "2 members data/2"),
        ({k: b"\0" * len(v) for k, v in good.items()}, zipfile.ZIP_DEFLATED, "plain bytes"),
        (
            {**good, "dots/data/1": np.full(96, np.nan, "<f4").tobytes()},
            zipfile.ZIP_STORED,
            "weights in b1 that are not finite",
        ),
    ):
        with pytest.raises(BadInput, match=says):
            load(write(path, content, compression))


def test_broken_archives_are_refused(arrays: list[NDArray[np.float32]], tmp_path: Path) -> None:
    path = write(tmp_path / "m.pt", members(arrays))
    data = path.read_bytes()
    flipped = bytearray(data)
    flipped[200] ^= 0xFF
    for broken in (data[:5000], data[:4], bytes(flipped)):
        path.write_bytes(broken)
        with pytest.raises(BadInput, match="not a whole zip archive"):
            load(path)
    path.write_bytes(data + b"\0" * 2**20)
    with pytest.raises(BadInput, match="larger than 1 MB"):
        load(path)


def test_it_becomes_a_texture_with_its_weights(
    arrays: list[NDArray[np.float32]], tmp_path: Path
) -> None:
    from engine import openers

    opened = openers.open_published(write(tmp_path / "dots.pt", members(arrays)))
    world = openers.build(opened.spec)
    assert world.info.slug == "texture-nca"
    np.testing.assert_array_equal(world.get_arrays("model")["b1"], arrays[1])
