"""The two-stream optical-flow network's weights from a file that the user has."""

from __future__ import annotations

from pathlib import Path

import torch

from engine.style.user_weights import Shapes, read_weights

__all__ = ["FLOW_PARAMETERS", "FLOW_SHAPES", "load_flow"]

FLOW_SHAPES: Shapes = {
    "msoenet.conv1.weight": (32, 1, 11, 11, 2),
    "msoenet.conv1.bias": (32,),
    "msoenet.conv2.weight": (64, 32, 1, 1),
    "msoenet.conv2.bias": (64,),
    "decode_conv1.weight": (64, 320, 3, 3),
    "decode_conv1.bias": (64,),
    "decode_conv2.weight": (2, 64, 1, 1),
    "decode_conv2.bias": (2,),
}
"""Keys and shapes as DyNCA (arXiv 2211.11417) has them."""

FLOW_PARAMETERS = 194_402


def load_flow(path: Path) -> dict[str, torch.Tensor]:
    """Read the network's `FLOW_PARAMETERS` weights as float32, by the keys of `FLOW_SHAPES`.

    Raises
    ------
    BadInput
        When the file is missing, a pickle, no safetensors file, or another network's.
    """
    return read_weights(
        path,
        lambda _: FLOW_SHAPES,
        network="the two-stream network",
        choose="Choose the two-stream (MSOE) network of DyNCA, converted to safetensors",
    )
