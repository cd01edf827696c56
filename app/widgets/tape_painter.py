"""Drawing a tape: the cells by what their bytes do, what a step did to them, and the pointers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPixmap, QPolygonF

from app import theme
from app.widgets.tape_layout import LANE, MARGIN, ROWS, TapeLayout
from engine.core.programs import Alphabet

__all__ = ["POINTERS", "TapeMarks", "TapePainter", "short_name"]

Array = NDArray[Any]

POINTERS = ("accent", "info", "loop", "train", "text", "danger")
"""The colours of pointers, in their order: the program counter first."""
MOST_FRAMES = 2


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
    span : int
        Bytes of the instruction at the first pointer.
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
    span: int = 1
    cursor: int | None = None
    editing: bool = False
    nibble: int | None = None


def short_name(name: str) -> str:
    """Shorten a register's name to what fits beside a byte: "head0" is "h0"."""
    digits = name.lstrip("abcdefghijklmnopqrstuvwxyz_")
    return name if len(name) <= 2 else (name[0] + digits)[:2]


class TapePainter:
    """Draws tapes; a cell that was drawn before is a picture by now.

    A tape is drawn many times a second while it runs, beside a world that wants the interpreter,
    too: one call for each cell instead of ten is what keeps the window quick.
    """

    def __init__(self) -> None:
        self._cells: dict[tuple[int, bool, bool, bool, bool], QPixmap] = {}
        self._made_for: tuple[Any, ...] = ()

    def paint(
        self,
        painter: QPainter,
        place: TapeLayout,
        marks: TapeMarks,
        alphabet: Alphabet | None,
        ratio: float = 1.0,
    ) -> None:
        """Draw the rows of a tape that are in sight, on a screen of `ratio` dots to the pixel."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.colour("dim"))
        for row in range(place.first, min(place.rows, place.first + ROWS)):
            cell = place.rect_of(row * place.columns)
            where = QRectF(0, cell.y(), MARGIN - 4, cell.height())
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, place.label(row))
        size = place.rect_of(0).size()
        key = (size.width(), size.height(), ratio, alphabet, theme.current())
        if key != self._made_for:
            self._cells, self._made_for = {}, key
        codes, first = marks.tape.tolist(), marks.start.tolist()
        for address in place.shown:
            code = codes[address]
            state = (
                code,
                code != first[address],
                address in marks.writes,
                address in marks.reads,
                address in marks.breaks,
            )
            picture = self._cells.get(state)
            if picture is None:
                picture = self._cells[state] = _cell_picture(size, ratio, alphabet, *state)
            painter.drawPixmap(place.rect_of(address).topLeft(), picture)
        _draw_operands(painter, place, marks)
        _draw_pointers(painter, place, marks.pointers)
        if marks.cursor in place.shown and marks.cursor is not None:
            _draw_cursor(painter, place.rect_of(marks.cursor), marks)


def _cell_picture(
    size: QSizeF,
    ratio: float,
    alphabet: Alphabet | None,
    code: int,
    changed: bool,
    written: bool,
    read: bool,
    stops: bool,
) -> QPixmap:
    picture = QPixmap(round(size.width() * ratio), round(size.height() * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    cell = QRectF(0, 0, size.width(), size.height())
    glyph = alphabet.glyphs[code] if alphabet is not None else ""
    kind = alphabet.kinds[code] if alphabet is not None else "none"
    plain = kind in ("none", "data", "null")
    hue = theme.kind_colour(kind)
    ground = QColor(hue)
    ground.setAlpha(44)
    painter.setPen(QPen(theme.colour("line"), 1) if plain else Qt.PenStyle.NoPen)
    painter.setBrush(Qt.BrushStyle.NoBrush if plain else ground)
    if written:
        painter.setBrush(theme.colour("danger"))
        painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(cell.adjusted(0.5, 0.5, -0.5, -0.5) if plain else cell, 3, 3)
    if read:
        line = QRectF(3, cell.bottom() - 3, cell.width() - 6, 2)
        painter.fillRect(line, theme.colour("panel" if written else "accent"))
    words = glyph or (f"{code:02X}" if code or changed else "")
    if words:
        # Another byte is grey by its value, so that runs of one byte are seen as runs.
        ink = hue if not plain else theme.colour("text") if changed else _grey(code)
        painter.setPen(theme.colour("panel") if written else ink)
        painter.setFont(_face(cell.width(), changed))
        painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, words)
    if changed:
        corner = cell.topRight()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("text"))
        points = (corner, corner + QPointF(-5, 0), corner + QPointF(0, 5))
        painter.drawPolygon(QPolygonF(points))
    if stops:
        painter.setPen(QPen(theme.colour("panel"), 1))
        painter.setBrush(theme.colour("danger"))
        painter.drawEllipse(QPointF(4, 4), 3.5, 3.5)
    painter.end()
    return picture


def _face(width: float, bold: bool) -> QFont:
    face = theme.font("mono")
    if width < 16:
        face.setPixelSize(11)
    face.setBold(bold)
    return face


def _draw_cursor(painter: QPainter, cell: QRectF, marks: TapeMarks) -> None:
    style = Qt.PenStyle.SolidLine if marks.editing else Qt.PenStyle.DotLine
    painter.setPen(QPen(theme.colour("text"), 1.5, style))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if marks.nibble is not None:
        painter.setBrush(theme.colour("control"))
    painter.drawRoundedRect(cell, 3, 3)
    if marks.nibble is not None:
        painter.setFont(_face(cell.width(), True))
        painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, f"{marks.nibble:X}_")


def _draw_operands(painter: QPainter, place: TapeLayout, marks: TapeMarks) -> None:
    """Frame what belongs to the instruction at the program counter beyond its first byte."""
    first = next(iter(marks.pointers.values()), None)
    if first is None:
        return
    ink = QColor(theme.colour(POINTERS[0]))
    ink.setAlpha(150)
    painter.setPen(QPen(ink, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for address in range(first + 1, first + marks.span):
        if address in place.shown:
            painter.drawRoundedRect(place.rect_of(address).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)


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
        if len(names[address]) > MOST_FRAMES:
            continue  # the byte within must stay readable; the names are all there
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
