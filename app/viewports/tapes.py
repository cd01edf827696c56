"""The viewport of soups: every cell a byte, with its sign, its program and a search."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.painting import painting
from app.viewports.brush import HAND
from app.viewports.camera import Camera, Placement
from app.viewports.find_bar import FindBar
from app.viewports.glyphs import GLYPHS_FROM, GlyphSheet, cell_side, compose, inks
from app.viewports.grid import Cell, GridViewport
from engine.core.capabilities import Capabilities
from engine.core.commands import Reply
from engine.core.programs import Alphabet, Found, Place
from engine.core.views import Pick, Region, TapesView, View

__all__ = ["TapesViewport"]

LINES_FROM = (11.0, 48.0, 240.0)
"""Sizes of a program from which a line of one, two, three pixels parts it from its neighbours."""

CLICK = 4.0
ASK_EVERY = 0.2


@dataclass(frozen=True, eq=False)
class _Layer:
    """Everything on the layer of signs."""

    view: TapesView | None = None
    alphabet: Alphabet | None = None
    lines: bool = True
    hover: Region | None = None
    chosen: Region | None = None
    found: tuple[Region, ...] = ()
    current: Region | None = None


class TapesViewport(GridViewport):
    """Shows `TapesView`s: a `GridViewport` that knows bytes and programs.

    Cells of at least 11 px carry the signs of `Capabilities.alphabet`. A click with the hand or
    Inspect picks the program there; Ctrl+F searches. Which program a cell belongs to is the world's
    to say, so it is asked.

    Signals
    -------
    asked, program_picked
        As of every `Viewport`.
    """

    hint = "Click a program to run it on its tape"

    def __init__(self, name: str = "world", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.tools.rulers = ()  # bytes of programs are no channels to be measured along a line
        self._alphabet: Alphabet | None = None
        self._place: Place | None = None
        self._asked_at: Cell | None = None
        self._asking = False
        self._asked_when = 0.0
        self._pressed: QPointF | None = None
        self._chosen: Region | None = None
        self._glyphs = _Glyphs(self)
        self._glyphs.stackUnder(self._decorations)
        self.find_bar = FindBar(self)
        self.find_bar.asked.connect(self._find)
        self.find_bar.place_shown.connect(self._show_found)
        self.find_bar.closed.connect(self._find_closed)
        self.find_bar.form_changed.connect(self._lay_out)
        self.find_bar.hide()

    # What is shown

    def set_view(self, view: View) -> None:
        """Show a picture of programs."""
        super().set_view(view)
        # The byte under a resting cursor changes; a fast world is not asked for each picture.
        if time.monotonic() - self._asked_when > ASK_EVERY:
            self._ask_place()

    def set_capabilities(self, capabilities: Capabilities) -> None:
        """Take the alphabet as well as the brushes; a first click picks, it destroys nothing."""
        first = not self.tools.brushes
        self._alphabet = capabilities.alphabet
        super().set_capabilities(capabilities)
        if first and self.tools.brushes:
            self.set_tool(HAND)

    def open_find(self, text: str = "") -> None:
        """Open the search, with a text to search for if one is given."""
        self.find_bar.open(text)
        self._lay_out()

    def bars(self) -> tuple[QWidget, ...]:
        """Return the search, where it is open."""
        return (self.find_bar,)

    def show_region(self, region: Region) -> None:
        """Move the camera so that a program is seen, near enough to read it."""
        row, column, rows, columns = region
        near = min(0.8 * self.width() / columns, 0.5 * self.height() / rows)
        scale = max(self._camera.scale, min(near, 2 * GLYPHS_FROM))
        middle = Camera(row + rows / 2, column + columns / 2, scale)
        self.set_camera(middle.clamped(self._extent))

    def pick_program(self, cell: Cell) -> None:
        """Pick the program at a cell, if there is one."""
        self.asked.emit("locate", {"pick": Pick(self.name, cell)}, self._picked)

    def about(self, place: Any) -> tuple[str, dict[str, Any]]:
        """Name the program at a cell, if the world has said which one it is."""
        _, known = super().about(place)
        program = self.program_at((known["row"], known["column"]))
        if program is None:
            return "program", known
        return f"program {program.program:,}", {**known, "program": program.program}

    def probe_of(self, place: tuple[float, ...]) -> tuple[int, ...] | None:
        """Return nothing: programs are followed by other means."""
        return None

    def program_at(self, cell: Cell) -> Place | None:
        """Return the program at a cell if the cursor is there, and the world has said so."""
        place = self._place
        return place if place is not None and _within(cell, place.region) else None

    # Gestures

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Note where, for a click of the hand."""
        left = event.button() == Qt.MouseButton.LeftButton
        hand = self.tools.tool == HAND and not self._space
        self._pressed = event.position() if left and hand else None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Forget the click once it is a drag."""
        super().mouseMoveEvent(event)
        if self._pressed is not None:
            moved = event.position() - self._pressed
            if abs(moved.x()) + abs(moved.y()) > CLICK:
                self._pressed = None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Pick what was clicked."""
        super().mouseReleaseEvent(event)
        if self._pressed is not None and event.button() == Qt.MouseButton.LeftButton:
            self._pressed = None
            cell = self.cell_at(event.position())
            if cell is not None:
                self.picked.emit(Pick(self.name, cell))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the viewport."""
        self._glyphs.setGeometry(self.rect())
        super().resizeEvent(event)
        self._lay_out()

    # Asking the world

    def _set_hover(self, what: Cell | None) -> None:
        super()._set_hover(what)
        if self._place is not None and not _within(what, self._place.region):
            self._place = None
        self._ask_place()

    def _ask_place(self) -> None:
        """Ask what is under the cursor; one question at a time, the newest cell next."""
        if self._hover is None or self._asking or self._stroke_from is not None:
            return
        self._asking, self._asked_at = True, self._hover
        self._asked_when = time.monotonic()
        self.asked.emit("locate", {"pick": Pick(self.name, self._hover)}, self._located)

    def _located(self, reply: Reply) -> None:
        self._asking = False
        if self._hover == self._asked_at:
            self._place = reply.value if isinstance(reply.value, Place) else None
            self._mark()
        else:
            self._ask_place()

    def _picked(self, reply: Reply) -> None:
        if isinstance(reply.value, Place):
            self._chosen = reply.value.region
            self.program_picked.emit(reply.value.code, reply.value)
            self._mark()

    def _find(self, text: str) -> None:
        self.asked.emit("find", {"text": text}, self._found)

    def _found(self, reply: Reply) -> None:
        found = reply.value if isinstance(reply.value, Found) else Found(0, ())
        self.find_bar.show_found(found, str(reply.error) if reply.error is not None else "")

    def _show_found(self, place: Place | None) -> None:
        if place is not None:
            self.show_region(place.region)
        self._mark()

    def _find_closed(self) -> None:
        self.setFocus()
        self.asked.emit("find", {"text": ""}, _ignore)  # what was found is no longer set off
        self._mark()

    # Inside

    def chip_words(self, cell: Cell) -> tuple[str, str]:
        """Say which program and byte a cell is, and what the byte does."""
        place = self._place
        if place is None or not _within(cell, place.region):
            return super().chip_words(cell)
        # The answer about the very cell is under way: programs are laid out row by row.
        byte = place.byte
        if cell != self._asked_at:
            byte = (cell[0] - place.region[0]) * place.region[3] + cell[1] - place.region[1]
        first = f"program {place.program:,}  byte {byte}"
        code = place.code[byte]
        words = f"{code:02X}"
        if self._alphabet is not None:
            glyph = self._alphabet.glyphs[code]
            name = self._alphabet.names[code]
            if not name and self._alphabet.kinds[code] == "none":
                name = "no operation"
            words = "  ".join(part for part in (words, glyph, name) if part)
        return first, words

    def chip_wanted(self) -> bool:
        """Show the chip with every tool, the hand too."""
        return self._pan_from is None

    def _mark(self) -> None:
        super()._mark()
        view = self.view
        bar = self.find_bar
        shown = not bar.isHidden()
        self._glyphs.show_layer(
            _Layer(
                view if isinstance(view, TapesView) and view.tiles == (1, 1) else None,
                self._alphabet,
                self._lines,
                self._place.region if self._place is not None else None,
                self._chosen,
                tuple(place.region for place in bar.places) if shown else (),
                bar.current.region if shown and bar.current is not None else None,
            ),
            self.placement(),
        )

    def _lay_out(self) -> None:
        bar = self.find_bar
        width = min(bar.sizeHint().width(), self.width() - 24)
        bar.resize(width, bar.height_at(width))
        bar.move((self.width() - width) // 2, 56)
        bar.raise_()


def _ignore(reply: Reply) -> None:
    """Take an answer that says nothing."""


def _within(cell: Cell | None, region: Region) -> bool:
    if cell is None:
        return False
    row, column, rows, columns = region
    return row <= cell[0] < row + rows and column <= cell[1] < column + columns


class _Glyphs(QWidget):
    """The layer of signs and lines of programs, between the picture and the decorations."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._layer = _Layer()
        self._spot = Placement(0, 0, 1.0)
        self._sheet: GlyphSheet | None = None
        self._image: QImage | None = None
        self._made_for: tuple[object, ...] = ()
        self._origin = (0, 0)

    def show_layer(self, layer: _Layer, place: Placement) -> None:
        """Draw these from now on."""
        self._layer, self._spot = layer, place
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw signs, lines between programs, and the programs that are pointed at."""
        layer = self._layer
        if layer.view is None:
            return
        with painting(self) as painter:
            scale = self._spot.scale / self._spot.ratio
            if layer.alphabet is not None and scale >= GLYPHS_FROM:
                self._signs(painter, layer.view, layer.alphabet)
            if layer.lines:
                self._lines(painter, layer.view)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for region in layer.found:
                self._frame(painter, region, "train", 1.5)
            if layer.hover is not None:
                self._frame(painter, layer.hover, "text", 1.5)
            if layer.chosen is not None:
                self._frame(painter, layer.chosen, "accent", 3.0)
            if layer.current is not None:
                self._frame(painter, layer.current, "train", 3.0)

    def _signs(self, painter: QPainter, view: TapesView, alphabet: Alphabet) -> None:
        codes = view.codes
        if codes is None or codes.shape != view.region[2:]:
            return
        scale, ratio = self._spot.scale, self._spot.ratio
        top, left = self._spot.cell_at(0, 0)
        bottom, right = self._spot.cell_at(self.width(), self.height())
        first = (max(int(top), view.region[0]), max(int(left), view.region[1]))
        last = (
            min(int(bottom) + 1, view.region[0] + codes.shape[0]),
            min(int(right) + 1, view.region[1] + codes.shape[1]),
        )
        if first[0] >= last[0] or first[1] >= last[1]:
            return
        key = (view, alphabet, scale, ratio, first, last, theme.current().name)
        if self._image is None or key != self._made_for:
            side = cell_side(scale)
            if self._sheet is None or not self._sheet.fits(alphabet, side, ratio):
                self._sheet = GlyphSheet(alphabet, side, ratio)
            rows = slice(first[0] - view.region[0], last[0] - view.region[0])
            columns = slice(first[1] - view.region[1], last[1] - view.region[1])
            ink = inks(view)[rows, columns]
            self._image = compose(self._sheet, np.asarray(codes[rows, columns]), ink, scale)
            self._image.setDevicePixelRatio(ratio)
            self._made_for = key
        x = (self._spot.left + round(first[1] * scale)) / ratio
        y = (self._spot.top + round(first[0] * scale)) / ratio
        painter.drawImage(QPointF(x, y), self._image)

    def _lines(self, painter: QPainter, view: TapesView) -> None:
        """Let the ground show through between programs, where they are large enough for it."""
        ink = theme.colour("ground")
        rows, columns = view.extent
        whole = self._rect((0, 0, rows, columns))
        seen = whole.intersected(QRectF(self.rect()))
        top, left = self._spot.cell_at(seen.left(), seen.top())
        bottom, right = self._spot.cell_at(seen.right(), seen.bottom())
        high, wide = view.tile
        breadth = self._breadth(wide)
        if breadth:
            for column in range((int(left) // wide + 1) * wide, min(columns, int(right) + 1), wide):
                x, _ = self._spot.point_of(0, column)
                painter.fillRect(QRectF(x, seen.top(), breadth, seen.height()), ink)
        breadth = self._breadth(high)
        if breadth:
            for row in range((int(top) // high + 1) * high, min(rows, int(bottom) + 1), high):
                _, y = self._spot.point_of(row, 0)
                painter.fillRect(QRectF(seen.left(), y, seen.width(), breadth), ink)

    def _breadth(self, cells: int) -> float:
        """Return how broad the lines are that part programs of so many cells; 0 for none."""
        size = cells * self._spot.scale / self._spot.ratio
        pixels = sum(size >= least for least in LINES_FROM)
        return pixels / self._spot.ratio

    def _frame(self, painter: QPainter, region: Region, role: str, width: float) -> None:
        box = self._rect(region)
        if not box.intersects(QRectF(self.rect())):
            return
        outer = theme.colour("ground")
        outer.setAlpha(220)  # an instruction may have the colour of the frame
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for breadth, ink in ((width + 4, outer), (width, theme.colour(role))):
            painter.setPen(QPen(ink, breadth, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
            painter.drawRect(box)

    def _rect(self, region: Region) -> QRectF:
        row, column, rows, columns = region
        left, top = self._spot.point_of(row, column)
        size = self._spot.scale / self._spot.ratio
        return QRectF(left, top, columns * size, rows * size)
