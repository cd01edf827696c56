"""Let widgets come and go within 120 ms, or at once where the user wants no motion."""

from __future__ import annotations

from PySide6.QtCore import QObject, QVariantAnimation
from PySide6.QtWidgets import QApplication, QGraphicsOpacityEffect, QStyle, QWidget

__all__ = ["Fade"]

DURATION_MS = 120


class Fade(QObject):
    """Fades some widgets together.

    The opacity effect is there during the fade only: it draws everything twice.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._widgets: list[QWidget] = []
        self._shown = True
        self._motion = QVariantAnimation(self)
        self._motion.valueChanged.connect(self._paint)
        self._motion.finished.connect(self._settle)

    def add(self, widget: QWidget) -> None:
        """Take care of one more."""
        self._widgets.append(widget)
        widget.setVisible(self._shown)

    def show(self) -> None:
        """Let them come."""
        if not self._shown:
            self._shown = True
            for widget in self._widgets:
                widget.show()
            self._run(1.0)

    def hide(self) -> None:
        """Let them go."""
        if self._shown:
            self._shown = False
            self._run(0.0)

    def _run(self, goal: float) -> None:
        hint = QStyle.StyleHint.SH_Widget_Animation_Duration
        allowed = QApplication.style().styleHint(hint)
        self._motion.stop()
        self._motion.setDuration(min(DURATION_MS, max(allowed, 0)))
        self._motion.setStartValue(1.0 - goal)
        self._motion.setEndValue(goal)
        self._motion.start()

    def _paint(self, opacity: float) -> None:
        for widget in self._widgets:
            effect = widget.graphicsEffect()
            if not isinstance(effect, QGraphicsOpacityEffect):
                effect = QGraphicsOpacityEffect(widget)
                widget.setGraphicsEffect(effect)
            effect.setOpacity(opacity)

    def _settle(self) -> None:
        for widget in self._widgets:
            widget.setGraphicsEffect(None)  # type: ignore[arg-type]
            widget.setVisible(self._shown)
