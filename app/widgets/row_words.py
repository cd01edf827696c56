"""What a parameter's row says in its tooltip, and whether its unit has room in the row."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QFontMetrics

from app import theme
from engine.core.params import ParamField

__all__ = ["UNIT_WIDTH", "fits", "help_of"]

UNIT_WIDTH = 32


def fits(unit: str) -> bool:
    """Whether a unit has room beside the number; a longer one is told in the tooltip alone."""
    return QFontMetrics(theme.font("caption")).horizontalAdvance(unit) + 2 <= UNIT_WIDTH


def help_of(field: ParamField, origin: Any) -> str:
    """Say what a parameter means, what it may be, and what setting it does."""
    lines = [field.title, field.help, f"Range: {field.range_text}. Default: {field.default}."]
    if field.unit and not fits(field.unit):
        lines.append(f"In {field.unit}.")
    if origin != field.default:
        lines.append(f"This world began with {origin}.")
    if field.apply == "rebuild":
        lines.append("Takes effect with Apply and restart.")
    if field.cost:
        lines.append("Drives memory." if field.cost == "memory" else "Drives time.")
    return "\n".join(line for line in lines if line)
