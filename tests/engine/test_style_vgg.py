"""VGG-16 statistics on random weights of the true shapes, and files that cannot be used."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.core.errors import BadInput
from engine.style import StyleKind, make_style_loss
from engine.style.vgg_weights import VGG16_CONVOLUTIONS, load_vgg16

Tensors = dict[str, torch.Tensor]


def random_vgg16() -> Tensors:
    """Weights as torchvision names them, scaled so that activations neither die nor explode."""
    generator = torch.Generator().manual_seed(0)
    tensors: Tensors = {}
    for index, (fan_in, fan_out) in VGG16_CONVOLUTIONS.items():
        weight = torch.randn((fan_out, fan_in, 3, 3), generator=generator)
        tensors[f"features.{index}.weight"] = weight * (2 / (9 * fan_in)) ** 0.5
        tensors[f"features.{index}.bias"] = torch.zeros(fan_out)
    tensors["classifier.6.bias"] = torch.zeros(1000)
    return tensors


@pytest.fixture(scope="session")
def vgg16(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vgg") / "vgg16.safetensors"
    save_file(random_vgg16(), path)
    return path


def stripes(size: int) -> torch.Tensor:
    x = (torch.arange(size) % 8 < 4).float()
    return torch.stack([x, 0.5 * x, 1 - x]).reshape(1, 3, 1, size).expand(1, 3, size, size)


@pytest.mark.parametrize("kind", ["vgg-ot", "vgg-gram"])
def test_the_example_is_near_noise_is_far_and_gradients_flow(kind: StyleKind, vgg16: Path) -> None:
    example = stripes(48)[0].permute(1, 2, 0).numpy()
    style = make_style_loss(kind, example, weights=vgg16)
    assert style.name == kind
    noise = stripes(32).reshape(3, -1)[:, np.random.default_rng(0).permutation(32 * 32)]
    noise = noise.reshape(1, 3, 32, 32).clone().requires_grad_()
    far = style.loss(noise, 5)
    assert style.loss(stripes(32), 5).item() < 0.2 * far.item()
    far.backward()
    assert noise.grad is not None
    assert noise.grad.isfinite().all()
    assert noise.grad.abs().sum() > 0


def test_transport_is_zero_on_the_example_and_its_directions_follow_the_draw(vgg16: Path) -> None:
    style = make_style_loss("vgg-ot", stripes(32)[0].permute(1, 2, 0).numpy(), weights=vgg16)
    assert style.loss(stripes(32), 0).item() < 1e-8
    grey = torch.full((1, 3, 32, 32), 0.5)
    assert style.loss(grey, 1).item() == style.loss(grey, 1).item()
    assert style.loss(grey, 1).item() != style.loss(grey, 2).item()
    generator = np.random.default_rng(0)
    assert style.loss(grey, generator).item() != style.loss(grey, generator).item()


def test_the_features_are_those_of_torchvision(vgg16: Path) -> None:
    """The same layers with torchvision's indices, read after the published ones."""
    from engine.style.vgg import _Vgg16

    weights = load_file(vgg16)
    layers: list[torch.nn.Module] = []
    for width in (64, 64, "pool", 128, 128, "pool", 256, 256, 256, "pool", 512, 512, 512, "pool"):
        layers += [torch.nn.MaxPool2d(2)] if width == "pool" else [_conv(weights, len(layers))]
        layers += [] if width == "pool" else [torch.nn.ReLU()]
    layers += [_conv(weights, len(layers)), torch.nn.ReLU()]
    mean = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)
    images = torch.rand((1, 3, 32, 32), generator=torch.Generator().manual_seed(1))
    x = (images - mean) / deviation
    wanted = [x]
    with torch.no_grad():
        for index, layer in enumerate(layers):
            x = layer(x)
            if index in (1, 6, 11, 18, 25):
                wanted.append(x)
    for ours, theirs in zip(_Vgg16(vgg16, "cpu").features(images), wanted, strict=True):
        torch.testing.assert_close(ours, theirs.flatten(2))


