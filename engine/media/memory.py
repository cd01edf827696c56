"""Give memory back to the system that an encoder has let go of.

Encoders free hundreds of small blocks in threads of their own; glibc keeps such memory for each
thread's arena, and a process that films for weeks would swing ever wider.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

__all__ = ["give_back"]


def give_back() -> None:
    """Return free memory to the system where the C library can; elsewhere do nothing."""
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
