"""The example texture as the style losses want it."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from engine.core.errors import BadInput

__all__ = ["checked_target"]


def checked_target(target: NDArray[np.floating], least: int = 1) -> torch.Tensor:
    """Check an example texture and turn it into a tensor.

    Parameters
    ----------
    target : array, shape (H, W, 3), range 0..1
        The example.
    least : int
        Smallest allowed side in pixels.

    Returns
    -------
    Tensor, shape (1, 3, H, W), float32

    Raises
    ------
    BadInput
        When it has another shape, is too small, or has values that are not finite.
    """
    array = np.asarray(target)
    if array.ndim != 3 or array.shape[2] != 3:
        raise BadInput(
            f"an example texture needs the shape (height, width, 3), not {array.shape}",
            remedy="Use a colour picture without transparency",
        )
    if min(array.shape[:2]) < least:
        raise BadInput(
            f"an example texture of {array.shape[1]} x {array.shape[0]} pixels is too small",
            remedy=f"Use one of at least {least} pixels on its shorter side",
        )
    if not np.isfinite(array).all():
        raise BadInput(
            "the example texture has values that are not finite",
            remedy="Use a picture with values between 0 and 1",
        )
    planes = np.ascontiguousarray(array.transpose(2, 0, 1), dtype=np.float32)
    return torch.from_numpy(planes)[None]
