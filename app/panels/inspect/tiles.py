"""A picture in a panel that is as high as its width asks for, in tiles that can be clicked."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.painting import painting
from app.viewports.decorations import draw_focus
from app.widgets.picture import image_of
from engine.core.views import ImageView

__all__ = ["Tiles"]

TALLEST = 1.5
"""Most height to a width."""


class Tiles(QWidget):
    """Shows a view; where it is a mosaic its tiles have names and are chosen by a click or keys.

    Parameters
    ----------
    name : str
        What it shows, for those who do not see it.
    chooses : bool
        Whether there are tiles to choose from, so that the keyboard comes here.

    Signals
    -------
    chosen : int
        A tile of the mosaic.
    resized()
        Other pixels are needed.
    """

    chosen = Signal(int)
    resized = Signal()

    def __init__(self, name: str, *, chooses: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if chooses else Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self._view: ImageView | None = None
        self._image: QImage | None = None
        self._ground = ""
        self._current = 0
        self.frames = 0
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_view(self, view: ImageView | None) -> None:
        """Show a view."""
        before = self._ratio()
        self._view, self._image = view, None
        if self._ratio() != before:
            self.updateGeometry()
        self.update()

    def pixels(self) -> int:
        """Return how many pixels its longer side needs, in steps: not for every width another."""
        longest = max(self.width(), self.heightForWidth(self.width())) * self.devicePixelRatioF()
        return min(max(int(longest) // 64 * 64, 128), 2048)

    def hasHeightForWidth(self) -> bool:
        """Keep the picture's shape."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height that keeps the picture's shape."""
        return max(24, round(width * min(self._ratio(), TALLEST)))

    def sizeHint(self) -> QSize:
        """Be as wide as there is room."""
        return QSize(240, self.heightForWidth(240))

    def tile_at(self, point: QPointF) -> int | None:
        """Return which tile is under a point."""
        view, box = self._view, self._box()
        if view is None or view.tiles == (1, 1) or not box.contains(point):
            return None
        row = int((point.y() - box.top()) / box.height() * view.tiles[0])
        column = int((point.x() - box.left()) / box.width() * view.tiles[1])
        index = row * view.tiles[1] + column
        return index if index < len(view.channels) else None

    def resizeEvent(self, event: object) -> None:
        """Ask for other pixels."""
        self.resized.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a tile."""
        tile = self.tile_at(event.position())
        if tile is not None and event.button() == Qt.MouseButton.LeftButton:
            self._current = tile
            self.chosen.emit(tile)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Name the tile under the mouse."""
        tile = self.tile_at(event.position())
        if tile is not None and self._view is not None:
            QToolTip.showText(event.globalPosition().toPoint(), self._view.channels[tile], self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from tile to tile, and choose."""
        view = self._view
        if view is None or view.tiles == (1, 1):
            super().keyPressEvent(event)
            return
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -view.tiles[1],
            Qt.Key.Key_Down: view.tiles[1],
        }
        key = Qt.Key(event.key())
        if key in steps:
            self._current = min(max(self._current + steps[key], 0), len(view.channels) - 1)
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self._current)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture, and the names upon its tiles."""
        with painting(self) as painter:
            if self._view is not None:
                self._draw(painter, self._view)
            elif self.hasFocus():
                draw_focus(painter, QRectF(self.rect()))

    def _draw(self, painter: QPainter, view: ImageView) -> None:
        tokens = theme.current()
        if self._image is None or self._ground != tokens.ground:
            self._image, self._ground = image_of(view, tokens.ground_rgb()), tokens.ground
        self.frames += 1
        box = self._box()
        painter.drawImage(box, self._image)
        if view.tiles == (1, 1):
            return
        painter.setFont(theme.font("caption"))
        metrics = QFontMetricsF(painter.font())
        tall, wide = box.height() / view.tiles[0], box.width() / view.tiles[1]
        veil, ink = theme.colour("panel"), theme.colour("text")
        veil.setAlpha(200)
        for index, name in enumerate(view.channels):
            row, column = divmod(index, view.tiles[1])
            tile = QRectF(box.left() + column * wide, box.top() + row * tall, wide, tall)
            painter.setPen(QPen(theme.colour("ground"), 1))
            painter.drawRect(tile)
            words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, wide - 6)
            room = QRectF(0, 0, metrics.horizontalAdvance(words) + 6, metrics.height())
            room.moveTopLeft(tile.topLeft() + QPointF(1, 1))
            painter.fillRect(room, veil)
            painter.setPen(ink)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)
            if index == self._current and self.hasFocus():
                painter.setPen(QPen(theme.colour("accent"), 2))
                painter.drawRect(tile.adjusted(1, 1, -1, -1))

    def _ratio(self) -> float:
        if self._view is None:
            return 0.0
        height, width = self._view.data.shape[:2]
        return float(height / width)

    def _box(self) -> QRectF:
        """Return where the picture lies: as large as fits, in the middle."""
        wide = min(self.width(), self.height() / max(self._ratio(), 1e-6))
        tall = wide * self._ratio()
        return QRectF((self.width() - wide) / 2, (self.height() - tall) / 2, wide, tall)
