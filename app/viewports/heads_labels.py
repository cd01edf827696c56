"""Labels of tokens along an axis: as many as can be read, elided where they are long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from app import theme
from app.viewports.heads_colour import GROUPS
from app.viewports.heads_layout import stride

__all__ = ["READABLE", "RIBBON", "Labels", "draw_labels", "draw_ribbon", "plan_labels"]

READABLE = 9.0
"""Pixels from which each sign may stand beside its neighbour."""

BETWEEN = 11.0
"""Pixels from one line of words to the next."""

APART = 4.0
"""Pixels between words that stand beside each other."""

SHORT = 30.0
"""Up to this width words stand level, if only every so many of them: they read at a glance."""

LONGEST = 44.0
SURE = 5
"""So many signs are never too long."""

RIBBON = 3.0
"""Thickness of the strip that tells segments apart."""


@dataclass(frozen=True)
class Labels:
    """How labels of one axis are written.

    Attributes
    ----------
    every : int
        One label for so many tokens.
    upright : bool
        Whether words go upwards, since they are wider than their place.
    depth : float
        Pixels that they need across the axis.
    """

    every: int
    upright: bool
    depth: float


def plan_labels(labels: Sequence[str], pitch: float, *, down: bool = False) -> Labels:
    """Choose how to write the labels of tokens that are `pitch` pixels apart.

    `down` is an axis whose tokens lie below each other.
    """
    widest, line = _sizes(tuple(labels))
    if down:
        return Labels(stride(pitch, BETWEEN), False, widest)
    if widest < READABLE:
        return Labels(1 if pitch >= READABLE else stride(pitch, BETWEEN), False, line)
    if widest <= max(SHORT, pitch - APART):
        return Labels(stride(pitch, widest + APART), False, line)
    return Labels(stride(pitch, line), True, widest)


def draw_labels(
    painter: QPainter,
    labels: Sequence[str],
    plan: Labels,
    first: QPointF,
    step: QPointF,
    *,
    above: bool = True,
    strong: Sequence[int] = (),
) -> None:
    """Write labels along a line.

    Parameters
    ----------
    labels : sequence of str
    plan : Labels
    first, step : QPointF
        Where the first one's end nearest to the axis is, and the way to the next; a step downwards
        means a column of labels that end there.
    above : bool
        Whether a row's labels stand above that line.
    strong : sequence of int
        Those to be set off; they are always written.
    """
    face, heavy = _face(), _face()
    heavy.setBold(True)
    metrics = QFontMetricsF(face)
    column = step.y() > 0
    dim, ink = theme.colour("dim"), theme.colour("text")
    chosen = [at for at in range(0, len(labels), plan.every) if not _near(at, strong, plan.every)]
    for at in (*chosen, *strong):
        marked = at in strong
        painter.setFont(heavy if marked else face)
        painter.setPen(ink if marked else dim)
        words = labels[at]
        if len(words) > SURE:
            words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, LONGEST + 2)
        end = QPointF(first.x() + at * step.x(), first.y() + at * step.y())
        if column:
            box = QRectF(end.x() - LONGEST - 8, end.y() - 9, LONGEST + 8, 18)
            painter.drawText(
                box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words
            )
        elif not plan.upright:
            box = QRectF(end.x() - LONGEST, end.y() - (18 if above else 0), 2 * LONGEST, 18)
            side = Qt.AlignmentFlag.AlignBottom if above else Qt.AlignmentFlag.AlignTop
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | side, words)
        else:
            painter.save()
            painter.translate(end)
            painter.rotate(-90)
            side = Qt.AlignmentFlag.AlignLeft if above else Qt.AlignmentFlag.AlignRight
            box = QRectF(0 if above else -LONGEST - 8, -9, LONGEST + 8, 18)
            painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, words)
            painter.restore()


def draw_ribbon(
    painter: QPainter, groups: Sequence[int], first: QPointF, step: QPointF, across: QPointF
) -> None:
    """Draw a thin strip along an axis, one colour for each segment.

    Parameters
    ----------
    groups : sequence of int
    first, step : QPointF
        Where the first token begins, and the way to the next.
    across : QPointF
        From the strip's one side to the other.
    """
    start = 0
    for at in range(1, len(groups) + 1):
        if at == len(groups) or groups[at] != groups[start]:
            one = first + step * start
            box = QRectF(one, one + step * (at - start) + across).normalized()
            painter.fillRect(box, QColor(GROUPS[groups[start] % len(GROUPS)]))
            start = at


@lru_cache(maxsize=32)
def _sizes(labels: tuple[str, ...]) -> tuple[float, float]:
    """Return the width of the widest label, as far as it is written, and the height of a line."""
    metrics = QFontMetricsF(_face())
    widest = max((metrics.horizontalAdvance(one) for one in labels), default=0.0)
    return min(widest, LONGEST), metrics.height() - 2


def _face() -> QFont:
    face = theme.font("mono")
    face.setPixelSize(theme.font("caption").pixelSize())
    return face


def _near(at: int, strong: Sequence[int], every: int) -> bool:
    """Whether a label would run into one that is set off."""
    return any(abs(at - one) < every or at == one for one in strong)
