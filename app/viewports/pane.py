"""What all widgets have in common that show a world's pictures: they count and tell of paints."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

__all__ = ["Pane"]


class Pane(QWidget):
    """Lies under the chrome of a viewport and leaves the mouse to it.

    Signals
    -------
    drawn()
        A view that had not been seen before has been painted.

    Attributes
    ----------
    paints : int
        How often it was painted: for new views, and for old ones seen from elsewhere.
    """

    drawn = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.paints = 0
        self._fresh = False  # whether a view waits that was not painted yet
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def _was_painted(self) -> None:
        """Count a paint; tell of it if it was the first one of a view."""
        self.paints += 1
        if self._fresh:
            self._fresh = False
            self.drawn.emit()
