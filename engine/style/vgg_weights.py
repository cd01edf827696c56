"""The first layers of VGG-16 from a file that the user has.

Read are `.safetensors` files with torchvision's key names. PyTorch's own `.pth` files are
pickles, which can run code when they are opened: they are refused with the two lines that convert
them.
"""

from __future__ import annotations

from pathlib import Path

import torch

from engine.core.errors import BadInput
from engine.core.files import describe_os_error
from engine.core.pickles import refuse_pickles

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

_FLOATS = {"F16", "BF16", "F32", "F64"}

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
    refuse_pickles(path)
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            _check_keys(path, set(file.keys()))
            tensors: dict[str, torch.Tensor] = {}
            for key, shape in _needed().items():
                part = file.get_slice(key)
                if tuple(part.get_shape()) != shape or part.get_dtype() not in _FLOATS:
                    raise BadInput(
                        f"{key} is {part.get_dtype()} {tuple(part.get_shape())}, "
                        f"but VGG-16 has floats {shape} there",
                        path=path,
                        remedy="Choose the weights of torchvision's vgg16 (without batch norm)",
                    )
                tensors[key] = file.get_tensor(key).to(torch.float32)
                if not torch.isfinite(tensors[key]).all():
                    raise BadInput(
                        f"{key} has values that are not finite",
                        path=path,
                        remedy="Convert or download the weights again",
                    )
    except SafetensorError as error:
        raise BadInput(
            f"is not a whole safetensors file ({error})",
            path=path,
            remedy="Convert or download the weights again",
        ) from error
    except OSError as error:
        raise describe_os_error(error, path, writing=False) from error
    return {
        index: (tensors[f"features.{index}.weight"], tensors[f"features.{index}.bias"])
        for index in VGG16_CONVOLUTIONS
    }


def _needed() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for index, (channels_in, channels_out) in VGG16_CONVOLUTIONS.items():
        shapes[f"features.{index}.weight"] = (channels_out, channels_in, 3, 3)
        shapes[f"features.{index}.bias"] = (channels_out,)
    return shapes


def _check_keys(path: Path, keys: set[str]) -> None:
    missing = [key for key in _needed() if key not in keys]
    if missing:
        named = ", ".join(missing[:4]) + (f" and {len(missing) - 4} more" * (len(missing) > 4))
        raise BadInput(
            f"lacks {named}",
            path=path,
            remedy="Choose a file with the key names of torchvision's vgg16",
        )
