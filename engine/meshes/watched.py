"""Long loops of numba beside the thread that waits for them, so that a cancel is heard at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np

from engine.core.activity import Activity

__all__ = ["MANY", "watched"]

MANY = 2**18
"""Rows of the longest array below which a loop is over before anyone could wait for it."""

_LOOK = 0.05  # seconds between two looks at the activity

T = TypeVar("T")


def watched(activity: Activity, kernel: Callable[..., T], *arguments: Any) -> T:
    """Run a loop that lets go of the interpreter, and look at the activity meanwhile.

    Parameters
    ----------
    activity : Activity
        Whether to go on waiting.
    kernel : callable
        Once called it runs to its end, a second or two, with the arrays it was given: after a
        cancel nobody looks at them any more.
    arguments
        What it is called with.

    Raises
    ------
    Cancelled
        When the activity was, within a tenth of a second.
    """
    activity.check()
    if max(len(one) for one in arguments if isinstance(one, np.ndarray)) < MANY:
        return kernel(*arguments)
    pool = ThreadPoolExecutor(1)
    try:
        running = pool.submit(kernel, *arguments)
        while True:
            activity.check()
            with suppress(TimeoutError):
                return running.result(_LOOK)
    finally:
        pool.shutdown(wait=False)
