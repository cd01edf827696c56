"""Whether a soup lives on a GPU, and what went wrong with it in words of a user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from engine.core import device
from engine.core.errors import DeviceError

__all__ = ["LEAST", "choose", "translated"]

LEAST: Final = 2**15
"""Programs from which on "auto" takes a GPU: fewer pairs than it has threads leave it idle."""

_CPU = "use the device cpu"


def choose(name: str, programs: int) -> str:
    """Say where a soup shall live, "cpu" or "cuda"; torch is not asked.

    Parameters
    ----------
    name : {"auto", "cpu", "cuda"}
        "auto" takes CUDA where numba finds it and the soup is large enough.
    programs : int
        How many.

    Raises
    ------
    DeviceError
        If CUDA is asked for and not there, or the name is unknown.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise DeviceError(f"unknown device {name!r}", remedy="Use auto, cpu or cuda")
    if name == "cpu" or (name == "auto" and (programs < LEAST or not device.has_driver())):
        return "cpu"
    if _available():
        return "cuda"
    if name == "auto":
        return "cpu"
    raise DeviceError(
        "this computer has no CUDA device that numba can use",
        remedy=f"Install a driver and the extra 'cuda' (numba-cuda and the toolkit), or {_CPU}",
    )


def _available() -> bool:
    from numba import cuda

    with translated():
        return bool(cuda.is_available())


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
