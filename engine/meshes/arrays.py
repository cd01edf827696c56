"""Arrays as kernels take them, so that each is compiled once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["fixed"]


def fixed(array: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
    """Return a contiguous view (or copy) that is not written to.

    Numba compiles a kernel again for arrays that may be written to and for those that may not:
    what only reads takes all its arrays like this.
    """
    view = np.ascontiguousarray(array, dtype).view()
    view.flags.writeable = False
    return view
