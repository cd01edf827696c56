"""Epochs of a soup on a GPU beside the least that an epoch costs there: one copy of all programs.

An epoch reads every program once and writes it once, whatever else it does, so the copy is the
machine's limit and the ratio says how near to it the epochs come.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np

from engine.bench.harness import Row, Side, compare
from engine.core.activity import Activity
from engine.core.errors import DeviceError
from engine.soup.cuda import choose
from engine.soup.epoch import Soup
from engine.soup.language import HALF, language

__all__ = ["bench", "copies", "epochs"]

logger = logging.getLogger(__name__)

Work = Callable[[], float]
RENEW = 64  # epochs after which the first soup is put back, so that a fresh one stays fresh
COPIES = 16  # between two waits for the GPU


def bench(name: str, device: str, activity: Activity) -> list[Row]:
    """Run `soup.cuda.SIZE`: epochs a second of 2**SIZE random programs of bff_noheads.

    There is no row where the GPU cannot be used; the other benches go on.
    """
    del device
    size = int(name.rpartition(".")[2])
    try:
        choose("cuda", 2**size)
    except DeviceError as error:
        logger.warning("%s is left out: %s", name, error)
        return []
    ours, theirs = (Side(__name__, one, {"size": size}) for one in ("epochs", "copies"))
    return [compare(name, "epochs/s", ours, theirs, "copying the soup on the GPU", activity)]


def epochs(size: int) -> Work:
    """Epochs of a fresh soup."""
    soup = Soup(language("bff_noheads"), 2**size, seed=0, device="cuda")
    first = soup.soup.copy()

    def work() -> float:
        soup.step()
        if soup.epoch == RENEW:
            soup.restore(first, 0)
        return 1.0

    return work


def copies(size: int) -> Work:
    """Copies of a soup from one place of the GPU to another."""
    from numba import cuda

    source = cuda.to_device(np.zeros((2**size, HALF), np.uint8))
    target = cuda.device_array_like(source)

    def work() -> float:
        for _ in range(COPIES):
            target.copy_to_device(source)
        cuda.synchronize()
        return float(COPIES)

    return work
