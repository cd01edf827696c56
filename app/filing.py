"""Files in and out of the window: open, drop, save, export.

Reading and everything else that may last happens off the window's thread; a file that cannot be
used leaves the world as it was and is told in one sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog, QWidget

from app.asking import Asking, check_ending, stem
from app.dialogs.export import ExportDialog
from app.dialogs.target import TargetDialog, minutes_text
from app.dropping import Plan, plan_file
from app.jobs import Jobs
from app.lab import Lab
from app.meshing import Meshing
from app.settings import Settings
from app.world import World
from engine import openers
from engine.core import registry
from engine.core.activity import Activity
from engine.core.commands import (
    ExportFile,
    Load,
    Rebuild,
    Reply,
    RunnerState,
    Save,
    SetSpeed,
)
from engine.core.errors import BadInput, about
from engine.core.spec import Asset, Spec
from engine.core.system import Scope, Targetable, TargetOption

__all__ = ["Filing"]

PICTURES = "Pictures ({})".format(" ".join(f"*{end}" for end in openers.endings("image")))
MODELS = "Models and worlds ({})".format(
    " ".join(f"*{end}" for end in openers.endings("model", "world", "published"))
)
SESSIONS = "Sessions ({})".format(" ".join(f"*{end}" for end in openers.endings("session")))
PROGRAMS = "Programs ({})".format(" ".join(f"*{end}" for end in openers.endings("program")))
MESHES = "Meshes ({})".format(" ".join(f"*{end}" for end in openers.endings("mesh")))


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
    session_chosen, sidecar_chosen : Path
        A session is to be opened; what a sidecar tells of is to be made again.
    program_taken
        A text was put on the tape of the selected world.
    """

    said = Signal(str, str, object)
    failed = Signal(object)
    recent_changed = Signal()
    session_chosen = Signal(object)
    sidecar_chosen = Signal(object)
    program_taken = Signal()

    def __init__(
        self, lab: Lab, jobs: Jobs, asking: Asking, settings: Settings, window: QWidget
    ) -> None:
        super().__init__(window)
        self._lab = lab
        self._jobs = jobs
        self._asking = asking
        self._settings = settings
        self._window = window
        self._offer: _Offer | None = None
        self._taught: dict[int, tuple[Path, str]] = {}
        self._opening: dict[World, tuple[Path, str]] = {}  # and what is said once they live
        self.meshing = Meshing(lab, jobs, window)
        self.meshing.said.connect(self.said)
        self.meshing.failed.connect(self.failed)
        self.meshing.remembered.connect(self._remember)
        lab.opened.connect(self._follow)
        lab.closed.connect(self._forget)

    # Into the lab.

    def open(self, argument: str = "") -> None:
        """Open a file; without a name ask for one."""
        path = (
            Path(argument)
            if argument
            else self._asking.to_open(
                f"All files (*);;{PICTURES};;{MODELS};;{MESHES};;{SESSIONS};;{PROGRAMS}"
            )
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
        path = Path(argument) if argument else self._asking.to_open(PICTURES)
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
        elif plan.deed in ("mesh", "new-mesh"):
            self.meshing.take(plan)
        elif plan.deed == "session":
            self.session_chosen.emit(plan.path)
        elif plan.deed == "sidecar":
            self.sidecar_chosen.emit(plan.path)
        elif plan.deed == "program":
            self._read_program(plan)
        elif plan.path is not None:
            path = plan.path
            if plan.deed == "published":
                self._read_names(path, plan.world)
                return
            like = self._world_as_now(plan.world)
            self._jobs.start(
                lambda activity: openers.open_model(path, like),
                partial(self._open_model, plan.world),
                self._refuser(path),
            )

    def _world_as_now(self, world: World | None) -> Spec | None:
        """Describe a world as it is now, if it lives."""
        if world is None or not world.state.alive:
            return None
        return world.state.spec.with_(params=dict(world.params), seed=world.state.seed)

    def _read_names(self, path: Path, front: World | None) -> None:
        def done(names: tuple[str, ...]) -> None:
            name = names[0]
            if len(names) > 1:
                title, words = path.name, f"It holds {len(names)} models"
                name, accepted = QInputDialog.getItem(self._window, title, words, names, 0, False)
                if not accepted:
                    return
            self._jobs.start(
                lambda activity: openers.open_published(path, name),
                partial(self._open_model, front),
                self._refuser(path),
            )

        self._jobs.start(lambda activity: openers.published_names(path), done, self._refuser(path))

    def _read_program(self, plan: Plan) -> None:
        path, world = plan.path, self._lab.world
        assert path is not None

        def assembled(reply: Reply) -> None:
            if not reply.ok:
                self.failed.emit(about(reply.error, path) if reply.error is not None else None)
            elif world is not None and world in self._lab.worlds:
                world.program_picked.emit(bytes(reply.value), None)
                self.program_taken.emit()
                self._remember(path)

        def read(text: str) -> None:
            if world is not None and world in self._lab.worlds:
                world.ask("assemble", {"text": text}, assembled)

        self._jobs.start(lambda _: openers.open_program(path), read, self._refuser(path))

    def _refuser(self, path: Path) -> Callable[[Exception], None]:
        """Make what tells why a file cannot be used; a sentence without a name gets the file's."""

        def refuse(error: Exception) -> None:
            self.failed.emit(about(error, path))

        return refuse

    def _read_target(self, plan: Plan) -> None:
        path, slug, device = plan.path, plan.slug, self._lab.device
        assert path is not None

        def work(activity: Activity) -> _Offer:
            target = openers.open_target(path, registry.entry(slug).targets)
            system = registry.system_class(slug)
            options: tuple[TargetOption, ...] = ()
            if issubclass(system, Targetable):
                options = system.target_options(target, device)
            return _Offer(path, slug, target, options or (TargetOption("as it is", {}),))

        def done(offer: _Offer) -> None:
            self._offer = offer
            best = next((o for o in offer.options if o.recommended), offer.options[0])
            self._teach(best, plan.world, new=plan.deed == "new-target")

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
            self._teach(dialog.option(), self._lab.world, new=False)
        dialog.deleteLater()

    def _teach(self, option: TargetOption, world: World | None, *, new: bool) -> None:
        offer = self._offer
        assert offer is not None
        minutes = minutes_text(option.minutes)
        words = f"Ready to learn {offer.target.name}, {option.label}"
        words += f", {minutes}. Press Train (T)." if minutes else ". Press Train (T)."
        spec = Spec(offer.slug, params=option.params, device=self._lab.device, target=offer.target)
        # What learns, or has learned what is not saved, is left alone: the picture gets a world of
        # its own, which stands still so as not to take the processor from the one that learns.
        busy = self._lab.protected(world)
        here = world in self._lab.worlds and world is not None and world.slug == offer.slug
        if new or busy or not here or world is None:
            # What came to the front meanwhile is not what it was dropped on, and stays.
            mine = world is self._lab.world
            title = offer.path.stem
            world = self._lab.open(spec, title, careful=True, playing=not busy, replace=mine)
            world.submit(SetSpeed(registry.entry(spec.slug).speed))
            self._opening[world] = offer.path, words
        else:
            old = world.state.spec
            params = {**old.params, **option.params}
            number = world.rebuild(old.with_(params=params, target=offer.target, model=None))
            self._taught[number] = (offer.path, words)

    def _say_ready(self, words: str) -> None:
        self.said.emit(words, "info", ("Other sizes...", self.ask_size))

    def _open_model(self, front: World | None, opened: openers.Opened) -> None:
        spec = opened.spec.with_(device=self._lab.device)
        if opened.state is None and front is not None and front.slug == spec.slug:
            # A model has none: it grows on the one in front.
            spec = spec.with_(mesh=front.state.spec.mesh)
        # A state is a life of its own: it is put beside the world in front, not in its place.
        beside = opened.state is not None or front is not self._lab.world
        world = self._lab.open(spec, opened.title, careful=True, replace=not beside)
        world.submit(SetSpeed(registry.entry(spec.slug).speed))  # which files do not say
        if opened.state is not None:
            world.submit(Load(opened.state, fresh=True))
        for note in opened.notes:
            self.said.emit(note, "info", None)
        self._opening[world] = opened.path, ""

    # Out of the lab.

    def save(self, scope: Scope, argument: str = "") -> None:
        """Save the selected world as a checkpoint of one scope."""
        world = self._lab.world
        if world is None:
            return
        path = self._asking.to_save(
            argument, f"{stem(world)}.safetensors", {"Models (*.safetensors)": ".safetensors"}
        )
        if path is None:
            return
        try:
            check_ending(path, ".safetensors")
            world.submit(Save(path, scope))
        except BadInput as error:
            self.failed.emit(error)

    def export(self, argument: str = "") -> None:
        """Write a file of the system's own kind."""
        world = self._lab.world
        can = world.state.capabilities if world is not None else None
        if world is None or can is None:
            return
        if not can.exports:
            self.failed.emit(BadInput("This system has no files of its own kind", remedy="Save it"))
            return
        offered = can.exports if argument else self._kinds(can.exports)
        if not offered:
            return
        kinds = {f"{title} (*{ending})": ending for ending, title in offered}
        path = self._asking.to_save(argument, stem(world) + offered[0][0], kinds)
        if path is not None:
            world.submit(ExportFile(path, apart=True))

    def _kinds(self, kinds: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        """Ask which kind of file is meant, where there are several; none if it is none."""
        if len(kinds) == 1:
            return kinds
        dialog = ExportDialog(kinds, self._window)
        accepted, chosen = dialog.exec(), dialog.kind()
        dialog.deleteLater()
        return (chosen,) if accepted else ()

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
        if not reply.ok:
            return
        if isinstance(command, ExportFile) and reply.value is not None:
            path = command.path
            self._jobs.start(
                reply.value,
                lambda _: self._saved(path),
                self.failed.emit,
                title=f"Writing {path.name}",
            )
        elif isinstance(command, Save | ExportFile):
            self._saved(command.path)
        elif isinstance(command, Rebuild) and command.id in self._taught:
            path, words = self._taught.pop(command.id)
            self._remember(path)
            self._asker().set_title(path.stem)
            self._say_ready(words)

    def _state_changed(self, state: RunnerState) -> None:
        world = self._asker()
        if state.alive and world in self._opening:
            path, words = self._opening.pop(world)
            self._remember(path)
            if words:
                self._say_ready(words)

    # Asking.

    def _saved(self, path: Path) -> None:
        self._remember(path)
        self.said.emit(f"Saved {path.name}", "accent", None)

    def _remember(self, path: Path) -> None:
        self._settings.remember(path)
        self.recent_changed.emit()
