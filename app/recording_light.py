"""The button that tells of a film of the selected world, and ends it."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from app.film_watch import film_in_words
from app.keys import tell_keys
from engine.core.commands import RunnerState

__all__ = ["RecordingLight"]


class RecordingLight(QPushButton):
    """Seen while the selected world is filmed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("recording")
        self.setToolTip("Stop recording and finish the file")
        tell_keys(self, "record.stop")
        self.hide()

    def set_state(self, state: RunnerState | None) -> None:
        """Show the film of a world; None where no world is open."""
        film = state.recording if state is not None else None
        self.setVisible(film is not None)
        if film is not None:
            self.setText(f"Recording {film_in_words(film)}")
