"""The bridge from the style losses of torch to automata that keep their cells in numpy."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from engine.style import StyleLoss

__all__ = ["value_and_gradient"]


def value_and_gradient(
    style: StyleLoss,
    pictures: NDArray[np.float32],
    draw: np.random.Generator | int,
    device: torch.device | str = "cpu",
) -> tuple[float, NDArray[np.float32]]:
    """Style loss of a batch and how it changes with every value.

    Parameters
    ----------
    style : StyleLoss
        From `make_style_loss`, on the same device.
    pictures : array, shape (B, H, W, 3)
        Colours as shown, not states.
    draw : numpy.random.Generator or int
        Decides what is random in the loss.
    device : torch.device or str
        Where to compute.

    Returns
    -------
    loss : float
    gradient : array, shape (B, H, W, 3)
        d loss / d pictures.
    """
    planes = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), dtype=np.float32)
    images = torch.from_numpy(planes).to(device).requires_grad_()
    loss = style.loss(images, draw)
    (gradient,) = torch.autograd.grad(loss, images)
    return loss.item(), np.ascontiguousarray(gradient.permute(0, 2, 3, 1).cpu().numpy())
