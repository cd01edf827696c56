"""While a film is being chosen: about how large it will be and how long it will take."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from app.dialogs.record import RecordDialog
from app.fronts import Front
from app.jobs import Jobs
from engine.core.activity import Activity
from engine.core.commands import Record, Reply, Snapshot
from engine.core.views import View

__all__ = ["FilmCosts", "bytes_in_words", "time_in_words"]

PAUSE_MS = 250
"""After the last change, before it is judged anew."""
AGAIN_MS = 1200
"""Until another look at a world that lives: what changes from frame to frame decides the size."""
VIEWS = 3


class FilmCosts(QObject):
    """Looks at the world now and then, encodes what it saw and tells the dialog.

    Parameters
    ----------
    dialog : RecordDialog
    fronts : sequence of Front
        What can be filmed; the dialog says which.
    jobs : Jobs
    """

    def __init__(self, dialog: RecordDialog, fronts: Sequence[Front], jobs: Jobs) -> None:
        super().__init__(dialog)
        self._dialog, self._fronts, self._jobs = dialog, fronts, jobs
        self._front = fronts[dialog.world()]
        self._views: deque[View] = deque(maxlen=VIEWS)
        self._seen = ""
        self._working: Activity | None = None
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self._look)
        dialog.changed.connect(self._later)
        dialog.finished.connect(self._end)
        self._later()

    def _later(self) -> None:
        self._timer.start(PAUSE_MS)

    def _end(self) -> None:
        self._timer.stop()
        self._dialog.changed.disconnect(self._later)
        if self._working is not None:
            self._working.cancel()

    def _look(self) -> None:
        if self._working is not None:
            self._timer.start(PAUSE_MS)
            return
        choice = self._dialog.choice()
        seen = f"{choice.size} {choice.legend} {self._dialog.world()}"
        if seen != self._seen:
            self._seen = seen
            self._front = self._fronts[self._dialog.world()]
            self._views.clear()
        request = self._front.request(choice.size)
        self._front.world.do(Snapshot(self._front.name, request), self._taken)

    def _taken(self, reply: Reply) -> None:
        view = reply.value
        if not isinstance(view, View) or not self._dialog.isVisible():
            return
        if not self._views or view.step > self._views[-1].step:
            self._views.append(view)
        choice, views = self._dialog.choice(), list(self._views)
        ending = choice.ending if choice.ending != "/" else ""
        request = self._front.request(choice.size)
        command = choice.command(Path(f"film{ending}"), request, (255, 255, 255), self._front.name)

        def work(activity: Activity) -> str:
            from engine.media.trial import try_out

            trial = try_out(command, views)
            activity.check()
            frames = command.frames or round(60 * command.fps)
            words = f"about {bytes_in_words(trial.bytes(frames, command.fps))}"
            if command.frames is None:
                return f"{words} a minute of film"
            tick = 0.0 if command.still else self._tick(command)
            return f"{words}, takes about {time_in_words(trial.time(frames, tick))}"

        self._working = self._jobs.start(work, self._tell, self._refused)

    def _tick(self, command: Record) -> float:
        """Return the seconds that the world needs from one frame to the next."""
        state = self._front.world.state
        speed = state.steps_per_second or (state.speed or 0.0)
        return command.every / speed if speed > 0 else 0.0

    def _tell(self, words: str) -> None:
        self._working = None
        self._dialog.set_cost(words)
        playing = self._front.world.state.playing
        if self._dialog.isVisible() and playing and len(self._views) < VIEWS:
            self._timer.start(AGAIN_MS)

    def _refused(self, error: Exception) -> None:
        self._working = None
        self._dialog.set_cost(str(error))


def bytes_in_words(count: float) -> str:
    """Say how many bytes."""
    for unit, size in (("GB", 2**30), ("MB", 2**20)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{max(1, round(count / 1024)):,} kB"


def time_in_words(seconds: float) -> str:
    """Say how long."""
    if seconds < 1:
        return "a second"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
