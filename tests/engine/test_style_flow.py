"""The optical-flow network on random weights, its loader, and the loss on what it sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional

from engine.core.errors import BadInput
from engine.style.flow import FlowMotion, OpticalFlow, motion_terms
from engine.style.flow_weights import FLOW_PARAMETERS, FLOW_SHAPES, load_flow

Tensors = dict[str, torch.Tensor]


def random_flow(seed: int = 0) -> Tensors:
    generator = torch.Generator().manual_seed(seed)
    return {
        key: torch.randn(shape, generator=generator) / max(1, int(np.prod(shape[1:]))) ** 0.5
        for key, shape in FLOW_SHAPES.items()
    }


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "flow.safetensors"
    save_file(random_flow(), path)
    return path


def frames(n: int = 2, side: int = 128, seed: int = 1) -> torch.Tensor:
    return torch.rand((n, 1, side, side), generator=torch.Generator().manual_seed(seed))


def test_the_network_has_the_published_number_of_parameters(weights: Path) -> None:
    assert sum(tensor.numel() for tensor in load_flow(weights).values()) == FLOW_PARAMETERS


def test_the_flow_is_that_of_the_published_layers() -> None:
    """The same layers written as the sheet lists them, with torch's own padding and resizing."""
    tensors = random_flow()
    before, after = frames(1, 64), frames(1, 64, 2)
    pair = torch.cat([before, after], 1)
    pair = (pair - pair.mean()) / pair.std()
    blur = torch.exp(-(torch.arange(5.0) - 2).square() / 8)
    blur = (blur[:, None] * blur[None] / blur.sum() ** 2).reshape(1, 1, 5, 5)
    maps = []
    for level in range(5):
        if level:
            padded = torch.from_numpy(
                np.pad(pair.numpy(), [(0, 0)] * 2 + [(2, 2)] * 2, "symmetric")
            )
            pair = functional.conv2d(padded.transpose(0, 1), blur, stride=2).transpose(0, 1)
        x = torch.from_numpy(np.pad(pair.numpy(), [(0, 0)] * 2 + [(5, 5)] * 2, "symmetric"))
        x = functional.conv3d(
            x.permute(0, 2, 3, 1)[:, None],
            tensors["msoenet.conv1.weight"],
            tensors["msoenet.conv1.bias"],
        )[..., 0]
        x = functional.max_pool2d(x**2, 5, 1, 2)
        x = functional.conv2d(x, tensors["msoenet.conv2.weight"], tensors["msoenet.conv2.bias"])
        x = functional.normalize(x, p=1, dim=1)
        # Pixel i of the enlarged map lies at i / 2^level: corner to corner, then the last repeats.
        corners = (x.shape[2] - 1) * 2**level + 1
        x = functional.interpolate(x, (corners, corners), mode="bilinear", align_corners=True)
        maps.append(functional.pad(x, (0, 64 - corners) * 2, mode="replicate"))
    z = torch.from_numpy(
        np.pad(torch.cat(maps, 1).numpy(), [(0, 0)] * 2 + [(1, 1)] * 2, "symmetric")
    )
    z = functional.conv2d(z, tensors["decode_conv1.weight"], tensors["decode_conv1.bias"])
    z = functional.conv2d(
        functional.relu(z), tensors["decode_conv2.weight"], tensors["decode_conv2.bias"]
    )
    z[:, 1] *= -1
    torch.testing.assert_close(OpticalFlow(tensors)(before, after), z, rtol=1e-4, atol=1e-5)


def test_brightness_and_contrast_do_not_count() -> None:
    flow = OpticalFlow(random_flow())
    before, after = frames(1, 32), frames(1, 32, 2)
    torch.testing.assert_close(
        flow(before, after), flow(0.3 * before + 0.2, 0.3 * after + 0.2), rtol=1e-3, atol=1e-4
    )


def test_the_terms_know_direction_and_strength() -> None:
    wanted = torch.zeros(2, 2, 4, 4)
    wanted[:, 0] = 2.0
    assert [float(term) for term in motion_terms(wanted, wanted)] == pytest.approx([0, 0], abs=1e-5)
    half = motion_terms(wanted / 2, wanted)
    assert [float(term) for term in half] == pytest.approx([0, 1], abs=1e-5)
    away = motion_terms(-wanted * 3, wanted)
    assert [float(term) for term in away] == pytest.approx([2, 0], abs=1e-5)
    across = motion_terms(wanted.flip(1), wanted)
    assert [float(term) for term in across] == pytest.approx([1, 0], abs=1e-5)


def test_frames_that_move_as_wanted_cost_nothing_and_gradients_are_right(weights: Path) -> None:
    motion = FlowMotion(weights)
    random = np.random.default_rng(0)
    before, moved, after = random.random((3, 1, 16, 16, 9), np.float32)
    value, *zero = motion.measure(before, moved, moved)
    assert value < 1e-4
    value, by_before, by_moved, by_after = motion.measure(before, moved, after)
    assert value > 0.01
    assert zero[0].shape == before.shape
    assert not by_moved.any()
    assert not by_after[..., 3:].any()
    assert by_before[..., :3].any()
    # A small step downhill lowers the loss by what the gradient says.
    step = np.float32(1e-3 / np.abs(by_after).max())
    lower, *_ = motion.measure(before, moved, after - step * by_after)
    expected = float(step) * float((by_after.astype(np.float64) ** 2).sum())
    assert value - lower == pytest.approx(expected, rel=0.1)


def test_other_networks_are_refused_by_name(tmp_path: Path) -> None:
    tensors = random_flow()
    tensors["decode_conv1.weight"] = torch.zeros(64, 256, 3, 3)
    path = tmp_path / "four-scales.safetensors"
    save_file(tensors, path)
    with pytest.raises(BadInput, match=r"decode_conv1\.weight is F32 .*256.*\(64, 320, 3, 3\)"):
        load_flow(path)
    pickled = tmp_path / "two_stream_dynamic_model.pth"
    pickled.write_bytes(b"PK\x03\x04")
    with pytest.raises(BadInput, match="Convert it yourself"):
        load_flow(pickled)
