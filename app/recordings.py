"""Recording films and frames of the selected world."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app import theme
from app.asking import Asking, name_and_numbers, stem
from app.dialogs.record import RecordDialog
from app.dialogs.sizes import even, film_sizes
from app.films import Films
from app.lab import Lab
from app.pictures import Looking, request_for, shown_view
from app.settings import Settings
from app.world import World
from engine.core.commands import Play, Record, StopRecording
from engine.core.errors import BadInput
from engine.core.views import Eye, MeshView, View

__all__ = ["Recordings"]


class Recordings(QObject):
    """Starts and ends recordings.

    Signals
    -------
    said : str, str, object
        As of `app.filing.Filing`.
    failed : object
    """

    said = Signal(str, str, object)
    failed = Signal(object)

    def __init__(
        self, lab: Lab, asking: Asking, settings: Settings, looking: Looking, window: QWidget
    ) -> None:
        super().__init__(window)
        self._lab, self._asking, self._settings = lab, asking, settings
        self._looking, self._window = looking, window
        self._films = Films(lab, self)
        self._films.completed.connect(self._recorded)

    def start(self, argument: str = "") -> None:
        """Record; a script gives FILE [FRAMES [EVERY [DEGREES of a turn per frame]]].

        With EVERY 0 time stands still, and unless a turn is given the eye goes round once.
        """
        world = self._lab.world
        view = shown_view(world)
        if world is None or view is None:
            self.failed.emit(BadInput("There is no picture of this world to record yet"))
            return
        eye, window = self._looking()
        if argument:
            command = self._scripted(world, view, eye, even(window), argument)
        else:
            found = self._ask(world, view, eye, window)
            if found is None:
                return
            command = found
        world.submit(command)
        if not (world.state.playing or command.still):
            self.said.emit(
                "Time stands still: the film goes on when the world runs",
                "train",
                ("Play", lambda: world.submit(Play())),
            )

    def stop(self, argument: str = "") -> None:
        """Finish the film."""
        self._lab.submit(StopRecording())

    def _scripted(
        self, world: World, view: View, eye: Eye, size: tuple[int, int], argument: str
    ) -> Record:
        name, numbers = name_and_numbers(argument, 3)
        solid = isinstance(view, MeshView)
        still = solid and len(numbers) > 1 and numbers[1] == 0
        turn = 360.0 / max(1, numbers[0]) if still else 0.0
        return Record(
            Path(name),
            request=request_for(world, view, eye, size),
            size=size if solid else None,
            frames=numbers[0] if numbers else None,
            every=numbers[1] if len(numbers) > 1 and not still else 1,
            ground=theme.current().ground_rgb(),
            turn=float(numbers[2]) if solid and len(numbers) > 2 else turn,
            still=still,
        )

    def _ask(self, world: World, view: View, eye: Eye, window: tuple[int, int]) -> Record | None:
        solid = isinstance(view, MeshView)
        sizes = film_sizes(view, window)
        dialog = RecordDialog(sizes, 0 if solid else 1, solid=solid, parent=self._window)
        accepted, choice = dialog.exec(), dialog.choice()
        dialog.deleteLater()
        if not accepted:
            return None
        if choice.ending == "/":
            folder = self._asking.for_folder("Folder for the frames")
            path = folder / f"{stem(world)}-frames" if folder is not None else None
        else:
            kinds = {f"Film (*{choice.ending})": choice.ending}
            path = self._asking.to_save("", stem(world) + choice.ending, kinds)
        if path is None:
            return None
        request = request_for(world, view, eye, choice.size)
        return choice.command(path, request, theme.current().ground_rgb())

    def _recorded(self, path: Path) -> None:
        self._settings.folder = str(path.parent)
        self.said.emit(f"Recorded {path.name}", "accent", None)
