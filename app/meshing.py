"""Worlds and the meshes that they live on: a file is read and mended, judged, and lived on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.dialogs.mesh import USUAL, MeshDialog
from app.dropping import Plan
from app.jobs import Jobs
from app.lab import Lab
from app.meshes import FromFile, FromView, Read, Source, Wish
from app.world import World
from engine import openers
from engine.core import registry
from engine.core.activity import Activity
from engine.core.commands import Rebuild, Reply, RunnerState, SetSpeed, Train
from engine.core.errors import BadInput, TooLarge, about
from engine.core.presets import Preset
from engine.core.views import MeshView

__all__ = ["Meshing"]


class Meshing(QObject):
    """Every way of a mesh into the lab.

    Signals
    -------
    said : str, str, object
        As of `app.filing.Filing`.
    failed : object
    remembered : Path
        A file came to be lived on.
    """

    said = Signal(str, str, object)
    failed = Signal(object)
    remembered = Signal(object)

    def __init__(self, lab: Lab, jobs: Jobs, window: QWidget) -> None:
        super().__init__(window)
        self._lab, self._jobs, self._window = lab, jobs, window
        self._lived: dict[World, tuple[Source, Read]] = {}
        self._settling: dict[int, tuple[World, Source, Read, bool]] = {}
        self._opening: dict[World, tuple[Source, Read]] = {}
        self._question: MeshDialog | None = None
        lab.opened.connect(self._follow)
        lab.closed.connect(self._forget)

    def take(self, plan: Plan) -> None:
        """Carry out what was said about the drop of a mesh."""
        assert plan.path is not None
        world = self._lab.world if plan.deed == "mesh" else None
        self._read(FromFile(plan.path), Wish(), world, plan.slug)

    def _read(self, source: FromFile, wish: Wish, world: World | None, slug: str) -> None:
        """Read a file; live on it at once where it is even enough, else ask what to do.

        What was asked about the mesh before is given up: the last one is the one that is meant.
        """
        self._close_question()

        def work(activity: Activity) -> Read:
            return source.make(wish, activity)

        def done(read: Read) -> None:
            if read.quality.verdict == "poor":
                self._ask(source, read, world, slug)
            else:
                self._live(source, read, world, slug)

        def smaller() -> None:
            self._read(source, Wish(vertices=USUAL), world, slug)

        def refused(error: Exception) -> None:
            told = about(error, source.path)
            if isinstance(told, TooLarge):
                words = f"{source.name} {told.problem}"
                self.said.emit(words, "danger", (f"Remesh to {USUAL:,}", smaller))
            else:
                self.failed.emit(told)

        self._jobs.start(work, done, refused, title=f"Reading {source.name}")

    def quality(self, argument: str = "") -> None:
        """Show how good the mesh of the selected world is, and offer to make it anew."""
        world = self._lab.world
        view = world.views.get("world") if world is not None else None
        if world is None or not isinstance(view, MeshView):
            raise BadInput("This world lives on no mesh", remedy="Drop a mesh here")
        mesh = world.state.spec.mesh
        if world in self._lived and mesh == self._lived[world][1].asset:
            self._ask(*self._lived[world], world, world.slug, lived=True)
            return
        shown = FromView.of(view, mesh.name if mesh is not None else world.title)

        def work(activity: Activity) -> Read:
            return shown.make(Wish(), activity)

        def done(read: Read) -> None:
            self._ask(shown, read, world, world.slug, lived=True)

        self._jobs.start(work, done, self.failed.emit, title=f"Measuring {shown.name}")

    def remove(self, argument: str = "") -> None:
        """Let the selected world live on the built-in mesh that its parameters name."""
        world = self._lab.world
        if world is not None and world.state.spec.mesh is not None:
            world.rebuild(world.state.spec.with_(mesh=None), keep_model=True)

    # Living on it.

    def _ask(
        self, source: Source, read: Read, world: World | None, slug: str, *, lived: bool = False
    ) -> None:
        self._close_question()
        dialog = MeshDialog(read, source.make, self._jobs, lived=lived, parent=self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._question = dialog
        dialog.finished.connect(lambda _: self._answered_by(dialog))

        def used(chosen: Read) -> None:
            if not (lived and chosen is read):
                self._live(source, chosen, world, slug, lived=lived)

        dialog.used.connect(used)
        dialog.open()

    def _close_question(self) -> None:
        if self._question is not None:
            self._question.done(MeshDialog.DialogCode.Rejected)

    def _answered_by(self, dialog: MeshDialog) -> None:
        if self._question is dialog:
            self._question = None

    def _live(
        self, source: Source, read: Read, world: World | None, slug: str, *, lived: bool = False
    ) -> None:
        busy = self._lab.protected(self._lab.world)
        if not lived and self._lab.protected(world):
            world = None  # it learns: what was dropped on it opens beside it
        can = world.state.capabilities if world in self._lab.worlds and world is not None else None
        if world is not None and can is not None and can.settles:
            spec, training = world.state.spec.with_(mesh=read.asset), world.state.training
            number = world.rebuild(spec, keep_model=True)
            self._settling[number] = (world, source, read, training)
            return
        preset = _trained(slug)
        spec = openers.spec_of(slug, preset.id if preset is not None else "")
        spec = spec.with_(mesh=read.asset, device=self._lab.device)
        opened = self._lab.open(spec, Path(read.name).stem, careful=True, playing=not busy)
        self._opening[opened] = (source, read)
        opened.submit(SetSpeed((preset or registry.entry(slug)).speed))

    def _follow(self, world: World) -> None:
        world.answered.connect(self._answered)
        world.state_changed.connect(self._state_changed)

    def _forget(self, world: World) -> None:
        self._lived.pop(world, None)
        self._opening.pop(world, None)

    def _answered(self, command: Any, reply: Reply) -> None:
        if not isinstance(command, Rebuild) or command.id not in self._settling:
            return
        world, source, read, training = self._settling.pop(command.id)
        if reply.ok:
            if training:
                world.submit(Train(True))  # it was learning, and goes on
            self._settled(world, source, read)

    def _state_changed(self, state: RunnerState) -> None:
        world = self.sender()
        if state.alive and isinstance(world, World) and world in self._opening:
            self._settled(world, *self._opening.pop(world))

    def _settled(self, world: World, source: Source, read: Read) -> None:
        self._lived[world] = (source, read)
        if isinstance(source, FromFile):
            self.remembered.emit(source.path)
        count, verdict = len(read.surface.vertices), read.quality.verdict
        words = f"{world.title} lives on {read.name}: {count:,} vertices, {verdict}"
        words += ", mended" if read.notes else ""  # how is said in the dialog
        role = "train" if verdict == "poor" else "accent"
        self.said.emit(words, role, ("Remesh...", _Again(self, world)))


class _Again:
    """Opens the dialog for a world once more; holds no window alive."""

    def __init__(self, meshing: Meshing, world: World) -> None:
        self._meshing, self._world = meshing, world

    def __call__(self) -> None:
        lab = self._meshing._lab
        if self._world in lab.worlds:
            lab.select(self._world)
            self._meshing.quality()


def _trained(slug: str) -> Preset | None:
    """Find the first preset that comes with a trained model, else the first of all."""
    presets = registry.entry(slug).presets
    found = next((preset for preset in presets if preset.model is not None), None)
    return found if found is not None else next(iter(presets), None)