def _conv(weights: Tensors, index: int) -> torch.nn.Conv2d:
    weight = weights[f"features.{index}.weight"]
    layer = torch.nn.Conv2d(weight.shape[1], weight.shape[0], 3, padding=1)
    layer.load_state_dict({"weight": weight, "bias": weights[f"features.{index}.bias"]})
    return layer


def test_half_precision_weights_become_float32(vgg16: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.safetensors"
    save_file({key: value.half() for key, value in load_file(vgg16).items()}, half)
    weight, bias = load_vgg16(half)[24]
    assert weight.dtype == bias.dtype == torch.float32


def _drop(tensors: Tensors) -> None:
    del tensors["features.7.weight"]


def _narrow(tensors: Tensors) -> None:
    tensors["features.5.weight"] = torch.zeros(128, 32, 3, 3)


def _spoil(tensors: Tensors) -> None:
    tensors["features.0.bias"] = torch.full((64,), torch.nan)


def _round(tensors: Tensors) -> None:
    tensors["features.2.bias"] = torch.zeros(64, dtype=torch.int32)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_drop, r"lacks features\.7\.weight\."),
        (_narrow, r"features\.5\.weight is F32 \(128, 32, 3, 3\).*\(128, 64, 3, 3\)"),
        (_spoil, r"features\.0\.bias has values that are not finite"),
        (_round, r"features\.2\.bias is I32 \(64,\).*floats \(64,\)"),
    ],
)
def test_wrong_contents_are_named(
    change: Callable[[Tensors], None], says: str, vgg16: Path, tmp_path: Path
) -> None:
    tensors = load_file(vgg16)
    change(tensors)
    path = tmp_path / "wrong.safetensors"
    save_file(tensors, path)
    with pytest.raises(BadInput, match=says) as caught:
        load_vgg16(path)
    assert caught.value.path == path


class Trap:
    """Unpickling this writes a file beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("name", ["vgg16.pth", "vgg16.PT", "vgg16.safetensors"])
@pytest.mark.parametrize("zipped", [False, True])
def test_pickles_are_refused_with_the_conversion_and_never_run(
    name: str, zipped: bool, tmp_path: Path
) -> None:
    path, sprung = tmp_path / name, tmp_path / "sprung"
    data = pickle.dumps(Trap(sprung))
    if zipped:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", data)
    else:
        path.write_bytes(data)
    with pytest.raises(BadInput) as caught:
        load_vgg16(path)
    assert not sprung.exists()
    lines = caught.value.remedy.split("Python: ")[1].splitlines()
    assert len(lines) == 2
    assert "torch.load" in lines[1]


def test_the_conversion_works_when_pasted(
    vgg16: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"a": torch.ones(2)}, "it's mine.pth")
    with pytest.raises(BadInput) as caught:
        load_vgg16(Path("it's mine.pth"))
    exec(str(caught.value).split("Python: ")[1], {})
    assert load_file("it's mine-converted.safetensors")["a"].tolist() == [1, 1]


def test_broken_files_and_places_are_refused(vgg16: Path, tmp_path: Path) -> None:
    path = tmp_path / "vgg16.safetensors"
    header = json.dumps(
        {"features.0.weight": {"dtype": "F32", "shape": [9], "data_offsets": [0, 2**60]}}
    ).encode()
    for data in (
        b"",
        b"\0" * 7,
        b"hello world",
        struct.pack("<Q", 2**62) + b"{}",
        struct.pack("<Q", len(header)) + header,
        vgg16.read_bytes()[:100_000],
    ):
        path.write_bytes(data)
        with pytest.raises(BadInput, match="not a whole safetensors file"):
            load_vgg16(path)
    with pytest.raises(BadInput, match="no such file"):
        load_vgg16(tmp_path / "absent.safetensors")
    with pytest.raises(BadInput, match="is a folder"):
        load_vgg16(tmp_path)
