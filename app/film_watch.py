"""Films under way: listed with the time they take, and noted so that a crash loses none."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from app.film_costs import bytes_in_words, time_in_words
from app.shell import Shell
from app.world import World
from engine.core.activity import Activity
from engine.core.commands import RecordingState, RunnerState, StopRecording
from engine.core.errors import Cancelled

__all__ = ["FilmWatch", "film_in_words", "install"]

HEAD = 2**14  # bytes


def install(shell: Shell) -> FilmWatch:
    """Watch over the films of a window."""
    return FilmWatch(shell)


class FilmWatch(QObject):
    """Keeps an activity for every film, and the name of its part among the settings."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self._under_way: dict[World, tuple[Activity, str]] = {}
        shell.lab.opened.connect(self._follow)
        shell.lab.closed.connect(self._ended)
        shell.jobs.under_way.cancelled.connect(self._cancelled)

    def close(self) -> None:
        """Let go of the films, which their worlds finish; their parts stay noted until then.

        A part that is gone by the next start was finished.
        """
        for activity, _ in self._under_way.values():
            activity.finish()
        self._under_way.clear()

    def _follow(self, world: World) -> None:
        world.state_changed.connect(self._state_changed)

    def _state_changed(self, state: RunnerState) -> None:
        world = self.sender()
        if not isinstance(world, World):
            return
        film = state.recording
        if film is None:
            self._ended(world)
            return
        if world not in self._under_way:
            self._begin(world, film)
        activity, _ = self._under_way[world]
        try:
            activity.progress(film.frames, film.planned, film_in_words(film, elapsed=False))
        except Cancelled:
            return

    def _begin(self, world: World, film: RecordingState) -> None:
        activity = Activity(f"Recording {film.path.name}", stop="Finish")
        part = str(film.part.absolute()) if film.part is not None else ""
        self._under_way[world] = (activity, part)
        self._shell.jobs.under_way.add(activity)
        if part:
            self._note([*self._shell.settings.unfinished, part])

    def _ended(self, world: World) -> None:
        activity, part = self._under_way.pop(world, (None, ""))
        if activity is not None:
            activity.finish()
        # On a full disk the part stays behind, and so does its name: the next start offers it.
        if part and not Path(part).exists():
            self._note([one for one in self._shell.settings.unfinished if one != part])

    def _note(self, parts: list[str]) -> None:
        self._shell.settings.unfinished = list(dict.fromkeys(parts))
        self._shell.save_settings()

    def _cancelled(self, activity: Activity) -> None:
        for world, (own, _) in self._under_way.items():
            if own is activity:
                world.submit(StopRecording())


def film_in_words(film: RecordingState, *, elapsed: bool = True) -> str:
    """Say how far a film is: frames, bytes, what they will be, and how long it goes on.

    What stands in a list that tells the time itself leaves `elapsed` out.
    """
    words = f"{film.frames:,}"
    if film.planned is not None:
        words += f" of {film.planned:,}"
    words += f" frames, {bytes_in_words(film.bytes)}"
    # An encoder holds the first frames back: a head alone does not tell how large the film will be.
    if film.planned is not None and film.frames >= 2 and film.bytes > HEAD:
        words += f" of about {bytes_in_words(film.bytes / film.frames * film.planned)}"
    return f"{words}, {time_in_words(film.elapsed)}" if elapsed else words
