"""Painting that ends with the method that began it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtGui import QPaintDevice, QPainter

__all__ = ["painting"]


@contextmanager
def painting(device: QPaintDevice) -> Iterator[QPainter]:
    """Give a painter for a widget or a picture, and end it whatever happens.

    A painter that is merely dropped lives as long as the frame of its method: a traceback, or a
    debugger that looks at the stack, would keep it active into the next painting of the window,
    which all its widgets share, and the process would be gone.
    """
    painter = QPainter(device)
    try:
        yield painter
    finally:
        if painter.isActive():  # where nothing can be painted on, or it was ended before
            painter.end()
