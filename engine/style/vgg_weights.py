"""The first layers of VGG-16 from a safetensors file with torchvision's key names."""

from __future__ import annotations

from pathlib import Path

import torch

from engine.style.user_weights import Shapes, read_weights

__all__ = ["VGG16_CONVOLUTIONS", "load_vgg16"]

VGG16_CONVOLUTIONS = {
    0: (3, 64),
    2: (64, 64),
    5: (64, 128),
    7: (128, 128),
    10: (128, 256),
    12: (256, 256),
    14: (256, 256),
    17: (256, 512),
    19: (512, 512),
    21: (512, 512),
    24: (512, 512),
}
"""Index in `features` -> (channels in, channels out) of each 3 x 3 convolution that is needed."""

Weights = dict[int, tuple[torch.Tensor, torch.Tensor]]


def load_vgg16(path: Path) -> Weights:
    """Read the convolutions of VGG-16 up to `features.24`.

    Parameters
    ----------
    path : Path
        A safetensors file with keys `features.N.weight` and `features.N.bias`; others are ignored.

    Returns
    -------
    dict
        Index in `features` -> (weight (out, in, 3, 3), bias (out,)), float32.

    Raises
    ------
    BadInput
        When the file is missing, a pickle, no safetensors file, or lacks a key; when a shape or a
        type is another; when a value is not finite.
    """
    tensors = read_weights(
        path,
        lambda _: _needed(),
        network="VGG-16",
        choose="Choose a file with the weights and key names of torchvision's vgg16 (without "
        "batch norm)",
    )
    return {
        index: (tensors[f"features.{index}.weight"], tensors[f"features.{index}.bias"])
        for index in VGG16_CONVOLUTIONS
    }


def _needed() -> Shapes:
    shapes: Shapes = {}
    for index, (channels_in, channels_out) in VGG16_CONVOLUTIONS.items():
        shapes[f"features.{index}.weight"] = (channels_out, channels_in, 3, 3)
        shapes[f"features.{index}.bias"] = (channels_out,)
    return shapes
