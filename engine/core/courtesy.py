"""Giving way: threads of worlds stand still while the window has much to do at once.

Python runs one thread at a time, and every call of the window into Qt lets others run and waits for
its turn again, up to a switch interval. What makes a few hundred such calls, as opening a world
does, would take many times as long beside a world that computes in Python; so the window asks for
the interpreter, and worlds wait between two ticks, or where they poll. It never lasts long, and a
world never waits longer than `PATIENCE` before it goes on for a tick.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["PATIENCE", "give_way", "please"]

PATIENCE = 0.1
"""Seconds."""

_free = threading.Event()
_free.set()
_lock = threading.Lock()
_asking = 0


@contextmanager
def please() -> Iterator[None]:
    """Ask the worlds to stand still for the length of this block; may be nested."""
    global _asking
    with _lock:
        _asking += 1
        _free.clear()
    try:
        yield
    finally:
        with _lock:
            _asking -= 1
            if not _asking:
                _free.set()


def give_way() -> None:
    """Wait while somebody asks for it, at most `PATIENCE`; called by the threads of worlds."""
    if not _free.is_set():
        _free.wait(PATIENCE)
