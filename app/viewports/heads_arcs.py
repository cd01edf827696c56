"""Who attends to whom: tokens in a row, and lines from those that look to those looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.viewports.heads_colour import hue
from app.viewports.heads_flow import MOST, Flow, of_key, of_query, strongest
from app.viewports.heads_labels import RIBBON, draw_labels, draw_ribbon, plan_labels
from app.viewports.heads_layout import CAPTION
from app.viewports.heads_look import Head
from app.viewports.heads_pane import HeadsPane
from app.viewports.heads_scene import Scene
from app.viewports.heads_strokes import LEVELS, LOOP, ArcSheet, height_of, look_of

__all__ = ["ArcsPane"]

EDGE = 16.0
WIDEST = 64.0
"""Pixels between two tokens at most: a few of them stand in the middle."""

SHADE = 40
"""How far from the ends of the map the colours of signed lines are taken: the ends are too dark."""

FAINTEST = 0.02
"""Share of the scale from which lines of the token that is pointed at are drawn."""

FAINT = 0.16
PARTING = 1.5
"""Places between keys and queries where they are not the same tokens."""


class ArcsPane(HeadsPane):
    """Tokens and the lines between them.

    Attributes
    ----------
    caption_room : int
        Where the controls in the caption begin.

    Signals
    -------
    picked()
        A token was clicked; the strongest of its lines is locked.
    """

    picked = Signal()

    def __init__(self, scene: Scene, parent: QWidget) -> None:
        super().__init__(scene, parent)
        self.setAccessibleName("Who attends to whom")
        self._sheet = ArcSheet()
        self.caption_room = 10_000

    # Places

    def pitch(self) -> float:
        """Return the pixels from one token to the next."""
        count = max(self._places() - 1, 1)
        return min((self.seen().width() * self.zoom.scale - 2 * EDGE) / count, WIDEST)

    def x_of(self, token: int) -> float:
        """Return where a token of the row stands."""
        return float(self.xs()[token])

    def xs(self) -> NDArray[np.float32]:
        """Return where all tokens stand."""
        pitch, count = self.pitch(), self._places()
        used = pitch * max(count - 1, 0)
        wide = self.seen().width() * self.zoom.scale
        first = (wide - used) / 2 - self.zoom.x * wide
        places = np.arange(self.scene.tokens, dtype=np.float32)
        if self.scene.apart:
            places[self.scene.counts[1] :] += np.float32(PARTING)
        return np.asarray(np.float32(first) + places * np.float32(pitch), np.float32)

    def base(self) -> float:
        """Return the height of the line on which tokens stand."""
        strip = RIBBON + 3 if self._strips() else 0
        return self.height() - self._labels_depth() - strip - 6

    def token_at(self, point: QPointF) -> int | None:
        """Return the token nearest to a point, None where there is none."""
        count = self.scene.tokens
        if not count or point.y() < CAPTION:
            return None
        pitch = self.pitch()
        places = self.xs()
        near = int(np.argmin(np.abs(places - point.x())))
        return near if abs(places[near] - point.x()) <= max(pitch / 2, 6.0) else None

    def seen(self) -> QRectF:
        """Return the rectangle that is zoomed in, sideways only."""
        return QRectF(0, 0, self.width(), self.height())

    # What is drawn

    def key(self) -> tuple[Any, ...]:
        """Return what the lines depend on."""
        scene = self.scene
        view = scene.view
        assert view is not None
        arrays = (id(view.weights), id(view.focus))
        labels = (view.keys, view.queries, view.groups)
        look = scene.look
        drawn = (look.top, look.least, look.share, look.masked, look.layer_flow)
        return (arrays, labels, scene.shown, scene.added, view.off, drawn)

    def flow(self, head: Head) -> Flow:
        """Return the lines of a head."""
        scene, look = self.scene, self.scene.look
        return strongest(
            scene.values(head),
            scene.counts,
            top=look.top,
            least=look.least * scene.scale(head).high,
            most=MOST // max(len(scene.flow_heads()), 1),
        )

    def draw(self, painter: QPainter, vector: bool = False) -> None:
        """Draw caption, tokens and lines."""
        scene = self.scene
        view = scene.view
        assert view is not None
        self._caption(painter)
        self._tokens(painter)
        heads = scene.flow_heads()
        for head in heads:
            if head not in view.off:
                self._lines(
                    painter, self.flow(head), self._tones(head), scene.scale(head).high, vector
                )

    def mark(self, painter: QPainter, vector: bool = False) -> None:
        """Draw only the lines of the token that is pointed at, and the cursor."""
        scene = self.scene
        view = scene.view
        assert view is not None
        token = self._pointed()
        if token is not None:
            veil = theme.colour("ground")
            veil.setAlphaF(1.0 - FAINT)
            area = QRectF(0, CAPTION, self.width(), self.base() - CAPTION - 1)
            painter.fillRect(area, veil)
            self._follow(painter, token, vector)
        row = view.cursor
        if row >= 0:
            at = scene.token_of(row)
            if at < scene.tokens:
                x, y = self.x_of(at), self.base() + 1
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour("accent"))
                painter.drawPolygon(
                    [QPointF(x, y - 7), QPointF(x - 4, y - 1), QPointF(x + 4, y - 1)]
                )

    def hover(self, point: QPointF) -> None:
        """Point at a token."""
        token = self.token_at(point)
        self.setCursor(
            Qt.CursorShape.PointingHandCursor if token is not None else Qt.CursorShape.ArrowCursor
        )
        self.scene.point(token=token)

    def click(self, point: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Lock what a token looks at most; beside the tokens let go."""
        token = self.token_at(point)
        self.scene.lock(self._strongest_of(token) if token is not None else None)
        if self.scene.locked is not None:
            self.picked.emit()

    def double_click(self, point: QPointF) -> None:
        """Show all tokens."""
        self.fit()

    def tip(self, point: QPointF) -> str:
        """Tell a token's label in full."""
        token = self.token_at(point)
        if token is None or point.y() < self.base() - 8:
            return ""
        return f"{self.scene.label(token)} ({token})"

    # Inside

    def _places(self) -> float:
        return self.scene.tokens + (PARTING if self.scene.apart else 0.0)

    def _strips(self) -> bool:
        view = self.scene.view
        return view is not None and len(view.groups) == len(view.keys)

    def _labels_depth(self) -> float:
        return plan_labels(self.scene.labels, self.pitch()).depth + 3

    def _pointed(self) -> int | None:
        """Return the token whose lines are followed: under the cursor here, or of a cell."""
        scene = self.scene
        if scene.token is not None:
            return scene.token
        cell = scene.current
        if cell is None:
            return None
        return scene.token_of(cell[0])

    def _strongest_of(self, token: int) -> tuple[int, int] | None:
        row = self.scene.query_of(token)
        if row is None:
            return None
        values = [
            self.scene.at((row, key), self.scene.values(self.scene.focused))
            for key in range(self.scene.counts[1])
        ]
        sizes = np.abs(np.nan_to_num(np.asarray(values), nan=-1.0))
        return row, int(np.argmax(sizes))

    def _caption(self, painter: QPainter) -> None:
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.colour("dim"))
        words = "Who attends to whom"
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(0, 0, 200, CAPTION), middle, words)
        heads = self.scene.flow_heads()
        if len(heads) < 2:
            return
        metrics = QFontMetricsF(painter.font())
        x = metrics.horizontalAdvance(words) + 14
        for head in sorted(heads):
            name = f"L{head[0] + 1} head {head[1] + 1}"
            painter.fillRect(QRectF(x, CAPTION / 2 - 1.5, 12, 3), hue(head[1], self.scene.size[1]))
            painter.drawText(QRectF(x + 16, 0, 90, CAPTION), middle, name)
            x += 16 + metrics.horizontalAdvance(name) + 12
            if x > self.caption_room - 80:
                break

    def _tokens(self, painter: QPainter) -> None:
        scene = self.scene
        view = scene.view
        assert view is not None
        pitch, base = self.pitch(), self.base()
        y = base + 3 + (RIBBON + 3 if self._strips() else 0)
        plan = plan_labels(scene.labels, pitch)
        step = QPointF(pitch, 0)
        row = view.keys if scene.apart else scene.labels
        draw_labels(painter, row, plan, QPointF(self.x_of(0), y), step, above=False)
        if scene.apart:
            first = QPointF(self.x_of(len(view.keys)), y)
            draw_labels(painter, view.queries, plan, first, step, above=False)
        if self._strips():
            first = QPointF(self.x_of(0) - pitch / 2, base + 3)
            draw_ribbon(painter, view.groups, first, step, QPointF(0, RIBBON))

    def _tones(self, head: Head, role: str = "accent") -> tuple[QColor, QColor]:
        """Return the colours of a head's positive and negative lines.

        Heads are told apart by their hues; where there is one, signs are, as in its map.
        """
        scene = self.scene
        if len(scene.flow_heads()) > 1:
            own = hue(head[1], scene.size[1])
            return own, own
        if scene.view is not None and scene.view.is_signed(head[0]):
            table = scene.scale(head).table()
            ends = (table[-1 - SHADE], table[SHADE])
            return tuple(QColor(*(int(part) for part in rgb)) for rgb in ends)  # type: ignore[return-value]
        return theme.colour(role), theme.colour(role)

    def _lines(
        self,
        painter: QPainter,
        flow: Flow,
        tones: tuple[QColor, QColor],
        high: float,
        vector: bool = False,
    ) -> None:
        """Draw lines above the row of tokens, the positive ones in the first colour."""
        if not len(flow):
            return
        scene, base = self.scene, self.base()
        share = np.clip(np.abs(flow.weights) / max(high, 1e-30), 0.0, 1.0)
        levels = np.maximum(np.ceil(share * LEVELS).astype(np.intp), 1)
        x = self.xs()
        ends = np.stack([x[flow.queries + scene.token_of(0)], x[flow.keys]])
        starts, reaches = ends.min(axis=0), np.abs(ends[0] - ends[1])
        for negative, tone in enumerate(tones):
            mine = (flow.weights < 0) == bool(negative)
            if not mine.any():
                continue
            if vector or self.zoom.scale > 1.0:
                self._stroke(painter, starts[mine], reaches[mine], levels[mine], tone)
                continue
            top = CAPTION
            room, tall = base - CAPTION - 4, round(base) - top
            far = float(x[-1] - x[0])
            self._sheet.begin(self.width(), tall, self.devicePixelRatioF(), room, far)
            self._sheet.lay(starts[mine], reaches[mine], levels[mine])
            painter.drawImage(QPointF(0, top), self._sheet.image(tone))

    def _stroke(
        self,
        painter: QPainter,
        starts: NDArray[np.float32],
        reaches: NDArray[np.float32],
        levels: NDArray[np.intp],
        tone: QColor,
    ) -> None:
        """Draw lines as shapes."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        base, room = self.base(), self.base() - CAPTION - 4
        xs = self.xs()
        far = float(xs[-1] - xs[0])
        for start, reach, level in zip(starts, reaches, levels, strict=True):
            if start > self.width() or start + reach < 0:
                continue
            opacity, thick = look_of(int(level))
            pen = QColor(tone)
            pen.setAlphaF(opacity)
            painter.setPen(QPen(pen, thick))
            if reach < 1.0:
                box = QRectF(start - LOOP[0] / 2, base - LOOP[1], *LOOP)
                painter.drawEllipse(box)
                continue
            high = height_of(float(reach), room, far)
            painter.drawArc(QRectF(start, base - high, reach, 2 * high), 0, 180 * 16)

    def _follow(self, painter: QPainter, token: int, vector: bool) -> None:
        """Draw where a token looks and who looks at it, in two colours, and say so in words."""
        scene = self.scene
        query, key = scene.query_of(token), scene.key_of(token)
        looks = seen = 0
        for head in scene.flow_heads():
            high, values = scene.scale(head).high, scene.values(head)
            if key is not None:
                seen_by = of_key(values, scene.counts, key, FAINTEST * high)
                self._lines(painter, seen_by, self._tones(head, "info"), high, vector)
                seen += len(seen_by)
            if query is not None:
                into = of_query(values, scene.counts, query, FAINTEST * high)
                self._lines(painter, into, self._tones(head), high, vector)
                looks += len(into)
        self._name(painter, token)
        painter.setFont(theme.font("caption"))
        legend = (("accent", f"looks at {looks}"), ("info", f"looked at by {seen}"))
        leads = scene.shown[0]
        coloured = scene.view is not None and not scene.view.is_signed(leads) and not scene.added
        coloured = coloured and not scene.look.layer_flow
        x = 150.0
        metrics = QFontMetricsF(painter.font())
        painter.fillRect(
            QRectF(x - 6, 0, self.caption_room - x - 6, CAPTION), theme.colour("ground")
        )
        for role, told in legend:
            if x + 16 + metrics.horizontalAdvance(told) > self.caption_room:
                break
            if coloured:
                painter.fillRect(QRectF(x, CAPTION / 2 - 1.5, 12, 3), theme.colour(role))
            painter.setPen(theme.colour("dim"))
            painter.drawText(
                QRectF(x + 16, 0, 120, CAPTION),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
                told,
            )
            x += 16 + metrics.horizontalAdvance(told) + 14

    def _name(self, painter: QPainter, token: int) -> None:
        """Set off the label of the token that is pointed at."""
        words, plan = self.scene.label(token), plan_labels(self.scene.labels, self.pitch())
        painter.setFont(theme.font("strong"))
        painter.setPen(theme.colour("text"))
        wide = QFontMetricsF(painter.font()).horizontalAdvance(words) + 8
        y = self.base() + 3 + (RIBBON + 3 if self._strips() else 0)
        if plan.upright:
            painter.save()
            painter.translate(self.x_of(token), y)
            painter.rotate(-90)
            box = QRectF(-max(wide, plan.depth + 4), -9, max(wide, plan.depth + 4), 18)
            painter.fillRect(box, theme.colour("control"))
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box.adjusted(0, 0, -2, 0), side, words)
            painter.restore()
            return
        box = QRectF(self.x_of(token) - wide / 2, y, wide, 18)
        box.moveLeft(min(max(box.left(), 0.0), self.width() - wide))
        painter.fillRect(box, theme.colour("control"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
