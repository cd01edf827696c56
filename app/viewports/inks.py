"""The pens of what lies upon pictures of any colour."""

from __future__ import annotations

from PySide6.QtGui import QColor

from app import theme

__all__ = ["inks"]


def inks() -> tuple[tuple[float, QColor], ...]:
    """Return a dark and a light pen, so that a line is seen on any picture."""
    outer, inner = theme.colour("ground"), theme.colour("text")
    outer.setAlpha(150)
    return (3.0, outer), (1.5, inner)
