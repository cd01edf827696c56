"""The pieces of the chrome that floats on the picture: panels, buttons, chips."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app import theme
from app.keys import tell_keys
from app.painting import painting

__all__ = ["ChromeButton", "FloatingPanel", "icon_or", "with_key"]

VEIL = 232
ICON = 16


def with_key(words: str, key: str) -> str:
    """Write a tooltip: what it does and the key for it, which is always the same.

    Keys of actions can be changed: a button that has one names the action instead.
    """
    return f"{words}  ({key})" if key else words


def icon_or(name: str, otherwise: str) -> str:
    """Return an icon's name if we ship it: a plugin may name one that we do not."""
    import resources

    return name if (resources.ROOT / "icons" / f"{name}.svg").is_file() else otherwise


@lru_cache(maxsize=64)
def _ground(size: tuple[int, int], ratio: float, look: str) -> QPixmap:
    """Draw a panel's ground once: under a running world it is shown for every picture."""
    del look  # the theme in force, part of the key
    pixmap = QPixmap(*(math.ceil(side * ratio) for side in size))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    veil = theme.colour("panel")
    veil.setAlpha(VEIL)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.colour("line"), 1))
    painter.setBrush(veil)
    box = QRectF(0.5, 0.5, size[0] - 1, size[1] - 1)
    painter.drawRoundedRect(box, theme.RADIUS + 2, theme.RADIUS + 2)
    painter.end()
    return pixmap


@lru_cache(maxsize=512)
def _advance(words: str) -> int:
    # The heavier face is the wider one: checking a button must not move its neighbours.
    return QFontMetrics(theme.font("strong")).horizontalAdvance(words)


class FloatingPanel(QWidget):
    """A translucent ground that stays readable on any picture.

    The mouse does not reach the picture through it; `entered` tells that the cursor left that.
    """

    entered = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        ground = _ground(self.size().toTuple(), self.devicePixelRatioF(), theme.current().name)
        with painting(self) as painter:
            painter.drawPixmap(0, 0, ground)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Say that the cursor is here."""
        self.entered.emit()
        super().enterEvent(event)


class ChromeButton(QAbstractButton):
    """A button with an icon, words, or both; the one button of the whole chrome.

    Parameters
    ----------
    icon : str
        Lucide name; "" for none.
    words : str
        Shown beside the icon; also the accessible name unless one is given.
    tone : str
        Token of the icon while checked.
    filled : bool
        Whether the checked button is filled with its tone.
    outlined : bool
        Whether it wears its tone as an outline while unchecked.
    menu : bool
        Whether it shows the sign of a menu.
    action : str
        Ids of actions that do the same, parted by spaces: their keys stand in its tooltip.
    """

    def __init__(
        self,
        icon: str,
        words: str = "",
        *,
        name: str = "",
        tip: str = "",
        tone: str = "accent",
        filled: bool = False,
        outlined: bool = False,
        checkable: bool = False,
        menu: bool = False,
        size: int = theme.ROW,
        action: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        tell_keys(self, action)
        self._icon, self._words, self._widest = icon, words, words
        self._tone, self._filled, self._outlined, self._menu = tone, filled, outlined, menu
        self._size = size
        self._look: tuple[object, ...] = ()
        self._picture = QPixmap()
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        # Qt repaints it when the cursor comes and goes, and `KeyGuard` keeps Space for it: an
        # `event` of ours would run at everything that happens to a hundred buttons.
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(name or words)
        self.setToolTip(tip or name or words)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_icon(self, icon: str) -> None:
        """Show another icon."""
        if icon != self._icon:
            self._icon = icon
            self.update()

    def set_words(self, words: str) -> None:
        """Show other words; the button only grows, so that nothing beside it jumps."""
        if words != self._words:
            self._words = words
            if _advance(words) > _advance(self._widest):
                self._widest = words
            self.updateGeometry()
            self.update()

    def reserve(self, words: str) -> None:
        """Make room for the longest words it will have to show."""
        self._widest = words
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the size of icon and words."""
        width = self._size
        if self._words:
            width = 20 + _advance(self._widest)
            width += (ICON + 6 if self._icon else 0) + (14 if self._menu else 0)
        elif self._menu:
            width += 10
        return QSize(width, self._size)

    def minimumSizeHint(self) -> QSize:
        """Never squeeze."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground, icon, words and focus ring."""
        ratio = self.devicePixelRatioF()
        if self._words or ratio != int(ratio):  # words are sharper on what lies below
            with painting(self) as painter:
                self._draw(painter)
            return
        look = (
            *(self.size().toTuple(), ratio, theme.current().name, self._icon, self._menu),
            *(self._tone, self._filled, self._outlined, self.isEnabled(), self.isChecked()),
            *(self.underMouse(), self.isDown(), self.hasFocus()),
        )
        if self._look != look:
            self._look, self._picture = look, self._drawn(ratio)
        with painting(self) as painter:
            painter.drawPixmap(0, 0, self._picture)

    def _drawn(self, ratio: float) -> QPixmap:
        """Draw it once: over a running world it is shown with every picture."""
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self._draw(painter)
        painter.end()
        return picture

    def _draw(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        ink = self._paint_ground(painter, box)
        x = (self._size - ICON) / 2
        if self._words:
            # What is reserved for longer words lies on both sides, but for a menu's sign.
            spare = _advance(self._widest) - _advance(self._words)
            x = 10.0 + (0 if self._menu else spare / 2)
        if self._icon:
            ratio = self.devicePixelRatioF()
            image = theme.pixmap(self._icon, ink, ICON, ratio)
            painter.drawPixmap(QPointF(x, (self.height() - ICON) / 2), image)
            x += ICON + 6
        if self._words:
            painter.setFont(self._face())
            painter.setPen(theme.colour(ink))
            room = QRectF(x, 0, self.width() - x - (20 if self._menu else 8), self.height())
            centre = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(room, centre, self._words)
        if self._menu:
            image = theme.pixmap("chevron-down", "dim", 12, self.devicePixelRatioF())
            at = QPointF(self.width() - (18 if self._words else 14), (self.height() - 12) / 2)
            painter.drawPixmap(at, image)

    def _paint_ground(self, painter: QPainter, box: QRectF) -> str:
        """Draw what lies behind, and name the token that is readable on it."""
        tone = theme.colour(self._tone)
        ground = QColor(Qt.GlobalColor.transparent)
        edge = QColor(Qt.GlobalColor.transparent)
        ink = "text" if self._icon and not self._words else "dim"
        if not self.isEnabled():
            ink = "line" if not self._words else "dim"
        elif self.isChecked() and self._filled:
            ground, ink = tone, "on_accent"
        elif self._outlined:
            ground = QColor(tone)
            ground.setAlpha(72 if self.underMouse() else 44)
            edge, ink = tone, self._tone
        elif self.isChecked():
            ground = theme.colour("control")
            edge = theme.colour("line")
            ink = self._tone if self._icon else "text"
        elif self.underMouse() or self.isDown():
            ground = theme.colour("control")
            ink = "text"
        if self.hasFocus():
            # Upon a ground of the accent it would not be seen.
            edge = theme.colour("text" if ground == tone or self._outlined else "accent")
        painter.setPen(QPen(edge, 1) if edge.alpha() else Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, theme.RADIUS, theme.RADIUS)
        return ink

    def _face(self) -> QFont:
        return theme.font("strong" if self.isChecked() or self._outlined else "body")
