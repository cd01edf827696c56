"""The time strip: a world's past in one line, with what is kept of it, what happened, and now."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.context_menu import ContextMenu
from app.painting import painting
from app.panels.training import duration
from engine.core.commands import RunnerState
from engine.core.system import Mark

__all__ = ["TimeStrip", "nearest", "replay_from", "replay_words"]

HEIGHT = 18
EDGE = 7.0  # pixels on both sides, so that nothing is cut at the ends
LEAST_SPAN = 16  # steps that the whole strip stands for at least
TICK_GAP = 6.0  # pixels: of ticks that would lie closer every second, third ... is drawn
REACH = 6.0  # pixels around a mark within which it is meant
LEAD = 3  # moments between a mark and the one from which it is replayed

_KEYS = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End}
_SHIFT = Qt.KeyboardModifier.ShiftModifier


def nearest(steps: Sequence[int], step: float) -> int:
    """Return the step that lies nearest, of at least one in rising order."""
    place = bisect_left(steps, step)
    return min(steps[max(place - 1, 0) : place + 1], key=lambda kept: abs(kept - step))


def replay_from(steps: Sequence[int], mark: int) -> int | None:
    """Return the kept step from which a mark is watched coming; None if nothing earlier is kept."""
    before = bisect_left(steps, mark)
    return steps[max(before - LEAD, 0)] if before else None


class TimeStrip(QWidget):
    """A press or a drag jumps to the nearest kept moment, with Shift to the very step.

    Left and Right go from moment to moment, with Shift from step to step; Home and End go to the
    ends. Marks can be replayed from the context menu.

    Signals
    -------
    jump_requested : int
    replay_requested : int
        The kept step from which time should run.
    """

    jump_requested = Signal(int)
    replay_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Time")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._step = 0
        self._moments: tuple[int, ...] = ()
        self._marks: tuple[Mark, ...] = ()
        self._aim: int | None = None  # what the hand asks for
        self._goal: int | None = None  # where a run is going
        self._rate = 0.0
        self._pressed = False

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What can be replayed, in the order of time."""
        return tuple(m for m in self._marks if replay_from(self._moments, m.step) is not None)

    def set_state(self, state: RunnerState) -> None:
        """Show where the world is and what is kept of it."""
        if not self._pressed and state.target_step is None:
            self.settle()
        goal = state.target_step if (state.target_step or 0) - state.step > 1 else None
        shown = (self._step, self._moments, self._marks, self._goal)
        if shown == (state.step, state.moments, state.marks, goal):
            return
        self._step, self._moments, self._marks = state.step, state.moments, state.marks
        self._goal, self._rate = goal, state.steps_per_second
        self.setEnabled(bool(self._moments))
        self.setAccessibleDescription(
            f"step {self._step:,}, {len(self._moments)} moments are kept, "
            f"the first of step {self._moments[0]:,}" + self._way_words()
            if self._moments
            else ""
        )
        self.update()

    def _way_words(self) -> str:
        """Say how far a run is on its way, and how long it takes still."""
        if self._goal is None:
            return ""
        share = self._step / max(1, self._goal)
        left = (self._goal - self._step) / self._rate if self._rate > 0 else 0.0
        still = f", {duration(left)} to go" if left >= 1 else ""
        return f"\non the way to step {self._goal:,}: {share:.0%}{still}"

    def settle(self) -> None:
        """Show the present again, not where the hand wanted to be."""
        if self._aim is not None:
            self._aim = None
            self.update()

    def x_of(self, step: float) -> float:
        """Return where a step lies, in pixels."""
        first, last = self._ends()
        return EDGE + (self.width() - 2 * EDGE) * (step - first) / (last - first)

    def step_at(self, x: float, *, exact: bool = False) -> int:
        """Return the kept moment nearest to a place, or the very step there."""
        first, last = self._ends()
        share = (x - EDGE) / max(1.0, self.width() - 2 * EDGE)
        step = first + (last - first) * min(max(share, 0.0), 1.0)
        return round(step) if exact else nearest(self._moments, step)

    def mark_at(self, x: float) -> Mark | None:
        """Return the mark at a place."""
        near = [mark for mark in self.marks if abs(self.x_of(mark.step) - x) <= REACH]
        return min(near, key=lambda mark: abs(self.x_of(mark.step) - x)) if near else None

    def replay(self, mark: Mark) -> None:
        """Ask for a mark to be watched again."""
        start = replay_from(self._moments, mark.step)
        if start is not None:
            self.replay_requested.emit(start)

    def sizeHint(self) -> QSize:
        return QSize(120, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, HEIGHT)

    def event(self, event: QEvent) -> bool:
        """Take the keys that move through time before the window does."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and Qt.Key(event.key()) in _KEYS
            and not event.modifiers() & ~(_SHIFT | Qt.KeyboardModifier.KeypadModifier)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the neighbouring moment or step, or to an end."""
        now = self._step if self._aim is None else self._aim
        if not self._moments or Qt.Key(event.key()) not in _KEYS:
            super().keyPressEvent(event)
            return
        by_step = bool(event.modifiers() & _SHIFT)
        if event.key() == Qt.Key.Key_Home:
            goal = self._moments[0]
        elif event.key() == Qt.Key.Key_End:
            goal = max(self._moments[-1], now)
        elif event.key() == Qt.Key.Key_Left:
            place = bisect_left(self._moments, now) - 1
            goal = now - 1 if by_step else self._moments[max(place, 0)]
        else:
            place = bisect_right(self._moments, now)
            later = self._moments[place] if place < len(self._moments) else now
            goal = now + 1 if by_step else later
        if goal != now and goal >= self._moments[0]:
            self._ask(goal)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag."""
        if event.button() == Qt.MouseButton.LeftButton and self._moments:
            self._pressed = True
            self._follow(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, or say what a press would do."""
        if not self._moments:
            return
        if self._pressed:
            self._follow(event)
        QToolTip.showText(event.globalPosition().toPoint(), self._words(event), self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        self._pressed = False
        if self._aim == self._step:
            self.settle()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the moment under the cursor, and every mark for a replay."""
        if not self._moments:
            return
        menu = ContextMenu(self)
        x = float(event.pos().x())
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            step = self.step_at(x)
            menu.add(f"Jump to step {step:,}", partial(self._ask, step))
        meant = self.mark_at(x)
        for mark in (meant,) if meant is not None else self.marks:
            menu.add(replay_words(mark), partial(self.replay, mark))
        menu.open(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line, what is kept, what happened, and now."""
        if not self._moments:
            return
        with painting(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            middle = self.height() / 2 + 2
            now = self.x_of(self._step if self._aim is None else self._aim)
            left, right = self.x_of(self._ends()[0]), max(self.x_of(self._ends()[1]), EDGE + 1)
            painter.setPen(QPen(theme.colour("line"), 2))
            painter.drawLine(QPointF(left, middle), QPointF(right, middle))
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.drawLine(QPointF(left, middle), QPointF(now, middle))
            if self._goal is not None:
                self._draw_goal(painter, now, middle)
            painter.setPen(QPen(theme.colour("dim"), 1))
            for step in self._moments[:: math.ceil(len(self._moments) * TICK_GAP / (right - left))]:
                x = round(self.x_of(step)) + 0.5
                painter.drawLine(QPointF(x, middle - 3), QPointF(x, middle + 3))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("train"))
            for mark in self._marks:
                x = self.x_of(mark.step)
                corners = ((x - 3.5, 0.5), (x + 3.5, 0.5), (x, middle - 3.5))
                painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
            if self.hasFocus():
                ring = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
                painter.setPen(QPen(theme.colour("accent"), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(ring, theme.RADIUS, theme.RADIUS)
            painter.setBrush(theme.colour("text"))
            painter.drawRoundedRect(QRectF(now - 2, middle - 6, 4, 12), 2, 2)

    def _draw_goal(self, painter: QPainter, now: float, middle: float) -> None:
        """Draw the way that is left as a dotted line, and a ring around where it ends."""
        end = self.x_of(self._goal or 0)
        painter.setPen(QPen(theme.colour("accent"), 2, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(now, middle), QPointF(end - 3, middle))
        painter.setPen(QPen(theme.colour("accent"), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(end, middle), 3.0, 3.0)

    def focusInEvent(self, event: object) -> None:
        self.update()

    def focusOutEvent(self, event: object) -> None:
        self.update()

    def _ends(self) -> tuple[int, int]:
        first = self._moments[0] if self._moments else 0
        marked = self._marks[-1].step if self._marks else 0
        kept = self._moments[-1] if self._moments else 0
        return first, max(self._step, kept, marked, self._goal or 0, first + LEAST_SPAN)

    def _follow(self, event: QMouseEvent) -> None:
        exact = bool(event.modifiers() & _SHIFT)
        step = self.step_at(event.position().x(), exact=exact)
        if step != self._aim:
            self._ask(step)

    def _ask(self, step: int) -> None:
        self._aim = step
        self.update()
        self.jump_requested.emit(step)

    def _words(self, event: QMouseEvent) -> str:
        x = event.position().x()
        exact = bool(event.modifiers() & _SHIFT)
        words = f"Jump to step {self.step_at(x, exact=exact):,}" + self._way_words()
        mark = self.mark_at(x)
        if mark is not None:
            words += f"\n{mark.title} at step {mark.step:,}: right-click to replay it"
        elif not exact:
            words += "\nShift for any step between those that are kept"
        return words


def replay_words(mark: Mark) -> str:
    """Write what a replay of a mark shows."""
    return f'Replay from before "{mark.title}", step {mark.step:,}'
