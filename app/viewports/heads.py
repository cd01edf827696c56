"""The viewport of attention: all heads as tiles, one as a heat-map, and lines between tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QFileDialog, QWidget

from app import theme
from app.painting import painting
from app.remembering import numbers, part
from app.viewports.base import Viewport
from app.viewports.decorations import draw_focus
from app.viewports.heads_arcs import ArcsPane
from app.viewports.heads_bar import HeadsBar
from app.viewports.heads_files import KINDS, as_text, save
from app.viewports.heads_flow_bar import FlowBar
from app.viewports.heads_focus import FocusPane
from app.viewports.heads_grid import GridPane
from app.viewports.heads_keys import act_on, takes
from app.viewports.heads_layout import Rect, lay_out
from app.viewports.heads_look import recalled
from app.viewports.heads_pane import HeadsPane
from app.viewports.heads_scene import Scene
from app.widgets.section import dim_label
from engine.core.errors import UserError
from engine.core.figures import HeadsView
from engine.core.views import Pick, View, ViewRequest

__all__ = ["HeadsViewport"]

EDGE = 12
CHROME = (56, 84)
"""What title and transport cover, above and below."""

ASK_EVERY_MS = 50
TEXELS = (32, 512)
TEXEL_STEP = 32
"""Sizes of tiles are asked for in steps, so that dragging an edge does not ask for each pixel."""

MAPS = {"both": 2, "difference": 3, "off": 1}


class HeadsViewport(Viewport):
    """Shows `HeadsView`s.

    Pointing shows the same place in all parts; a click keeps it and tells of it, Esc lets go. The
    arrows move it. A click on a tile puts its head in focus, with Shift adds it to the arcs, a
    double click shows it alone. The wheel zooms, a double click beside everything fits. Digits
    choose a layer, Ctrl with the arrows the next head.
    """

    hint = "Point at a head, then at its map; a click keeps what you see"

    def __init__(self, name: str = "heads", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setAccessibleName("Attention")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.scene = Scene(self)
        self.grid = GridPane(self.scene, self)
        self.map = FocusPane(self.scene, self)
        self.arcs = ArcsPane(self.scene, self)
        self.flow_bar = FlowBar(self.scene, self.arcs)
        self.bar = HeadsBar(self.scene, self)
        self._hint = dim_label("Attention appears here as soon as the model has read something")
        self._hint.setParent(self)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._bare = False
        self._keyboard = False
        self._fresh = False
        self._paints = self._swayed = 0
        self._form: tuple[Any, ...] = ()
        self._asked: ViewRequest | None = None
        self._ask = QTimer(self, singleShot=True, interval=ASK_EVERY_MS)
        self._ask.timeout.connect(self._send)
        for pane in self.panes:
            pane.painted.connect(self._painted)
            pane.pressed.connect(self._pressed)
            pane.hide()
        self.grid.zoomed.connect(self.ask_soon)
        self.grid.soloed.connect(self._solo)
        self.map.restored.connect(self._restore)
        self.map.picked.connect(self._pick)
        self.arcs.picked.connect(self._pick)
        self.bar.fit_asked.connect(self.fit)
        self.bar.copy_asked.connect(self.copy)
        self.bar.save_asked.connect(self.save_as)
        self.scene.head_chosen.connect(self._head_chosen)
        self.scene.changed.connect(self._changed)
        self.scene.pointed.connect(self._describe)
        self.scene.pointed.connect(self.ask_soon)
        self.bar.hide()

    @property
    def panes(self) -> tuple[HeadsPane, ...]:
        """The parts: tiles, heat-map, arcs."""
        return (self.grid, self.map, self.arcs)

    @property
    def paints(self) -> int:
        """How often the lowest of the parts that are seen was painted."""
        return self._paints

    def sway(self, pixels: int) -> None:
        """Move the cursor along a diagonal of the heat-map."""
        rows, columns = self.scene.counts
        if rows and columns:
            self._swayed += 1 if pixels > 0 else -1
            self.scene.point(cell=(self._swayed % rows, self._swayed % columns))

    # What is shown

    def set_view(self, view: View) -> None:
        """Show attention; the head in focus stays."""
        if not isinstance(view, HeadsView):
            return
        self._fresh = True
        self.scene.take(view)

    def request(self) -> ViewRequest:
        """Return the head in focus, the texels of a tile, and the weight that is locked."""
        least, most = TEXELS
        texels = -(-self.grid.texels() // TEXEL_STEP) * TEXEL_STEP
        probes: tuple[tuple[int, ...], ...] = ()
        if self.scene.locked is not None:
            probes = ((*self.scene.focused, *self.scene.locked),)
        size = min(max(texels, least), most)
        return ViewRequest(channels=self.scene.head or (), max_size=size, probes=probes)

    def ask_soon(self) -> None:
        """Ask for what is looked at now, with the next few changes."""
        if not self._ask.isActive():
            self._ask.start()

    def memento(self) -> dict[str, Any]:
        """Return how heads are drawn, and which one is in focus."""
        return {"look": asdict(self.scene.look), "head": list(self.scene.head or ())}

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Draw heads as they were drawn, with the same one in focus."""
        self.scene.choose(**recalled(part(kept, "look")))
        head = numbers(kept, "head", 2)
        if head is not None and min(head) >= 0:
            self.scene.head = (int(head[0]), int(head[1]))  # a view without it forgets it
        self.ask_soon()

    def set_bare(self) -> None:
        """Take the whole widget."""
        self._bare = True
        self._place()

    def chrome_width(self) -> int:
        """Return how much of the upper edge its buttons take, at the present width."""
        self._place()  # who asks may hear of another width first
        return self.bar.width()

    def fit(self) -> None:
        """Show everything in all parts."""
        for pane in self.panes:
            pane.fit()

    # What actions need

    def about(self, place: Any) -> tuple[str, dict[str, Any]]:
        """Name a head: place is (layer, head), and a cell if one is meant."""
        layer, head = int(place[0]), int(place[1])
        words = f"layer {layer + 1}, head {head + 1}" if len(place) == 4 else ""
        return words, {"layer": layer, "head": head}

    def menu_lines(self, place: Any) -> tuple[QAction, ...]:
        """Return what it does itself with what it shows."""
        copy, write = QAction("Copy values", self), QAction("Save as PNG, SVG or CSV...", self)
        copy.triggered.connect(self.copy)
        write.triggered.connect(self.save_as)
        return copy, write

    def place_at(self, point: QPoint) -> tuple[float, ...] | None:
        """Return (layer, head), and (query, key) where there is a cell, under a point."""
        scene = self.scene
        pane = next((p for p in self.panes if p.isVisible() and p.geometry().contains(point)), None)
        if not scene.ready or pane is None:
            return None
        at = QPointF(point - pane.pos())
        head = scene.focused
        if pane is self.grid:
            found = self.grid.plan().at(at.x(), at.y())
            if found is None or not scene.exists(found):
                return None
            head = found
        cell = self.map.cell_at(at) if pane is self.map else scene.current
        return (*head, *cell) if cell is not None else head

    # Files

    def copy(self) -> str:
        """Put the weights of the head in focus on the clipboard and return them."""
        text = as_text(self.scene)
        QGuiApplication.clipboard().setText(text)
        return text

    def save(self, path: Path) -> None:
        """Write what is seen as PNG, SVG or CSV, by the ending of the name."""
        seen = [pane for pane in self.panes if not pane.isHidden()]
        if self.scene.ready and seen:
            try:
                save(self.scene, seen, path)
            except UserError as error:
                self.problem.emit(error)

    def save_as(self) -> None:
        """Ask for a name and write what is seen."""
        name, _ = QFileDialog.getSaveFileName(self, "Save attention", "attention.png", KINDS)
        if name:
            self.save(Path(name))

    # Events

    def event(self, event: QEvent) -> bool:
        """Take the keys that are ours before the window does."""
        asks = event.type() == QEvent.Type.ShortcutOverride
        if asks and isinstance(event, QKeyEvent) and takes(self.scene, event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move what is locked, choose a head, let go."""
        if not takes(self.scene, event) or not act_on(self.scene, event):
            super().keyPressEvent(event)
            return
        if self.scene.locked is not None and event.key() != Qt.Key.Key_Escape:
            self._pick()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for a menu about the head here; by key about the one in focus."""
        point = event.pos()
        place = self.place_at(point)
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.scene.ready:
            cell = self.scene.locked
            place = (*self.scene.focused, *cell) if cell is not None else self.scene.focused
            point = self.rect().center()
        self.context_menu.emit(self.mapToGlobal(point), place)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show a ring if the keyboard brought the focus here."""
        tabs = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self._keyboard = event.reason() in tabs
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take it away."""
        self._keyboard = False
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room anew."""
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme or another screen's pixel ratio."""
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.DevicePixelRatioChange):
            for child in self.findChildren(QWidget):
                child.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill what no part covers."""
        with painting(self) as painter:
            painter.fillRect(self.rect(), theme.colour("ground"))
            if self._keyboard:
                draw_focus(painter, QRectF(self.rect()))

    def minimumSizeHint(self) -> QSize:
        """Leave room for one part."""
        return QSize(280, 220)

    # Inside

    def _place(self) -> None:
        """Lay out the parts that have room."""
        scene, view = self.scene, self.scene.view
        above, below = (theme.ROW + 16, 8) if self._bare else CHROME
        area = self.rect().adjusted(EDGE, above, -EDGE, -below)
        self._hint.setGeometry(self.rect())
        self.bar.set_compact(self.bar.full_width() > self.width() - 2 * EDGE - 168)
        self.bar.resize(self.bar.sizeHint())
        self.bar.move(
            self.width() - (theme.UNIT if self._bare else EDGE) - self.bar.width(),
            0 if self._bare else EDGE,
        )
        if view is None or not scene.ready or min(area.width(), area.height()) < 8:
            return
        compared = view.other is not None
        maps = MAPS[scene.look.compare] if compared else 1
        places = lay_out(area.width(), area.height(), *scene.size, scene.look.mode, maps)
        for pane, place in zip(self.panes, (places.grid, places.focus, places.arcs), strict=True):
            _set(pane, place, area.topLeft())
        self.flow_bar.adjustSize()
        self.flow_bar.move(self.arcs.width() - self.flow_bar.width(), 0)
        self.arcs.caption_room = self.flow_bar.x()
        self.bar.raise_()
        self.ask_soon()

    def _changed(self) -> None:
        scene, view = self.scene, self.scene.view
        empty = not scene.ready
        self._hint.setVisible(empty)
        self.bar.setVisible(not empty)
        form = (
            scene.size,
            scene.look.mode,
            scene.look.compare,
            view is not None and view.other is not None,
        )
        if empty:
            self._form = ()
            for pane in self.panes:
                pane.hide()
        elif form != self._form:
            self._form = form
            self._place()
            self.bar.raise_()
        self._describe()

    def _describe(self) -> None:
        """Tell in words what is in focus and pointed at, for those who hear it."""
        layer, head = self.scene.focused
        words = f"Layer {layer + 1}, head {head + 1}"
        told = ", ".join(part for part in (words, *self.scene.readout()) if part)
        if told != self.accessibleDescription():
            self.setAccessibleDescription(told)

    def _head_chosen(self) -> None:
        self.ask_soon()
        if self.scene.locked is not None:
            self._pick()

    def _pick(self) -> None:
        cell = self.scene.locked
        if cell is not None:
            self.picked.emit(Pick(self.name, (*self.scene.focused, *cell)))

    def _solo(self) -> None:
        self.scene.choose(mode="focus" if self.scene.look.mode != "focus" else "all")

    def _restore(self) -> None:
        if self.scene.look.mode == "focus":
            self.scene.choose(mode="all")

    def _pressed(self) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def _painted(self) -> None:
        if self.sender() is next(pane for pane in reversed(self.panes) if not pane.isHidden()):
            self._paints += 1
        if self._fresh:
            self._fresh = False
            self.note_painted()

    def _send(self) -> None:
        request = self.request()
        if request != self._asked:
            self._asked = request
            self.request_changed.emit(request)


def _set(pane: HeadsPane, place: Rect | None, corner: QPoint) -> None:
    if place is None:
        pane.hide()
        return
    left, top, wide, high = place
    pane.setGeometry(corner.x() + left, corner.y() + top, max(wide, 1), max(high, 1))
    pane.show()
