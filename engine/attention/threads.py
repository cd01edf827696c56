"""One thread for each small operation: models here are too small to be shared among cores.

Torch splits an operation among threads that wait for each other at its end. With operations of some
ten microseconds, on cores that a window also uses, that waiting takes longer than the work. What
can be done side by side is whole pieces of a batch instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import torch

__all__ = ["one_thread"]

_keeper = ThreadPoolExecutor(1, thread_name_prefix="torch-threads")


@contextmanager
def one_thread() -> Iterator[None]:
    """Let operations of the calling thread run on it alone; others keep their threads."""
    before = torch.get_num_threads()
    if before == 1:
        yield
        return
    torch.set_num_threads(1)
    # That number is also what threads begin with that have not used torch yet, and they keep it:
    # another world that opens meanwhile would never get its cores. Another thread puts it back.
    with suppress(RuntimeError):  # the program ends
        _keeper.submit(torch.set_num_threads, before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
