"""The head in focus as a large heat-map: queries downwards, keys to the right."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.viewports.decorations import draw_chip
from app.viewports.heads_labels import READABLE, RIBBON, plan_labels
from app.viewports.heads_layout import CAPTION, plan_maps
from app.viewports.heads_look import Cell, Map
from app.viewports.heads_map import draw_cross, draw_map, draw_marks, draw_scale
from app.viewports.heads_pane import HeadsPane
from app.viewports.heads_scene import Scene

__all__ = ["FocusPane"]

EDGE = 12
"""Room on the right, for the sign of the row that is being read."""

CAPTION_ROOM = 264.0
"""Width that a caption takes if there is so much, however narrow its map is."""

CHIP_GAP = 14.0
BESIDE = 210.0


class FocusPane(HeadsPane):
    """One head's weights; in comparison the other model's beside them.

    Signals
    -------
    picked()
        A cell was clicked.
    restored()
        It was clicked twice: the other parts are wanted again, if they were hidden.
    """

    picked = Signal()
    restored = Signal()

    def __init__(self, scene: Scene, parent: QWidget) -> None:
        super().__init__(scene, parent)
        self.setAccessibleName("Head in focus")
        self._maps: tuple[Map, ...] = ()
        self._made: tuple[Any, ...] = ()

    def maps(self) -> tuple[Map, ...]:
        """Return what is shown, computed once for each view."""
        key = self.key()
        if key != self._made:
            self._maps, self._made = self.scene.maps(), key
        return self._maps

    def places(self) -> tuple[QRectF, ...]:
        """Return where the maps are seen."""
        scene = self.scene
        rows, columns = scene.counts
        count = len(self.maps())
        if not count or not rows or not columns or scene.view is None:
            return ()
        view = scene.view
        strip = RIBBON + 6 if len(view.groups) == columns else 5
        beside = plan_labels(view.queries or view.keys, READABLE, down=True).depth + strip
        wide, high = self.width() - EDGE, self.height() - 4
        pitch = max(wide / count - 60, 40) / columns
        for _ in range(2):  # how labels stand depends on the cells, and these on their room
            above = plan_labels(view.keys, pitch).depth + strip
            plan = plan_maps(wide, high, rows, columns, count, (beside, above))
            pitch = plan[0][2] / columns
        return tuple(QRectF(*(round(part) for part in place)) for place in plan)

    def seen(self) -> QRectF:
        """Return where the first map is seen."""
        places = self.places()
        return places[0] if places else QRectF(self.rect())

    def key(self) -> tuple[Any, ...]:
        """Return what the maps depend on."""
        view, scene = self.scene.view, self.scene
        assert view is not None
        labels = (view.keys, view.queries, view.groups, view.guide, view.names)
        arrays = (id(view.weights), id(view.focus), id(view.other), id(view.other_focus))
        cell = scene.current  # the labels of what is pointed at are set off
        return (arrays, labels, scene.shown, scene.look, scene.role(scene.shown), cell)

    def cell_at(self, point: QPointF) -> Cell | None:
        """Return the (query, key) at a point, in whichever map it is."""
        rows, columns = self.scene.counts
        for place in self.places():
            if place.contains(point):
                whole = self.zoom.target(place)
                row = int((point.y() - whole.top()) / whole.height() * rows)
                column = int((point.x() - whole.left()) / whole.width() * columns)
                return min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)
        return None

    def point_of(self, cell: Cell) -> QPointF:
        """Return the middle of a cell of the first map."""
        rows, columns = self.scene.counts
        whole = self.zoom.target(self.seen())
        return QPointF(
            whole.left() + (cell[1] + 0.5) / columns * whole.width(),
            whole.top() + (cell[0] + 0.5) / rows * whole.height(),
        )

    def draw(self, painter: QPainter, vector: bool = False) -> None:
        """Draw captions, labels and cells."""
        scene = self.scene
        maps, places = self.maps(), self.places()
        for number, (one, place) in enumerate(zip(maps, places, strict=False)):
            whole = self.zoom.target(place)
            draw_map(painter, place, whole, scene, one, vector)
            draw_marks(painter, place, whole, scene, beside=True, above=True)
            self._caption(painter, place, one, number, len(maps))

    def mark(self, painter: QPainter, vector: bool = False) -> None:
        """Draw the cross-hair and the read-out."""
        scene = self.scene
        places = self.places()
        for one, place in zip(self.maps(), places, strict=False):
            draw_cross(painter, place, self.zoom.target(place), scene, one)
        cell = scene.current
        if cell is None or not places:
            return
        at = self.point_of(cell)
        seen = places[0]
        at.setX(min(max(at.x(), seen.left()), seen.right()))
        if len(places) == 1 and self.width() - seen.right() > BESIDE:
            at.setX(seen.right())  # beside a small map it hides nothing
        at.setY(min(max(at.y(), seen.top()), seen.bottom()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rise = -44.0 if at.y() > seen.top() + 100 else 44.0
        at.setY(at.y() + rise)
        draw_chip(painter, QRectF(self.rect()), at, CHIP_GAP, scene.readout())

    def hover(self, point: QPointF) -> None:
        """Point at a cell."""
        cell = self.cell_at(point)
        self.setCursor(
            Qt.CursorShape.CrossCursor if cell is not None else Qt.CursorShape.ArrowCursor
        )
        self.scene.point(cell=cell)

    def click(self, point: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Lock a cell; beside the map let go."""
        cell = self.cell_at(point)
        self.scene.lock(cell)
        if cell is not None:
            self.picked.emit()

    def double_click(self, point: QPointF) -> None:
        """Fit what is zoomed in, else bring the other parts back."""
        if self.zoom.scale > 1.0:
            self.fit()
        else:
            self.restored.emit()

    def tip(self, point: QPointF) -> str:
        """Tell tokens whose labels are cut short in full."""
        cell, view = self.cell_at(point), self.scene.view
        if cell is not None or view is None:
            return ""
        rows, columns = self.scene.counts
        for place in self.places():
            whole = self.zoom.target(place)
            if place.top() <= point.y() <= place.bottom() and point.x() < place.left():
                row = int((point.y() - whole.top()) / whole.height() * rows)
                if 0 <= row < rows and place.left() - point.x() < 64:
                    return f"Query {row + 1}: {self.scene.query_label(row)}"
            if place.left() <= point.x() <= place.right() and point.y() < place.top():
                column = int((point.x() - whole.left()) / whole.width() * columns)
                if 0 <= column < columns and place.top() - point.y() < 64:
                    return f"Key {column + 1}: {view.keys[column]}"
        return ""

    def _caption(self, painter: QPainter, place: QRectF, one: Map, number: int, count: int) -> None:
        """Write which head this is and what its colours stand for, above the labels."""
        scene = self.scene
        view = scene.view
        assert view is not None
        metrics = QFontMetricsF(theme.font("strong"))
        top = place.top() - CAPTION - self._above(place)
        middle = top + CAPTION / 2 - 2
        left = place.left() - (self._beside(place) if number == 0 else 0)
        right = place.right()
        if number == count - 1 or self.places()[number + 1].top() > place.top():
            right = max(right, min(left + CAPTION_ROOM, self.width() - 2.0))
        begins = draw_scale(painter, right, middle, one.scale, brief=count > 1)
        layer, head = scene.shown
        middles = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        room = begins - left - 10
        names = (f"Layer {layer + 1}, head {head + 1}", f"L{layer + 1} head {head + 1}", "")
        lines = [", ".join(part for part in (name, one.title) if part) for name in names]
        if number > 0:
            lines = [one.title]
        words = next((line for line in lines if metrics.horizontalAdvance(line) <= room), lines[-1])
        painter.setFont(theme.font("strong"))
        painter.setPen(theme.colour("text"))
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, max(room, 0))
        painter.drawText(QRectF(left, middle - 10, room, 20), middles, words)
        used = metrics.horizontalAdvance(words) + 8
        role = scene.role(scene.shown)
        if role and number == 0 and count == 1:
            score = next((float(v[layer, head]) for n, v in view.scores if n == role), None)
            painter.setFont(theme.font("body"))
            painter.setPen(theme.colour("dim"))
            advance = QFontMetricsF(painter.font()).horizontalAdvance
            longest = f"{role} {score:.2f}" if score is not None else role
            fits = (words for words in (longest, role) if advance(words) <= room - used)
            box = QRectF(left + used, middle - 10, room - used, 20)
            painter.drawText(box, middles, next(fits, ""))

    def _above(self, place: QRectF) -> float:
        _, columns = self.scene.counts
        view = self.scene.view
        assert view is not None
        strip = RIBBON + 6 if len(view.groups) == columns else 5
        return plan_labels(view.keys, place.width() / columns).depth + strip

    def _beside(self, place: QRectF) -> float:
        view = self.scene.view
        assert view is not None
        return plan_labels(view.queries or view.keys, READABLE, down=True).depth + 6
