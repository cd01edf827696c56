"""Whether a soup lives on a GPU, and what went wrong with it in words of a user."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from engine.core import device
from engine.core.errors import DeviceError
from engine.soup.language import HALF

__all__ = ["LEAST", "choose", "translated"]

LEAST: Final = 2**15
"""Programs from which on "auto" takes a GPU: fewer pairs than it has threads leave it idle."""

_CPU = "use the device cpu"
_SPARE = 1.2  # of the memory of a soup; "auto" leaves a GPU alone that has less


def choose(name: str, programs: int, tracers: bool = False) -> str:
    """Say where a soup shall live, "cpu" or "cuda"; torch is not asked.

    Parameters
    ----------
    name : {"auto", "cpu", "cuda"}
        "auto" takes CUDA where numba can use it, the soup is large enough (`LEAST`) and the GPU's
        memory suffices.
    programs : int
        How many.
    tracers : bool
        Whether tokens are kept.

    Raises
    ------
    DeviceError
        If CUDA is asked for and cannot be used, or the name is unknown.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise DeviceError(f"unknown device {name!r}", remedy="Use auto, cpu or cuda")
    if name == "cuda":
        _probe()
        return "cuda"
    if name == "cpu" or programs < LEAST or not device.has_driver():
        return "cpu"
    try:
        free = _probe()
    except DeviceError:
        return "cpu"
    needed = programs * (2 * HALF * (1 + 8 * tracers) + 4)
    return "cuda" if free > needed * _SPARE else "cpu"


def _probe() -> float:
    """Return the free bytes of the GPU; raises `DeviceError` where it cannot run a kernel."""
    with translated():
        try:
            from numba import cuda

            there = cuda.is_available()
        except ImportError:
            there = False
        if not there:
            raise DeviceError(
                "this computer has no CUDA device that numba can use",
                remedy="Install a driver and the extra 'cuda' (numba-cuda with its toolkit), "
                f"or {_CPU}",
            )
        _try_out()
        return float(cuda.current_context().get_memory_info()[0])


@functools.lru_cache(maxsize=1)
def _try_out() -> None:
    """Compile and run a kernel: driver and toolkit may be there and not fit each other."""
    from numba import cuda

    # A small soup on a GPU is slow, not wrong.
    warnings.filterwarnings("ignore", message="Grid size .* will likely result in GPU under-util")
    values = cuda.to_device(np.zeros(1, np.int32))
    cuda.jit(_touch)[1, 1](values)
    assert values.copy_to_host()[0] == 1


def _touch(values: Any) -> None:
    values[0] = 1


@contextmanager
def translated() -> Iterator[None]:
    """Turn what numba's CUDA part raises into a `DeviceError` that names a remedy."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("numba", "cuda"):
            raise
        cause = " ".join(str(error).split())[:200]
        if "OUT_OF_MEMORY" in cause:
            raise DeviceError(
                "the GPU has too little free memory for this soup",
                remedy=f"Close other programs that use it, take fewer programs, or {_CPU}",
            ) from error
        raise DeviceError(
            f"the GPU failed: {cause or type(error).__name__}",
            remedy=f"Check its driver and the CUDA toolkit, or {_CPU}",
        ) from error
