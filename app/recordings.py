"""Recording films and frames of what is in front."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app import theme
from app.asking import Asking, stem
from app.dialogs.record import RecordDialog
from app.dialogs.sizes import even, film_sizes
from app.film_costs import FilmCosts
from app.films import Films
from app.fronts import Front, FrontView, Looking, front_of
from app.jobs import Jobs
from app.lab import Lab
from app.orders import Order, read_order
from app.settings import Settings
from app.world import World
from engine.core.commands import Play, Record, StopRecording
from engine.core.errors import BadInput, UserError
from engine.core.sidecar_files import sidecar_of
from engine.core.views import ImageView

__all__ = ["Recordings"]

NOTHING = "There is no picture of this world to record yet"
LARGEST = 4096  # pixels of a side


class Recordings(QObject):
    """Starts and ends recordings.

    Attributes
    ----------
    films : Films
        Tells of those under way.
    compared : callable
        Gives both worlds of the comparison in front, and the place of the one that is meant; none
        where no comparison is in front.

    Signals
    -------
    said : str, str, object
        As of `app.filing.Filing`.
    failed : object
    """

    said = Signal(str, str, object)
    failed = Signal(object)

    def __init__(
        self,
        lab: Lab,
        jobs: Jobs,
        asking: Asking,
        settings: Settings,
        looking: Looking,
        front: FrontView,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._lab, self._jobs, self._asking, self._settings = lab, jobs, asking, settings
        self._looking, self._front, self._window = looking, front, window
        self._dialog: RecordDialog | None = None
        self._fronts: Sequence[Front] = ()  # what the dialog can film
        self.compared: Callable[[], tuple[Sequence[Front], int]] = lambda: ((), 0)
        self._to_tell: set[Path] = set()  # films beside which is told how they were made
        self.films = Films(lab, self)
        self.films.completed.connect(self._recorded)
        lab.closed.connect(self._closed)

    def start(self, argument: str = "") -> None:
        """Record; a script gives FILE [FRAMES [EVERY [DEGREES of a turn per frame]]] and options.

        With EVERY 0 time stands still, and unless a turn is given the eye goes round once. The
        options: size=WxH, fps=N, quality=small|good|best, 444, transparent, legend, from-reset,
        no-sidecar, and world=a|b where a comparison is in front: one of its worlds is filmed.
        """
        fronts, place = self.compared()
        if not fronts:
            front = front_of(self._lab.world, self._front(), self._looking)
            fronts = [front] if front is not None else []
        if not fronts:
            self.failed.emit(BadInput(NOTHING))
            return
        if not argument:
            if self._dialog is not None:
                self._dialog.raise_()
            else:
                self._ask(fronts, place)
            return
        try:
            self._begin(*self._scripted(fronts, place, argument))
        except UserError as error:
            self.failed.emit(error)

    def stop(self, argument: str = "") -> None:
        """Finish the film."""
        world = self._lab.filmed or self._lab.world
        if world is not None:
            world.submit(StopRecording())

    def _begin(self, world: World, command: Record) -> None:
        if command.size is not None and max(command.size) > LARGEST:
            width, height = command.size
            raise BadInput(
                f"a film of {width} x {height} pixels is too large",
                path=command.path,
                remedy=f"Use up to {LARGEST} pixels a side",
            )
        world.submit(command)
        self._to_tell.discard(command.path)
        if command.sidecar:
            self._to_tell.add(command.path)
        if not (world.state.playing or command.still):
            self.said.emit(
                "Time stands still: the film goes on when the world runs",
                "train",
                ("Play", lambda: world.submit(Play())),
            )

    def _scripted(self, fronts: Sequence[Front], place: int, argument: str) -> tuple[World, Record]:
        words = ("444", "transparent", "legend", "from-reset", "no-sidecar")
        order = read_order(argument, 3, ("size", "fps", "quality", "world"), words)
        front = fronts[_place(order, place, len(fronts))]
        numbers = order.numbers
        still = front.solid and len(numbers) > 1 and numbers[1] == 0
        turn = 360.0 / max(1, numbers[0]) if still else 0.0
        flat = isinstance(front.view, ImageView)
        size = order.size() or (None if flat else even(front.window))
        quality = order.values.get("quality", "good")
        return front.world, Record(
            order.path,
            view=front.name,
            request=front.request(size or front.window),
            size=size,
            fps=_rate(order),
            frames=numbers[0] if numbers else None,
            every=numbers[1] if len(numbers) > 1 and not still else 1,
            from_reset="from-reset" in order.words,
            ground=theme.current().ground_rgb(),
            turn=float(numbers[2]) if front.solid and len(numbers) > 2 else turn,
            still=still,
            quality="small" if quality == "small" else "best" if quality == "best" else "good",
            full_chroma="444" in order.words,
            transparent="transparent" in order.words,
            legend="legend" in order.words,
            sidecar="no-sidecar" not in order.words,
        )

    def _ask(self, fronts: Sequence[Front], place: int) -> None:
        front = fronts[place]
        flat = isinstance(front.view, ImageView)
        sizes = film_sizes(front.view, front.window)
        dialog = RecordDialog(
            sizes,
            1 if flat else 0,
            solid=front.solid,
            clear=front.clear,
            worlds=[front.world.title for front in fronts],
            world=place,
            parent=self._window,
        )
        dialog.recall(self._settings.film)
        self._dialog, self._fronts = dialog, fronts
        dialog.finished.connect(self._answered)
        dialog.open()
        FilmCosts(dialog, fronts, self._jobs)

    def _closed(self, world: World) -> None:
        if self._dialog is not None and any(front.world is world for front in self._fronts):
            self._dialog.reject()

    def _answered(self, result: int) -> None:
        dialog, fronts = self._dialog, self._fronts
        self._dialog, self._fronts = None, ()
        if dialog is None:
            return
        dialog.deleteLater()
        if not result:
            return
        choice, front = dialog.choice(), fronts[dialog.world()]
        self._settings.film = dialog.memento()
        if choice.ending == "/":
            folder = self._asking.for_folder("Folder for the frames")
            path = folder / f"{stem(front.world)}-frames" if folder is not None else None
        else:
            kinds = {f"Film (*{choice.ending})": choice.ending}
            path = self._asking.to_save("", stem(front.world) + choice.ending, kinds)
        if path is None:
            return
        request = front.request(choice.size)
        command = choice.command(path, request, theme.current().ground_rgb(), front.name)
        try:
            self._begin(front.world, command)
        except UserError as error:
            self.failed.emit(error)

    def _recorded(self, path: Path) -> None:
        self._settings.folder = str(path.parent)
        words, role = f"Recorded {path.name}", "accent"
        if path in self._to_tell and not sidecar_of(path).exists():
            words, role = f"{words}, but not how it was made: the world is too large", "train"
        self._to_tell.discard(path)
        self.said.emit(words, role, None)


def _place(order: Order, meant: int, count: int) -> int:
    named = order.values.get("world")
    if named is None:
        return meant
    if count < 2 or named.lower() not in ("a", "b"):
        raise BadInput(
            f"there is no world {named!r} in front",
            remedy="Write world=a or world=b, with a comparison in front",
        )
    return "ab".index(named.lower())


def _rate(order: Order) -> float:
    try:
        return float(order.values.get("fps", "30"))
    except ValueError:
        raise BadInput("fps is not a number", remedy="Write fps=25") from None
