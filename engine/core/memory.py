"""Memory of the process: what is no longer needed goes back to the system.

glibc gives threads arenas of their own. Each keeps what is free at its end, up to twice the size of
the largest block that was ever freed, and `malloc_trim` leaves just that. Worlds come and go, each
with a thread and with arrays of megabytes: in ten minutes of opening and closing a process grew by
300 MB that way while what it used stayed the same.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

__all__ = ["ARENAS", "LARGE", "give_back", "keep_little"]

ARENAS = 2
"""Arenas that all threads share."""
LARGE = 16 * 2**20
"""Bytes of a block that is taken from the system, and given back, by itself: smaller ones, which
training takes and frees at every update, would be slower so."""

# Of malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8


def keep_little() -> None:
    """Bound what free memory glibc keeps; called once, before there are threads."""
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            library = ctypes.CDLL(None)
            for option, value in (
                (_ARENA_MAX, ARENAS),
                (_MMAP_THRESHOLD, LARGE),
                (_TRIM_THRESHOLD, LARGE),
            ):
                library.mallopt(option, value)


def give_back() -> None:
    """Return free memory to the system where the C library can; elsewhere do nothing."""
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
