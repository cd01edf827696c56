"""The run of a tape as files: its steps as text, and its picture."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage

from app.panels.tape_text import trace_lines
from app.widgets.trace_picture import WIDEST, trace_image
from engine.core.programs import Alphabet, Trace

__all__ = ["picture_bytes", "text_bytes"]

LARGEST_SIDE = 8
GOOD_WIDTH = 1024
LEAST_HEIGHT = 4
"""Pixels for each byte of the tape, at least."""


def text_bytes(trace: Trace, alphabet: Alphabet) -> bytes:
    """Write a run as text, one line for each step."""
    return ("\n".join(trace_lines(trace, alphabet)) + "\n").encode()


def picture_bytes(trace: Trace) -> bytes:
    """Draw a run as PNG, every step a column of at least one pixel."""
    image = trace_image(trace, min(WIDEST, max(1, trace.steps)))
    side = max(1, min(LARGEST_SIDE, GOOD_WIDTH // max(1, image.width())))
    return _png(image.scaled(image.width() * side, image.height() * max(LEAST_HEIGHT, side)))


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
