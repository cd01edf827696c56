"""How a mesh goes to the process that remeshes and back: as the plain bytes of its arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["RESULT", "receive"]

RESULT = "result "
"""Begins the line after which the arrays follow; behind it stand their rows."""


def receive(read_into: Callable[[memoryview], int | None], array: NDArray[Any]) -> bool:
    """Fill an array with the bytes that come next; tell whether they all came."""
    left = array.reshape(-1).view(np.uint8).data
    while len(left):
        count = read_into(left)
        if not count:
            return False
        left = left[count:]
    return True
