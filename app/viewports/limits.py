"""A small window on the picture where the limits of a colour map are set by hand."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.painting import painting
from app.viewports.scale import Limits, Scale

__all__ = ["LimitsPopup"]


class LimitsPopup(QWidget):
    """Low and high end, automatic or by hand, locked as they are now, and the map turned round.

    Signals
    -------
    changed : Scale
    """

    changed = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAccessibleName("Limits of the colour map")
        self._scale, self._now = Scale(), (0.0, 1.0)
        self._low, self._high = (self._end(words) for words in ("Lowest value", "Highest value"))
        self._auto = QCheckBox("Follow the values")
        self._auto.setToolTip("The limits are those of every single picture")
        self._auto.toggled.connect(self._set_auto)
        self._lock = QPushButton("Lock")
        self._lock.setToolTip("Keep the limits as they are now")
        self._lock.clicked.connect(self._lock_now)
        self._swap = QCheckBox("Swap the ends of the map")
        self._swap.toggled.connect(self._set_swapped)
        form = QFormLayout()
        form.setSpacing(2 * theme.UNIT)
        form.addRow("Low", self._low)
        form.addRow("High", self._high)
        row = QHBoxLayout()
        row.addWidget(self._auto, 1)
        row.addWidget(self._lock)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        layout.setSpacing(2 * theme.UNIT)
        layout.addLayout(form)
        layout.addLayout(row)
        layout.addWidget(self._swap)

    def open_at(self, corner: QPoint, scale: Scale, now: Limits) -> None:
        """Show the scale and the limits of the picture now, with the top right at a global point.

        It stays within the screen.
        """
        self._scale, self._now = scale, now
        self._show()
        self.adjustSize()
        screen = self.screen().availableGeometry()
        left = min(max(corner.x() - self.width(), screen.left()), screen.right() - self.width())
        self.move(left, min(corner.y(), screen.bottom() - self.height()))
        self.show()
        self._low.setFocus(Qt.FocusReason.PopupFocusReason)
        self._low.selectAll()

    def follow(self, now: Limits) -> None:
        """Take the limits of another picture; they are shown while they are automatic."""
        self._now = now
        if self.isVisible() and self._scale.limits is None:
            self._show()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a ground with an edge, as menus have."""
        with painting(self) as painter:
            painter.fillRect(self.rect(), theme.colour("line"))
            painter.fillRect(self.rect().adjusted(1, 1, -1, -1), theme.colour("panel"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close at Enter, too."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.hide()
        else:
            super().keyPressEvent(event)

    def _end(self, name: str) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(name)
        field.setMaximumWidth(120)
        field.editingFinished.connect(self._typed)
        return field

    def _show(self) -> None:
        low, high = self._scale.limits or self._now
        for field, value in ((self._low, low), (self._high, high)):
            if not field.hasFocus() or not field.isModified():
                field.setText(f"{value:.6g}")
        for box, on in (
            (self._auto, self._scale.limits is None),
            (self._swap, self._scale.swapped),
        ):
            blocked = box.blockSignals(True)
            box.setChecked(on)
            box.blockSignals(blocked)
        self._lock.setEnabled(self._scale.limits is None)

    def _take(self, scale: Scale) -> None:
        if scale != self._scale:
            self._scale = scale
            self.changed.emit(scale)
        self._show()

    def _typed(self) -> None:
        if not (self._low.isModified() or self._high.isModified()):
            return
        for field in (self._low, self._high):
            field.setModified(False)
        try:
            low, high = float(self._low.text()), float(self._high.text())
        except ValueError:
            self._show()
            return
        if math.isfinite(low) and math.isfinite(high) and low != high:
            # Ends the wrong way round turn the map round: that is what is meant.
            turned = self._scale.swapped != (low > high)
            limits = (min(low, high), max(low, high))
            self._take(replace(self._scale, limits=limits, swapped=turned))
        else:
            self._show()

    def _set_auto(self, on: bool) -> None:
        self._take(replace(self._scale, limits=None if on else self._now))

    def _lock_now(self) -> None:
        self._take(replace(self._scale, limits=self._now))

    def _set_swapped(self, on: bool) -> None:
        self._take(replace(self._scale, swapped=on))
