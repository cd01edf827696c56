"""Files in and out of the window: open, drop, save, export, picture, film.

Reading and everything else that may last happens off the window's thread; a file that cannot be
used leaves the world as it was and is told in one sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from app import theme
from app.dialogs.picture import PictureDialog
from app.dialogs.record import RecordDialog
from app.dialogs.target import TargetDialog, minutes_text
from app.dropping import Plan, plan_file
from app.films import Films
from app.jobs import Jobs
from app.lab import Lab, World
from app.settings import Settings
from engine import openers
from engine.core import registry
from engine.core.activity import Activity
from engine.core.commands import (
    ExportFile,
    Load,
    Rebuild,
    Record,
    Reply,
    RunnerState,
    Save,
    Snapshot,
    StopRecording,
)
from engine.core.errors import BadInput, about
from engine.core.spec import Asset, Spec
from engine.core.system import Scope, Targetable, TargetOption
from engine.core.views import ImageView, ViewRequest

__all__ = ["Filing"]

PICTURES = "Pictures ({})".format(" ".join(f"*{end}" for end in openers.endings("image")))
MODELS = "Models and worlds ({})".format(
    " ".join(f"*{end}" for end in openers.endings("model", "world", "published"))
)


@dataclass(frozen=True)
class _Offer:
    """A picture that was read, and how its system would learn it."""

    path: Path
    slug: str
    target: Asset
    options: tuple[TargetOption, ...]


class Filing(QObject):
    """Every way of a file into and out of the lab.

    Signals
    -------
    said : str, str, object
        Message, role ("accent", "info", "train") and an action (words, callable) or None.
    failed : object
        The exception that kept a file from being used.
    recent_changed
    """

    said = Signal(str, str, object)
    failed = Signal(object)
    recent_changed = Signal()

    def __init__(self, lab: Lab, jobs: Jobs, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._lab = lab
        self._jobs = jobs
        self._settings = settings
        self._window = window
        self._offer: _Offer | None = None
        self._snapshots: dict[int, tuple[Path | None, int, bool]] = {}
        self._taught: dict[int, tuple[Path, str]] = {}
        self._opening: dict[World, Path] = {}
        self._films = Films(lab, self)
        self._films.completed.connect(self._recorded)
        lab.opened.connect(self._follow)
        lab.closed.connect(self._forget)

    # Into the lab.

    def open(self, argument: str = "") -> None:
        """Open a file; without a name ask for one."""
        path = (
            Path(argument) if argument else self._ask_open(f"{PICTURES};;{MODELS};;All files (*)")
        )
        if path is not None:
            self.take(plan_file(path, self._lab))

    def choose_target(self, argument: str = "") -> None:
        """Choose the picture that the selected world learns, then how."""
        if not argument and self._offer is not None and self._lab.world is not None:
            current = self._lab.world.state.spec.target
            if current is not None and current == self._offer.target:
                self.ask_size()
                return
        path = Path(argument) if argument else self._ask_open(PICTURES)
        if path is not None:
            self.take(plan_file(path, self._lab))

    def take(self, plan: Plan) -> None:
        """Carry out what was said about a drop."""
        if plan.deed == "refuse":
            self.failed.emit(BadInput(plan.problem, remedy=plan.remedy))
        elif plan.deed == "preset":
            self._lab.open_preset(plan.slug, plan.preset)
        elif plan.deed in ("target", "new-target"):
            self._read_target(plan)
        elif plan.path is not None:
            path = plan.path
            if plan.deed == "published":
                self._read_names(path)
                return
            like = self._world_in_front()
            self._jobs.start(
                lambda activity: openers.open_model(path, like),
                self._open_model,
                self._refuser(path),
            )

    def _world_in_front(self) -> Spec | None:
        """Describe the world that lives in front as it is now."""
        world = self._lab.world
        if world is None or not world.state.alive:
            return None
        return world.state.spec.with_(params=dict(world.params), seed=world.state.seed)

    def _read_names(self, path: Path) -> None:
        def done(names: tuple[str, ...]) -> None:
            name = names[0]
            if len(names) > 1:
                title, words = path.name, f"It holds {len(names)} models"
                name, accepted = QInputDialog.getItem(self._window, title, words, names, 0, False)
                if not accepted:
                    return
            self._jobs.start(
                lambda activity: openers.open_published(path, name),
                self._open_model,
                self._refuser(path),
            )

        self._jobs.start(lambda activity: openers.published_names(path), done, self._refuser(path))

    def _refuser(self, path: Path) -> Callable[[Exception], None]:
        """Make what tells why a file cannot be used; a sentence without a name gets the file's."""

        def refuse(error: Exception) -> None:
            self.failed.emit(about(error, path))

        return refuse

    def _read_target(self, plan: Plan) -> None:
        path, slug, device = plan.path, plan.slug, self._lab.device
        assert path is not None

        def work(activity: Activity) -> _Offer:
            target = openers.open_target(path)
            system = registry.system_class(slug)
            options: tuple[TargetOption, ...] = ()
            if issubclass(system, Targetable):
                options = system.target_options(target, device)
            return _Offer(path, slug, target, options or (TargetOption("as it is", {}),))

        def done(offer: _Offer) -> None:
            self._offer = offer
            best = next((o for o in offer.options if o.recommended), offer.options[0])
            self._teach(best, new=plan.deed == "new-target")

        self._jobs.start(work, done, self._refuser(path))

    def ask_size(self) -> None:
        """Offer the other ways to learn the picture that was taken last, with their times."""
        offer = self._offer
        if offer is None:
            self.choose_target()
            return
        fields = registry.entry(offer.slug).fields
        choices = [f for f in fields if f.kind == "choice" and f.name.startswith("background")]
        dialog = TargetDialog(offer.target, offer.options, choices, self._window)
        if dialog.exec():
            self._teach(dialog.option(), new=False)
        dialog.deleteLater()

    def _teach(self, option: TargetOption, *, new: bool) -> None:
        offer, world = self._offer, self._lab.world
        assert offer is not None
        minutes = minutes_text(option.minutes)
        words = f"Ready to learn {offer.target.name}, {option.label}"
        words += f", {minutes}. Press Train (T)." if minutes else ". Press Train (T)."
        spec = Spec(offer.slug, params=option.params, device=self._lab.device, target=offer.target)
        # What was learned and not saved is not overwritten: the picture gets a world of its own.
        if new or world is None or world.slug != offer.slug or world.unsaved:
            world = self._lab.open(spec, offer.path.stem, careful=True)
            self._opening[world] = offer.path
            self._say_ready(words)
        else:
            old = world.state.spec
            params = {**old.params, **option.params}
            number = world.rebuild(old.with_(params=params, target=offer.target, model=None))
            self._taught[number] = (offer.path, words)

    def _say_ready(self, words: str) -> None:
        self.said.emit(words, "info", ("Other sizes...", self.ask_size))

    def _open_model(self, opened: openers.Opened) -> None:
        spec = opened.spec.with_(device=self._lab.device)
        # A state is a life of its own: it is put beside the world in front, not in its place.
        beside = opened.state is not None
        world = self._lab.open(spec, opened.title, careful=True, replace=not beside)
        if opened.state is not None:
            world.submit(Load(opened.state))
        for note in opened.notes:
            self.said.emit(note, "info", None)
        self._opening[world] = opened.path

    # Out of the lab.

    def save(self, scope: Scope, argument: str = "") -> None:
        """Save the selected world as a checkpoint of one scope."""
        world = self._lab.world
        if world is None:
            return
        path = self._ask_save(
            argument, f"{_stem(world)}.safetensors", {"Models (*.safetensors)": ".safetensors"}
        )
        if path is not None and self._ends(path, ".safetensors"):
            world.submit(Save(path, scope))

    def export(self, argument: str = "") -> None:
        """Write a file of the system's own kind."""
        world = self._lab.world
        can = world.state.capabilities if world is not None else None
        if world is None or can is None:
            return
        if not can.exports:
            self.failed.emit(BadInput("This system has no files of its own kind", remedy="Save it"))
            return
        kinds = {f"{title} (*{ending})": ending for ending, title in can.exports}
        path = self._ask_save(argument, _stem(world) + can.exports[0][0], kinds)
        if path is not None:
            world.submit(ExportFile(path))

    def picture(self, argument: str = "") -> None:
        """Save the world as a PNG; a script gives FILE or FILE SCALE."""
        world = self._lab.world
        view = world.views.get("world") if world is not None else None
        if world is None or not isinstance(view, ImageView):
            self.failed.emit(BadInput("There is no picture of this world yet"))
            return
        scale, transparent, path = 4, True, None
        if argument:
            name, numbers = _name_and_numbers(argument, 1)
            path, scale = Path(name), min(max(numbers[0] if numbers else 4, 1), 8)
        else:
            dialog = PictureDialog(view.extent, view.data.shape[-1] == 4, self._window)
            accepted = dialog.exec()
            scale, transparent = dialog.scale(), dialog.transparent()
            dialog.deleteLater()
            if accepted:
                path = self._ask_save("", f"{_stem(world)}.png", {"PNG pictures (*.png)": ".png"})
        if path is not None and self._ends(path, ".png"):
            self._snap(world, view, path, scale, transparent)

    def copy_picture(self, argument: str = "") -> None:
        """Copy the world to the clipboard at four pixels a cell, or fewer for large worlds."""
        world = self._lab.world
        view = world.views.get("world") if world is not None else None
        if world is not None and isinstance(view, ImageView):
            self._snap(world, view, None, 4 if max(view.extent) <= 1024 else 1, False)

    def _snap(
        self, world: World, view: ImageView, path: Path | None, scale: int, transparent: bool
    ) -> None:
        request = world.request("world") or ViewRequest()
        whole = ViewRequest(
            channels=request.channels,
            reduce=request.reduce,
            limits=request.limits,
            max_size=max(view.extent),
        )
        number = world.submit(Snapshot("world", whole))
        self._snapshots[number] = (path, scale, transparent)

    def _write_picture(self, view: ImageView, path: Path | None, scale: int, clear: bool) -> None:
        ground = None if clear and view.data.shape[-1] == 4 else theme.current().ground_rgb()

        def draw() -> NDArray[np.uint8]:
            from engine.core.colour import colourise
            from engine.media.scale import enlarge

            return enlarge(colourise(view, ground), scale)

        if path is None:
            self._jobs.start(lambda activity: draw(), self._copy, self.failed.emit)
            return

        def work(activity: Activity) -> Path:
            from engine.media.png import write_png

            write_png(path, draw())
            return path

        self._jobs.start(work, self._wrote, self.failed.emit, title=f"Saving {path.name}")

    def _copy(self, frame: NDArray[np.uint8]) -> None:
        height, width = frame.shape[:2]
        rgb = frame[..., :3].tobytes()
        image = QImage(rgb, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        QGuiApplication.clipboard().setImage(image)
        self.said.emit(f"Copied {width} x {height} pixels", "accent", None)

    def _wrote(self, path: Path) -> None:
        self.said.emit(f"Saved {path.name}", "accent", None)

    # Films.

    def record(self, argument: str = "") -> None:
        """Record; a script gives FILE [FRAMES [EVERY]]."""
        world = self._lab.world
        view = world.views.get("world") if world is not None else None
        if world is None or not isinstance(view, ImageView):
            self.failed.emit(BadInput("There is no picture of this world to record yet"))
            return
        ground = theme.current().ground_rgb()
        if argument:
            name, numbers = _name_and_numbers(argument, 2)
            frames = numbers[0] if numbers else None
            every = numbers[1] if len(numbers) > 1 else 1
            request = world.request("world") or ViewRequest()
            command = Record(Path(name), request=request, frames=frames, every=every, ground=ground)
        else:
            found = self._ask_record(world, view, ground)
            if found is None:
                return
            command = found
        world.submit(command)

    def _ask_record(
        self, world: World, view: ImageView, ground: tuple[int, int, int]
    ) -> Record | None:
        dialog = RecordDialog(view.extent, self._window)
        accepted, choice = dialog.exec(), dialog.choice()
        dialog.deleteLater()
        if not accepted:
            return None
        if choice.ending == "/":
            found = QFileDialog.getExistingDirectory(
                self._window, "Folder for the frames", self._settings.folder
            )
            path = Path(found) / f"{_stem(world)}-frames" if found else None
        else:
            kinds = {f"Film (*{choice.ending})": choice.ending}
            path = self._ask_save("", _stem(world) + choice.ending, kinds)
        shown = world.request("world") or ViewRequest()
        return choice.command(path, shown, ground) if path is not None else None

    def stop_recording(self, argument: str = "") -> None:
        """Finish the film."""
        self._lab.submit(StopRecording())

    # What comes back.

    def _follow(self, world: World) -> None:
        world.answered.connect(self._answered)
        world.state_changed.connect(self._state_changed)

    def _asker(self) -> World:
        world = self.sender()
        assert isinstance(world, World)
        return world

    def _forget(self, world: World) -> None:
        self._opening.pop(world, None)

    def _answered(self, command: Any, reply: Reply) -> None:
        if isinstance(command, Snapshot):
            asked = self._snapshots.pop(command.id, None)
            if asked is not None and isinstance(reply.value, ImageView):
                self._write_picture(reply.value, *asked)
        if not reply.ok:
            return
        if isinstance(command, Save | ExportFile):
            self._remember(command.path)
            self.said.emit(f"Saved {command.path.name}", "accent", None)
        elif isinstance(command, Rebuild) and command.id in self._taught:
            path, words = self._taught.pop(command.id)
            self._remember(path)
            self._asker().set_title(path.stem)
            self._say_ready(words)

    def _recorded(self, path: Path) -> None:
        self._settings.folder = str(path.parent)
        self.said.emit(f"Recorded {path.name}", "accent", None)

    def _state_changed(self, state: RunnerState) -> None:
        world = self._asker()
        if state.alive and world in self._opening:
            self._remember(self._opening.pop(world))

    # Asking.

    def _remember(self, path: Path) -> None:
        self._settings.remember(path)
        self.recent_changed.emit()

    def _ask_open(self, kinds: str) -> Path | None:
        found, _ = QFileDialog.getOpenFileName(self._window, "Open", self._settings.folder, kinds)
        return Path(found) if found else None

    def _ask_save(self, argument: str, name: str, kinds: Mapping[str, str]) -> Path | None:
        """Ask for a file to write; `kinds` has the ending, perhaps of two parts, of each filter."""
        if argument:
            return Path(argument)
        filters = ";;".join(kinds)
        folder = self._settings.folder or str(Path.home())
        dialog = QFileDialog(self._window, "Save", folder, filters)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)

        def suggest(kind: str) -> None:
            """Give the name the ending of the kind that is chosen."""
            # Added by the dialog, so that it asks before it replaces the file that is really meant.
            dialog.setDefaultSuffix(kinds[kind])
            chosen = Path((dialog.selectedFiles() or [name])[0]).name
            for ending in sorted(kinds.values(), key=len, reverse=True):
                chosen = chosen.removesuffix(ending)
            dialog.selectFile(chosen + kinds[kind])

        dialog.selectFile(name)
        dialog.setDefaultSuffix(next(iter(kinds.values())))
        dialog.filterSelected.connect(suggest)
        found = dialog.selectedFiles() if dialog.exec() else []
        dialog.deleteLater()
        return Path(found[0]) if found else None

    def _ends(self, path: Path, ending: str) -> bool:
        """Refuse a name by which the program could not tell what is in the file."""
        if path.suffix.lower() == ending:
            return True
        remedy = f"Name it {path.stem}{ending}"
        self.failed.emit(BadInput(f"has not the ending {ending}", path=path, remedy=remedy))
        return False


def _name_and_numbers(argument: str, most: int) -> tuple[str, list[int]]:
    """Split a script's argument into a file's name, spaces allowed, and the numbers after it."""
    words = argument.strip().split(" ")
    numbers: list[int] = []
    while len(words) > 1 and len(numbers) < most and words[-1].isdecimal():
        numbers.insert(0, int(words.pop()))
    return " ".join(words), numbers


def _stem(world: World) -> str:
    """Make a file name of a title."""
    return "".join(c if c.isalnum() else "-" for c in world.title.lower()).strip("-") or "world"
