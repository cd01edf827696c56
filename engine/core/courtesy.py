"""Giving way: threads of worlds stand back while the window has much to do at once.

Python runs one thread at a time, and every call of the window into Qt lets others run and waits for
its turn again, up to a switch interval. What makes a few hundred such calls, as opening a world
does, would take many times as long beside a world that computes in Python; so the window asks for
the interpreter, and worlds wait between two ticks, or where they poll. The window also tells how
its loop of events turns: where a turn lasts, whatever it does, worlds wait for its end. It never
lasts long, and a world never waits longer than `PATIENCE` before it goes on for a tick.

Where there are fewer processors than threads, worlds leave them to the window too (`step_back`).
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

__all__ = [
    "BEAT",
    "LATE",
    "NICE",
    "PATIENCE",
    "beat",
    "beat_no_more",
    "give_way",
    "please",
    "step_back",
]

PATIENCE = 0.1
"""Seconds a world waits at most before it goes on for a tick."""
BEAT = 0.01
"""Seconds between two calls of `beat` while worlds run."""
LATE = 0.03
"""Seconds after which a turn of the window's loop is a long one: more than a picture takes."""
_GONE = 2.0  # seconds after which nobody is thought to beat any more

niceness = 0
"""What `step_back` lowers the priority of a thread by; the program sets it to `NICE`."""
NICE = 5
"""A third of a processor's time where the window wants it too."""

_free = threading.Event()
_free.set()
_turned = threading.Event()
_lock = threading.Lock()
_asking = 0
_last_beat = float("-inf")


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


def beat() -> None:
    """Tell that the window's loop of events turns; called every `BEAT` seconds while worlds run."""
    global _last_beat
    _last_beat = time.monotonic()
    _turned.set()


def beat_no_more() -> None:
    """Tell that nobody calls `beat` from now on: nothing runs, or there is no window."""
    global _last_beat
    _last_beat = float("-inf")
    _turned.set()


def give_way() -> None:
    """Wait while the window needs it, at most `PATIENCE`; called by the threads of worlds."""
    if not _free.is_set():
        _free.wait(PATIENCE)
    elif LATE < time.monotonic() - _last_beat < _GONE:
        seen = _last_beat
        _turned.clear()
        if seen == _last_beat:  # else it has turned meanwhile
            _turned.wait(PATIENCE)


def step_back() -> None:
    """Let the calling thread, and those that it starts, have what the window leaves.

    Where every thread has a processor, nothing is slower for it. Linux alone lets a program do so.
    """
    if sys.platform == "linux" and niceness > 0:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
