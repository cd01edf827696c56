"""What the hand takes hold of in a plot: points that are dragged, and lines across it.

What is dragged follows the hand at once; the world is told and may lag behind. Axes stand still
meanwhile, whatever the curves do.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent

from app import theme
from app.widgets.plot import Plot
from app.widgets.plot_cursors import CursorLines
from app.widgets.plot_grip import GripDots
from engine.core.figures import Cursor, Grip

__all__ = ["Hold", "Holds"]

REACH, LINE_REACH = 12.0, 6.0
"""Pixels from a point, and from a line, at which it is taken."""
STEP, FINE, COARSE = 0.01, 0.1, 10.0
"""Of the seen range by one arrow key; with Shift; with Control."""
LAG_MS = 300

Hold = tuple[Literal["point", "line"], int]
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_ROUND = {Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}


class Holds(QObject):
    """Draws a grip and cursors on a plot and lets mouse and keyboard move them.

    Tab goes from one to the next, arrows move the chosen one (Shift finely, Control coarsely), Esc
    lets it go.

    Signals
    -------
    moved(str, dict)
        The action of what is dragged, and where it is.
    let_go
        Nothing is dragged any more.
    context(QPoint, int)
        The right button was pressed on a point.
    """

    moved = Signal(str, object)
    let_go = Signal()
    context = Signal(object, int)

    def __init__(self, plot: Plot) -> None:
        super().__init__(plot)
        self._plot = plot
        self._grip: Grip | None = None
        self._cursors: tuple[Cursor, ...] = ()
        self._mine: dict[Hold, tuple[float, float]] = {}
        self._hover: Hold | None = None
        self._chosen: Hold | None = None
        self._held: Hold | None = None
        self._away = (0.0, 0.0)
        self._frozen: list[Any] | None = None
        self._dots = GripDots(plot)
        self._lines = CursorLines(plot)
        self._mouse_at: QPointF | None = None
        self._settling = QTimer(self, singleShot=True, interval=LAG_MS)
        self._settling.timeout.connect(self._forget)
        plot.redrawn.connect(self._draw)
        plot.canvas.installEventFilter(self)
        plot.surface.installEventFilter(self)

    @property
    def held(self) -> Hold | None:
        """What the hand drags."""
        return self._held

    @property
    def chosen(self) -> Hold | None:
        """What the keyboard moves."""
        return self._chosen

    def set(self, grip: Grip | None, cursors: tuple[Cursor, ...]) -> None:
        """Show these; what is dragged, or was a moment ago, stays where the hand has it."""
        if self._settling.isActive():
            self._settling.stop()
            self._mine.clear()
        self._dots.set_name(grip.name if grip is not None and len(grip.points) else "")
        self._grip, self._cursors = grip, cursors
        held = grip is not None and len(grip.points) > 0
        columns = (grip.points[:, 0], grip.points[:, 1]) if held and grip is not None else None
        self._plot.set_others({grip.name: columns} if columns is not None and grip else {})
        known = self._all()
        if self._held not in known and self._held is not None:
            self._release()
        if self._chosen not in known:
            self._choose(None)
        if self._hover not in known:
            self._hover = None
        if self._hover is not None and self._held is None and self._mouse_at is not None:
            self._hover_at(self._near(self._mouse_at))  # it may have gone from under the mouse
        self._draw()

    def settle(self) -> None:
        """Say that the world has answered: from its next view on, it says where things are."""
        if self._mine and self._held is None:
            self._settling.start()

    def tone(self) -> QColor:
        """Return the colour of the points, which is that of no curve."""
        return theme.colour("text")

    def place(self, hold: Hold) -> QPointF:
        """Return where something to be held is on the canvas; of a line, the middle of it."""
        x, y = self._drawn(hold)
        return self._plot.place_of(x, y)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the mouse near what can be held, and the keys of what is chosen."""
        if isinstance(event, QMouseEvent):
            return watched is self._plot.canvas and self._mouse(event)
        if isinstance(event, QKeyEvent) and watched is self._plot.surface:
            return self._key(event)
        if event.type() == QEvent.Type.Leave and self._held is None:
            self._hover_at(None)
        elif event.type() == QEvent.Type.FocusOut and watched is self._plot.surface:
            self._choose(None)
        return False

    # The mouse

    def _mouse(self, event: QMouseEvent) -> bool:
        kind, at = event.type(), event.position()
        self._mouse_at = at
        if kind == QEvent.Type.MouseMove and self._held is not None:
            self._drag(at)
            return True
        if kind == QEvent.Type.MouseMove and not event.buttons():
            found = self._near(at)
            self._hover_at(found)
            return found is not None
        if kind == QEvent.Type.MouseButtonPress:
            found = self._near(at)
            if found is not None and event.button() == Qt.MouseButton.LeftButton:
                self._take(found, at)
            elif found is not None and found[0] == "point":
                self.context.emit(event.globalPosition().toPoint(), found[1])
            return found is not None
        if kind == QEvent.Type.MouseButtonRelease and self._held is not None:
            self._drag(at)
            self._release()
            return True
        return kind == QEvent.Type.MouseButtonDblClick and self._near(at) is not None

    def _near(self, at: QPointF) -> Hold | None:
        """Find what is within reach: points lie above lines."""
        best, found = REACH, None
        for hold in self._all():
            place = self.place(hold)
            if hold[0] == "point":
                away = float(np.hypot(place.x() - at.x(), place.y() - at.y()))
                if away <= best:
                    best, found = away, hold
        if found is not None:
            return found
        lines = [hold for hold in self._all() if hold[0] == "line"]
        near = [(abs(self.place(hold).x() - at.x()), hold) for hold in lines]
        return next((hold for away, hold in sorted(near) if away <= LINE_REACH), None)

    def _hover_at(self, hold: Hold | None) -> None:
        if hold == self._hover:
            return
        self._hover = hold
        self._be_silent(hold is not None)
        if hold is None:
            self._plot.canvas.unsetCursor()
        else:
            shape = Qt.CursorShape
            point = hold[0] == "point"
            self._plot.canvas.setCursor(shape.OpenHandCursor if point else shape.SizeHorCursor)
            self._plot.canvas.setToolTip("")
        self._draw()

    def _be_silent(self, on: bool) -> None:
        """Let the plot say nothing of places while the hand points at something of ours."""
        if on != self._plot.readout.silent:
            self._plot.readout.silent = on
            self._plot.readout.hide()

    def _take(self, hold: Hold, at: QPointF) -> None:
        self._settling.stop()
        self._freeze()
        self._held = hold
        place = self.place(hold)
        self._away = place.x() - at.x(), place.y() - at.y()
        if hold[0] == "point":
            self._plot.canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
        self._plot.surface.setFocus()
        self._draw()

    def _drag(self, at: QPointF) -> None:
        assert self._held is not None
        x, y = self._plot.place_at(QPointF(at.x() + self._away[0], at.y() + self._away[1]))
        self._move(self._held, x, y)

    def _release(self) -> None:
        self._held = None
        self._hover = None
        self._plot.canvas.unsetCursor()
        self._be_silent(False)
        if self._chosen is None:
            self._thaw()
        self._draw()
        self.let_go.emit()

    # The keyboard

    def _key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        wanted = key in _ROUND and self._next(_ROUND[key]) is not None
        if self._chosen is not None:
            across = _ARROWS.get(key, (0, 0))[0] != 0
            arrow = across if self._chosen[0] == "line" else key in _ARROWS
            wanted = wanted or arrow or key == Qt.Key.Key_Escape
        if event.type() == QEvent.Type.ShortcutOverride:
            if wanted:
                event.accept()
            return wanted
        if event.type() != QEvent.Type.KeyPress:
            return False
        if not wanted:
            if key in _ROUND:
                self._choose(None)
            return False
        if key in _ROUND:
            self._choose(self._next(_ROUND[key]))
        elif key == Qt.Key.Key_Escape:
            self._choose(None)
        else:
            self._nudge(_ARROWS[key], event.modifiers())
        return True

    def _next(self, by: int) -> Hold | None:
        every = self._all()
        if self._chosen is None:
            return (every[0] if by > 0 else every[-1]) if every else None
        place = every.index(self._chosen) + by
        return every[place] if 0 <= place < len(every) else None

    def _choose(self, hold: Hold | None) -> None:
        if hold == self._chosen:
            return
        self._chosen = hold
        if hold is not None:
            self._freeze()
        elif self._held is None:
            self._thaw()
        words = self._words(hold) if hold is not None else []
        self._plot.setAccessibleDescription(", ".join(words))
        self._draw()

    def _nudge(self, way: tuple[int, int], keys: Qt.KeyboardModifier) -> None:
        assert self._chosen is not None
        share = STEP
        if keys & Qt.KeyboardModifier.ShiftModifier:
            share *= FINE
        elif keys & Qt.KeyboardModifier.ControlModifier:
            share *= COARSE
        x, y = self._drawn(self._chosen)
        (left, right), (low, high) = self._plot.item.getViewBox().viewRange()
        self._settling.stop()
        hold = self._chosen
        self._move(hold, x + share * way[0] * (right - left), y + share * way[1] * (high - low))
        self._plot.setAccessibleDescription(", ".join(self._words(hold)))
        self.let_go.emit()

    # Places

    def _all(self) -> list[Hold]:
        count = len(self._grip.points) if self._grip is not None else 0
        points: list[Hold] = [("point", index) for index in range(count)]
        lines: list[Hold] = [("line", n) for n, one in enumerate(self._cursors) if one.action]
        return points + lines

    def _drawn(self, hold: Hold) -> tuple[float, float]:
        """Return where something is drawn, in the axes' units: logarithms on such axes."""
        if hold in self._mine:
            return self._mine[hold]
        (_, _), (low, high) = self._plot.item.getViewBox().viewRange()
        logs = self._plot.logs
        if hold[0] == "line":
            return _log(self._cursors[hold[1]].at, logs[0]), (low + high) / 2
        assert self._grip is not None
        x, y = (float(part) for part in self._grip.points[hold[1]])
        return _log(x, logs[0]), _log(y, logs[1])

    def _move(self, hold: Hold, x: float, y: float) -> None:
        """Bring something to a place that is seen, and tell."""
        (left, right), (low, high) = self._plot.item.getViewBox().viewRange()
        x, y = min(max(x, left), right), min(max(y, low), high)
        if hold[0] == "line" and self._cursors[hold[1]].stops:
            x = self._stop(hold, x)
            if x == self._drawn(hold)[0]:
                return
        self._mine[hold] = x, y
        self._draw()
        logs = self._plot.logs
        at = {"x": 10**x if logs[0] else x, "y": 10**y if logs[1] else y}
        if hold[0] == "line":
            self.moved.emit(self._cursors[hold[1]].action, {"x": at["x"]})
        else:
            assert self._grip is not None
            self.moved.emit(self._grip.action, {"index": hold[1], **at})

    def _stop(self, hold: Hold, x: float) -> float:
        """Return the stop of a line that is nearest to a place.

        By key it goes to the next one at least: a short step would never leave the present one.
        """
        stops = np.array([_log(stop, self._plot.logs[0]) for stop in self._cursors[hold[1]].stops])
        stops = stops[np.isfinite(stops)]
        here = self._drawn(hold)[0]
        if self._held is None:
            ahead = stops[stops > here] if x > here else stops[stops < here]
            stops = ahead if len(ahead) else stops
        return float(stops[np.argmin(np.abs(stops - x))]) if len(stops) else x

    def _forget(self) -> None:
        self._mine.clear()
        self._draw()

    def _freeze(self) -> None:
        """Let the axes stand still, also where they follow the curves."""
        if self._frozen is None:
            box = self._plot.item.getViewBox()
            self._frozen = list(box.autoRangeEnabled())
            box.disableAutoRange()

    def _thaw(self) -> None:
        if self._frozen is not None:
            across, down = self._frozen
            self._frozen = None
            self._plot.item.getViewBox().enableAutoRange(x=across, y=down)

    # Drawing

    def _draw(self) -> None:
        points = [hold for hold in self._all() if hold[0] == "point"]
        places = np.array([self._drawn(hold) for hold in points], np.float64).reshape(-1, 2)
        active = self._held or self._chosen or self._hover
        ringed = active is not None and active[0] == "point"
        ring = self._drawn(active) if ringed and active is not None else None
        self._dots.draw(places, ring, active == self._held)
        lit = active[1] if active is not None and active[0] == "line" else None
        at = [self._drawn(("line", number))[0] for number in range(len(self._cursors))]
        self._lines.draw(self._cursors, at, lit)
        if active is not None:
            self._tell(active)
        elif self._hover is None:
            self._be_silent(False)

    def _words(self, hold: Hold) -> list[str]:
        x, y = self._drawn(hold)
        if hold[0] == "point":
            assert self._grip is not None
            return [self._grip.word_of(hold[1]), *self._plot.readout.words_of(x, y)]
        return self._plot.readout.words_of(x, y)[:1]

    def _tell(self, hold: Hold) -> None:
        self._be_silent(True)
        x, y = self._drawn(hold)
        if np.isfinite(x) and np.isfinite(y):
            self._plot.readout.tell(x, y, self._words(hold))


def _log(value: float, wanted: bool) -> float:
    """Return where a value lies on an axis; NaN where a logarithmic one has no place for it."""
    if not wanted:
        return value
    return float(np.log10(value)) if value > 0 else float("nan")
