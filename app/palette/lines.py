"""How an answer of the palette looks: sign, title, why it cannot be done, kind and key."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app import theme
from app.palette.entries import Entry

__all__ = ["ENTRY", "LINE", "LineDelegate"]

ENTRY = Qt.ItemDataRole.UserRole
LINE = theme.ROW
_ICON = 16
_GROUP = 136
_KEY = 96


class LineDelegate(QStyledItemDelegate):
    """Draws entries in columns, so that keys stand below each other."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Return one row."""
        return QSize(1, LINE)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw an entry."""
        entry: Entry = index.data(ENTRY)
        tokens = theme.current()
        state: QStyle.StateFlag = option.state
        box: QRect = option.rect
        marked = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        ink = tokens.on_accent if marked else tokens.text
        dim = tokens.on_accent if marked else tokens.dim
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if marked or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.accent if marked else tokens.control))
            painter.drawRoundedRect(box, theme.RADIUS, theme.RADIUS)
        inner = box.adjusted(2 * theme.UNIT, 0, -2 * theme.UNIT, 0)
        if entry.icon:
            ratio = painter.device().devicePixelRatioF()
            role = "on_accent" if marked else "dim"
            image = theme.pixmap(entry.icon, role, _ICON, ratio)
            top = inner.y() + (inner.height() - _ICON) / 2
            painter.drawPixmap(QPointF(inner.x(), top), image)
        inner.setLeft(inner.left() + _ICON + 2 * theme.UNIT)
        key = QRect(inner.right() - _KEY, inner.y(), _KEY, inner.height())
        group = QRect(key.left() - _GROUP - theme.UNIT, inner.y(), _GROUP, inner.height())
        words = QRect(inner)
        words.setRight(group.left() - theme.UNIT)
        _write(painter, key, entry.key, "caption", dim, Qt.AlignmentFlag.AlignRight)
        _write(painter, group, entry.group, "caption", dim)
        used = _write(painter, words, entry.title, "body", dim if entry.reason else ink)
        if entry.reason:
            words.setLeft(words.left() + used + 2 * theme.UNIT)
            _write(painter, words, entry.reason, "caption", dim)
        painter.restore()


def _write(
    painter: QPainter,
    room: QRect,
    words: str,
    face: theme.FontRole,
    ink: str,
    side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> int:
    """Write one line, cut where there is no more room; returns how wide it became."""
    if not words or room.width() < theme.UNIT:
        return 0
    painter.setFont(theme.font(face))
    painter.setPen(QColor(ink))
    metrics = QFontMetrics(painter.font())
    shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter), shown)
    return metrics.horizontalAdvance(shown)
