"""Drawing a tape: the cells by what their bytes do, what a step did to them, and the pointers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from app import theme
from app.widgets.tape_layout import LANE, MARGIN, ROWS, TapeLayout
from engine.core.programs import Alphabet

__all__ = ["POINTERS", "TapeMarks", "paint_tape", "short_name"]

Array = NDArray[Any]

POINTERS = ("accent", "info", "loop", "train", "text", "danger")
"""The colours of pointers, in their order: the program counter first."""


@dataclass(frozen=True, eq=False)
class TapeMarks:
    """A tape (n,), how it was at the start (n,), and what is to be seen upon it.

    Attributes
    ----------
    pointers : mapping
        Name to address, the program counter first.
    writes : mapping
        Address to (old, new): what the last step wrote.
    reads, breaks : frozenset of int
        Addresses that the last step read; those of breakpoints.
    cursor : int, optional
        Address of the keyboard's cursor, None where it is not to be seen.
    editing : bool
        Whether what is typed goes to the cursor.
    nibble : int, optional
        The first hex digit of a byte that is being typed.
    """

    tape: Array = field(default_factory=lambda: np.zeros(0, np.uint8))
    start: Array = field(default_factory=lambda: np.zeros(0, np.uint8))
    pointers: Mapping[str, int] = field(default_factory=dict)
    writes: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    reads: frozenset[int] = frozenset()
    breaks: frozenset[int] = frozenset()
    cursor: int | None = None
    editing: bool = False
    nibble: int | None = None


def short_name(name: str) -> str:
    """Shorten a register's name to what fits beside a byte: "head0" is "h0"."""
    digits = name.lstrip("abcdefghijklmnopqrstuvwxyz_")
    return name if len(name) <= 2 else (name[0] + digits)[:2]


def paint_tape(
    painter: QPainter, place: TapeLayout, marks: TapeMarks, alphabet: Alphabet | None
) -> None:
    """Draw the rows of a tape that are in sight."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(theme.font("caption"))
    painter.setPen(theme.colour("dim"))
    for row in range(place.first, min(place.rows, place.first + ROWS)):
        cell = place.rect_of(row * place.columns)
        where = QRectF(0, cell.y(), MARGIN - 4, cell.height())
        painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, place.label(row))
    mono = theme.font("mono")
    if place.pitch[0] < 18:
        mono.setPixelSize(11)
    for address in place.shown:
        _draw_cell(painter, place.rect_of(address), address, marks, alphabet, mono)
    _draw_pointers(painter, place, marks.pointers)
    if marks.cursor in place.shown and marks.cursor is not None:
        style = Qt.PenStyle.SolidLine if marks.editing else Qt.PenStyle.DotLine
        painter.setPen(QPen(theme.colour("text"), 1.5, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(place.rect_of(marks.cursor), 3, 3)


def _draw_cell(
    painter: QPainter,
    cell: QRectF,
    address: int,
    marks: TapeMarks,
    alphabet: Alphabet | None,
    mono: QFont,
) -> None:
    code = int(marks.tape[address])
    glyph = alphabet.glyphs[code] if alphabet is not None else ""
    kind = alphabet.kinds[code] if alphabet is not None else "none"
    plain = kind in ("none", "data", "null")
    hue = theme.kind_colour(kind)
    ground = QColor(hue)
    ground.setAlpha(44)
    written = address in marks.writes
    painter.setPen(QPen(theme.colour("line"), 1) if plain else Qt.PenStyle.NoPen)
    painter.setBrush(Qt.BrushStyle.NoBrush if plain else ground)
    if written:
        painter.setBrush(theme.colour("danger"))
        painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(cell, 3, 3)
    if address in marks.reads:
        line = QRectF(cell.x() + 3, cell.bottom() - 3, cell.width() - 6, 2)
        painter.fillRect(line, theme.colour("panel" if written else "accent"))
    changed = code != int(marks.start[address])
    words = glyph or (f"{code:02X}" if code or changed else "")
    if address == marks.cursor and marks.nibble is not None:
        words = f"{marks.nibble:X}_"
    if words:
        # Another byte is grey by its value, so that runs of one byte are seen as runs.
        ink = hue if not plain else theme.colour("text") if changed else _grey(code)
        painter.setPen(theme.colour("panel") if written else ink)
        face = QFont(mono)
        face.setBold(changed)
        painter.setFont(face)
        painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, words)
    if changed:
        corner = cell.topRight()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("text"))
        points = (corner, corner + QPointF(-5, 0), corner + QPointF(0, 5))
        painter.drawPolygon(QPolygonF(points))
    if address in marks.breaks:
        painter.setPen(QPen(theme.colour("panel"), 1))
        painter.setBrush(theme.colour("danger"))
        painter.drawEllipse(cell.topLeft() + QPointF(3, 3), 3.5, 3.5)


def _draw_pointers(painter: QPainter, place: TapeLayout, pointers: Mapping[str, int]) -> None:
    painter.setFont(theme.font("caption"))
    names: dict[int, list[str]] = {}
    roles: dict[int, str] = {}
    for number, (name, address) in enumerate(pointers.items()):
        if address not in place.shown:
            continue
        inset = 2.0 * len(names.get(address, []))
        role = POINTERS[number % len(POINTERS)]
        names.setdefault(address, []).append(short_name(name))
        roles.setdefault(address, role)
        painter.setPen(QPen(theme.colour(role), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        box = place.rect_of(address).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(box, 3, 3)
    if place.lane < LANE:
        return  # the registers are written below the tape in the same colours
    for address, words in names.items():
        cell = place.rect_of(address)
        text = " ".join(words)
        wide = painter.fontMetrics().horizontalAdvance(text)
        x = min(max(MARGIN, cell.center().x() - wide / 2), place.width - wide)
        painter.setPen(theme.colour(roles[address]))
        painter.drawText(QPointF(x, cell.y() - 2), text)


def _grey(code: int) -> QColor:
    dim, line = theme.colour("dim"), theme.colour("line")
    share = 0.45 + 0.55 * code / 255
    return QColor(
        *(
            round(share * over + (1 - share) * under)
            for over, under in zip(dim.getRgb()[:3], line.getRgb()[:3], strict=True)  # type: ignore[index]
        )
    )
